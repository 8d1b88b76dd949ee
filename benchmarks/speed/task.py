"""One cell of the comparison, as it is sent to the process that runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.harness import Work
from benchmarks.rivals.linear import Rival
from benchmarks.rivals.solvers import SOLVERS
from benchmarks.speed.cases import Case
from benchmarks.speed.memory import Meter
from benchmarks.speed.ours import OURS
from benchmarks.speed.outcome import Outcome
from benchmarks.speed.systems import SYMMETRIC, SYSTEMS

#: A run of a case: what a process repeats.
Run = Callable[[Case, Meter], Outcome]


@dataclass(frozen=True, slots=True)
class Task:
    """A solver on a system."""

    case: str
    """File of the case (`Case.save`)."""
    system: str
    solver: str
    threads: int
    tolerance: float = 0.5
    """In levels of 8-bit RGB: all that ours is told; an iterative rival's stop is chosen for it."""
    rtol: float = 1e-6
    """An iterative rival's stop."""
    exact: str = ""
    """File of the exact chroma, if there is one yet."""

    def work(self, tree: str = "") -> Work:
        """Return the task as the work of a process, with varcolor from a folder (see `Work`)."""
        return Work("benchmarks.speed.worker:Worker", asdict(self), self.threads, tree)

    def with_rtol(self, rtol: float) -> Task:
        """Return the task with another stop."""
        return replace(self, rtol=rtol)

    def load(self) -> Case:
        """Read the case."""
        return Case.load(Path(self.case))


def obstacle(solver: str, system: str) -> str | None:
    """Return why a solver cannot run on a system, or None."""
    if solver in OURS:
        return None
    rival = SOLVERS[solver]
    if rival.symmetric_only and system not in SYMMETRIC:
        return "symmetric systems only"
    return rival.missing()


def describe(solver: str) -> dict[str, Any]:
    """Return kind, version and settings of a solver."""
    if solver in OURS:
        from varcolor import __version__

        return {"kind": "ours", "version": f"varcolor {__version__}", "note": ""}
    rival = SOLVERS[solver]
    return {
        "kind": rival.kind,
        "version": f"{rival.package} {rival.version()}".strip(),
        "note": rival.note,
    }


def runner(task: Task) -> Run:
    """Return what does one run of the task's solver."""
    from benchmarks.speed import runs

    method = SYSTEMS[task.system]
    if task.solver in OURS:
        ours = OURS[task.solver]
        return lambda case, meter: ours.run(case, method, task.threads, task.tolerance, meter)
    rival: Rival = SOLVERS[task.solver]
    if rival.kind == "model":
        return lambda case, meter: runs.model(rival, case, meter)
    return lambda case, meter: runs.linear(rival, case, method, task.rtol, meter)
