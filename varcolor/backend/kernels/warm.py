"""Make the multigrid's kernels ready, the first time on a machine with two processes.

Compilation takes one core. So a second process compiles the same kernels in the opposite order, and
each of both takes from disk what the other one has compiled: they meet where it suits them.
``python -m varcolor.backend.kernels.warm`` is that process.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.backend import threads
from varcolor.backend.kernels.jit import Kernel

if TYPE_CHECKING:
    import subprocess

_DIRECTED, _SYMMETRIC, _CLUSTERED = "directed", "symmetric", "clustered"
_VARIATION, _MIXED, _SLOPES = "variation", "mixed", "slopes"
#: Modules of the multigrid; neighbours share what their kernels call.
_MODULES = (
    "remainder",
    "smoother",
    "factor",
    "transfer",
    "operator",
    "walk",
    "exact",
    "coarsen",
    "affinity",
)
#: What a kind takes beside them.
_MORE = {
    _DIRECTED: ("directions", "trail", "elimination", "islands"),
    _SYMMETRIC: ("elimination", "islands"),
    _CLUSTERED: ("elimination", "clusters", "deflation"),
    _VARIATION: ("variation", "balance"),
    _MIXED: ("mixed", "elimination", "islands"),
    _SLOPES: ("slopes", "triples"),
}
#: Kinds without slopes.
_CHROMA = {_DIRECTED, _SYMMETRIC, _CLUSTERED, _VARIATION, _MIXED}
#: Kernels that only some kinds take.
_ONLY = {
    "exact.exact_residual": _CHROMA,
    "operator.add_scaled": _CHROMA,
    "operator.advance": _CHROMA,
    "operator.gauge": _CHROMA,
    "operator.product": _CHROMA,
    "transfer.restrict": _CHROMA,
    "operator.directed_product": {_DIRECTED},
    "operator.dot": {_SYMMETRIC, _CLUSTERED, _VARIATION, _MIXED},
    "walk.walk": {_DIRECTED, _MIXED},
    "affinity.levin": {_DIRECTED, _MIXED},
    "operator.scale_and_add": {_SYMMETRIC, _CLUSTERED, _VARIATION, _MIXED},
    "affinity.two_scales": {_SYMMETRIC, _VARIATION, _MIXED, _SLOPES},
    "affinity.blur": {_SYMMETRIC, _VARIATION, _MIXED, _SLOPES},
    "affinity.gaussian": {_CLUSTERED},
    "affinity.mean_of_both": set(),  # rare
}
_ROOT = Path(__file__).parents[3]


def kernels(kind: str) -> list[Kernel]:
    """Return the kernels of a solve: of weights of a kind, of total variation, of fourth order."""
    names = (*_MORE.get(kind, ()), *_MODULES)
    modules = [importlib.import_module(f"{__package__}.{name}") for name in names]
    found = {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Kernel)
    }
    return [kernel for name, kernel in found.items() if kind in _ONLY.get(name, {kind})]


def load(kind: str, announce: Callable[[str], None]) -> None:
    """Load all kernels of a solve, and compile them first where that was not done before.

    ``kind`` is that of the weights, "directed", "symmetric" or "clustered", or "variation",
    "mixed" or "slopes". What is about to happen is told to ``announce``.
    """
    needed = kernels(kind)
    missing = sum(not kernel.ready for kernel in needed)
    announce("compile (once on this machine)" if missing else "load")
    helper = _second_process(kind) if missing > 1 else None
    try:
        for kernel in needed:
            kernel.load()
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()


def _second_process(kind: str) -> subprocess.Popen[bytes] | None:
    """Start the process that helps; None where it could not."""
    import subprocess

    from varcolor.backend.kernels import store

    frozen = getattr(sys, "frozen", False)  # the interpreter is then another program
    if frozen or not sys.executable or threads.usable() < 2 or not store.writable():
        return None
    path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", __name__, kind]
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            command, stdin=quiet, stdout=quiet, stderr=quiet, env=os.environ | {"PYTHONPATH": path}
        )
    except OSError:  # then this process compiles everything
        return None


if __name__ == "__main__":
    for own in reversed(kernels(sys.argv[1])):
        own.load()
