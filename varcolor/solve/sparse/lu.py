"""Sparse LU factorisation (SuperLU): the reference of the other solvers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal, Solver, start_values
from varcolor.solve.sparse.certified_iteration import finish
from varcolor.solve.sparse.gth_elimination import is_chain, solve_chain
from varcolor.solve.sparse.krylov import columnwise
from varcolor.solve.sparse.linear_system import LinearSystem, assemble, needs_second_order
from varcolor.solve.sparse.mmatrix_bound import Certificate
from varcolor.solve.sparse.superlu import factorised
from varcolor.typing import FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from varcolor.typing import Array

#: Unknowns up to which a direct solution is as fast as PyAMG's multigrid.
DIRECT_UP_TO = 600_000


@dataclass(frozen=True, slots=True, eq=False)
class Factorised:
    """A system and the function that solves it."""

    system: LinearSystem
    solve: Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Direct(Solver):
    """Exact, by factorising the matrix; for small pictures, and where there is memory."""

    name: str = "direct"

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        return needs_second_order(problem, self.name)

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return a large number for pictures that nobody should wait for."""
        return 50.0 if problem.unknowns <= DIRECT_UP_TO else 0.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed: the factor grows a little faster than the picture."""
        return problem.unknowns * (200.0 + 95.0 * math.log2(max(problem.unknowns, 2)))

    def prepare(self, problem: Problem, before: Any = None) -> Factorised:
        """Assemble and factorise."""
        system = assemble(problem)
        if not len(system.free):
            return Factorised(system, lambda b: b)
        return Factorised(system, factorised(system.matrix))

    def run(
        self, state: Factorised, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Solve for the values; a start makes no difference."""
        system = state.system
        x = start_values(None, system.free, values)
        if not len(system.free):
            return finish(system, values, x, Status.CONVERGED)
        # Residuals are differences to the start: cues of one colour are exact without rounding.
        for _ in range(2):
            x += state.solve(system.residual(x, values)[0])
        certificate = Certificate(system, columnwise(state.solve), 5)
        bound, residual = certificate.bound(x, values)
        error = goal.levels(x, bound, system.free)
        if error > goal.tolerance and is_chain(system.problem):
            x, bound = solve_chain(system, values)
            error = goal.levels(x, bound, system.free)
        status = Status.CONVERGED if error <= goal.tolerance else Status.STAGNATED
        return finish(system, values, x, status, 0, residual, error)
