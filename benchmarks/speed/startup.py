"""Start-up time: ``--help`` against an idle interpreter; a photo, less its solve."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import varcolor as vc
from benchmarks.speed.strokes import random_strokes
from varcolor.cues.strokes import strokes_to_json
from varcolor.typing import Array


def timed(command: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[float, float, str]:
    """Run a command; return wall seconds, peak memory in MB, and what it printed."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
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


def whole_runs(photo: Array, methods: Sequence[str], runs: int) -> list[dict[str, Any]]:
    """Colour a photo with 40 strokes by the command line: the first time ever, and later on.

    The first run finds no compiled kernels. What is waited for besides the solve is the time of
    the process less that of preparing and solving the system.
    """
    gray = vc.to_gray(photo)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vc.write(gray, folder / "photo.png")
        (folder / "strokes.json").write_text(strokes_to_json(random_strokes(photo), gray.shape))
        for method in methods:
            command = [sys.executable, "-m", "varcolor", "colorize", str(folder / "photo.png")]
            command += ["--strokes", str(folder / "strokes.json"), "--method", method, "--quiet"]
            command += ["-o", str(folder / "out.png"), "--on-exists", "overwrite", "--json"]
            env = os.environ | {"NUMBA_CACHE_DIR": str(folder / method)}
            times, solves = [], []
            for _ in range(runs + 1):
                seconds, _, text = timed(command, env)
                solved = json.loads(text)["seconds"]
                times.append(seconds)
                solves.append(solved["prepare"] + solved["solve"])
            rest = [a - b for a, b in zip(times, solves, strict=True)]
            rows.append(
                {
                    "method": method,
                    "MP": round(gray.size / 1e6, 2),
                    "first run ever": times[0],
                    "later": statistics.median(times[1:]),
                    "of it in the solver": statistics.median(solves[1:]),
                    "later, less the solver": statistics.median(rest[1:]),
                    "fastest of that": min(rest[1:]),
                }
            )
    return rows
