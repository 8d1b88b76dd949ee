"""One solver after the other against varcolor, on one system with one number of threads."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.harness import Limits, Process, StoppedError
from benchmarks.speed.task import OURS, SOLVERS, Task

#: Stop of iterative rivals where there is no exact solution to choose one by.
_BLIND = 1e-6


@dataclass(slots=True)
class Stops:
    """The stops of the iterative rivals on one system: searched for once."""

    limits: Limits
    _known: dict[str, float] = field(default_factory=dict)

    def of(self, task: Task) -> float:
        """Return the relative residual at which a rival shall stop."""
        rival = SOLVERS.get(task.solver)
        if rival is not None and rival.rtol is not None:
            return rival.rtol
        if rival is None or rival.kind != "iterative" or not task.exact:
            return _BLIND
        if task.solver not in self._known:
            with Process(task.work(), self.limits) as process:
                self._known[task.solver] = float(process.ask("search")["rtol"])
        return self._known[task.solver]


class Duel:
    """Rivals against varcolor, whose process stays; leaving the context ends it.

    Parameters
    ----------
    task : Task
        System, threads and tolerance; its solver does not matter.
    limits : Limits
        Of every process.
    repeats : int
        Runs that count.
    budget : float
        Seconds that they may take, varcolor's turns included: slow solvers are run less often,
        the slowest once, warm-up and measurement in one.
    """

    partner = "varcolor"

    def __init__(self, task: Task, limits: Limits, repeats: int, budget: float) -> None:
        self._task, self._limits, self._repeats, self._budget = task, limits, repeats, budget
        self._process: Process | None = None
        self._first: dict[str, Any] = {}
        self._own: list[dict[str, Any]] = []
        self._failure = ""
        try:
            self._process = Process(replace(task, solver=self.partner).work(), limits)
            self._first = self._process.run()  # its time does not count, its memory does
        except StoppedError as stop:
            self._end(str(stop))

    def measure(self, solver: str, stops: Stops) -> dict[str, Any]:
        """Return what a solver's runs took, and how they compare with ours of the same time."""
        if solver == self.partner:
            return self._measure_partner()
        task = replace(self._task, solver=solver)
        try:
            task = task.with_rtol(stops.of(task))
        except StoppedError as stop:
            return {"status": f"no stop found: {stop}"}
        ours: list[dict[str, Any]] = []
        try:
            with Process(task.work(), self._limits) as process:
                first, ours = process.run(), self._turn()
                runs = []
                both = sum(run["seconds"] for run in [first, *ours])
                for _ in range(self._count(both)):
                    ours += self._turn()
                    runs.append(process.run())
                row = self._row(solver, first, runs or [first], process.ask("score"))
        except StoppedError as stop:
            return {"status": str(stop)}
        if ours:
            # The turn beside a warm-up counts only where the warm-up does.
            beside = ours[1:] if runs and len(ours) > 1 else ours
            row["ratio"] = row["seconds"] / statistics.median(run["seconds"] for run in beside)
        return row

    def _measure_partner(self) -> dict[str, Any]:
        for _ in range(self._repeats - len(self._own)):
            self._turn()
        if self._process is None:
            return {"status": self._failure}
        try:
            row = self._row(self.partner, self._first, self._own, self._process.ask("score"))
        except StoppedError as stop:
            return {"status": str(stop)}
        return row | {"ratio": 1.0}

    def _turn(self) -> list[dict[str, Any]]:
        """Run varcolor once; empty if it cannot."""
        if self._process is None:
            return []
        try:
            self._own.append(self._process.run())
        except StoppedError as stop:
            self._end(str(stop))
            return []
        return self._own[-1:]

    def _count(self, seconds: float) -> int:
        return min(self._repeats, int(self._budget / max(seconds, 1e-9)))

    def _row(
        self,
        solver: str,
        first: dict[str, Any],
        runs: list[dict[str, Any]],
        score: dict[str, Any],
    ) -> dict[str, Any]:
        times = [run["seconds"] for run in runs]
        return {
            "status": self._verdict(solver, runs[-1], score),
            **runs[-1],
            "seconds": statistics.median(times),
            "fastest": min(times),
            "slowest": max(times),
            "runs": len(times),
            "assembly": statistics.median(run["assembly"] for run in runs),
            "peak MB": first["peak MB"],
            "bytes per pixel": first["bytes per pixel"],
            **score,
        }

    def _verdict(self, solver: str, run: dict[str, Any], score: dict[str, Any]) -> str:
        if solver not in OURS and SOLVERS[solver].kind == "model":
            return "another model"
        result = run.get("result", "converged")
        if score.get("max error", 0.0) > self._task.tolerance:
            return f"misses {self._task.tolerance:g} levels"
        return "ok" if result == "converged" else str(result)

    def _end(self, why: str) -> None:
        self._failure = why
        if self._process is not None:
            self._process.close()
            self._process = None

    def __enter__(self) -> Duel:
        return self

    def __exit__(self, *_: object) -> None:
        self._end("ended")
