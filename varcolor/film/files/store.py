"""What a film is worked on with: its decoded frames, and how far it is, in a folder of its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.film.files.keys import KeyFiles
from varcolor.film.files.source import Read, Source
from varcolor.film.motion.cuts import CutFinder
from varcolor.image.color import Space
from varcolor.image.luma import luma_of
from varcolor.image.picture import Meta, Picture
from varcolor.image.write import write_bytes
from varcolor.typing import Array, FloatArray


class Store:
    """A hidden folder beside the result; it stays where the work does not end.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    stamp : str
        What earlier work must agree in to be gone on from; else it is dropped.
    """

    def __init__(self, folder: Path, stamp: str) -> None:
        self.folder = folder
        self.state: dict[str, Any] = {"stamp": stamp, "shots": []}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((folder / "state.json").read_text())
            if found.get("stamp") == stamp:
                self.state = found
        if not self.state.get("numbers"):
            shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"{folder}: cannot be made ({error.strerror or error})") from None

    def save(self, **values: Any) -> None:
        """Write down how far the work is."""
        self.state |= values
        write_bytes(self.folder / "state.json", json.dumps(self.state).encode())

    def decode(
        self,
        source: Source,
        report: Callable[[float], None],
        step: int = 1,
        whole: Collection[int] = (),
    ) -> None:
        """Read all frames, once, and find the cuts between them.

        Parameters
        ----------
        source : Source
            The film.
        report : callable
            Told the part that is done.
        step : int
            By what frames are made smaller.
        whole : collection of int
            Numbers of frames that are kept in full size, too.
        """
        if self.state.get("numbers"):
            source.notes[:] = self.state["notes"]
            return
        finder, numbers, times = CutFinder(), [], []
        stored = False
        with (
            open(self.folder / "gray", "wb") as grays,
            open(self.folder / "luma", "wb") as lumas,
        ):
            for frame in source.frames():
                gray = _smaller(frame.gray, step)
                if step > 1 and frame.number in whole:
                    np.save(self.folder / f"whole-{frame.number}.npy", frame.gray)
                grays.write(np.ascontiguousarray(gray).tobytes())
                if frame.luma is not None and step == 1:
                    lumas.write(np.ascontiguousarray(frame.luma).tobytes())
                    stored = True
                    self.state["luma"] = frame.luma.dtype.str
                numbers.append(frame.number)
                times.append(frame.time)
                white = float(np.iinfo(gray.dtype).max)
                finder.add(gray / white)
                report(len(numbers) / max(source.expected, len(numbers) + 1))
        if not numbers:
            raise FileError(f"{source.path}: holds no frames")
        self.save(
            numbers=numbers,
            times=times,
            shape=list(gray.shape),
            dtype=gray.dtype.str,
            cuts=finder.cuts(),
            notes=source.notes,
            stored=stored,
        )

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self.state["numbers"])

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.state["shape"]
        return int(height), int(width)

    def _at(self, name: str, t: int, dtype: str) -> Array:
        size = self.shape[0] * self.shape[1]
        own = np.dtype(dtype)
        with open(self.folder / name, "rb") as file:
            file.seek(t * size * own.itemsize)
            data = file.read(size * own.itemsize)
        return np.frombuffer(data, own).reshape(self.shape)

    def picture(self, t: int) -> Picture:
        """Return a grey frame."""
        return Picture(self._at("gray", t, self.state["dtype"]), None, Meta(source=f"frame {t}"))

    def whole(self, t: int) -> Picture:
        """Return a grey frame with keys, in full size."""
        path = self.folder / f"whole-{self.state['numbers'][t]}.npy"
        own = self.picture(t)
        if not path.exists():
            return own
        return Picture(np.load(path, allow_pickle=False), None, own.meta)

    def read(self, t: int) -> Read:
        """Return a frame as it came."""
        luma = self._at("luma", t, self.state["luma"]) if self.state["stored"] else None
        gray = self._at("gray", t, self.state["dtype"])
        return Read(gray, self.state["numbers"][t], self.state["times"][t], luma)

    def luma(self, t: int, space: Space) -> FloatArray:
        """Return the luma (H, W) of a frame, 0..1."""
        return luma_of(self.picture(t), space)

    def remove(self) -> None:
        """Remove the folder: the work is done."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _smaller(gray: Array, step: int) -> Array:
    if step == 1:
        return gray
    from varcolor.film.motion.flow import opencv

    size = -(-gray.shape[1] // step), -(-gray.shape[0] // step)
    return np.asarray(opencv().resize(gray, size, interpolation=opencv().INTER_AREA))


def stamp_of(source: Source, keys: dict[int, KeyFiles], options: dict[str, Any]) -> str:
    """Return what tells whether earlier work is of the same film, keys and options."""
    digest = hashlib.sha256()
    files = [path for own in keys.values() for path in own.files()]
    names = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
    for path in [*names, *files]:
        try:
            status = path.stat()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from None
        digest.update(f"{path.absolute()} {status.st_size} {status.st_mtime_ns}\n".encode())
    digest.update(json.dumps(options, sort_keys=True, default=str).encode())
    return digest.hexdigest()
