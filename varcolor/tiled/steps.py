"""What is done with one tile: its part of the coarse problem, its correction, its solve.

All three read and write files, and take and return little, so that they may be done anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.image.color import Space
from varcolor.methods import Method
from varcolor.options import SolveOptions
from varcolor.solve.solver import Goal
from varcolor.tiled.coarse import Share, correction_at, products_of, share_of
from varcolor.tiled.expected import Expected
from varcolor.tiled.field import Field
from varcolor.tiled.kept import Kept
from varcolor.tiled.tile import HALO, Tile
from varcolor.tiled.window import MARGIN, Box, Known, Window
from varcolor.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One picture in parts: everything that steps need, paths for what is large."""

    folder: Path
    """Where ``pixels`` and ``chroma`` are."""
    shape: tuple[int, int, int]
    dtype: Any
    known: Known
    space: Space
    method: Method
    options: SolveOptions
    slope: FloatArray
    """(3, 2): RGB levels that a change of either chroma makes at most."""
    tiles: tuple[Box, ...]
    memory: float
    """Bytes that prepared tiles may take."""
    expected: Expected | None = None
    """A prior."""

    def levels(self, change: FloatArray) -> float:
        """Return what changes of the chroma (..., 2) are in RGB levels, at most."""
        if not change.size:
            return 0.0
        # Rows after rows: along the others numpy takes ten times as long.
        most, least = (f(f(change, 0), 0) for f in (np.maximum.reduce, np.minimum.reduce))
        return float((np.abs(self.slope) @ np.maximum(most, -least)).max())

    def near(self, box: Box) -> list[tuple[int, Box]]:
        """Return number and box of the tiles that read something of a box."""
        shape = self.shape[0], self.shape[1]
        grown = [(k, tile.grown(HALO + MARGIN, shape)) for k, tile in enumerate(self.tiles)]
        return [(k, own) for k, own in grown if own.meets(box)]


@dataclass(frozen=True, slots=True)
class Moved:
    """How far values have moved, in RGB levels."""

    most: float
    near: tuple[tuple[int, float], ...]
    """Number of a tile that reads some of them, and how far those have."""


