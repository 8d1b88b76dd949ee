"""Where coloured frames go: a folder of pictures, or a video with the sound of the old one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.film.files.source import Read
from varcolor.image.picture import Picture
from varcolor.typing import Array, Shape

Codec: TypeAlias = Literal["auto", "ffv1", "prores", "h264"]
#: What videos of an ending are written as.
CODECS = {".mkv": "ffv1", ".mov": "prores", ".mp4": "h264", ".m4v": "h264"}
_ENCODERS = {"ffv1": "ffv1", "prores": "prores_ks", "h264": "libx264"}
_OPTIONS = {
    "ffv1": {"level": "3", "slices": "4", "slicecrc": "1"},
    "prores": {"profile": "4"},
    "h264": {"crf": "14", "preset": "medium"},
}
#: BT.601 as FFmpeg numbers it: its luma is the one that is kept.
_MATRIX, _LIMITED, _FULL = 6, 1, 2


class Target(Protocol):
    """Takes frames in order."""

    def add(self, frame: Read, picture: Picture) -> None:
        """Write the next frame."""
        ...

    def close(self, whole: bool) -> None:
        """End; ``whole``: all frames have come."""
        ...


class PictureFolder:
    """A folder of pictures, one a frame, named like the film's."""

    def __init__(self, path: Path, names: dict[int, str]) -> None:
        self.path, self.names = path, names
        self.written: list[Path] = []
        path.mkdir(parents=True, exist_ok=True)

    def add(self, frame: Read, picture: Picture) -> None:
        """Write the next frame; it appears when it is complete."""
        from varcolor.image.write import write

        name = self.names.get(frame.number, f"{frame.number:06d}.png")
        self.written.append(self.path / name)
        write(picture, self.written[-1])

    def close(self, whole: bool) -> None:
        """Nothing is left to do."""


def picture_names(files: list[tuple[int, Path]]) -> dict[int, str]:
    """Return the names of coloured frames: TIFF and PNG keep their ending, others become PNG."""
    keep = (".png", ".tif", ".tiff")
    return {
        number: path.name if path.suffix.lower() in keep else f"{path.stem}.png"
        for number, path in files
    }


