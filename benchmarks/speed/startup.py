"""Start-up time: ``--help`` against an idle interpreter; a photo, less its solve."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import varcolor as vc
from benchmarks.harness import command_timed, in_turns
from benchmarks.speed.strokes import random_strokes
from varcolor.cues.strokes import strokes_to_json
from varcolor.typing import Array


def startup(runs: int) -> list[dict[str, Any]]:
    """Compare ``varcolor --help`` with ``python -c pass``, in turn."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import varcolor'": [sys.executable, "-c", "import varcolor"],
        "varcolor --help": [sys.executable, "-m", "varcolor", "--help"],
        "varcolor colorize --help": [sys.executable, "-m", "varcolor", "colorize", "--help"],
    }
    found = in_turns(
        {name: partial(command_timed, command) for name, command in commands.items()}, runs
    )
    times = {name: [run["seconds"] for run in rows] for name, rows in found.items()}
    base = statistics.median(times["python -c pass"])
    rows = []
    for name, values in times.items():
        median = statistics.median(values)
        rows.append(
            {
                "command": name,
                "seconds": median,
                "fastest": min(values),
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
                run = command_timed(command, env)
                solved = json.loads(run["text"])["seconds"]
                times.append(run["seconds"])
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