class Steps:
    """The steps for tiles of one picture; prepared tiles are kept.

    Parameters
    ----------
    scene : Scene
        The picture.
    name : str
        Of its own folder of prepared tiles.
    fresh : bool
        Whether the fields that only a search needs are made.
    """

    def __init__(self, scene: Scene, name: str = "tiles", fresh: bool = True) -> None:
        self.scene, self.backend = scene, CpuBackend(scene.options.threads)
        self._shape = scene.shape[0], scene.shape[1]
        self._pixels = Field(scene.folder / "pixels", scene.shape, scene.dtype, fresh=False)
        chroma = (*self._shape, 2)
        self._chroma = Field(scene.folder / "chroma", chroma, np.float32, fresh=False)
        self._base = Field(scene.folder / "base", chroma, np.float32, fresh=fresh)
        self._last = Field(scene.folder / "last", chroma, np.float32, fresh=fresh)
        self._fields = (self._pixels, self._chroma, self._base, self._last)
        self._kept = Kept(scene.folder / name, scene.memory, self.backend)

    def close(self) -> None:
        """Close the files and remove prepared tiles."""
        for own in self._fields:
            own.close()
        self._kept.close()

    def residual(self, number: int, matrix: bool) -> Share:
        """Return what a tile adds to the coarse problem."""
        tile = self._tile(number)
        return share_of(tile, self._read(tile.box), matrix, self.backend.team)

    def correct(self, number: int, patch: Array) -> Moved:
        """Add the coarse correction; given pixels get their values."""
        tile = self._tile(number)
        box = tile.tile
        before = self._read(box)
        values = before + correction_at(tile, patch, self.backend.team)
        cues = self.scene.known.inside(box)
        exact = np.isinf(cues.weight)
        values.reshape(-1, 2)[cues.at[exact]] = cues.values[exact]
        self._chroma.write(box.rows, box.columns, values)
        return self._moved(values - before, box)

    def solve(self, number: int, limit: float) -> Moved:
        """Solve a tile to ``limit`` RGB levels, with what lies around it as data."""
        tile = self._tile(number)
        before = self._read(tile.box)
        slope = np.abs(self.scene.slope)

        def levels(_: Array, bound: Array, __: Array) -> float:
            return float((bound @ slope.T).max(initial=0.0))

        goal = Goal(limit, self.scene.options.max_steps, levels, slope=self.scene.slope)
        solution = tile.solve(before, goal)
        if solution is None:
            return Moved(0.0, ())
        inside = tile.own.within(tile.box)
        after, unreached = solution.u[inside], solution.unreached[inside]
        if unreached.any():
            after = np.where(unreached[..., None], before[inside], after)
        self._chroma.write(tile.own.rows, tile.own.columns, after)
        return self._moved(after - before[inside], tile.own)

    def begin(self, number: int) -> None:
        """Let directions begin at the present values."""
        rows, columns = self.scene.tiles[number].rows, self.scene.tiles[number].columns
        self._base.write(rows, columns, self._chroma.read(rows, columns))

    def products(self, number: int) -> FloatArray:
        """Return a tile's part of the products of `Acceleration.step`."""
        tile = self._tile(number)
        own = tile.box.rows, tile.box.columns
        base, last = self._base.read(*own), self._last.read(*own)
        change = self._chroma.read(*own) - base
        return products_of(tile, base, change, last, self.backend.team)

    def advance(self, number: int, share: FloatArray) -> Moved:
        """Take the best step: the present values, and where the next direction begins."""
        box = self.scene.tiles[number]
        own = box.rows, box.columns
        base, now = self._base.read(*own), self._chroma.read(*own)
        step = _times(now - base, share[0]) + _times(self._last.read(*own), share[1])
        after = base + step
        self._base.write(*own, after)
        self._chroma.write(*own, after)
        self._last.write(*own, step)
        return self._moved(after - now, box)

    def flush(self) -> None:
        """Let what is written be on the disk."""
        for own in self._fields[1:]:
            own.flush()

    def _moved(self, change: FloatArray, box: Box) -> Moved:
        most, found = self.scene.levels(change), []
        for number, own in self.scene.near(box):
            part = _common(own, box)
            whole = part == box
            found.append((number, most if whole else self.scene.levels(change[part.within(box)])))
        return Moved(most, tuple(found))

    def _read(self, box: Box) -> FloatArray:
        return self._chroma.read(box.rows, box.columns)

    def _box(self, number: int) -> Box:
        return self.scene.tiles[number].grown(HALO + MARGIN, self._shape)

    def _tile(self, number: int) -> Tile:
        def make() -> Tile:
            scene, tile = self.scene, self.scene.tiles[number]
            window = Window.read(self._pixels, self._box(number), scene.known, scene.space)
            own = tile.grown(HALO, self._shape)
            if scene.expected is not None:
                cues = scene.expected.beside(
                    window.cues, window.luma, window.visible, window.box, own
                )
                window = replace(window, cues=cues)
            return Tile.of(window, tile, own, scene.method, self.backend)

        return self._kept.get(number, make)


def _times(values: FloatArray, factors: FloatArray) -> FloatArray:
    """Return float32 values (h, w, 2) times a factor a channel; numpy is slow with rows of two."""
    height, width = values.shape[:2]
    row = np.tile(factors.astype(np.float32), width)
    return np.asarray((values.reshape(height, 2 * width) * row).reshape(values.shape))


def _common(one: Box, other: Box) -> Box:
    """Return what two boxes share."""
    return Box(
        max(one.top, other.top),
        max(one.left, other.left),
        min(one.bottom, other.bottom),
        min(one.right, other.right),
    )
