"""The frames of a film in any order, and small pictures of them."""

from __future__ import annotations

import os
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

from varcolor.app.frames import eight_bits
from varcolor.app.tiles import block_means, png
from varcolor.errors import InputError, VarcolorError
from varcolor.film.files.source import FrameFolder, Read, open_source
from varcolor.image.picture import Meta, Picture
from varcolor.typing import Array

#: Height of the small pictures in pixels, at most about so many.
_HEIGHT = 90


class Reel:
    """A film that is looked at.

    A video is read once from its beginning, in a thread of its own, for the times of its frames and
    small pictures of them; frames are then sought by their times. Frames of a folder are read when
    they are asked for.

    Parameters
    ----------
    path : Path
        A video, or a folder of numbered pictures.

    Raises
    ------
    FileError, InputError, MissingExtra
        If it cannot be used as a film.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.source = path, open_source(path)
        self.shape, self.rate = self.source.shape, self.source.rate
        self.failed = ""
        self._step = max(1, round(self.shape[0] / _HEIGHT))
        self._times: list[int] = []
        self._small: tuple[int, int] = (0, 0)
        self._stopped = threading.Event()
        self._numbers: list[int] = []
        self._small_of_folder = lru_cache(2000)(self._shrunk)
        if isinstance(self.source, FrameFolder):
            self._numbers = [number for number, _ in self.source.files]
            self._times = list(range(len(self._numbers)))
            self.complete = True
            return
        self.complete = False
        self._strip = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._reading = threading.Thread(target=self._scan, name="paint-film", daemon=True)
        self._reading.start()

    def _scan(self) -> None:
        """Read the film once."""
        try:
            for frame in self.source.frames():
                if self._stopped.is_set():
                    return
                small = block_means(eight_bits(frame.gray), self._step)
                self._small = (small.shape[0], small.shape[1])
                self._strip.seek(0, 2)
                self._strip.write(np.ascontiguousarray(small).tobytes())
                self._strip.flush()
                self._times.append(frame.time)
        except VarcolorError as error:
            self.failed = str(error)
        finally:
            self.complete = True

    @property
    def count(self) -> int:
        """Frames that are known by now."""
        return len(self._times)

    def number(self, place: int) -> int:
        """Return the number by which keys name a frame."""
        self._check(place)
        return self._numbers[place] if self._numbers else place

    def place(self, number: int) -> int | None:
        """Return where the frame of a number is."""
        if not self._numbers:
            return number if 0 <= number < self.count else None
        return self._numbers.index(number) if number in self._numbers else None

    def picture(self, place: int) -> Picture:
        """Return a frame, grey, in full size and depth."""
        self._check(place)
        name = f"{self.path.stem}-{self.number(place):04d}.png"
        return Picture(self._read(place).gray, None, Meta(source=name))

    def _read(self, place: int) -> Read:
        return self.source.frame(place, self._times[place])

    def thumbnail(self, place: int) -> bytes:
        """Return a small PNG of a frame."""
        self._check(place)
        return self._small_of_folder(place) if self._numbers else png(self._stored(place))

    def _stored(self, place: int) -> Array:
        size = self._small[0] * self._small[1]
        data = os.pread(self._strip.fileno(), size, place * size)
        return np.frombuffer(data, np.uint8).reshape(self._small)

    def _shrunk(self, place: int) -> bytes:
        return png(block_means(eight_bits(self._read(place).gray), self._step))

    def _check(self, place: int) -> None:
        if not 0 <= place < self.count:
            raise InputError(f"the film has no frame {place}; it has {self.count}")

    def close(self) -> None:
        """Stop reading, and drop the small pictures."""
        self._stopped.set()
        if not self._numbers:
            self._reading.join()
            self._strip.close()
