"""Steps of a lazy random walk along directed weights, for the stationary distribution."""

from __future__ import annotations

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.typing import Array


@kernel(f"void({A3}, {A2}, {A2}, {ROW}, {ROW})")
def walk(directed: Array, q: Array, out: Array, top: int, bottom: int) -> None:
    """Write (q + W'q) / 2 to ``out`` (H + 2, W + 2).

    ``directed`` (8, H + 2, W + 2) holds the weights from every pixel to its neighbours in raster
    order, so that plane k of one pixel leads to where plane 7 - k leads back.
    """
    n = q.shape[1] - 2
    for r in range(top, bottom):
        to, here = out[r, 1 : n + 1], q[r, 1 : n + 1]
        for c in range(n):
            to[c] = here[c]
        for k in range(8):
            slot = k if k < 4 else k + 1
            row, first = r - (slot // 3 - 1), 1 - (slot % 3 - 1)
            weight, mass = directed[k, row, first : first + n], q[row, first : first + n]
            for c in range(n):
                to[c] += weight[c] * mass[c]
        for c in range(n):
            to[c] *= 0.5
