"""PyMatting's preconditioners with its own conjugate gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.rivals.linear import Answer, Linear, Stop, on_grid
from varcolor.typing import Array, FloatArray


def vcycle(system: Linear, stop: Stop) -> Answer:
    """Precondition with a V-cycle over the whole picture, given pixels as rows of their own."""
    from pymatting import vcycle as make

    matrix, rhs = on_grid(system)
    answer = _gradients(matrix, rhs, make(matrix, system.shape), stop, system.free)
    return Answer(answer.x[system.free], answer.iterations)


def incomplete_cholesky(system: Linear, stop: Stop) -> Answer:
    """Precondition with a thresholded incomplete factorisation, default threshold."""
    from pymatting import ichol
    from scipy.sparse import csc_matrix

    matrix = system.matrix  # symmetric: rows are columns
    columns = csc_matrix((matrix.data, matrix.indices, matrix.indptr), matrix.shape)
    return _gradients(matrix, system.rhs, ichol(columns), stop, slice(None))


def _gradients(
    matrix: Any,
    rhs: FloatArray,
    preconditioner: Callable[[Array], Array],
    stop: Stop,
    unknown: Array | slice,
) -> Answer:
    from pymatting import cg

    x, most = np.zeros_like(rhs), 0
    for channel in range(rhs.shape[1]):
        count = 0

        def look(A: Any, u: Array, *rest: Any, channel: int = channel) -> None:
            nonlocal count
            count += 1
            stop.watch(channel, u[unknown])

        b = np.ascontiguousarray(rhs[:, channel])
        x[:, channel] = cg(
            matrix, b, rtol=stop.rtol, maxiter=stop.most, M=preconditioner, callback=look
        )
        most = max(most, count)
    return Answer(x, most)
