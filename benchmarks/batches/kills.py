"""What is left of a batch that is killed: ``python -m benchmarks.batches.kills --kills 50``.

``varcolor batch`` is killed by SIGKILL at random moments: the program alone, one of its workers, or
all of its processes at once; then the same command goes on. Whenever a run gets to its end, it is
held against a run that nobody disturbed: every output bit for bit, one final row of the journal for
every photo, no file besides; then it begins anew, until so many kills are done. Writes
``benchmarks/results/batch-kills.{json,md}``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.batches.photos import generate
from benchmarks.report import write_result

RESULTS = Path(__file__).parents[1] / "results"
KINDS = ("program", "worker", "all")
_JOURNAL = "varcolor-journal.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--count", type=int, default=150, help="photos")
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "in", arguments.count, arguments.side)
        rows = measured(folder, arguments.kills, np.random.default_rng(arguments.seed))
    write_result(RESULTS, "batch-kills", rows, list(rows[0]))
    if any(row["missing"] or row["differ"] or row["besides"] or row["rows"] for row in rows):
        sys.exit("a run that went on is not what one in one piece is")


def measured(folder: Path, kills: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return what was wrong after the kills of each kind: nothing, it is hoped."""
    wanted, out = folder / "undisturbed", folder / "out"
    began = time.monotonic()
    subprocess.run(command(folder, wanted), capture_output=True, check=False)
    length = time.monotonic() - began
    counts = dict.fromkeys(KINDS, 0)
    total = {"runs": 0, "missing": 0, "differ": 0, "besides": 0, "rows": 0}
    while sum(counts.values()) < kills:
        kind = KINDS[sum(counts.values()) % len(KINDS)]
        if disturbed(command(folder, out), kind, float(rng.uniform(0.3, length))):
            counts[kind] += 1
        else:  # it was too late
            finished(folder, wanted, out, total)
    finished(folder, wanted, out, total)
    return [
        {"photos": len(list_of(wanted)), **{f"killed: {k}": n for k, n in counts.items()}, **total}
    ]


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
