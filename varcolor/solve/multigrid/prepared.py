"""A problem prepared for multigrid, and the Krylov iteration for its solution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.energy.problem import Problem, Term
from varcolor.solve.grid_cues import GridCues, anchors_of, is_connected
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.deflation_tiles import Clusters, Pieces, check_contrast
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.operator import Deflate, Matrix
from varcolor.solve.multigrid.row_scaling import scale_again, weights_of
from varcolor.solve.multigrid.stencil_weights import (
    Weights,
    bordered,
    check_terms,
    needs_clusters,
    rows_at,
)
from varcolor.solve.multigrid.stopping import find, slope_for
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import FloatArray

_NOWHERE = np.empty((0, 0), bool)


@dataclass(slots=True, eq=False)
class Prepared:
    """A problem's matrix; what depends on the photo alone serves other cues as well."""

    cues: GridCues
    matrix: Matrix | None
    """None if there is nothing to solve for."""
    weights: Weights
    connected: bool
    """Whether visible neighbours all depend on each other."""
    known: float = 0.0
    """`error_estimate.amplification` at the end of the last run; 0 before the first."""
    improved: bool = False
    """Whether the weights were scaled again, or need not be since they are symmetric."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""
    nested: bool = True
    """Whether searches begin on coarse grids, as pays unless what these know is in the start."""
    last: bool = False
    """Whether only one search will come."""

    def first_guess(self, values: FloatArray, start: FloatArray | None) -> tuple[Any, Any]:
        """Return the target of soft cues, and the initial guess."""
        target, u = self.cues.first_guess(values, start)
        if self.matrix is not None:
            self.matrix.begin(target, u)
            if self.last:
                self.cues = replace(self.cues, free_mask=_NOWHERE)
                self.matrix.free_mask = _NOWHERE
        return target, u

    def improve(self) -> None:
        """Scale the rows of the matrix again, and rebuild it."""
        self.matrix = None  # so that two are never held
        scale_again(self.weights, self.cues.backend)
        self.matrix = Matrix(self.weights, self.cues, Islands)
        self.known, self.improved = 0.0, True

    def release(self) -> None:
        """Drop what serves other cues alone: 20 bytes a pixel, and what the terms hold."""
        if self.matrix is None or not self.cues.backend.on_host:
            return
        self.cues = replace(self.cues, problem=replace(self.cues.problem, terms=()))
        hierarchy = self.matrix.hierarchy
        if self.matrix.symmetric and self.anchors is None and isinstance(hierarchy, Hierarchy):
            hierarchy.release(last=True)
            self.last = True

    def available(self) -> float:
        """Return the bytes that can be had now."""
        return self.cues.backend.available()


def prepare(problem: Problem, before: Prepared | None, backend: Backend) -> Prepared:
    """Do what `varcolor.solve.multigrid.solver.Multigrid.prepare` does."""
    if (
        before is None
        or before.cues.problem.terms is not problem.terms
        or before.cues.backend.name != backend.name
    ):
        before = None
        planes = _planes(problem.terms, backend)
        if needs_clusters(problem.terms):
            check_contrast(backend.to_numpy(planes))
        weights = weights_of(planes, backend)
        connected = is_connected(problem, weights.planes, backend)
    else:
        weights, connected = before.weights, before.connected
    own = weights.planes, backend, connected
    anchors = anchors_of(problem, *own, lambda: weights.unscaled)
    if anchors is not None:
        problem = anchors.problem
    cues = GridCues.of(problem, *own)
    matrix = None
    if cues.free_mask.any():
        if before is None or before.matrix is None:
            matrix = Matrix(weights, cues, _deflation(problem, backend))
        else:
            matrix = before.matrix
            matrix.update(cues)
    fresh = 0.0, weights.scale is None
    last = fresh if before is None else (before.known, before.improved)
    return Prepared(cues, matrix, weights, connected, *last, anchors)


def solve(state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal) -> Solution:
    """Iterate until the error is estimated to be within the tolerance."""
    if state.anchors is not None:
        rows = None
        if state.weights.scale is not None:
            rows = partial(rows_at, state.weights, get=state.cues.backend.to_numpy)
        return state.anchors.solve(partial(_search, state), values, start, goal, rows)
    return _search(state, values, start, goal)


def _search(state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal) -> Solution:
    channels, cues = values.shape[1], state.cues
    guess = partial(state.first_guess, values, start)
    if state.matrix is None:
        return cues.solution(channels, guess()[1], Status.CONVERGED)
    slope = slope_for(goal, channels)
    safety_factor = state.matrix.safety_factor
    aim = replace(goal, tolerance=goal.tolerance / safety_factor)
    shown = partial(cues.shown, channels=channels)
    there = cues.backend.asarray(slope)
    search, outcome, steps = find(state, guess, (slope, there), aim, shown)
    search.finish()
    u, found = search.u, (outcome.status, steps, search.largest, safety_factor * outcome.error)
    del search  # its pictures, before u is copied
    return cues.solution(channels, u, *found)


def _deflation(problem: Problem, backend: Backend) -> Deflate:
    """Return what takes out the errors that cycles see late."""
    if needs_clusters(problem.terms):
        return Clusters
    if bordered(problem.summary.terms) and backend.on_host:
        kept = next(own for term in problem.terms if (own := term.stencil.kept))
        return partial(Pieces, kept=kept)
    return Islands


def _planes(terms: tuple[Term, ...], backend: Backend) -> Any:
    """Return the sum of the terms' weights."""
    check_terms(terms)
    result = terms[0].stencil.planes(backend)
    for term in terms[1:]:
        result += term.stencil.planes(backend)
    return result
