"""Compile the kernels with two processes, the first time on a machine.

Compilation takes one core; a second process compiles half of the kernels into the cache on disk,
from where this one loads them.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable

from varcolor.backend.kernels import compiled

#: About half of the time each.
_THERE = ("transfer", "coarsen", "exact")
_HERE = ("operator", "smoother", "affinity", "walk", "variation")


def load(announce: Callable[[str], None]) -> None:
    """Load all kernels, and compile them first where that was not done before.

    ``announce`` is told which of both is about to happen.
    """
    ready = compiled()
    announce("load" if ready else "compile (once on this machine)")
    names = [f"{__package__}.{name}" for name in (*_HERE, *_THERE)]
    if not ready:
        there = ", ".join(f"{__package__}.{name}" for name in _THERE)
        command = [sys.executable, "-c", f"import {there}"]
        try:
            helper = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:  # then this process compiles everything
            helper = None
        for name in names[: len(_HERE)]:
            importlib.import_module(name)
        if helper is not None:
            helper.wait()
    for name in names:
        importlib.import_module(name)
