"""The term |L u|^2 of fourth order beside total variation: L u, and products with L'L.

``laplacian_weights`` (4, H + 2, W + 2) float32 are the weights of L; other arrays as in
`varcolor.backend.kernels.admm.tv`.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.typing import Array


@fast_helper
def laplacian_row(laplacian_weights: Array, u: Array, r: int, laplacian: Array) -> None:
    """Write L u on row r to ``laplacian[r % 3]`` (3, 2, W + 2); zeros outside the picture."""
    n, here, kind = laplacian_weights.shape[2] - 2, laplacian[r % 3], laplacian.dtype.type
    here[:] = 0
    if r < 1 or r > laplacian_weights.shape[1] - 2:
        return
    e, sw, s, se = (
        laplacian_weights[0, r],
        laplacian_weights[1, r],
        laplacian_weights[2, r],
        laplacian_weights[3, r],
    )
    ne, north, nw = (
        laplacian_weights[1, r - 1],
        laplacian_weights[2, r - 1],
        laplacian_weights[3, r - 1],
    )
    for i in range(2):
        to, above, own, below = here[i], u[i, r - 1], u[i, r], u[i, r + 1]
        for c in range(1, n + 1):
            x = own[c]
            curvature = e[c] * kind(x - own[c + 1]) + e[c - 1] * kind(x - own[c - 1])
            curvature += sw[c] * kind(x - below[c - 1]) + ne[c + 1] * kind(x - above[c + 1])
            curvature += s[c] * kind(x - below[c]) + north[c] * kind(x - above[c])
            to[c] = curvature + se[c] * kind(x - below[c + 1]) + nw[c - 1] * kind(x - above[c - 1])


@fast_helper
def laplacian_again_row(
    laplacian_weights: Array, r: int, laplacian: Array, i: int, out: Array
) -> None:
    """Add minus L times a row r of one channel to ``out`` (W + 2)."""
    n = laplacian_weights.shape[2] - 2
    e, sw, s, se = (
        laplacian_weights[0, r],
        laplacian_weights[1, r],
        laplacian_weights[2, r],
        laplacian_weights[3, r],
    )
    ne, north, nw = (
        laplacian_weights[1, r - 1],
        laplacian_weights[2, r - 1],
        laplacian_weights[3, r - 1],
    )
    above, own, below = laplacian[(r - 1) % 3, i], laplacian[r % 3, i], laplacian[(r + 1) % 3, i]
    for c in range(1, n + 1):
        x = own[c]
        back = e[c] * (own[c + 1] - x) + e[c - 1] * (own[c - 1] - x)
        back += sw[c] * (below[c - 1] - x) + ne[c + 1] * (above[c + 1] - x)
        back += s[c] * (below[c] - x) + north[c] * (above[c] - x)
        out[c] += back + se[c] * (below[c + 1] - x) + nw[c - 1] * (above[c - 1] - x)


@kernel(f"float64[:]({A3}, {A3}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def add_bilaplacian(
    laplacian_weights: Array, extra: Array, free: Array, p: Array, out: Array, top: int, bottom: int
) -> Array:
    """Add L'L p less what the weights ``extra`` make of p to ``out``, zero at fixed pixels.

    Returns the dot products of what is added with p, channel by channel.
    """
    n, sums = laplacian_weights.shape[2] - 2, np.zeros(2)
    laplacian, own = np.zeros((3, 2, n + 2), np.float32), np.zeros(n, np.float32)
    laplacian_row(laplacian_weights, p, top - 1, laplacian)
    laplacian_row(laplacian_weights, p, top, laplacian)
    for r in range(top, bottom):
        laplacian_row(laplacian_weights, p, r + 1, laplacian)
        for i in range(2):
            own[:] = 0
            curvature, here = laplacian[r % 3, i, 1 : n + 1], p[i, r, 1 : n + 1]
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, before = (
                    laplacian_weights[k, r, 1 : n + 1],
                    laplacian_weights[k, r - dr, 1 - dc : n + 1 - dc],
                )
                less, less_before = extra[k, r, 1 : n + 1], extra[k, r - dr, 1 - dc : n + 1 - dc]
                below = laplacian[(r + dr) % 3, i, 1 + dc : n + 1 + dc]
                over = laplacian[(r - dr) % 3, i, 1 - dc : n + 1 - dc]
                there, back = p[i, r + dr, 1 + dc : n + 1 + dc], p[i, r - dr, 1 - dc : n + 1 - dc]
                for c in range(n):
                    own[c] += weight[c] * (curvature[c] - below[c]) - less[c] * (here[c] - there[c])
                    own[c] += before[c] * (curvature[c] - over[c]) - less_before[c] * (
                        here[c] - back[c]
                    )
            to, inside, total = out[i, r, 1 : n + 1], free[r, 1 : n + 1], np.float32(0)
            for c in range(n):
                value = inside[c] * own[c]
                to[c] += value
                total += value * here[c]
            sums[i] += total
    return sums


@kernel(f"float64[:]({A3}, {A3}, {A3}, {ROW}, {ROW})")
def bilaplacian_curvature(
    laplacian_weights: Array, extra: Array, p: Array, top: int, bottom: int
) -> Array:
    """Return |L p|^2 less the energy that the weights ``extra`` give p, channel by channel."""
    n, sums = laplacian_weights.shape[2] - 2, np.zeros(2)
    curvature = np.zeros(n, np.float32)
    for r in range(top, bottom):
        for i in range(2):
            curvature[:] = 0
            less, total = np.float32(0), np.float32(0)
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, before = (
                    laplacian_weights[k, r, 1 : n + 1],
                    laplacian_weights[k, r - dr, 1 - dc : n + 1 - dc],
                )
                own, there = p[i, r, 1 : n + 1], p[i, r + dr, 1 + dc : n + 1 + dc]
                back, known = p[i, r - dr, 1 - dc : n + 1 - dc], extra[k, r, 1 : n + 1]
                for c in range(n):
                    step = own[c] - there[c]
                    less += known[c] * step * step
                    curvature[c] += weight[c] * step + before[c] * (own[c] - back[c])
            for c in range(n):
                total += curvature[c] * curvature[c]
            sums[i] += total - less
    return sums
