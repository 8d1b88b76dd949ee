"""Make the multigrid's kernels ready, the first time on a machine with two processes.

Compilation takes one core. So a second process compiles the same kernels in the opposite order, and
each of both takes from disk what the other one has compiled: they meet where it suits them.
``python -m varcolor.backend.kernels.warm`` is that process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.backend import threads
from varcolor.backend.kernels.jit import Kernel

if TYPE_CHECKING:
    import subprocess

_DIRECTED, _SYMMETRIC = "directed", "symmetric"
_ROOT = Path(__file__).parents[3]


def kernels(symmetric: bool) -> list[Kernel]:
    """Return what a solve takes, for the weights of `levin` or the default of `harmonic`.

    What takes long to compile stands at both ends; neighbours share parts that they compile.
    """
    from varcolor.backend.kernels.affinity import blur, levin, two_scales
    from varcolor.backend.kernels.coarsen import (
        galerkin,
        hold_given,
        interpolate_centres,
        interpolate_sides,
    )
    from varcolor.backend.kernels.exact import exact_residual
    from varcolor.backend.kernels.operator import (
        add_scaled,
        advance,
        directed_product,
        dot,
        finish,
        product,
        scale_and_add,
    )
    from varcolor.backend.kernels.smoother import factor, smooth
    from varcolor.backend.kernels.transfer import prolong, restrict_residual
    from varcolor.backend.kernels.walk import walk

    steps = [product, scale_and_add] if symmetric else [directed_product]
    weights = [two_scales, blur] if symmetric else [walk, levin]
    grids = [prolong, interpolate_centres, interpolate_sides, galerkin, factor]
    middle = [advance, finish, add_scaled, dot, hold_given]
    return [smooth, restrict_residual, *steps, *middle, *grids, exact_residual, *weights]


def load(symmetric: bool, announce: Callable[[str], None]) -> None:
    """Load all kernels of a solve, and compile them first where that was not done before.

    ``announce`` is told which of both is about to happen.
    """
    needed = kernels(symmetric)
    missing = sum(not kernel.ready for kernel in needed)
    announce("compile (once on this machine)" if missing else "load")
    helper = _second_process(symmetric) if missing > 1 else None
    try:
        for kernel in needed:
            kernel.load()
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()


def _second_process(symmetric: bool) -> subprocess.Popen[bytes] | None:
    """Start the process that helps; None where it could not."""
    import subprocess

    from varcolor.backend.kernels import store

    frozen = getattr(sys, "frozen", False)  # the interpreter is then another program
    if frozen or not sys.executable or threads.usable() < 2 or not store.writable():
        return None
    path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", __name__, _SYMMETRIC if symmetric else _DIRECTED]
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            command, stdin=quiet, stdout=quiet, stderr=quiet, env=os.environ | {"PYTHONPATH": path}
        )
    except OSError:  # then this process compiles everything
        return None


if __name__ == "__main__":
    for own in reversed(kernels(sys.argv[1] == _SYMMETRIC)):
        own.load()
