"""Large pictures, fourth order: the mixed form, searched by minimal residuals.

The parts are `varcolor.solve.biharmonic.mixed_form` and
`varcolor.solve.biharmonic.restarted_gmres`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from varcolor.backend import memory
from varcolor.backend.loops import HostLoops
from varcolor.backend.thread_pool import Team, strips_of
from varcolor.energy.bilaplacian import Bilaplacian
from varcolor.energy.levin_ls import LevinSquares
from varcolor.energy.problem import Problem, Term
from varcolor.energy.stencil import Stencil, window
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.biharmonic.coarse_schur import CoarseMixed
from varcolor.solve.biharmonic.mixed_form import Factor, MixedForm
from varcolor.solve.biharmonic.restarted_gmres import STEP_BYTES, MixedSearch, longest
from varcolor.solve.initial_guess import contiguous, first_guess, inner
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.operator import flows_of, weights_of
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.reachability import connected_on_grid, labels_on_grid, parts_on_grid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array, BoolArray, FloatArray

#: Weights of soft cues, against the largest of the term squared, that are heavy, and as good as
#: exact.
_HEAVY, _HEAVIEST = 1.0, 1e12
#: Bytes a pixel beside those of the steps, and how many of these are expected.
_BYTES, _USUAL = 180.0, 16


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    problem: Problem
    unknown: BoolArray
    unreached: BoolArray
    factor: Factor
    largest: float
    """Largest weight of the term."""
    islands: Islands | None
    form: MixedForm | None
    """Both are None if there is nothing to solve for."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """For large pictures with bilaplacian or levin-ls alone, in a 3x3 window."""

    name: str = "mixed"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""
    patient: bool = True
    """Whether to go on where a factorisation is likely to be faster."""

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return unknowns * (_BYTES + _USUAL * STEP_BYTES)

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Build all grids.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        team = Team(self.threads)
        strength, stencil = squared(problem.terms)
        islands = None
        if before is not None and before.problem.terms is problem.terms:
            factor, largest, islands = before.factor, before.largest, before.islands
        else:
            planes = stencil.planes(team)
            largest = float(planes.max())
            factor = Factor.of(weights_of(planes, team))
        anchors = Anchors.of(
            problem,
            lambda: strength * largest**2,
            lambda: labels_on_grid(problem, factor.forth, connected_on_grid(problem, factor.forth)),
        )
        problem = problem if anchors is None else anchors.problem
        unknown, unreached = parts_on_grid(problem, factor.forth)
        form = None
        if unknown.any():
            free, soft, pull = soft_cues(problem, strength, largest, unknown)
            flows = flows_of(factor.forth, team)
            tied = factor.root * np.sqrt(pull)
            hierarchy, coarse = Hierarchy(flows, tied, free[1:-1, 1:-1] != 0, team), None
            if islands is None:
                strips = strips_of(problem.shape[0], problem.shape[0] * problem.shape[1])
                islands = Islands(factor.forth, flows, strips, team)
            islands.update(tied, hierarchy.grids[0].inverse)
            both = islands, islands
            if factor.directed:
                both = islands, islands.of_transpose(factor.back, tied + factor.rest)
            if len(hierarchy.grids) > 1:
                coarse = CoarseMixed(hierarchy, free, factor.root)
            hierarchy.release()
            loops = HostLoops(team, problem.shape)
            form = MixedForm(loops, hierarchy, coarse, factor, free, soft, pull, both)
        return Prepared(problem, unknown, unreached, factor, largest, islands, form, anchors)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Search until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the mixed solver takes one or two")
        if state.anchors is not None:
            return state.anchors.solve(partial(self._search, state), values, start, goal)
        return self._search(state, values, start, goal)

    def _search(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        channels = values.shape[1]
        pull, u = first_guess(state.problem, state.unknown, values, start)
        if state.form is None:
            return _solution(state, u, channels, Status.CONVERGED, 0, 0.0, 0.0)
        most = longest(u[0].size, memory.available())
        own = state.form, pull, u, goal, channels, most
        search = MixedSearch(*own, lambda picture: inner(picture, channels), self.patient)
        if start is not None:
            search.take_v()
        status = search.finish()
        found = status, search.steps, search.largest, search.error
        return _solution(state, search.u, channels, *found)


def soft_cues(
    problem: Problem, strength: float, largest: float, unknown: BoolArray
) -> tuple[Array, Array, Array]:
    """Return ``free``, ``soft`` and ``pull`` of `MixedForm`, on the host.

    ``strength`` is the energy's factor, ``largest`` the largest weight of its term.
    """
    soft, pull, free = (bordered(problem.shape) for _ in range(3))
    free[1:-1, 1:-1] = unknown
    own = ~problem.exact
    rows, columns = np.divmod(problem.at[own], problem.shape[1])
    weight = np.minimum(problem.weight[own] / strength, _HEAVIEST * largest**2)
    heavy = weight > _HEAVY * largest**2
    soft[rows[heavy] + 1, columns[heavy] + 1] = 1 / weight[heavy]
    free[rows[heavy] + 1, columns[heavy] + 1] = 0
    pull[rows[~heavy] + 1, columns[~heavy] + 1] = weight[~heavy]
    return free, soft, pull


def fits(terms: tuple[Term, ...]) -> bool:
    """Tell whether the solver takes an energy."""
    bare = [bare_term(term)[1] for term in terms]
    return (
        len(bare) == 1
        and isinstance(bare[0], Bilaplacian | LevinSquares)
        and set(bare[0].weights.offsets) <= set(window(1))
    )


def squared(terms: tuple[Term, ...]) -> tuple[float, Stencil]:
    """Return the factor of the one term, and the weights whose Laplacian it squares."""
    if not fits(terms):
        raise InputError(
            "the mixed solver takes the bilaplacian or levin-ls alone, in a 3x3 window: use the "
            "solver 'general'"
        )
    strength, bare = bare_term(terms[0])
    assert isinstance(bare, Bilaplacian | LevinSquares)
    return strength, bare.weights


def _solution(
    state: Prepared,
    u: Array,
    channels: int,
    status: Status,
    steps: int,
    residual: float,
    error: float,
) -> Solution:
    """Return the chroma (H, W, C) and how it was found."""
    found = contiguous(u, channels)
    return Solution(found, status, steps, residual, error, (), state.unreached)
