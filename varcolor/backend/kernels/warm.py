"""Make the multigrid's kernels ready, the first time on a machine with two processes.

Compilation takes one core. So a second process compiles the same kernels in the opposite order, and
each of both takes from disk what the other one has compiled: they meet where it suits them.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
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
#: Held by who has started the second process: one is enough.
_helped = threading.Lock()


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
    prefix = f"{__package__}."
    return [
        kernel
        for name, kernel in found.items()
        if kind in _ONLY.get(name.removeprefix(prefix), {kind})
    ]


def load(kind: str, announce: Callable[[str], None]) -> None:
    """Load all kernels of a solve, and compile them first where that was not done before.

    ``kind`` is that of the weights, "directed", "symmetric" or "clustered", or "variation",
    "mixed" or "slopes". What is about to happen is told to ``announce``.
    """
    needed = kernels(kind)
    missing = sum(not kernel.ready for kernel in needed)
    announce("compile (once on this machine)" if missing else "load")
    helps = missing > 1 and _helped.acquire(blocking=False)
    helper = _second_process(kind) if helps else None
    try:
        for kernel in needed:
            kernel.load()
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()
        if helps:
            _helped.release()


def load_backwards(kind: str) -> None:
    """Do what the second process does: load the same kernels in the opposite order."""
    for kernel in reversed(kernels(kind)):
        kernel.load()


def _second_process(kind: str) -> subprocess.Popen[bytes] | None:
    """Start the process that helps; None where it could not."""
    from varcolor.backend.kernels import isolation, store

    frozen = getattr(sys, "frozen", False)  # the interpreter is then another program
    if frozen or not sys.executable or threads.usable() < 2 or not store.writable():
        return None
    try:
        return isolation.start(__name__, load_backwards.__name__, kind)
    except OSError:  # then this process compiles everything
        return None
