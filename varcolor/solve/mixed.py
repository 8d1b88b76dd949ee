"""Large pictures, fourth order: the mixed form, searched by minimal residuals.

The parts are `varcolor.solve.mixed_form` and `varcolor.solve.mixed_search`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.backend.threads import Team
from varcolor.energy.bilaplacian import Bilaplacian
from varcolor.energy.problem import Problem, Term
from varcolor.energy.stencil import window
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.base import Goal
from varcolor.solve.coarse_mixed import CoarseMixed
from varcolor.solve.components import parts_on_grid
from varcolor.solve.grids import bordered
from varcolor.solve.hierarchy import Hierarchy
from varcolor.solve.loops import HostLoops
from varcolor.solve.mixed_form import MixedForm
from varcolor.solve.mixed_search import MixedSearch, longest
from varcolor.solve.pictures import contiguous, first_guess, inner
from varcolor.solve.result import Solution, Status
from varcolor.typing import Array, BoolArray, FloatArray

#: Weights of soft cues, against the largest of L squared, that are heavy, and as good as exact.
_HEAVY, _HEAVIEST = 1.0, 1e12


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    problem: Problem
    unknown: BoolArray
    unreached: BoolArray
    planes: Array
    form: MixedForm | None
    """None if there is nothing to solve for."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """For the bilaplacian alone, in a 3x3 window."""

    name: str = "mixed"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return unknowns * (300.0 + 16.0 * (longest(unknowns) + 1))

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Build all grids.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        team = Team(self.threads)
        factor, term = bilaplacian_of(problem.terms)
        if before is not None and before.problem.terms is problem.terms:
            planes = before.planes
        else:
            planes = term.weights.planes(team)
        unknown, unreached = parts_on_grid(problem, planes)
        form = None
        if unknown.any():
            free, soft, pull = soft_cues(problem, factor, float(planes.max()), unknown)
            hierarchy = Hierarchy(planes, np.sqrt(pull), free[1:-1, 1:-1] != 0, team)
            coarse = CoarseMixed(hierarchy, free) if len(hierarchy.grids) > 1 else None
            loops = HostLoops(team, problem.shape)
            form = MixedForm(loops, hierarchy, coarse, planes, free, soft, pull)
        return Prepared(problem, unknown, unreached, planes, form)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Search until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the mixed solver takes one or two")
        pull, u = first_guess(state.problem, state.unknown, values, start)
        if state.form is None:
            return _solution(state, u, channels, Status.CONVERGED, 0, 0.0, 0.0)
        own = state.form, pull, u, goal, channels
        search = MixedSearch(*own, lambda picture: inner(picture, channels))
        if start is not None:
            search.take_v()
        status = search.finish()
        found = status, search.steps, search.largest, search.error
        return _solution(state, search.u, channels, *found)


def soft_cues(
    problem: Problem, factor: float, largest: float, unknown: BoolArray
) -> tuple[Array, Array, Array]:
    """Return ``free``, ``soft`` and ``pull`` of `MixedForm`, on the host.

    ``factor`` is the energy's, ``largest`` the largest weight of L.
    """
    soft, pull, free = (bordered(problem.shape) for _ in range(3))
    free[1:-1, 1:-1] = unknown
    own = ~problem.exact
    rows, columns = np.divmod(problem.at[own], problem.shape[1])
    weight = np.minimum(problem.weight[own] / factor, _HEAVIEST * largest**2)
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
        and isinstance(bare[0], Bilaplacian)
        and set(bare[0].weights.offsets) <= set(window(1))
    )


def bilaplacian_of(terms: tuple[Term, ...]) -> tuple[float, Bilaplacian]:
    """Return the factor of the one term, and the term."""
    if not fits(terms):
        raise InputError(
            "the mixed solver takes the bilaplacian alone, in a 3x3 window: use the solver "
            "'general'"
        )
    factor, bare = bare_term(terms[0])
    assert isinstance(bare, Bilaplacian)
    return factor, bare


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
