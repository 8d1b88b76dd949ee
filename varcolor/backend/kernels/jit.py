"""How kernels are compiled: ahead of their first call, once per machine (cached on disk)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from numba import njit

#: float32 arrays of three and two dimensions, and a row number, in Numba's notation.
A3, A2, ROW = "float32[:,:,::1]", "float32[:,::1]", "int64"
#: Sums may be contracted and reordered; NaN and infinity keep their meaning.
_FAST = {"contract", "reassoc", "arcp", "nsz"}


def kernel(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function for one signature, without the interpreter lock."""

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        compile_: Any = partial(njit, signature, nogil=True, fastmath=_FAST, error_model="numpy")
        try:
            result: Callable[..., Any] = compile_(cache=True)(function)
        except RuntimeError:  # no folder that a cache could be kept in
            result = compile_()(function)
        return result

    return compiled


def helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function together with the kernels that call it; every operation as written."""
    compiled: Callable[..., Any] = njit(nogil=True, error_model="numpy")(function)
    return compiled


def fast_helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do the same for sums that may be contracted and reordered, as in kernels."""
    compiled: Callable[..., Any] = njit(nogil=True, error_model="numpy", fastmath=_FAST)(function)
    return compiled
