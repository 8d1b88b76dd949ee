"""Large pictures, energies with total variation: alternating directions, multigrid inside.

The iteration is `varcolor.solve.admm.tv`, `varcolor.solve.admm.driver` runs it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.backend.loops import HostLoops
from varcolor.backend.thread_pool import Team
from varcolor.energy.problem import Problem
from varcolor.errors import InputError
from varcolor.solve.admm.driver import Descent, box_of, check_gap, solution_of
from varcolor.solve.admm.tv import Variation
from varcolor.solve.admm.tv_model import Parts, parts_of
from varcolor.solve.initial_guess import first_guess, inner, nearest_picture
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.stencil_weights import Weights
from varcolor.solve.reachability import parts_on_grid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import BoolArray, FloatArray


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    problem: Problem
    parts: Parts
    unknown: BoolArray
    unreached: BoolArray
    matrix: Matrix | None
    used: bool = False
    """Whether its weights are those that the last run came to."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """For large pictures with gtv or tv, also beside harmonic and a bilaplacian, in 3x3 windows."""

    name: str = "splitting"
    gap: float = 1e-3
    """Largest distance of the energy from the minimum, as a part of it."""
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""

    def __post_init__(self) -> None:
        check_gap(self.gap)

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return 300.0 * unknowns

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Take the weights apart, and make room for a hierarchy.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        team = Team(self.threads)
        if before is not None and before.problem.terms is problem.terms:
            parts = before.parts
        else:
            none = np.zeros((4, 1, 1), np.float32)
            parts = parts_of(problem.terms, lambda stencil: stencil.planes(team), none)
        planes = parts.planes()
        unknown, unreached = parts_on_grid(problem, planes)
        matrix = None
        if unknown.any():
            matrix = Matrix(Weights(planes, None), problem, unknown, team)
        return Prepared(problem, parts, unknown, unreached, matrix)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the energy is proven to be near the minimum."""
        problem, channels = state.problem, values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the splitting solver takes one or two")
        pull, u = first_guess(problem, state.unknown, values, start, np.float64)
        constant = not len(values) or bool((values == values[0]).all())
        if state.matrix is None or (constant and start is None):
            return solution_of(u, channels, state.unreached, Status.CONVERGED)
        loops, free = HostLoops(state.matrix.team, problem.shape), bordered(problem.shape)
        free[1:-1, 1:-1] = state.unknown
        box = box_of(values, state.parts.fourth_order)
        search = Variation(state.matrix, loops, state.parts, free, pull, u, box)
        if state.used:
            search.rebuild()
        state.used = True
        nearest = nearest_picture(problem, values)
        descent = Descent(search, self.gap, nearest, lambda picture: inner(picture, channels))
        status = descent.run(goal, start is None)
        found = descent.steps, tuple(descent.energies), descent.gap
        return solution_of(descent.kept, channels, state.unreached, status, *found)
