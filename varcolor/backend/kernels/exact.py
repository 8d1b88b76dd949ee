"""The residual of a solution in single precision, summed in double precision."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.backend.kernels.operator import highest
from varcolor.typing import Array


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def exact_residual(
    w: Array, excess: Array, free: Array, pull: Array, u: Array, r: Array, top: int, bottom: int
) -> Array:
    """Write excess pull - A u to r, zero at given pixels; return its largest values by channel.

    ``w`` (4 or 8, ...): symmetric or directed weights. ``pull`` (2, 1, 1) where there is no excess.
    """
    n = excess.shape[1] - 2
    directed = w.shape[0] == 8
    near, drawn = np.empty((3, n + 2)), np.empty(n + 2)
    above, here, below = near[0], near[1], near[2]
    most, total, peaks = np.zeros(2), np.zeros(2), np.zeros((2, n + 2), np.float32)
    for y in range(top, bottom):
        extra, fixed = excess[y], free[y]
        if directed:
            ul, up, ur, left = w[0, y], w[1, y], w[2, y], w[3, y]
            right, ll, down, lr = w[4, y], w[5, y], w[6, y], w[7, y]
        else:  # half of the edges are stored at their other end
            ul, up, ur, left = w[3, y - 1], w[2, y - 1], w[1, y - 1, 2:], w[0, y]
            right, ll, down, lr = w[0, y], w[1, y], w[2, y], w[3, y]
        back = 0 if directed else 1
        forth = 0 if directed else -1
        for i in range(2):
            for j in range(3):
                single, double = u[i, y - 1 + j], near[j]
                for c in range(n + 2):
                    double[c] = single[c]
            for c in range(n + 2):  # without pull, the excess is zero
                drawn[c] = pull[i, y, c] if pull.shape[1] > 1 else here[c]
            to, peak, whole = r[i, y], peaks[i], 0.0
            for c in range(1, n + 1):
                v = here[c]
                value = (
                    extra[c] * (drawn[c] - v) + up[c] * (above[c] - v) + down[c] * (below[c] - v)
                )
                value += left[c - back] * (here[c - 1] - v) + right[c] * (here[c + 1] - v)
                value += ul[c - back] * (above[c - 1] - v) + lr[c] * (below[c + 1] - v)
                value += ur[c + forth] * (above[c + 1] - v) + ll[c] * (below[c - 1] - v)
                left_over = np.float32(value if fixed[c] != 0 else 0.0)
                to[c] = left_over
                whole += float(left_over)
                size = abs(left_over)
                peak[c] = size if size > peak[c] else peak[c]
            total[i] += whole
    for i in range(2):
        most[i] = highest(peaks[i], total[i])
    return most
