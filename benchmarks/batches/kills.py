"""What is left of a batch that is killed: ``python -m benchmarks.batches.kills --kills 50``.

``varcolor batch`` is killed by SIGKILL at random moments: the program alone, one of its workers, or
all of its processes at once; then the same command goes on. ``--kinds scheduler`` has the work done
by a Dask cluster in processes of its own, whose scheduler is killed; the next run gets another one.
Whenever a run gets to its end, it is held against a run that nobody disturbed: every output bit for
bit, one final row of the journal for every photo, no file besides; then it begins anew, until so
many kills are done. Writes ``benchmarks/results/batch-kills.{json,md}``; ``--add`` adds to what is
there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.batches.photos import generate
from benchmarks.report import write_result

RESULTS = Path(__file__).parents[1] / "results"
KINDS = ("program", "worker", "all", "scheduler")
_JOURNAL = "varcolor-journal.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--count", type=int, default=150, help="photos")
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS[:3]))
    parser.add_argument("--add", action="store_true", help="add to the results of earlier runs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "in", arguments.count, arguments.side)
        rng = np.random.default_rng(arguments.seed)
        row = measured(folder, arguments.kills, arguments.kinds, rng)
    there = RESULTS / "batch-kills.json"
    if arguments.add and there.exists():
        (before,) = rows_of(there)
        row = {name: row[name] + (before[name] if name != "photos" else 0) for name in row}
    write_result(RESULTS, "batch-kills", [row], list(row))
    if row["missing"] or row["differ"] or row["besides"] or row["rows"]:
        sys.exit("a run that went on is not what one in one piece is")


def rows_of(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_text())
    return list(found["rows"] if isinstance(found, dict) else found)


def measured(
    folder: Path, kills: int, kinds: Sequence[str], rng: np.random.Generator
) -> dict[str, Any]:
    """Return what was wrong after the kills of each kind: nothing, it is hoped."""
    wanted, out = folder / "undisturbed", folder / "out"
    began = time.monotonic()
    subprocess.run(command(folder, wanted), capture_output=True, check=False)
    length = time.monotonic() - began
    counts = dict.fromkeys(KINDS, 0)
    total = {"runs": 0, "missing": 0, "differ": 0, "besides": 0, "rows": 0}
    while sum(counts.values()) < kills:
        kind = kinds[sum(counts.values()) % len(kinds)]
        moment = float(rng.uniform(0.3, length))
        words = command(folder, out)
        if (unscheduled if kind == "scheduler" else disturbed)(words, kind, moment):
            counts[kind] += 1
        else:  # it was too late
            finished(folder, wanted, out, total)
    finished(folder, wanted, out, total)
    killed = {f"killed: {kind}": count for kind, count in counts.items()}
    return {"photos": len(list_of(wanted)), **killed, **total}


def command(folder: Path, out: Path) -> list[str]:
    own = ["--jobs", "2", "--threads", "1", "--quiet"]
    return [sys.executable, "-m", "varcolor", "batch", str(folder / "in"), "-o", str(out), *own]


def disturbed(words: list[str], kind: str, moment: float) -> bool:
    """Run the program and kill at a moment; return whether it was still at work then."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    program = subprocess.Popen(words, start_new_session=True, **quiet)
    time.sleep(moment)
    if program.poll() is not None:
        return False
    if kind == "all":
        os.killpg(program.pid, signal.SIGKILL)
    elif kind == "program":
        program.kill()
    else:
        workers = [
            c for c in psutil.Process(program.pid).children() if "spawn_main" in str(c.cmdline())
        ]
        if not workers:
            program.kill()
            program.wait()
            return False
        workers[0].kill()
    program.wait(timeout=300)
    return True


def unscheduled(words: list[str], kind: str, moment: float) -> bool:
    """Do the same on a cluster, and kill its scheduler; return whether it was still at work."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = [sys.executable, "-m"]
    own = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
    with contextlib.ExitStack() as ended:

        def start(*own: str) -> subprocess.Popen[bytes]:
            found = subprocess.Popen(own, **quiet)
            ended.callback(found.wait)
            ended.callback(found.kill)
            return found

        port = address.rsplit(":", 1)[1]
        scheduler = start(*dask, "distributed.cli.dask_scheduler", "--port", port, "--no-dashboard")
        for _ in range(2):
            start(*dask, "distributed.cli.dask_worker", address, *own)
        program = start(*[w for w in words if w not in ("--jobs", "2")], "--scheduler", address)
        time.sleep(moment + 5)  # until the cluster is there
        if program.poll() is not None:
            return False
        scheduler.kill()
        program.wait(timeout=120)
        return True


def finished(folder: Path, wanted: Path, out: Path, total: dict[str, int]) -> None:
    """Let the run get to its end, add what is wrong with it, and remove it."""
    subprocess.run(command(folder, out), capture_output=True, check=False)
    made, right = list_of(out), list_of(wanted)
    total["runs"] += 1
    total["missing"] += len(right.keys() - made.keys())
    total["besides"] += len(made.keys() - right.keys())
    total["differ"] += sum(made[name] != right[name] for name in made.keys() & right.keys())
    lines = (out / _JOURNAL).read_text(encoding="utf-8").splitlines()[1:]
    inputs = [json.loads(line)["input"] for line in lines]
    photos = (wanted / _JOURNAL).read_text(encoding="utf-8").splitlines()[1:]
    total["rows"] += len(inputs) - len(set(inputs)) + abs(len(set(inputs)) - len(photos))
    for path in sorted(out.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def list_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder but the journal, hidden ones included."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != _JOURNAL)
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


if __name__ == "__main__":
    main()
