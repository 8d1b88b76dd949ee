"""Plain Krylov iteration with diagonal scaling: slow, but with the least memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal, Solver
from varcolor.solve.sparse.certified_iteration import iterate
from varcolor.solve.sparse.linear_system import LinearSystem, assemble, needs_second_order
from varcolor.typing import FloatArray


@dataclass(frozen=True, slots=True)
class CG(Solver):
    """Slow, with little memory: conjugate gradients (BiCGStab for levin), Jacobi-preconditioned."""

    caveat: ClassVar[str] = (
        "little memory: solved by plain iteration (cg), which takes longer; close other programs "
        "to make it faster"
    )
    name: str = "cg"

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        return needs_second_order(problem, self.name)

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return the smallest number of all for equations of second order."""
        return 10.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed."""
        return 440.0 * problem.unknowns

    def prepare(self, problem: Problem, before: Any = None) -> LinearSystem:
        """Assemble the system."""
        return assemble(problem)

    def run(
        self, state: LinearSystem, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the tolerance is proven."""
        diagonal = np.asarray(state.matrix.diagonal())[:, None]
        return iterate(state, lambda r: r / diagonal, values, start, goal)
