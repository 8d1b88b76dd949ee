"""Small products of dense matrices on one thread.

OpenBLAS shares out even products of a fraction of a millisecond. Its threads then wait for each
other by spinning, those of NumPy's copy beside those of SciPy's and our own: on busy cores a
factorisation of 10 ms takes up to a second.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from varcolor.backend.imports import import_scipy

#: Held by the caller that has set the number of threads, which is one for the whole process.
_OWNER = threading.Lock()


@cache
def _controller() -> Any:
    """Return what controls the BLAS libraries of NumPy and SciPy."""
    import_scipy()
    import scipy.linalg  # noqa: F401  (loads its library, so that it is found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def single_thread() -> Iterator[None]:
    """Let BLAS use one thread inside, and as many as before afterwards.

    Of callers that overlap the first one decides: OpenBLAS takes a number back only from the thread
    that has set it.
    """
    controller = _controller()
    if not _OWNER.acquire(blocking=False):
        yield
        return
    try:
        with controller.limit(limits=1, user_api="blas"):
            yield
    finally:
        _OWNER.release()
