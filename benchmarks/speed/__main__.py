"""``python -m benchmarks.speed``: start-up time, and whole runs of the command line.

Every run is a process of its own; times are the median of the runs, memory is the peak of the
process. ``--help`` is compared with an interpreter that does nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import varcolor as vc
from benchmarks.report import data_argument, data_folder, write_result
from benchmarks.speed.strokes import random_strokes
from varcolor.cues.strokes import strokes_to_json
from varcolor.metrics.fidelity import psnr

LARGE = "large/path_2560x1600.jpg"


def timed(command: Sequence[str]) -> tuple[float, float, str]:
    """Run a command; return wall seconds, peak memory in MB, and what it printed."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begin
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return seconds, peak_mb(usage), text


def peak_mb(usage: resource.struct_rusage) -> float:
    """Return the peak memory in MB (Linux counts kilobytes, macOS bytes)."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def startup(runs: int) -> list[dict[str, Any]]:
    """Compare ``varcolor --help`` with ``python -c pass``, in turn."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import varcolor'": [sys.executable, "-c", "import varcolor"],
        "varcolor --help": [sys.executable, "-m", "varcolor", "--help"],
        "varcolor colorize --help": [sys.executable, "-m", "varcolor", "colorize", "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):  # the first round warms the file cache
        for name, command in commands.items():
            times[name].append(timed(command)[0])
    base = statistics.median(times["python -c pass"][1:])
    rows = []
    for name, values in times.items():
        median = statistics.median(values[1:])
        rows.append(
            {
                "command": name,
                "seconds": median,
                "fastest": min(values[1:]),
                "times python -c pass": median / base,
            }
        )
    return rows


def command_line(data: Path, methods: Sequence[str]) -> list[dict[str, Any]]:
    """Colour a photo of 4.1 MP with 40 strokes through the command line."""
    original = vc.read(data / LARGE)
    gray = vc.to_gray(original)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vc.write(gray, folder / "photo.png")
        strokes = random_strokes(original.pixels)
        (folder / "strokes.json").write_text(strokes_to_json(strokes, gray.shape))
        for method in methods:
            command = [sys.executable, "-m", "varcolor", "colorize", str(folder / "photo.png")]
            command += ["--strokes", str(folder / "strokes.json"), "--method", method]
            command += ["-o", str(folder / f"{method}.png"), "--json", "--quiet"]
            seconds, memory, text = timed(command)
            facts = json.loads(text)
            rows.append(
                {
                    "photo": f"{gray.shape[1]} x {gray.shape[0]}",
                    "strokes": len(strokes),
                    "method": method,
                    "solver": facts["solver"],
                    "status": facts["status"],
                    "steps": facts["steps"],
                    "proven error / 255": facts["error"],
                    "seconds, whole process": seconds,
                    "of it in the solver": facts["seconds"]["prepare"] + facts["seconds"]["solve"],
                    "peak MB": memory,
                    "PSNR grey": psnr(original, gray),
                    "PSNR coloured": psnr(original, vc.read(folder / f"{method}.png")),
                }
            )
            print(rows[-1], file=sys.stderr)
    return rows


def main() -> None:
    """Run the suites that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    data_argument(parser)
    parser.add_argument("--suite", choices=("startup", "cli"), action="append", help="[both]")
    parser.add_argument("--runs", type=int, default=9, help="counted runs of the start-up [9]")
    arguments = parser.parse_args()
    suites = arguments.suite or ["startup", "cli"]
    if "startup" in suites:
        rows = startup(arguments.runs)
        write_result(arguments.out, "startup", rows, list(rows[0]))
    if "cli" in suites:
        rows = command_line(data_folder(arguments), ("levin", "harmonic"))
        write_result(arguments.out, "cli-large", rows, list(rows[0]))


if __name__ == "__main__":
    main()
