"""The ADMM solver of energies with norms, with a multigrid preconditioner.

Of total variation and total generalised variation it takes the one that the terms ask for
(`varcolor.solve.admm.tv_solver`, `varcolor.solve.admm.tgv_solver`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from varcolor.backend import Backend, CpuBackend
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import InputError
from varcolor.solve.admm.energies import check_gap, is_tgv, refusal
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import FloatArray

#: Unknowns up to which a factorised matrix is as fast.
FACTORISED_UP_TO = 10_000
#: Bytes per pixel that a run takes with total variation and with the generalised one, and the same
#: of a GPU's memory.
_BYTES, _GPU_BYTES = (300.0, 900.0), (560.0, 1000.0)


@dataclass(frozen=True, slots=True)
class ADMM(Solver):
    """For large pictures with tgv, or gtv or tv beside harmonic and a bilaplacian, in 3x3."""

    name: str = "admm"
    gap: float = 1e-3
    """Largest distance of the energy from the minimum, as a part of it."""
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""
    backend: Backend | None = None
    """Where to solve; None = the host, with so many threads."""

    def __post_init__(self) -> None:
        check_gap(self.gap)

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        return "" if is_tgv(problem) else refusal(problem)

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return a large number where it beats a factorisation."""
        return 40.0 if problem.unknowns > FACTORISED_UP_TO else 5.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed, of the backend's memory."""
        sizes = _BYTES if self.backend is None or self.backend.on_host else _GPU_BYTES
        return sizes[is_tgv(problem)] * problem.unknowns

    def kernels(self, problem: ProblemSummary) -> str:
        """Return those of the variation; a GPU has its own."""
        if self.backend is not None and not self.backend.on_host:
            return ""
        return "slopes" if is_tgv(problem) else "variation"

    def prepare(self, problem: Problem, before: Any = None) -> Any:
        """Take the weights apart, and make room for a hierarchy.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        return self._way(problem).prepare(problem, before, self.backend or CpuBackend(self.threads))

    def run(self, state: Any, values: FloatArray, start: FloatArray | None, goal: Goal) -> Solution:
        """Iterate until the energy is proven to be near the minimum."""
        if values.shape[1] > 2:
            raise InputError(f"{values.shape[1]} channels: the admm solver takes one or two")
        way = self._way(state.cues.problem)
        found: Solution = way.minimise(state, values, start, goal, self.gap)
        return found

    @staticmethod
    def _way(problem: Problem) -> Any:
        from varcolor.solve.admm import tgv_solver, tv_solver

        return tgv_solver if is_tgv(problem.summary) else tv_solver
