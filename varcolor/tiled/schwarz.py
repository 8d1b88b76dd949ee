"""Schwarz's sweeps over overlapping tiles, with a coarse correction between them.

After a sweep that changed no RGB value by more than d, the one before by no more than d', the error
is estimated as 2 d rho / (1 - rho) with rho = d / d', plus what the tiles' own solves may be off.
The tiles of successive sweeps are cut at other places.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.energy.problem import Problem
from varcolor.image.color import Space
from varcolor.methods import Method
from varcolor.methods.base import summary_of
from varcolor.options import SolveOptions
from varcolor.solve.result import Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.selection import choose
from varcolor.solve.solver import Goal
from varcolor.tiled.coarse import HALO, Coarse
from varcolor.tiled.field import Field
from varcolor.tiled.window import MARGIN, Box, Known, Window, tiles
from varcolor.typing import Array, FloatArray

#: Part of the tolerance that a tile's own solve may be off, and of changes around it that count.
_OWN, _DUE = 0.25, 0.05
#: Cuts of the sweeps: whether they are moved by half a tile, down and across. What lies across the
#: borders of one, tied to the rest by little, lies inside of the tiles of another.
SHIFTS = ((False, False), (True, True), (True, False), (False, True))
_MOST_SWEEPS = 60
#: Convergence rates that the estimate reckons with, at most and at least; and at least after two
#: sweeps, since the first one's change says little of the rate (0.10 to 0.22 were measured).
_SLOWEST, _FASTEST, _UNKNOWN = 0.95, 0.02, 0.25


@dataclass(slots=True, eq=False)
class Schwarz:
    """The sweeps of one picture."""

    pixels: Field
    chroma: Field
    """(H, W, 2) float32: the present values."""
    known: Known
    space: Space
    method: Method
    options: SolveOptions
    tolerance: float
    """Largest permitted error of an RGB value, in 1/255."""
    side: int
    """Largest side of a tile."""
    overlap: int
    report: Callable[[str, float], None]
    saved: Callable[[dict[str, Any]], None] = lambda state: None
    """Told after every sweep."""
    changes: list[float] = field(default_factory=list)
    """Largest change of an RGB value in each sweep, in 1/255."""
    tiles: list[Box] = field(init=False)
    _slope: FloatArray = field(default_factory=lambda: np.zeros((3, 2)))

    def __post_init__(self) -> None:
        self.tiles = tiles((self.pixels.shape[0], self.pixels.shape[1]), self.side)

    def run(self) -> tuple[Status, float]:
        """Sweep until the estimate holds; return the status and the estimate."""
        shape = self.pixels.shape[:2]
        backend = CpuBackend(self.options.threads)
        coarse = Coarse((shape[0], shape[1]), self.method, backend)
        self._slope = self._slopes()
        self.report("coarse", 0.02)
        self._residuals(coarse, matrix=True)
        self._correct(coarse)
        if len(self.tiles) == 1:
            self._sweep()
            return Status.CONVERGED, _OWN * self.tolerance
        while True:
            self.changes.append(self._sweep())
            error = self._error()
            self.chroma.flush()
            self.saved({"changes": self.changes})
            if error <= self.tolerance:
                return Status.CONVERGED, error
            if len(self.changes) >= _MOST_SWEEPS:
                return Status.STEP_LIMIT, error
            self._residuals(coarse, matrix=False)
            self._correct(coarse)

    def _error(self) -> float:
        """Return the estimated largest error of an RGB value, in 1/255."""
        own = _OWN * self.tolerance
        if not self.changes[-1]:
            return own
        if len(self.changes) < 2:
            return math.inf
        rho = max(b / max(a, 1e-30) for a, b in itertools.pairwise(self.changes[-3:]))
        rho = min(max(rho, _FASTEST if len(self.changes) > 2 else _UNKNOWN), _SLOWEST)
        return own + 2 * self.changes[-1] * rho / (1 - rho)

    def _slopes(self) -> FloatArray:
        """Return (3, 2): RGB levels that a change of either chroma makes at most."""
        luma = np.linspace(0, 1, 101)[None]
        values = self.known.data.values
        return np.asarray(RgbLevels(self.space, luma.repeat(61, axis=0), 1.0).slope(values))

    def _levels(self, change: FloatArray) -> float:
        """Return what changes of the chroma (..., 2) are in RGB levels, at most."""
        most = np.abs(change).reshape(-1, 2).max(axis=0, initial=0.0)
        return float((np.abs(self._slope) @ most).max(initial=0.0))

    def _sweep(self) -> float:
        """Solve all tiles of the next cut, in order; return the largest change in RGB levels."""
        down, across = SHIFTS[len(self.changes) % len(SHIFTS)]
        shape = self.pixels.shape[0], self.pixels.shape[1]
        cut = tiles(shape, self.side, shifted=(down, across))
        most = 0.0
        for number, tile in enumerate(cut):
            self.report(f"sweep {len(self.changes) + 1}", number / len(cut))
            most = max(most, self._solve(tile))
        return most

    def _solve(self, tile: Box) -> float:
        """Solve a tile with what lies around it as data; return the largest change."""
        shape = self.pixels.shape[:2]
        own = tile.grown(self.overlap, shape)
        box = own.grown(MARGIN, shape)
        window = Window.read(self.pixels, box, self.known, self.space)
        before = self.chroma.read(box.rows, box.columns)
        data = window.given(own, before)
        if not len(data.at):
            return 0.0  # a part that no cue reaches: it stays as it is
        terms = self.method.terms(window.luma, window.visible)
        problem = Problem(box.shape, window.visible, terms, data.at, data.weight)
        unknowns = window.luma.size - int(np.isinf(data.weight).sum())
        what, threads = summary_of(self.method, unknowns), self.options.threads
        solver, _ = choose("auto", what, threads, True, math.inf)
        limit = _OWN * self.tolerance
        levels = RgbLevels(self.space, window.luma, limit)
        goal = Goal(limit, self.options.max_steps, levels, slope=self._slope)
        solution = solver.run(solver.prepare(problem), data.values, before, goal)
        inside = own.within(box)
        after = np.where(solution.unreached[..., None], before, solution.u)[inside]
        change = after - before[inside]
        self.chroma.write(own.rows, own.columns, after)
        return self._levels(change)

    def _residuals(self, coarse: Coarse, matrix: bool) -> None:
        for number, tile in enumerate(self.tiles):
            self.report("coarse", number / len(self.tiles))
            window, values = self._around(tile)
            coarse.add(window, tile, values, matrix)

    def _correct(self, coarse: Coarse) -> None:
        """Add the coarse correction everywhere; given pixels get their values."""
        found = coarse.solve()
        if self.changes and self._levels(np.moveaxis(found, 0, -1)) <= _DUE * self.tolerance:
            return
        for tile in self.tiles:
            window, around = self._around(tile)
            added = coarse.at(found, window, tile)
            values = around[tile.within(window.box)] + added
            cues = self.known.inside(tile)
            exact = np.isinf(cues.weight)
            values.reshape(-1, 2)[cues.at[exact]] = cues.values[exact]
            self.chroma.write(tile.rows, tile.columns, values)

    def _around(self, tile: Box) -> tuple[Window, Array]:
        """Return a tile with what its coarse matrix depends on, and the present values there."""
        box = tile.grown(HALO, (self.pixels.shape[0], self.pixels.shape[1]))
        window = Window.read(self.pixels, box, self.known, self.space)
        return window, self.chroma.read(box.rows, box.columns)
