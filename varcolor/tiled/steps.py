"""What is done with one tile: its solve, its share in the next step, that step with a correction.

All three read and write files, and take and return little, so that they may be done anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.thread_pool import bands
from varcolor.image.color import Space
from varcolor.methods import Method
from varcolor.options import SolveOptions
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.solver import Goal
from varcolor.tiled.coarse import Share, correction_at, share_of
from varcolor.tiled.expected import Expected
from varcolor.tiled.field import Field
from varcolor.tiled.kept import Kept
from varcolor.tiled.tile import HALO, Tile
from varcolor.tiled.window import MARGIN, Box, Known, Window
from varcolor.typing import Array, FloatArray

#: Rows that are read, changed and written at a time: they stay in the processor's caches.
_BAND = 32


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

    def solve(self, number: int, limit: float, nested: bool) -> Moved:
        """Solve a tile to ``limit`` RGB levels, with what lies around it as data.

        ``nested``: whether the iteration begins on coarse grids.
        """
        tile = self._tile(number)
        before = self._read(tile.box)
        slope = np.abs(self.scene.slope)

        def levels(_: Array, bound: Array, __: Array) -> float:
            return float((bound @ slope.T).max(initial=0.0))

        goal = Goal(limit, self.scene.options.max_steps, levels, slope=self.scene.slope)
        solution = tile.solve(before, goal, nested)
        if solution is None:
            return Moved(0.0, ())
        rows, columns = tile.own.within(tile.box)
        found, unreached = solution.u[rows, columns], solution.unreached[rows, columns]
        old = before[rows, columns]

        def moved(here: slice, _: slice) -> tuple[FloatArray, FloatArray]:
            after = found[here]
            if unreached[here].any():
                after = np.where(unreached[here][..., None], old[here], after)
            return after, after - old[here]

        return self._replaced(tile.own, moved)

    def share(self, number: int, begins: bool) -> Share:
        """Return a tile's share in the next step, from ``base`` to where the sweep has come.

        If the search ``begins`` with the present values, there is no way yet, and the coarse
        matrix is wanted.
        """
        tile = self._tile(number)
        box, team = tile.box, self.backend.team
        u = bordered(box.shape, 2)
        directions = () if begins else (np.zeros_like(u), np.zeros_like(u))

        def read(top: int, bottom: int) -> None:
            own = slice(box.top + top - 1, box.top + bottom - 1), box.columns
            now, to = self._chroma.read(*own), (slice(None), slice(top, bottom), slice(1, -1))
            if begins:
                u[to] = np.moveaxis(now, 2, 0)
                return
            base, last = self._base.read(*own), self._last.read(*own)
            for picture, values in zip((u, *directions), (base, now - base, last), strict=True):
                picture[to] = np.moveaxis(values, 2, 0)

        team.run(read, bands(box.shape[0], _BAND))
        return share_of(tile, u, directions, team)

    def advance(self, number: int, step: FloatArray | None, patch: Array | None) -> Moved:
        """Take the best step, and add the coarse correction: the next sweep begins there.

        None: the search begins with the present values; there is no correction that counts. Given
        pixels get their values. What the next direction begins at is without the correction.
        """
        box = self.scene.tiles[number]
        cues = self.scene.known.inside(box)
        exact = np.isinf(cues.weight)
        rows, columns = np.divmod(cues.at[exact], box.shape[1])
        given = cues.values[exact]
        more = None
        if patch is not None:
            more = correction_at(self._tile(number), patch, self.backend.team)

        def moved(here: slice, own: slice) -> tuple[FloatArray, FloatArray]:
            place = own, box.columns
            now = self._chroma.read(*place)
            after, held = now.copy(), (rows >= here.start) & (rows < here.stop)
            if step is not None:
                base = self._base.read(*place)
                change = _times(now - base, step[0]) + _times(self._last.read(*place), step[1])
                after = base + change
                self._last.write(*place, change)
            at = rows[held] - here.start, columns[held]
            after[at] = given[held]
            self._base.write(*place, after)
            if more is not None:
                after += np.moveaxis(more[:, here], 0, -1)
                after[at] = given[held]
            return after, after - now

        return self._replaced(box, moved)

    def _replaced(
        self, box: Box, moved: Callable[[slice, slice], tuple[FloatArray, FloatArray]]
    ) -> Moved:
        """Replace the values of a box, some rows at a time; return how far they have moved.

        ``moved`` returns new values and changes (h, w, 2) of some rows, given their place in the
        box and in the picture.
        """
        near = self.scene.near(box)

        def replace_rows(top: int, bottom: int) -> list[float]:
            here, own = slice(top - 1, bottom - 1), slice(box.top + top - 1, box.top + bottom - 1)
            part = Box(own.start, box.left, own.stop, box.right)
            after, change = moved(here, own)
            self._chroma.write(own, box.columns, after)
            every = self.scene.levels(change)

            def level(other: Box) -> float:
                if not other.meets(part):
                    return 0.0
                common = _common(other, part)
                return every if common == part else self.scene.levels(change[common.within(part)])

            return [every, *(level(other) for _, other in near)]

        found = self.backend.team.run(replace_rows, bands(box.shape[0], _BAND))
        every, *levels = np.max(found, axis=0).tolist()
        return Moved(every, tuple(zip((number for number, _ in near), levels, strict=True)))

    def flush(self) -> None:
        """Let what is written be on the disk."""
        for own in self._fields[1:]:
            own.flush()

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
