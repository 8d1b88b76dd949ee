"""``python -m benchmarks.speed.worker``: the process of one solver; not for users.

It reads a line with a `Task` and then commands, a line each, and answers every line with one of
JSON: ``run`` (one run), ``score`` (the last run against the exact chroma and the truth),
``search`` (an iterative rival's best stop), ``save FILE`` (the last run's chroma).
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import Any, TextIO

import numpy as np

from benchmarks.speed.memory import Meter
from benchmarks.speed.outcome import Outcome
from benchmarks.speed.task import OURS, SOLVERS, Task, runner

#: Side of the piece that every solver warms up on: compiled code, libraries, thread pools.
_WARM_UP = 64


class Worker:
    """The state of the process between two lines."""

    def __init__(self, task: Task) -> None:
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


def serve(lines: TextIO, out: TextIO) -> None:
    """Answer every line until there are no more."""
    worker: Worker | None = None
    for line in lines:
        try:
            if worker is None:
                worker, answer = Worker(Task.of(line)), {"ready": True}
            else:
                command, *words = line.split(maxsplit=1)
                answer = getattr(worker, command)(*(word.strip() for word in words))
        except Exception as error:  # a rival's failure is a result
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=out, flush=True)


def main() -> None:
    """Limit the process to its cores and serve."""
    cores = int(sys.argv[1])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    # Libraries print on stdout, also from C: what they say goes to stderr.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, out)


if __name__ == "__main__":
    main()
