"""The exact solution that everybody is measured against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.harness import Limits, Process, StoppedError
from benchmarks.speed.task import Task, obstacle

#: Megapixels up to which SuperLU, and PARDISO, are tried first.
_SUPERLU_UP_TO, _PARDISO_UP_TO = 1.5, 5.0
#: Tolerance of our own solver where no direct solver fits, in levels.
TIGHT = 0.005


@dataclass(frozen=True, slots=True)
class Reference:
    """A solution, and whose it is."""

    file: str
    """Of the chroma (H, W, 2), float64; empty if nobody could solve the system."""
    source: str


def makers(megapixels: float) -> Iterator[tuple[str, float]]:
    """Yield the solvers to ask, and the tolerance of those that have one."""
    if megapixels <= _SUPERLU_UP_TO:
        yield "superlu", 0.5
    if megapixels <= _PARDISO_UP_TO:
        yield "pardiso-spd", 0.5
        yield "pardiso", 0.5
    yield "varcolor", TIGHT


def make_reference(task: Task, megapixels: float, file: Path, limits: Limits) -> Reference:
    """Solve a task's system as exactly as can be, and keep the chroma in a file."""
    for solver, tolerance in makers(megapixels):
        if obstacle(solver, task.system):
            continue
        maker = replace(task, solver=solver, tolerance=tolerance)
        try:
            with Process(maker.work(), limits) as process:
                facts = process.run()
                if facts.get("result", "converged") != "converged":
                    continue
                process.ask(f"save {file}")
        except StoppedError:
            continue
        proven = facts.get("own bound")
        suffix = "" if proven is None else f", to {proven:.1g} levels by its own account"
        return Reference(str(file), solver + suffix)
    return Reference("", "none")
