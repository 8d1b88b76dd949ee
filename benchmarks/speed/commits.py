"""This tree against another commit: the same cases, in turns, each in a process of its own."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.harness import Limits, Row, compared
from benchmarks.speed.cases import make_case
from benchmarks.speed.task import Task

COLUMNS = ["system", "MP", "cues", "threads", "seconds", "before", "ratio", "lowest", "highest"]
COLUMNS += ["of the fastest"]  # the ratio that other work on the machine disturbs least
COLUMNS += ["steps", "steps before", "peak MB", "peak MB before"]
_ROOT = Path(__file__).parents[2]


def checkout(revision: str, folder: Path) -> None:
    """Write `varcolor` as it was at a commit into a folder, or stop with a message."""
    command = ["git", "archive", revision, "varcolor"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, check=False)
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()
        sys.exit(f"{revision}: is not a commit of this repository ({words})")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def against(task: Task, tree: Path, repeats: int, limits: Limits) -> Row:
    """Return the medians of a task here and with `varcolor` from a folder, and their ratios."""
    works = {"here": task.work(), "before": task.work(str(tree))}
    found = compared(works, repeats, limits)
    here, before = found["here"], found["before"]
    ratios = [a["seconds"] / b["seconds"] for a, b in zip(here, before, strict=True)]
    return {
        "seconds": statistics.median(run["seconds"] for run in here),
        "before": statistics.median(run["seconds"] for run in before),
        "ratio": statistics.median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        "of the fastest": min(run["seconds"] for run in here)
        / min(run["seconds"] for run in before),
        "steps": here[0]["iterations"],
        "steps before": before[0]["iterations"],
        "peak MB": here[0]["peak MB"],
        "peak MB before": before[0]["peak MB"],
    }


def compare(
    revision: str,
    photos: Sequence[Path],
    sizes: Sequence[float],
    systems: Sequence[str],
    cues: Sequence[str],
    threads: Sequence[int],
    repeats: int,
    limits: Limits,
) -> list[Row]:
    """Return a row for every photo, size, kind of cues, system and number of threads."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        checkout(revision, scratch)
        for photo, size, kind in product(photos, sizes, cues):
            case = make_case(photo, size, kind)
            case.save(scratch / "case.npz")
            for system, count in product(systems, threads):
                task = Task(str(scratch / "case.npz"), system, "varcolor", count)
                place = {"system": system, "MP": size, "cues": kind, "threads": count}
                rows.append(place | against(task, scratch, repeats, limits))
                print(rows[-1], file=sys.stderr)
    return rows
