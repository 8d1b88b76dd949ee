"""Krylov method preconditioned by black-box multigrid, on all cores: the fast solver.

What is constant on islands is taken out exactly (`varcolor.solve.multigrid.deflation_islands`), for
weights of high contrast what is constant on clusters, which cover all
(`varcolor.solve.multigrid.deflation_tiles`). It stops when the error is estimated to be within the
tolerance (`varcolor.solve.multigrid.error_estimate`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from varcolor.backend import Backend, CpuBackend
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import InputError
from varcolor.solve.multigrid.stencil_weights import bordered, clustered, needs_compact
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import FloatArray

#: Bytes per pixel that a run takes with symmetric weights, and with others, whose searches keep
#: several directions when they take long.
_BYTES, _DIRECTED_BYTES = 97.0, 225.0
#: What clusters take beside that, and the same of a GPU's memory.
CLUSTERED_BYTES, _GPU_BYTES = 20.0, 310.0
#: Unknowns up to which a direct solution is as fast, or so fast that nobody should wait for the
#: compiler, and the same once the kernels are compiled and loaded.
UP_TO, UP_TO_LOADED = 300_000, 20_000


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
        return (own + CLUSTERED_BYTES * _on_tiles(problem)) * problem.unknowns

    def kernels(self, problem: ProblemSummary) -> str:
        """Return those of the kind of weights; for a GPU those that find clusters on the host."""
        if self.backend is not None and not self.backend.on_host:
            return "clustered" if clustered(problem.terms) else ""
        if problem.directed:
            return "directed"
        return "clustered" if _on_tiles(problem) else "symmetric"

    def prepare(self, problem: Problem, before: Any = None) -> Any:
        """Build all grids, or make those of ``before`` serve other cues of the same photo.

        Raises
        ------
        InputError
            If the energy is not quadratic or reaches beyond a 3x3 window, or if weights differ by
            too much for single precision.
        """
        from varcolor.solve.multigrid.prepared import prepare

        return prepare(problem, before, self.backend or CpuBackend(self.threads))

    def run(self, state: Any, values: FloatArray, start: FloatArray | None, goal: Goal) -> Solution:
        """Iterate until the error is estimated to be within the tolerance."""
        from varcolor.solve.multigrid.prepared import solve

        if values.shape[1] > 2:
            raise InputError(f"{values.shape[1]} channels: the multigrid solver takes one or two")
        return solve(state, values, start, goal)


def _on_tiles(problem: ProblemSummary) -> bool:
    """Tell whether the host takes out what is constant on clusters in tiles."""
    return clustered(problem.terms) or bordered(problem.terms)
