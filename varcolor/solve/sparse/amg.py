"""Algebraic multigrid (PyAMG, smoothed aggregation) as preconditioner of a Krylov method."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.forks import held_over_forks
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal, Solver
from varcolor.solve.sparse.certified_iteration import iterate
from varcolor.solve.sparse.krylov import Apply, columnwise
from varcolor.solve.sparse.linear_system import LinearSystem, assemble, needs_second_order
from varcolor.typing import FloatArray

#: PyAMG begins its estimates of eigenvalues with numbers of NumPy's global generator.
_GLOBAL_NUMBERS = held_over_forks(threading.Lock())


@contextmanager
def _same_numbers() -> Iterator[None]:
    """Let that generator begin at the same number, and put it back to where it was."""
    with _GLOBAL_NUMBERS:
        before = np.random.get_state()  # noqa: NPY002
        np.random.seed(0)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """A system and one multigrid cycle for it."""

    system: LinearSystem
    cycle: Apply


@dataclass(frozen=True, slots=True)
class AMG(Solver):
    """For large pictures and windows wider than 3x3: PyAMG's V-cycle in a Krylov method."""

    name: str = "amg"

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        return needs_second_order(problem, self.name)

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return a small number: it is there for wide windows."""
        return 20.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed."""
        return 900.0 * problem.unknowns

    def prepare(self, problem: Problem, before: Any = None) -> Hierarchy:
        """Assemble the system and its hierarchy of coarser ones."""
        system = assemble(problem)
        if not len(system.free):
            return Hierarchy(system, lambda r: r)
        import pyamg
        from scipy.sparse import csr_matrix

        matrix = csr_matrix(system.matrix)
        matrix.indices = matrix.indices.astype(np.int32, copy=False)
        matrix.indptr = matrix.indptr.astype(np.int32, copy=False)
        with _same_numbers():
            levels = pyamg.smoothed_aggregation_solver(
                matrix,
                symmetry="hermitian" if problem.symmetric else "nonsymmetric",
                # At 1 MP with Levin's affinity: a third of the iterations of the default.
                strength=("symmetric", {"theta": 0.08}),
                improve_candidates=None,
                max_coarse=500,
            )
        return Hierarchy(system, columnwise(levels.aspreconditioner("V").matvec))

    def run(
        self, state: Hierarchy, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the tolerance is proven."""
        return iterate(state.system, state.cycle, values, start, goal)
