"""One tile prepared: all that its solves and its part of the coarse problem share.

What is known of a tile beside its cues are the present values around what is solved for: places and
weights stay, values change. So weights and hierarchy are made once, for all sweeps. As fixed values
begin `HALO` pixels from the tile, its interpolation to coarse grids is the whole picture's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.thread_pool import Strips
from varcolor.energy.prior import Data
from varcolor.energy.problem import Problem, Term
from varcolor.methods import Method
from varcolor.methods.base import summary_of
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.prepared import Prepared
from varcolor.solve.multigrid.stencil_weights import symmetric_part_of
from varcolor.solve.result import Solution
from varcolor.solve.selection import choose
from varcolor.solve.solver import Goal
from varcolor.tiled.window import Box, Window
from varcolor.typing import Array, FloatArray, Shape

#: Grids between the picture's and the coarse one; pixels a coarse one's side stands for.
LEVELS = 4
BLOCK = 1 << LEVELS
#: Pixels around a tile that its part of the coarse matrix depends on, and that it is solved for.
HALO = 4 * BLOCK


@dataclass(slots=True, eq=False)
class Ladder:
    """The equations of a window and their interpolation, down to the coarse grid."""

    planes: Array
    """(4 or 8, h + 2, w + 2)."""
    free: Array
    """(h + 2, w + 2): zero where the value is fixed."""
    reaction: Array
    """(h + 2, w + 2): weights of soft cues."""
    steps: list[tuple[Strips, Array, Shape]]
    """Of every grid above the coarse one: strips, interpolation, height and width."""
    coarse: tuple[Array, Array]
    """The coarse matrix P'AP: (4, r + 2, c + 2) and (r + 2, c + 2)."""
    near: tuple[Array, Array]
    """The M-matrix near it that the hierarchy has there."""

    @classmethod
    def of(cls, planes: Array, reaction: Array, hierarchy: Hierarchy) -> Self:
        """Return those of a hierarchy."""
        above, grid = hierarchy.grids[:LEVELS], hierarchy.grids[LEVELS]
        steps = [(grid.coarse_strips, grid.p, grid.shape) for grid in above if grid.p is not None]
        free = hierarchy.grids[0].inverse
        coarse = hierarchy.coarsened(LEVELS, hierarchy.grids[0].w, reaction)
        return cls(planes, free, reaction, steps, coarse, (grid.w, grid.reaction))


@dataclass(slots=True, eq=False)
class Tile:
    """What does not depend on the chroma."""

    tile: Box
    own: Box
    """The tile and `HALO` pixels around it: what is solved for."""
    box: Box
    """That and `MARGIN` pixels: what is read."""
    cues: Data
    """In the box."""
    ring: Array
    """Flat indices in the box of what is given around ``own``."""
    order: Array
    """Sorts cues and ring by their places."""
    ladder: Ladder | None
    """None for a picture of one tile."""
    _solver: Any
    _state: Any
    """None where nothing is known: a part that no cue reaches stays as it is."""

    @classmethod
    def of(cls, window: Window, tile: Box, own: Box, method: Method, backend: CpuBackend) -> Self:
        """Prepare it.

        Parameters
        ----------
        window : Window
            What is read.
        tile, own : Box
            As the fields.
        method : Method
            Whose weights.
        backend : CpuBackend
            Threads.
        """
        outside = np.ones(window.box.shape, bool)
        outside[own.within(window.box)] = False
        if window.visible is not None:
            outside &= window.visible
        outside.flat[window.cues.at] = False
        ring = np.flatnonzero(outside)
        at = np.concatenate([window.cues.at, ring])
        order = np.argsort(at, kind="stable")
        weight = np.concatenate([window.cues.weight, np.full(len(ring), np.inf)])[order]
        terms = method.terms(window.luma, window.visible)
        solver = state = ladder = None
        if len(at):
            problem = Problem(window.box.shape, window.visible, terms, at[order], weight)
            unknowns = window.luma.size - int(np.isinf(weight).sum())
            what, threads = summary_of(method, unknowns), backend.team.size
            solver, _ = choose("auto", what, threads, True, math.inf)
            state = solver.prepare(problem)
        if len(ring) or not len(at):
            ladder = _shared(state) or _made(window, terms, backend)
        if isinstance(state, Prepared) and state.anchors is None:
            problem = replace(state.cues.problem, terms=())
            state.cues = replace(state.cues, problem=problem)
        return cls(tile, own, window.box, window.cues, ring, order, ladder, solver, state)

    def solve(self, before: FloatArray, goal: Goal, nested: bool) -> Solution | None:
        """Solve it, the values around it being given; None where nothing is known.

        Parameters
        ----------
        before : ndarray, shape (h, w, 2)
            Present values in the box.
        goal : Goal
            How exactly.
        nested : bool
            Whether an iteration begins on coarse grids.
        """
        if self._state is None:
            return None
        if isinstance(self._state, Prepared):
            self._state.nested = nested
            self._state.known = 0.0  # as if it had just been made, wherever it was kept
        values = np.concatenate([self.cues.values, before.reshape(-1, 2)[self.ring]])[self.order]
        solution: Solution = self._solver.run(self._state, values, before, goal)
        return solution

    def target(self, u: Array) -> Array:
        """Write the exact cues to values (2, h + 2, w + 2); return the target of soft ones.

        That is like them, or (2, 1, 1) if there are none.
        """
        exact = np.isinf(self.cues.weight)
        rows, columns = np.divmod(self.cues.at, self.box.shape[1])
        u[:, rows[exact] + 1, columns[exact] + 1] = self.cues.values[exact].T
        if exact.all():
            return np.zeros((2, 1, 1), np.float32)
        target = np.zeros_like(u)
        target[:, rows[~exact] + 1, columns[~exact] + 1] = self.cues.values[~exact].T
        return target


def _shared(state: Any) -> Ladder | None:
    """Return the equations that a tile is solved by, where the coarse problem can have the same."""
    if not isinstance(state, Prepared) or state.anchors is not None or state.matrix is None:
        return None
    matrix = state.matrix
    if not matrix.symmetric or not isinstance(matrix.hierarchy, Hierarchy):
        return None
    return Ladder.of(matrix.weights.planes, matrix.reaction, matrix.hierarchy)


def _made(window: Window, terms: tuple[Term, ...], backend: CpuBackend) -> Ladder:
    """Return equations and interpolation where the tile's own are others."""
    planes = terms[0].stencil.planes(backend)
    for term in terms[1:]:
        planes += term.stencil.planes(backend)
    height, width = window.box.shape
    free = np.ones((height, width), bool)
    if window.visible is not None:
        free &= window.visible
    exact = np.isinf(window.cues.weight)
    free.flat[window.cues.at[exact]] = False
    reaction = bordered((height, width))
    rows, columns = np.divmod(window.cues.at[~exact], width)
    reaction[rows + 1, columns + 1] = window.cues.weight[~exact]
    part = symmetric_part_of(planes, backend)
    return Ladder.of(planes, reaction, Hierarchy(part, reaction, free, backend.team))
