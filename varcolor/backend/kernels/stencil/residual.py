"""The residual of a solution in single precision, summed in double precision."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.backend.kernels.bfloat16 import abs_bits, from_bits
from varcolor.typing import Array


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def exact_residual(
    w: Array, reaction: Array, free: Array, target: Array, u: Array, r: Array, top: int, bottom: int
) -> Array:
    """Write reaction target - A u to r, zero at fixed pixels; return its largest values by channel.

    ``w`` (4 or 8, ...): symmetric or directed weights. ``target`` (2, 1, 1) where there is no
    reaction.
    """
    n = reaction.shape[1] - 2
    directed, has_target = w.shape[0] == 8, target.shape[1] > 1
    near, rest, most = np.empty((2, 3, n + 2)), np.empty((2, n)), np.zeros(2, np.int32)
    for y in range(top - 2, bottom):  # the first two rows are there to be read ahead
        for i in range(2):
            single, double = u[i, y + 1], near[i, (y + 1) % 3]
            for c in range(n + 2):
                double[c] = single[c]
        if y < top:
            continue
        extra, fixed = reaction[y, 1 : n + 1], free[y, 1 : n + 1]
        if directed:
            ul, up, ur = w[0, y, 1 : n + 1], w[1, y, 1 : n + 1], w[2, y, 1 : n + 1]
            left, right = w[3, y, 1 : n + 1], w[4, y, 1 : n + 1]
            ll, down, lr = w[5, y, 1 : n + 1], w[6, y, 1 : n + 1], w[7, y, 1 : n + 1]
        else:  # half of the edges are stored at their other end
            ul, up, ur = w[3, y - 1, :n], w[2, y - 1, 1 : n + 1], w[1, y - 1, 2 : n + 2]
            left, right = w[0, y, :n], w[0, y, 1 : n + 1]
            ll, down, lr = w[1, y, 1 : n + 1], w[2, y, 1 : n + 1], w[3, y, 1 : n + 1]
        for i in range(2):
            above, here, below = near[i, (y - 1) % 3], near[i, y % 3], near[i, (y + 1) % 3]
            a0, a1, a2 = above[:n], above[1 : n + 1], above[2 : n + 2]
            h0, h1, h2 = here[:n], here[1 : n + 1], here[2 : n + 2]
            b0, b1, b2 = below[:n], below[1 : n + 1], below[2 : n + 2]
            row, to = rest[i], r[i, y, 1 : n + 1]
            if has_target:
                drawn = target[i, y, 1 : n + 1]
                for c in range(n):
                    row[c] = extra[c] * (drawn[c] - h1[c])
            else:  # the reaction is zero
                row[:] = 0
            for c in range(n):
                v = h1[c]
                value = up[c] * (a1[c] - v) + down[c] * (b1[c] - v)
                value += left[c] * (h0[c] - v) + right[c] * (h2[c] - v)
                value += ul[c] * (a0[c] - v) + lr[c] * (b2[c] - v)
                row[c] += value + ur[c] * (a2[c] - v) + ll[c] * (b0[c] - v)
            peak = most[i]
            for c in range(n):
                left_over = np.float32(row[c] if fixed[c] != 0 else 0.0)
                to[c] = left_over
                peak = max(peak, abs_bits(left_over))
            most[i] = peak
    result = np.zeros(2)
    for i in range(2):
        result[i] = from_bits(most[i])
    return result