class VideoTarget:
    """A video: lossless FFV1, ProRes 4444 or H.264, tagged BT.601, with the other streams copied.

    Parameters
    ----------
    path : Path
        .mkv, .mov or .mp4; it appears when it is complete.
    source : VideoFile or None
        Whose times, shape of pixels, sound and subtitles are taken.
    shape : (int, int)
        Height and width.
    dtype : dtype
        Of the frames.
    codec : str
        auto: by the ending.
    rate : int
        Frames a second where there is no source.
    """

    def __init__(
        self,
        path: Path,
        source: Any,
        shape: Shape,
        dtype: Any,
        codec: Codec = "auto",
        rate: int = 25,
    ) -> None:
        from varcolor.film.files.video import pyav

        self._av = pyav()
        self.codec = codec_of(path, codec)
        self.path, self.shape, self._source = path, shape, source
        self.notes: list[str] = []
        self._part = path.with_name(f".varcolor-{secrets.token_hex(6)}{path.suffix}")
        self._bits = 8 if np.dtype(dtype) == np.uint8 else 10
        if source is None and self._bits == 10 and self.codec == "ffv1":
            self._bits = 16
        if self.codec == "prores":
            self._bits = 10
        half = self.codec == "h264" and shape[0] % 2 == 0 and shape[1] % 2 == 0
        self._half = half
        deep = "" if self._bits == 8 else f"{self._bits}le"
        self._kind = f"yuv{'420' if half else '444'}p{deep}"
        self._full = bool(source is not None and source.full_range)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self._av.open(str(self._part), "w")
        except (OSError, self._av.FFmpegError) as error:
            raise FileError(f"{path}: cannot be written ({error})") from None
        self._input = None if source is None else self._av.open(str(source.path))
        old = None if self._input is None else self._input.streams.video[0]
        average = rate if old is None else (old.average_rate or rate)
        self._stream = self._out.add_stream(_ENCODERS[self.codec], rate=average)
        self._base = Fraction(1, rate) if old is None else old.time_base
        self._set_up(old)
        self._others = self._copied()
        self._waiting: Any = None
        self._stopped = False

    def _set_up(self, old: Any) -> None:
        context = self._stream.codec_context
        context.height, context.width = self.shape
        context.pix_fmt = self._kind
        context.options = dict(_OPTIONS[self.codec])
        context.colorspace, context.color_range = _MATRIX, _FULL if self._full else _LIMITED
        context.time_base = self._stream.time_base = self._base
        if old is None:
            return
        for name in ("color_primaries", "color_trc"):  # those of the old one
            setattr(context, name, getattr(old.codec_context, name))
        aspect = old.sample_aspect_ratio
        if aspect and aspect != 1 and self.path.suffix.lower() == ".mkv":
            self.notes.append(
                f"its pixels are {aspect} as wide as high, which cannot be written into .mkv here: "
                "use .mov or .mp4"
            )
        if aspect:
            context.sample_aspect_ratio = 1 / aspect if self._source.rotation % 180 else aspect
        if "timecode" in old.metadata:
            self._stream.metadata["timecode"] = old.metadata["timecode"]
        assert self._input is not None
        self._out.metadata.update(self._input.metadata)

    def _copied(self) -> Iterator[Any]:
        """Make streams for sound and subtitles; return their packets in order."""
        if self._input is None:
            return iter(())
        kept = {}
        for stream in self._input.streams:
            if stream.type not in ("audio", "subtitle"):
                continue
            try:
                kept[stream.index] = self._out.add_stream_from_template(stream)
            except (ValueError, self._av.FFmpegError):
                self.notes.append(f"stream {stream.index} ({stream.type}) is left out")
        return self._packets(kept) if kept else iter(())

    def _packets(self, kept: dict[int, Any]) -> Iterator[Any]:
        assert self._input is not None
        streams = [self._input.streams[index] for index in kept]
        try:
            for packet in self._input.demux(streams):
                if packet.dts is None:
                    continue
                time = float(packet.dts * packet.time_base)
                packet.stream = kept[packet.stream.index]
                yield time, packet
        except self._av.FFmpegError as error:
            self.notes.append(f"its sound breaks off ({error})")

    def _copy_until(self, time: float) -> None:
        while True:
            if self._waiting is None:
                self._waiting = next(self._others, None)
            if self._waiting is None or self._waiting[0] > time:
                return
            self._out.mux(self._waiting[1])
            self._waiting = None

    def add(self, frame: Read, picture: Picture) -> None:
        """Encode the next frame."""
        made = self._av.VideoFrame(self.shape[1], self.shape[0], self._kind)
        for plane, samples in zip(made.planes, self._planes(frame, picture), strict=True):
            width = plane.line_size // samples.itemsize
            rows = np.zeros((samples.shape[0], width), samples.dtype)
            rows[:, : samples.shape[1]] = samples
            plane.update(rows.tobytes())
        made.pts = frame.time
        made.time_base = self._base
        made.colorspace = _MATRIX
        made.color_range = _FULL if self._full else _LIMITED
        if self._source is not None:
            self._copy_until(float(frame.time * self._base))
        for packet in self._stream.encode(made):
            self._out.mux(packet)

    def _planes(self, frame: Read, picture: Picture) -> tuple[Array, Array, Array]:
        """Return luma, blue and red difference as the format stores them."""
        white = float(2**self._bits - 1)
        rgb = picture.as_float()
        y = rgb @ np.array([0.299, 0.587, 0.114])
        blue, red = (rgb[..., 2] - y) / 1.772, (rgb[..., 0] - y) / 1.402
        scale = 2.0 ** (self._bits - 8)
        low, span, wide = (0.0, white, white) if self._full else (16.0, 219.0, 224.0)
        if not self._full:
            low, span, wide = low * scale, span * scale, wide * scale
        dtype: Any = np.uint8 if self._bits == 8 else np.uint16
        luma = frame.luma
        if luma is None:
            luma = np.floor(low + span * y + 0.5).astype(dtype)
        elif luma.dtype != dtype:  # 8-bit samples in a format of 10
            luma = luma.astype(dtype) * dtype(1 << (self._bits - 8))
        found = []
        for plane in (blue, red):
            own = plane
            if self._half:
                rows, columns = plane.shape
                own = plane.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
            levels = np.floor(128 * scale + wide * own + 0.5)
            found.append(np.clip(levels, 0, white).astype(dtype))
        return luma, found[0], found[1]

    def close(self, whole: bool) -> None:
        """Write what is left and give the file its name; or remove it."""
        try:
            if whole:
                for packet in self._stream.encode(None):
                    self._out.mux(packet)
                self._copy_until(float("inf"))
        finally:
            self._out.close()
            if self._input is not None:
                self._input.close()
            if whole:
                self._part.replace(self.path)
            else:
                self._part.unlink(missing_ok=True)


def codec_of(path: Path, codec: Codec) -> str:
    """Return the codec of a video by its ending, or the one asked for.

    Raises
    ------
    InputError
        If the ending is not known, or cannot hold the codec.
    """
    suffix = path.suffix.lower()
    if suffix not in CODECS:
        raise InputError(f"{path}: films are written as {' '.join(CODECS)}, or into a folder")
    if codec == "auto":
        return CODECS[suffix]
    if codec == "prores" and suffix in (".mp4", ".m4v"):
        raise InputError(f"{path}: ProRes is for .mov and .mkv")
    if codec == "ffv1" and suffix in (".mp4", ".m4v"):
        raise InputError(f"{path}: FFV1 is for .mkv and .mov")
    return codec
