"""The fast solver: our own multigrid inside a Krylov method, on all cores.

What is constant on islands is taken out exactly (`varcolor.solve.multigrid.deflation_islands`), for
weights of high contrast what is constant on clusters, which cover all
(`varcolor.solve.multigrid.deflation_tiles`). It stops when the error is estimated to be within the
tolerance (`varcolor.solve.multigrid.error_estimate`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from varcolor.backend import Backend, CpuBackend
from varcolor.energy.problem import Problem, ProblemSummary, Term
from varcolor.errors import InputError
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.deflation_tiles import CLUSTERED_BYTES, Clusters, check_contrast
from varcolor.solve.multigrid.grid_cues import GridCues, anchors_of, is_connected
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.operator import Matrix, scale_again, weights_of
from varcolor.solve.multigrid.stencil_weights import (
    Weights,
    check_terms,
    clustered,
    needs_clusters,
    needs_compact,
    rows_at,
)
from varcolor.solve.multigrid.stopping import find, slope_for
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import FloatArray

#: Bytes per pixel that a run takes with symmetric weights, and with others, whose searches keep
#: several directions when they take long.
_BYTES, _DIRECTED_BYTES = 97.0, 225.0
#: The same of a GPU's memory.
_GPU_BYTES = 310.0
#: Unknowns up to which a direct solution is as fast, or so fast that nobody should wait for the
#: compiler, and the same once the kernels are compiled and loaded.
UP_TO, UP_TO_LOADED = 300_000, 20_000
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
    """`error_estimate.reach` at the end of the last run; 0 before the first."""
    improved: bool = False
    """Whether the weights were scaled again, or need not be since they are symmetric."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""
    last: bool = False
    """Whether only one search will come."""

    def first_guess(self, values: FloatArray, start: FloatArray | None) -> tuple[Any, Any]:
        """Return what soft cues pull to, and where a search begins."""
        pull, u = self.cues.first_guess(values, start)
        if self.matrix is not None:
            self.matrix.begin(pull, u)
            if self.last:
                self.cues = replace(self.cues, unknown=_NOWHERE)
                self.matrix.unknown = _NOWHERE
        return pull, u

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


@dataclass(frozen=True, slots=True)
class Multigrid(Solver):
    """The fast one for large pictures, in 3x3 windows: conjugate gradients or residuals."""

    name: str = "multigrid"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""
    backend: Backend | None = None
    """Where to solve; None = the host, with so many threads."""

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        return needs_compact(problem)

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return a large number where it beats a factorisation, its kernels' loading included."""
        return 60.0 if problem.unknowns > (UP_TO_LOADED if loaded else UP_TO) else 30.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed, of the backend's memory."""
        if self.backend is not None and not self.backend.on_host:
            return _GPU_BYTES * problem.unknowns
        own = _DIRECTED_BYTES if problem.directed else _BYTES
        return (own + CLUSTERED_BYTES * clustered(problem.terms)) * problem.unknowns

    def kernels(self, problem: ProblemSummary) -> str:
        """Return those of the kind of weights; for a GPU those that find clusters on the host."""
        if self.backend is not None and not self.backend.on_host:
            return "clustered" if clustered(problem.terms) else ""
        if problem.directed:
            return "directed"
        return "clustered" if clustered(problem.terms) else "symmetric"

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Build all grids, or make those of ``before`` serve other cues of the same photo.

        Raises
        ------
        InputError
            If the energy is not quadratic or reaches beyond a 3x3 window, or if weights differ by
            too much for single precision.
        """
        backend = self.backend or CpuBackend(self.threads)
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
        if cues.unknown.any():
            if before is None or before.matrix is None:
                matrix = Matrix(
                    weights, cues, Clusters if needs_clusters(problem.terms) else Islands
                )
            else:
                matrix = before.matrix
                matrix.update(cues)
        fresh = 0.0, weights.scale is None
        last = fresh if before is None else (before.known, before.improved)
        return Prepared(cues, matrix, weights, connected, *last, anchors)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the multigrid solver takes one or two")
        if state.anchors is not None:
            rows = None
            if state.weights.scale is not None:
                rows = partial(rows_at, state.weights, get=state.cues.backend.to_numpy)
            return state.anchors.solve(partial(self._search, state), values, start, goal, rows)
        return self._search(state, values, start, goal)

    def _search(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        channels, cues = values.shape[1], state.cues
        guess = partial(state.first_guess, values, start)
        if state.matrix is None:
            return cues.solution(channels, guess()[1], Status.CONVERGED)
        slope = slope_for(goal, channels)
        caution = state.matrix.caution
        aim = replace(goal, tolerance=goal.tolerance / caution)
        shown = partial(cues.shown, channels=channels)
        there = cues.backend.asarray(slope)
        search, outcome, steps = find(state, guess, (slope, there), aim, shown)
        search.finish()
        u, found = search.u, (outcome.status, steps, search.largest, caution * outcome.error)
        del search  # its pictures, before u is copied
        return cues.solution(channels, u, *found)


def _planes(terms: tuple[Term, ...], backend: Backend) -> Any:
    """Return the sum of the terms' weights."""
    check_terms(terms)
    result = terms[0].stencil.planes(backend)
    for term in terms[1:]:
        result += term.stencil.planes(backend)
    return result
