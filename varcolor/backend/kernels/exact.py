"""The residual of a solution in single precision, summed in double precision."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.typing import Array


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def exact_residual(
    w: Array, excess: Array, free: Array, pull: Array, u: Array, r: Array, top: int, bottom: int
) -> Array:
    """Write excess pull - A u to r, zero at given pixels; return its largest values by channel.

    ``w`` (4 or 8, ...): symmetric or directed weights. ``pull`` (2, 1, 1) stands for zeros.
    """
    n = excess.shape[1] - 2
    near, out = np.zeros((3, n + 2)), np.empty(n)
    here = near[1, 1 : n + 1]
    most = np.zeros(2)
    for i in range(2):
        for y in range(top, bottom):
            extra, fixed = excess[y, 1 : n + 1], free[y, 1 : n + 1]
            for j in range(3):
                near[j, :] = u[i, y - 1 + j, :]
            for c in range(n):
                out[c] = -extra[c] * here[c]
            if pull.shape[1] > 1:
                for c in range(n):
                    out[c] += np.float64(extra[c]) * pull[i, y, c + 1]
            for k in range(8):
                slot = k if k < 4 else k + 1
                dr, dc = slot // 3 - 1, slot % 3 - 1
                if w.shape[0] == 8:
                    plane = w[k, y, 1 : n + 1]
                elif k < 4:  # the edge is stored at its other end
                    plane = w[3 - k, y + dr, 1 + dc : 1 + dc + n]
                else:
                    plane = w[k - 4, y, 1 : n + 1]
                there = near[1 + dr, 1 + dc : 1 + dc + n]
                for c in range(n):
                    out[c] += plane[c] * (there[c] - here[c])
            to = r[i, y, 1 : n + 1]
            for c in range(n):
                value = out[c] if fixed[c] != 0 else 0.0
                to[c] = value
                most[i] = max(most[i], abs(value))
    return most
