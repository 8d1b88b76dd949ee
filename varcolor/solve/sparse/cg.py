"""Plain Krylov iteration with diagonal scaling: slow, but with the least memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.energy.problem import Problem
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.certified_iteration import iterate
from varcolor.solve.sparse.linear_system import LinearSystem, assemble
from varcolor.typing import FloatArray


@dataclass(frozen=True, slots=True)
class CG:
    """Slow, with little memory: conjugate gradients (BiCGStab for levin), Jacobi-preconditioned."""

    name: str = "cg"

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return 440.0 * unknowns

    def prepare(self, problem: Problem, before: Any = None) -> LinearSystem:
        """Assemble the system."""
        return assemble(problem)

    def run(
        self, state: LinearSystem, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the tolerance is proven."""
        diagonal = np.asarray(state.matrix.diagonal())[:, None]
        return iterate(state, lambda r: r / diagonal, values, start, goal)
