"""SciPy's Krylov methods, one channel after the other, with a watch on the iterates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.rivals.linear import Answer, Linear, Stop
from varcolor.typing import Array


def krylov(system: Linear, preconditioner: Any, stop: Stop) -> Answer:
    """Solve by conjugate gradients, or BiCGStab where the matrix is not symmetric."""
    from scipy.sparse.linalg import bicgstab, cg

    method = cg if system.symmetric else bicgstab
    x, most = np.zeros_like(system.rhs), 0
    for channel in range(x.shape[1]):
        look = Counter(channel, stop)
        x[:, channel], _ = method(
            system.matrix,
            np.ascontiguousarray(system.rhs[:, channel]),
            rtol=stop.rtol,
            atol=0.0,
            maxiter=stop.most,
            M=preconditioner,
            callback=look,
        )
        most = max(most, look.count)
    return Answer(x, most)


class Counter:
    """Counts the iterations of a channel and shows them to the watch."""

    def __init__(self, channel: int, stop: Stop) -> None:
        self._channel, self._watch = channel, stop.watch
        self.count = 0

    def __call__(self, x: Array) -> None:
        """Take note of an iterate."""
        self.count += 1
        self._watch(self._channel, x)


def as_operator(system: Linear, apply: Callable[[Array], Array]) -> Any:
    """Return a function as SciPy's linear operator."""
    from scipy.sparse.linalg import LinearOperator

    return LinearOperator(system.matrix.shape, matvec=apply, dtype=np.float64)
