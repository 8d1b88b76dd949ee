"""A watched folder into which photos come in every way: ``python -m benchmarks.batches.watching``.

``varcolor watch`` runs in a process of its own. Photos with strokes are copied slowly (in eight
parts, with pauses), moved in from beside it, renamed in it, overwritten once they were done, and
come in bursts. Each should be taken once a content, whole: its result is that of the same photo by
itself, bit for bit; the journal has one final row for it. Then the folder is left alone, and the
processor time is measured that waiting costs. Writes ``benchmarks/results/batch-watch.{json,md}``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import varcolor as vc
from benchmarks.batches.photos import scene, strokes
from benchmarks.report import write_result

RESULTS = Path(__file__).parents[1] / "results"
WAYS = ("slow", "moved", "renamed", "overwritten", "burst")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="photos")
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds of waiting measured")
    parser.add_argument("--polling", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        row = measured(Path(name), arguments)
    write_result(RESULTS, "batch-watch", [row], list(row))
    if row["missing"] or row["differ"] or row["besides"] or row["done too often"]:
        sys.exit("not each photo was taken once, and whole")


def measured(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    ready, watched, out = folder / "ready", folder / "in", folder / "out"
    watched.mkdir()
    prepare(ready, arguments.count, arguments.side)
    command = [sys.executable, "-m", "varcolor", "watch", str(watched), str(out), "--json"]
    command += ["--threads", "1", *(["--polling"] if arguments.polling else [])]
    counts: Counter[str] = Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        threading.Thread(target=read, args=(program, counts), daemon=True).start()
        time.sleep(3)
        began = time.perf_counter()
        wanted = come(ready, watched, counts)
        until(counts, sum(wanted.values()))
        seconds = time.perf_counter() - began
        time.sleep(5)
        process = psutil.Process(program.pid)
        before, moment = sum(process.cpu_times()[:2]), time.perf_counter()
        time.sleep(arguments.idle)
        idle = (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - moment)
        program.send_signal(signal.SIGTERM)
        code = program.wait(60)
    right = alone(watched, folder / "alone")
    found = {path.name: path.read_bytes() for path in out.glob("*.png")}
    lines = (out / "varcolor-journal.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    rows = Counter(json.loads(line)["input"] for line in lines)
    return {
        "photos": arguments.count,
        "events": "no" if arguments.polling else "yes",
        **{way: sum(name.startswith(way) for name in wanted) for way in WAYS},
        "missing": len(right.keys() - found.keys()),
        "besides": len(found.keys() - right.keys()),
        "differ": sum(found[name] != right[name] for name in right.keys() & found.keys()),
        "done too often": sum((counts - Counter(wanted)).values()),
        "rows of the journal": f"{sum(rows.values())} for {len(rows)} photos",
        "exit code": code,
        "photos a second": sum(wanted.values()) / seconds,
        "waiting, part of a core": idle,
    }


def prepare(folder: Path, count: int, side: int) -> None:
    rng = np.random.default_rng(count)
    for number in range(count):
        path = folder / f"{WAYS[number % len(WAYS)]}-{number}.png"
        vc.write(scene(rng, side, side), path)
        path.with_name(f"{path.stem}.strokes.json").write_text(strokes(rng, side, side))


def come(ready: Path, watched: Path, counts: Counter[str]) -> dict[str, int]:
    """Let the photos come; return how often each should be done."""
    photos = sorted(ready.glob("*.png"), key=lambda path: int(path.stem.split("-")[1]))
    of: dict[str, list[Path]] = {way: [p for p in photos if p.stem.startswith(way)] for way in WAYS}
    wanted = {path.name: 1 for path in photos}
    slow = threading.Thread(target=lambda: [slowly(p, watched) for p in of["slow"]])
    slow.start()
    for first in range(0, len(of["moved"]), 10):
        for path in of["moved"][first : first + 10]:
            cues(path, watched)
            shutil.move(path, watched / path.name)
        for path in of["renamed"][first : first + 10]:
            cues(path, watched)
            shutil.copy(path, watched / f"{path.name}.part")
            (watched / f"{path.name}.part").rename(watched / path.name)
        for path in of["overwritten"][first : first + 10]:
            cues(path, watched)
            shutil.copy(path, watched / path.name)
        time.sleep(0.5)
    for path in of["burst"]:
        cues(path, watched)
        shutil.copy(path, watched / path.name)
    until(counts, 1, [path.name for path in of["overwritten"]])
    for path in of["overwritten"]:  # the same name, another picture
        other = vc.read(path).pixels[::-1].copy()
        vc.write(other, path)
        shutil.copy(path, watched / path.name)  # in place: for a moment it is half there
        wanted[path.name] += 1
    slow.join()
    return wanted


def cues(path: Path, watched: Path) -> None:
    name = f"{path.stem}.strokes.json"
    shutil.copy(path.with_name(name), watched / name)


def slowly(path: Path, watched: Path) -> None:
    cues(path, watched)
    data = path.read_bytes()
    with open(watched / path.name, "wb") as file:
        for k in range(8):
            file.write(data[len(data) * k // 8 : len(data) * (k + 1) // 8])
            file.flush()
            time.sleep(0.05)


def read(program: subprocess.Popen[bytes], counts: Counter[str]) -> None:
    assert program.stdout is not None
    for line in program.stdout:
        row = json.loads(line)
        counts[Path(row["input"]).name] += row["status"] == "done"


def until(counts: Counter[str], number: int, names: list[str] | None = None) -> None:
    """Wait until so many photos are done, or each of some so often; ten minutes at most."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if names is None and sum(counts.values()) >= number:
            return
        if names is not None and all(counts[name] >= number for name in names):
            return
        time.sleep(0.2)


def alone(watched: Path, out: Path) -> dict[str, bytes]:
    """Return the results of the photos as they are now, each done by itself."""
    plan = vc.plan(watched, out, vc.SolveOptions(threads=1))
    for task in plan.tasks:
        task.job.run(dataclasses.replace(task, on_exists="overwrite"), None)
    return {path.name: path.read_bytes() for path in out.glob("*.png")}


if __name__ == "__main__":
    main()
