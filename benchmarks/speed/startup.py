"""Start-up time: ``--help`` against an interpreter that does nothing."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any


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
