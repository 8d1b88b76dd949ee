"""A solver's process: what `benchmarks.harness` makes of a `Task`, and the commands it answers.

``run`` (one run), ``score`` (the last run against the exact chroma and the truth), ``search`` (an
iterative rival's best stop), ``save FILE`` (the last run's chroma).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.speed.memory import Meter
from benchmarks.speed.outcome import Outcome
from benchmarks.speed.task import OURS, SOLVERS, Task, runner

#: Side of the piece that every solver warms up on: compiled code, libraries, thread pools.
_WARM_UP = 64


class Worker:
    """The state of the process between two commands.

    Parameters
    ----------
    arguments : dict
        Those of a `Task`.
    """

    def __init__(self, **arguments: Any) -> None:
        task = Task(**arguments)
        self._task, self._case, self._meter = task, task.load(), Meter()
        self._run = runner(task)
        piece = self._case.piece(_WARM_UP)
        self._run(piece, self._meter)
        if task.solver in OURS:  # on so small a piece "auto" does not meet all compiled code
            runner(replace(task, solver="varcolor"))(piece, self._meter)
        self._last: Outcome | None = None

    def run(self) -> dict[str, Any]:
        """Do one run."""
        self._last = None
        self._meter.reset()
        outcome = self._last = self._run(self._case, self._meter)
        return {
            "seconds": outcome.seconds,
            "assembly": outcome.assembly,
            "iterations": outcome.iterations,
            "peak MB": (outcome.peak - self._meter.base) / 1e6,
            "bytes per pixel": (outcome.peak - self._meter.base) / self._case.gray.size,
            **outcome.facts,
        }

    def score(self) -> dict[str, Any]:
        """Compare the last run with the exact chroma and with the truth."""
        from benchmarks.speed.scores import distance, psnr_of

        chroma = self._chroma()
        found: dict[str, Any] = {"PSNR": psnr_of(self._case, chroma)}
        if self._task.exact:
            exact = np.load(self._task.exact, mmap_mode="r")
            found["max error"], found["RMS error"] = distance(self._case, chroma, exact)
        return found

    def search(self) -> dict[str, Any]:
        """Choose the stop of an iterative rival."""
        from benchmarks.speed.oracle import search
        from benchmarks.speed.systems import SYSTEMS, assembled

        task = self._task
        problem = assembled(self._case, SYSTEMS[task.system])
        exact = problem.deviation(np.load(task.exact))
        rtol, reached = search(SOLVERS[task.solver].solve, problem.linear, exact, task.tolerance)
        return {"rtol": rtol, "reached": reached}

    def save(self, path: str) -> dict[str, Any]:
        """Keep the last run's chroma."""
        np.save(path, self._chroma().astype(np.float64))
        return {}

    def _chroma(self) -> Any:
        if self._last is None:
            raise RuntimeError("nothing was run yet")
        return self._last.chroma
