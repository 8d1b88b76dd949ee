"""Prepared tiles kept from sweep to sweep: in memory as many as may be, then on disk.

Tiles are gone through in turns, so that those which are kept first are kept for good: throwing out
the least recently used would throw out each just before it is wanted. On disk lie the arrays alone;
how they hang together stays in memory. They are mapped, so that what a step does not touch is not
read, and the copy of a page that is written to is dropped with the tile.
"""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.thread_pool import Team
from varcolor.tiled.tile import Tile

#: Arrays begin at multiples of so many bytes; smaller ones stay in memory.
_ALIGNED, _SMALL = 64, 4096
#: Part of the free space of the disk that may be taken.
_PART = 0.5


@dataclass(frozen=True, slots=True)
class _OnDisk:
    skeleton: bytes
    """How the arrays hang together; made by this process, never read from a file."""
    places: tuple[tuple[int, int], ...]
    """Where the arrays are in the file, and how long."""


class Kept:
    """Tiles by number.

    Parameters
    ----------
    folder : Path
        For those on disk; emptied at the beginning and at the end.
    memory : float
        Bytes that tiles in memory may take together.
    backend : CpuBackend
        What tiles share.
    """

    def __init__(self, folder: Path, memory: float, backend: CpuBackend) -> None:
        self._folder, self._memory, self._backend = folder, memory, backend
        self._here: dict[int, Tile] = {}
        self._there: dict[int, _OnDisk] = {}
        self.close()
        folder.mkdir(parents=True, exist_ok=True)
        self._disk = _PART * shutil.disk_usage(folder).free

    def get(self, number: int, make: Callable[[], Tile]) -> Tile:
        """Return a tile, made only if it is not kept."""
        if number in self._here:
            return self._here[number]
        if number in self._there:
            return self._loaded(number)
        tile = make()
        if self._memory <= 0 and self._disk <= 0:
            return tile
        arrays: list[pickle.PickleBuffer] = []
        skeleton = _dumped(tile, arrays)
        if skeleton is None:
            return tile
        size = sum(array.raw().nbytes for array in arrays) + len(skeleton)
        if size <= self._memory:
            self._memory -= size
            self._here[number] = tile
        elif size <= self._disk:
            self._store(number, skeleton, arrays, size)
        return tile

    def close(self) -> None:
        """Remove all."""
        self._here.clear()
        self._there.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _store(
        self, number: int, skeleton: bytes, arrays: list[pickle.PickleBuffer], size: int
    ) -> None:
        path, places, end = self._folder / str(number), [], 0
        try:
            with open(path, "wb") as file:
                for array in arrays:
                    data = array.raw()
                    places.append((end, data.nbytes))
                    file.write(data)
                    rest = -data.nbytes % _ALIGNED
                    file.write(bytes(rest))
                    end += data.nbytes + rest
        except OSError:  # it is made anew where it cannot be kept
            self._disk = 0.0
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return
        self._disk -= size
        self._there[number] = _OnDisk(skeleton, tuple(places))

    def _loaded(self, number: int) -> Tile:
        kept = self._there[number]
        file = os.open(self._folder / str(number), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            whole = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))
        finally:
            os.close(file)
        arrays = [whole[start : start + size] for start, size in kept.places]
        tile: Tile = _Loader(kept.skeleton, arrays, self._backend).load()
        return tile


class _Dumper(pickle.Pickler):
    """Leaves out what tiles share."""

    def persistent_id(self, obj: Any) -> str | None:
        """Return the name of what all tiles share."""
        if isinstance(obj, CpuBackend):
            return "backend"
        return "team" if isinstance(obj, Team) else None


class _Loader(pickle.Unpickler):
    """Puts it in again."""

    def __init__(self, data: bytes, arrays: list[memoryview], backend: CpuBackend) -> None:
        super().__init__(io.BytesIO(data), buffers=arrays)
        self._backend = backend

    def persistent_load(self, pid: Any) -> Any:
        """Return what all tiles share."""
        return self._backend if pid == "backend" else self._backend.team


def _dumped(tile: Tile, arrays: list[pickle.PickleBuffer]) -> bytes | None:
    """Return how a tile's arrays hang together; None if it cannot be kept."""

    def large(array: pickle.PickleBuffer) -> bool:
        data = array.raw()
        if data.nbytes < _SMALL:
            return True  # within the skeleton
        arrays.append(array)
        return False

    file = io.BytesIO()
    try:
        _Dumper(file, protocol=5, buffer_callback=large).dump(tile)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None  # a solver of another package may hold what cannot be written
    return file.getvalue()
