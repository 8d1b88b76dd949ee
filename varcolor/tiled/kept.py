"""Prepared tiles kept from sweep to sweep: in memory as many as may be, then on disk.

Tiles are gone through in turns, so that those which are kept first are kept for good: throwing out
the least recently used would throw out each just before it is wanted. On disk lie the arrays alone;
how they hang together stays in memory. They are mapped, so that what a step does not touch is not
read, and the copy of a page that is written to is dropped with the tile.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import mmap
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Literal, Self

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.thread_pool import Team
from varcolor.tiled.tile import Tile
from varcolor.typing import Array

#: Arrays begin at multiples of so many bytes; smaller ones stay in memory.
_ALIGNED, _SMALL = 64, 4096
#: Part of the free space of the disk that may be taken.
_PART = 0.5
#: What tiles share, or what belongs to no tile.
_SHARED = (CpuBackend, Team)
_PROGRAM = (type, ModuleType, FunctionType, BuiltinFunctionType)


@dataclass(slots=True, eq=False)
class _Place:
    """Stands for an array that lies in a file."""

    dtype: Any
    shape: tuple[int, ...]
    order: Literal["C", "F"]
    start: int = 0
    """Where in the file."""

    @classmethod
    def of(cls, array: Array) -> Self:
        """Return that of an array, before it is written."""
        return cls(array.dtype, array.shape, "F" if array.flags.fnc else "C")

    def mapped(self, whole: memoryview) -> Array:
        """Return the array in a file that is mapped."""
        count = int(np.prod(self.shape))
        return np.frombuffer(whole, self.dtype, count, self.start).reshape(
            self.shape, order=self.order
        )


@dataclass(frozen=True, slots=True)
class _OnDisk:
    skeleton: Tile
    """The tile with places where its arrays were."""
    places: tuple[_Place, ...]


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
        arrays = _arrays(tile)
        places = tuple(_Place.of(array) for array in arrays)
        known: dict[int, Any] = {id(a): place for a, place in zip(arrays, places, strict=True)}
        try:
            skeleton = copy.deepcopy(tile, known | _shared(tile, self._backend))
        except TypeError:
            return tile  # a solver of another package may hold what cannot be copied or counted
        size = sum(array.nbytes for array in arrays)
        if size <= self._memory:
            self._memory -= size
            self._here[number] = tile
        elif size <= self._disk:
            self._store(number, arrays, _OnDisk(skeleton, places))
        return tile

    def close(self) -> None:
        """Remove all."""
        self._here.clear()
        self._there.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _store(self, number: int, arrays: list[Array], kept: _OnDisk) -> None:
        path, end = self._folder / str(number), 0
        try:
            with open(path, "wb") as file:
                for array, place in zip(arrays, kept.places, strict=True):
                    place.start = end
                    data = np.ravel(array, order=place.order)
                    file.write(data.data)
                    rest = -data.nbytes % _ALIGNED
                    file.write(bytes(rest))
                    end += data.nbytes + rest
        except OSError:  # it is made anew where it cannot be kept
            self._disk = 0.0
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return
        self._disk -= end
        self._there[number] = kept

    def _loaded(self, number: int) -> Tile:
        kept = self._there[number]
        file = os.open(self._folder / str(number), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            whole = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))
        finally:
            os.close(file)
        known: dict[int, Any] = {id(place): place.mapped(whole) for place in kept.places}
        shared = (self._backend, self._backend.team)  # the skeleton has them already
        return copy.deepcopy(kept.skeleton, known | {id(part): part for part in shared})


def _shared(tile: Tile, backend: CpuBackend) -> dict[int, Any]:
    """Return what a copy of a tile has of the program in place of its own, by identity."""
    found = [part for part in _parts(tile) if isinstance(part, _SHARED)]
    return {id(part): backend if isinstance(part, CpuBackend) else backend.team for part in found}


def _arrays(tile: Tile) -> list[Array]:
    """Return the arrays of a tile that are not small."""
    arrays = (part for part in _parts(tile) if isinstance(part, np.ndarray))
    return [array for array in arrays if array.nbytes >= _SMALL and not array.dtype.hasobject]


def _parts(tile: Tile) -> Iterator[Any]:
    """Yield every object that a tile hangs together with, once."""
    waiting: list[Any] = [tile]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, _PROGRAM):
            continue
        seen.add(id(part))
        yield part
        if not isinstance(part, _SHARED):
            waiting += gc.get_referents(part)
