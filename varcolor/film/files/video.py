"""Videos, read by PyAV: luma of every frame, upright, with its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError, MissingExtra
from varcolor.film.files.source import Read
from varcolor.typing import Array, Shape


def pyav() -> Any:
    """Return the module av.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    try:
        import av
    except ImportError:
        raise MissingExtra("videos need PyAV: pip install 'varcolor[film]'") from None
    av.logging.set_level(av.logging.PANIC)
    return av


class VideoFile:
    """The first video stream of a file.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it has no video, or is interlaced.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.notes = path, list[str]()
        with self._opened() as container:
            stream = container.streams.video[0]
            self.expected = int(stream.frames or 0)
            self.deep = _depth(stream) > 8
            self.dtype: Any = np.dtype(np.uint16 if self.deep else np.uint8)
            first = self._first(container)
            self.rotation = int(getattr(first, "rotation", 0)) % 360
            turned = self.rotation in (90, 270)
            height, width = first.height, first.width
            self.shape: Shape = (width, height) if turned else (height, width)
            self.time_base = stream.time_base
            self.rate = float(stream.average_rate or 25)
            self.full_range = first.color_range == 2 or first.format.name.startswith("yuvj")
            if first.interlaced_frame:
                raise InputError(
                    f"{path}: is interlaced; deinterlace it first: ffmpeg -i {path.name} -vf bwdif "
                    "-c:v ffv1 progressive.mkv"
                )
        if self.rotation:
            self.notes.append(f"turned by {self.rotation} degrees, as it is shown")

    def _opened(self) -> Any:
        av = pyav()
        try:
            container = av.open(str(self.path))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise FileError(f"{self.path}: no video that can be read ({_said(error)})") from None
        if not container.streams.video:
            container.close()
            raise InputError(f"{self.path}: has no video stream")
        return container

    def _first(self, container: Any) -> Any:
        av = pyav()
        try:
            for frame in container.decode(video=0):
                return frame
        except av.FFmpegError as error:
            raise FileError(f"{self.path}: its video cannot be decoded ({_said(error)})") from None
        raise FileError(f"{self.path}: holds no frames")

    def frames(self) -> Iterator[Read]:
        """Yield all frames in order; where the file breaks off, the film ends, with a note."""
        av = pyav()
        with self._opened() as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            count, decoder = 0, container.decode(stream)
            while True:
                try:
                    frame = next(decoder, None)
                except (av.FFmpegError, OSError) as error:
                    self.notes.append(f"breaks off after {count} frames ({_said(error)})")
                    return
                if frame is None:
                    break
                yield self._read(frame, count)
                count += 1
        if self.expected and count < self.expected:
            self.notes.append(f"holds {count} frames of the {self.expected} that it announces")

    def frame(self, place: int, time: int) -> Read:
        """Return one frame, found by its time; in files that cannot be sought in, by counting.

        Raises
        ------
        FileError
            If the file does not hold it any more.
        """
        av = pyav()
        with self._opened() as container:
            stream = container.streams.video[0]
            try:
                container.seek(time, stream=stream, backward=True)
                for frame in container.decode(stream):
                    if frame.pts is None or frame.pts > time:
                        break
                    if frame.pts == time:
                        return self._read(frame, place)
            except (av.FFmpegError, OSError):
                pass  # no index, or one that is broken
        notes = list(self.notes)
        found = next((own for own in self.frames() if own.number == place), None)
        self.notes[:] = notes
        if found is None:
            raise FileError(f"{self.path}: has no frame {place} any more; it has changed")
        return found

    def _read(self, frame: Any, count: int) -> Read:
        kind = "gray16le" if self.deep else "gray"
        gray = frame.to_ndarray(format=kind)
        luma = _stored_luma(frame)
        if self.rotation:  # counterclockwise, as in NumPy
            upright = self.rotation // 90
            gray = np.ascontiguousarray(np.rot90(gray, upright))
            luma = None if luma is None else np.ascontiguousarray(np.rot90(luma, upright))
        if gray.shape != self.shape:
            raise InputError(
                f"{self.path}: changes its size at frame {count} to {gray.shape[1]} x "
                f"{gray.shape[0]}"
            )
        time = count if frame.pts is None else int(frame.pts)
        return Read(gray, count, time, luma)


def _depth(stream: Any) -> int:
    form = stream.codec_context.format
    return max((component.bits for component in form.components), default=8) if form else 8


def _stored_luma(frame: Any) -> Array | None:
    """Return the luma samples of planar YUV and grey of 8 or 10 bit; None for others."""
    name = frame.format.name
    plane = frame.planes[0]
    if name.startswith(("yuv", "yuvj", "gray")) and name.endswith(("p", "y8", "gray", "10le")):
        deep = name.endswith("10le")
        line = np.frombuffer(plane, np.uint16 if deep else np.uint8)
        stride = plane.line_size // (2 if deep else 1)
        return line.reshape(-1, stride)[: frame.height, : frame.width].copy()
    return None


def _said(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
