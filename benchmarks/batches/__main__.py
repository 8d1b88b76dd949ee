"""Thousands of generated photos through one command: what is done, how fast, in how much memory.

``python -m benchmarks.batches --count 10000`` writes ``benchmarks/results/batch.{json,md}``.
Photos of several formats and sizes around ``--side``, 3 % broken in ten ways, odd names, stems that
are there twice in sub-folders. Reported: outcomes; whether a sample equals the single-file path bit
for bit; photos a second against one process that does the same photos one after the other (start-up
not counted); the growth of all processes' memory between the second and the last tenth of the run.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import varcolor as vc
from benchmarks.batches.photos import generate
from varcolor.batch.engines.processes import Processes
from varcolor.batch.journal import Journal
from varcolor.batch.run import Run
from varcolor.batch.share import share

RESULTS = Path(__file__).parents[1] / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=100, help="photos of the single process")
    parser.add_argument("--folder", type=Path, help="where the photos go [a temporary folder]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        found = measured(Path(folder), arguments)
    (RESULTS / "batch.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "batch.md").write_text(table(found))
    print(table(found))


def measured(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    bad = generate(folder / "in", arguments.count, arguments.side)
    options = vc.SolveOptions(threads=1)
    plan = vc.plan(folder / "in", folder / "out", options)
    good = [task for task in plan.tasks if task.input not in bad]
    alone = good[:: max(1, len(good) // arguments.sample)]
    before = cpu()
    rates = [single_rate(folder, alone)]
    one = (cpu() - before) / len(alone)
    before = cpu()
    own = share(plan.tasks, arguments.jobs, 1)
    engine = Processes(own.workers, 1)
    run = Run(plan.tasks, engine, own, Journal(folder / "journal"))
    memory = Memory()
    first, ended, began = 0.0, 0, time.perf_counter()
    wrong: list[str] = []
    counts = {"done": 0, "failed": 0, "skipped": 0}
    marks: list[tuple[float, float]] = []
    for outcome in run.outcomes():
        ended += 1
        if ended == arguments.jobs * 2:
            first = time.perf_counter() - began  # processes have started
        counts[outcome.status] += 1
        if (outcome.status == "failed") != (outcome.input in bad):
            wrong.append(f"{outcome.input.name}: {outcome.status}: {outcome.reason}")
        if ended % max(1, len(plan) // 10) == 0:
            marks.append(memory.peak())
    seconds = time.perf_counter() - began - first
    memory.stop()
    each = (cpu() - before) / ended
    rates.append(single_rate(folder, alone))
    differ = sum(not same(folder, task) for task in alone)
    single = float(np.mean(rates))
    rate = (ended - arguments.jobs * 2) / seconds
    return {
        "photos": len(plan),
        "broken": len(bad),
        **counts,
        "not as expected": wrong,
        "compared bit for bit": len(alone),
        "differ": differ,
        "jobs": own.workers,
        "photos a second": rate,
        "one process, photos a second": single,
        "of jobs x one process": rate / (own.workers * single),
        "CPU seconds a photo, of all processes": each,
        "CPU seconds a photo, of one process": one,
        "peak MB by tenth": [round(all_ / 1e6, 1) for all_, _ in marks],
        "of it the parent": [round(parent / 1e6, 1) for _, parent in marks],
        "last tenth against second": marks[-1][0] / marks[1][0] if len(marks) > 2 else 1.0,
    }


def cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def single_rate(folder: Path, tasks: list[Any]) -> float:
    """Return photos a second of this process, one after the other, the first not counted."""
    import dataclasses

    began = 0.0
    for number, task in enumerate(tasks):
        if number == 1:
            began = time.perf_counter()
        made = folder / "alone" / task.output.relative_to(folder / "out")
        task.job.run(dataclasses.replace(task, output=made, on_exists="overwrite"), None)
    return (len(tasks) - 1) / (time.perf_counter() - began)


def same(folder: Path, task: Any) -> bool:
    made = folder / "alone" / task.output.relative_to(folder / "out")
    return task.output.read_bytes() == made.read_bytes()


class Memory:
    """The largest memory of this process and its children, since it was last asked."""

    def __init__(self) -> None:
        self._peak, self._ended = (0.0, 0.0), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def peak(self) -> tuple[float, float]:
        """Return the bytes of all, and those of this process then."""
        found, self._peak = self._peak, (0.0, 0.0)
        return found

    def stop(self) -> None:
        self._ended.set()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._ended.wait(0.2):
            own = total = me.memory_info().rss
            for process in me.children(recursive=True):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self._peak = max(self._peak, (total, own))


def table(found: dict[str, Any]) -> str:
    lines = ["| | |", "|---|---|"]
    for name, value in found.items():
        if isinstance(value, float):
            told = f"{value:.3g}"
        elif isinstance(value, list):
            told = ", ".join(map(str, value)) or "none"
        else:
            told = str(value)
        lines.append(f"| {name} | {told} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
