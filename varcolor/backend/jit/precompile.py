"""Make the multigrid's kernels ready, the first time on a machine with two processes.

Compilation takes one core. So a second process compiles the same kernels in the opposite order, and
each of both takes from disk what the other one has compiled: they meet in the middle.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from varcolor.backend import cores
from varcolor.backend.jit.kernel import Kernel

if TYPE_CHECKING:
    import subprocess

_DIRECTED, _SYMMETRIC, _CLUSTERED = "directed", "symmetric", "clustered"
_VARIATION, _MIXED, _SLOPES = "variation", "mixed", "slopes"
_KERNELS = "varcolor.backend.kernels"
#: Modules of the multigrid; neighbours share what their kernels call.
_MODULES = (
    "multigrid.ic_remainder",
    "multigrid.ic_sweep",
    "multigrid.incomplete_cholesky",
    "multigrid.transfer",
    "stencil.matvec",
    "multigrid.markov_step",
    "stencil.residual",
    "multigrid.interpolation",
    "multigrid.galerkin",
    "stencil.edge_weights",
)
#: What a kind takes beside them.
_MORE = {
    _DIRECTED: (
        "multigrid.gcr",
        "multigrid.contraction_rate",
        "deflation.minimum_degree_cholesky",
        "deflation.weak_components",
        "deflation.weak_links",
    ),
    _SYMMETRIC: (
        "deflation.minimum_degree_cholesky",
        "deflation.weak_components",
        "deflation.weak_links",
    ),
    _CLUSTERED: (
        "deflation.minimum_degree_cholesky",
        "deflation.tile_components",
        "deflation.tile_sums",
    ),
    _VARIATION: ("admm.tv", "admm.tv_residual", "admm.bilaplacian"),
    _MIXED: (
        "biharmonic.mixed",
        "deflation.minimum_degree_cholesky",
        "deflation.weak_components",
        "deflation.weak_links",
    ),
    _SLOPES: ("admm.tgv", "admm.tgv_bound", "admm.block3"),
}
#: Kinds that are no solves: modules of theirs alone.
_OTHERS = {"palette": ("palette.shift", "palette.oklab", "stencil.color_edges")}
#: Kinds without slopes.
_CHROMA = {_DIRECTED, _SYMMETRIC, _CLUSTERED, _VARIATION, _MIXED}
#: Kernels that only some kinds take.
_ONLY = {
    "stencil.residual.exact_residual": _CHROMA,
    "stencil.matvec.add_scaled": _CHROMA,
    "stencil.matvec.cg_update": _CHROMA,
    "stencil.matvec.dot_and_max": _CHROMA,
    "stencil.matvec.product": _CHROMA,
    "multigrid.transfer.restrict": _CHROMA,
    "stencil.matvec.directed_product": {_DIRECTED},
    "stencil.matvec.dot": {_SYMMETRIC, _CLUSTERED, _VARIATION, _MIXED},
    "multigrid.markov_step.markov_step": {_DIRECTED, _MIXED},
    "stencil.edge_weights.levin": {_DIRECTED, _MIXED},
    "stencil.matvec.scale_and_add": {_SYMMETRIC, _CLUSTERED, _VARIATION, _MIXED},
    "stencil.edge_weights.two_scales": {_SYMMETRIC, _VARIATION, _MIXED, _SLOPES},
    "stencil.edge_weights.blur": {_SYMMETRIC, _VARIATION, _MIXED, _SLOPES},
    "stencil.edge_weights.gaussian": {_CLUSTERED},
    "stencil.edge_weights.mean_of_both": set(),  # rare
}
#: Held by who has started the second process: one is enough.
_helped = threading.Lock()


def kernels(kind: str) -> list[Kernel]:
    """Return the kernels of a solve: of weights of a kind, of total variation, of fourth order."""
    names = _OTHERS.get(kind) or (*_MORE.get(kind, ()), *_MODULES)
    modules = [importlib.import_module(f"{_KERNELS}.{name}") for name in names]
    found = {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Kernel)
    }
    prefix = f"{_KERNELS}."
    return [
        kernel
        for name, kernel in found.items()
        if kind in _ONLY.get(name.removeprefix(prefix), {kind})
    ]


def load(kind: str, announce: Callable[[str], None]) -> None:
    """Load all kernels of a solve, and compile them first where that was not done before.

    ``kind`` is that of the weights, "directed", "symmetric" or "clustered", or "variation",
    "mixed" or "slopes"; or "palette", for recolouring. What is about to happen is told to
    ``announce``.
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
    from varcolor.backend.jit import disk_cache as store
    from varcolor.backend.jit import isolation

    frozen = getattr(sys, "frozen", False)  # the interpreter is then another program
    if frozen or not sys.executable or cores.usable() < 2 or not store.writable():
        return None
    try:
        return isolation.start(__name__, load_backwards.__name__, kind)
    except OSError:  # then this process compiles everything
        return None
