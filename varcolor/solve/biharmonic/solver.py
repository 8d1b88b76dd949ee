"""Fourth-order energies on large pictures: GMRES for the mixed form.

The parts are `varcolor.solve.biharmonic.mixed_form` and
`varcolor.solve.biharmonic.restarted_gmres`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from varcolor.backend import Backend, CpuBackend
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import InputError
from varcolor.solve.biharmonic.basis_size import (
    GPU_ROOM,
    GPU_STEPS,
    MOST_COARSE,
    STEP_BYTES,
    longest,
    refusal,
)
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import FloatArray

#: Bytes a pixel beside those of the steps, and how many of these are expected.
_BYTES, _USUAL = 180.0, 16
#: The bytes of a GPU's memory beside those of the steps.
_GPU_BYTES = 420.0
#: Unknowns up to which a factorised matrix is as fast.
FACTORISED_UP_TO = 10_000


@dataclass(frozen=True, slots=True)
class GMRES(Solver):
    """For large pictures with bilaplacian or levin-ls alone, in a 3x3 window."""

    name: str = "gmres"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""
    backend: Backend | None = None
    """Where to solve; None = the host, with so many threads."""
    patient: bool = True
    """Whether to go on where a factorisation is likely to be faster."""

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        return refusal(problem)

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return a large number where it beats a factorisation."""
        return 40.0 if problem.unknowns > FACTORISED_UP_TO else 5.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed, of the backend's memory."""
        if self.backend is not None and not self.backend.on_host:
            steps = longest(problem.unknowns, GPU_ROOM, GPU_STEPS) + 1
            return problem.unknowns * (_GPU_BYTES + STEP_BYTES * steps) + 24.0 * MOST_COARSE**2
        return problem.unknowns * (_BYTES + _USUAL * STEP_BYTES)

    def kernels(self, problem: ProblemSummary) -> str:
        """Return those of the mixed form; a GPU has its own."""
        return "" if self.backend is not None and not self.backend.on_host else "mixed"

    def prepare(self, problem: Problem, before: Any = None) -> Any:
        """Build all grids.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        from varcolor.solve.biharmonic.prepared import prepare

        return prepare(problem, before, self.backend or CpuBackend(self.threads))

    def run(self, state: Any, values: FloatArray, start: FloatArray | None, goal: Goal) -> Solution:
        """Iterate until the error is estimated to be within the tolerance."""
        from varcolor.solve.biharmonic.prepared import solve

        if values.shape[1] > 2:
            raise InputError(f"{values.shape[1]} channels: the gmres solver takes one or two")
        return solve(state, values, start, goal, self.patient)
