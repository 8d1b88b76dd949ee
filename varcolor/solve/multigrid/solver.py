"""The fast solver: our own multigrid inside a Krylov method, on all cores.

What is constant on islands is taken out exactly (`varcolor.solve.multigrid.deflation_islands`), for
weights of high contrast what is constant on clusters, which cover all
(`varcolor.solve.multigrid.deflation_tiles`). It stops when the error is estimated to be within the
tolerance (`varcolor.solve.multigrid.error_estimate`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from varcolor.backend import memory
from varcolor.backend.thread_pool import Team
from varcolor.energy.problem import Problem, Term
from varcolor.errors import InputError
from varcolor.solve.initial_guess import contiguous, first_guess, inner
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.deflation_tiles import CLUSTERED_BYTES, Clusters, check_contrast
from varcolor.solve.multigrid.operator import Matrix, scale_again, weights_of
from varcolor.solve.multigrid.stencil_weights import Weights, check_terms, needs_clusters, rows_at
from varcolor.solve.multigrid.stopping import find, slope_for
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.reachability import connected_on_grid, labels_on_grid, parts_on_grid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array, BoolArray, FloatArray

#: Bytes per pixel that a run takes with symmetric weights, and with others, whose searches keep
#: several directions when they take long.
_BYTES, _DIRECTED_BYTES = 97.0, 225.0


@dataclass(slots=True, eq=False)
class Prepared:
    """A problem's matrix; what depends on the photo alone serves other cues as well."""

    problem: Problem
    unknown: BoolArray
    unreached: BoolArray
    matrix: Matrix | None
    """None if there is nothing to solve for."""
    weights: Weights
    connected: bool
    """Whether visible neighbours all depend on each other."""
    known: float = 0.0
    """`error_estimate.reach` at the end of the last run; 0 before the first."""
    improved: bool = False
    """Whether the weights were scaled again, or need not be since they are symmetric."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""
    last: bool = False
    """Whether only one search will come."""

    def first_guess(self, values: FloatArray, start: FloatArray | None) -> tuple[Array, Array]:
        """Return what soft cues pull to, and where a search begins."""
        team = None if self.matrix is None else self.matrix.team
        pull, u = first_guess(self.problem, self.unknown, values, start, team=team)
        if self.matrix is not None:
            self.matrix.begin(pull, u)
            if self.last:
                self.unknown = self.matrix.unknown = np.empty((0, 0), bool)
        return pull, u

    def improve(self) -> None:
        """Scale the rows of the matrix again, and make it anew."""
        assert self.matrix is not None
        team, self.matrix = self.matrix.team, None  # so that two are never held
        scale_again(self.weights, team)
        self.matrix = Matrix(self.weights, self.problem, self.unknown, team, Islands)
        self.known, self.improved = 0.0, True

    def release(self) -> None:
        """Drop what serves other cues alone: 20 bytes a pixel, and what the terms hold."""
        self.problem = replace(self.problem, terms=())
        if self.matrix is not None and self.matrix.symmetric and self.anchors is None:
            self.matrix.hierarchy.release(last=True)
            self.last = True

    def available(self) -> float:
        """Return the bytes that can be had now."""
        return memory.available()


@dataclass(frozen=True, slots=True)
class Multigrid:
    """The fast one for large pictures, in 3x3 windows: conjugate gradients or residuals."""

    name: str = "multigrid"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""
    #: Whether `memory` counts clusters, too (see `varcolor.solve.multigrid.deflation_tiles`).
    clustered: bool = False
    #: Whether `memory` counts weights that differ between the directions.
    directed: bool = False

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        own = _DIRECTED_BYTES if self.directed else _BYTES
        return (own + CLUSTERED_BYTES * self.clustered) * unknowns

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Build all grids, or make those of ``before`` serve other cues of the same photo.

        Raises
        ------
        InputError
            If the energy is not quadratic or reaches beyond a 3x3 window, or if weights differ by
            too much for single precision.
        """
        team = Team(self.threads)
        if before is None or before.problem.terms is not problem.terms:
            before = None
            planes = _planes(problem.terms, team)
            if needs_clusters(problem.terms):
                check_contrast(planes)
            weights = weights_of(planes, team)
            connected = connected_on_grid(problem, weights.planes)
        else:
            weights, connected = before.weights, before.connected
        anchors = Anchors.of(
            problem,
            lambda: weights.unscaled,
            lambda: labels_on_grid(problem, weights.planes, connected),
        )
        if anchors is not None:
            problem = anchors.problem
        unknown, unreached = parts_on_grid(problem, weights.planes, connected)
        matrix = None
        if unknown.any():
            if before is None or before.matrix is None:
                deflation = Clusters if needs_clusters(problem.terms) else Islands
                matrix = Matrix(weights, problem, unknown, team, deflation)
            else:
                matrix = before.matrix
                matrix.update(problem, unknown)
        fresh = 0.0, weights.scale is None
        last = fresh if before is None else (before.known, before.improved)
        return Prepared(problem, unknown, unreached, matrix, weights, connected, *last, anchors)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the multigrid solver takes one or two")
        if state.anchors is not None:
            rows = None if state.weights.scale is None else partial(rows_at, state.weights)
            return state.anchors.solve(partial(self._search, state), values, start, goal, rows)
        return self._search(state, values, start, goal)

    def _search(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        channels = values.shape[1]
        guess = partial(state.first_guess, values, start)
        if state.matrix is None:
            return _solution(state, channels, guess()[1], Status.CONVERGED)
        slope = slope_for(goal, channels)
        caution = state.matrix.caution
        aim = replace(goal, tolerance=goal.tolerance / caution)
        shown = partial(inner, channels=channels)
        search, outcome, steps = find(state, guess, (slope, slope), aim, shown)
        search.finish()
        u, found = search.u, (outcome.status, steps, search.largest, caution * outcome.error)
        del search  # its pictures, before u is copied
        return _solution(state, channels, u, *found)


def _planes(terms: tuple[Term, ...], team: Team) -> Array:
    """Return the sum of the terms' weights."""
    check_terms(terms)
    result = terms[0].stencil.planes(team)
    for term in terms[1:]:
        result += term.stencil.planes(team)
    return result


def _solution(
    state: Prepared,
    channels: int,
    u: Array,
    status: Status,
    steps: int = 0,
    residual: float = 0.0,
    error: float = 0.0,
) -> Solution:
    """Return the chroma (H, W, 2) and how it was found."""
    found = contiguous(u, channels, None if state.matrix is None else state.matrix.team)
    return Solution(found, status, steps, residual, error, (), state.unreached)
