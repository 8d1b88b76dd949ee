"""Double-precision residuals, and what the proof of the tolerance needs of them.

``weights`` (8, H, W) float64 are those of a stencil: from every pixel to its neighbours in raster
order, without a border. The other arrays have one, and are in double precision but for ``free``,
which is zero where the value is given, and ``r``.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.typing import Array

_D3, _D2 = "float64[:,:,::1]", "float64[:,::1]"
#: Rounding error of a sum of products over a window, generously.
_ROUNDING = 32 * 2.0**-52


@kernel(f"float64[:]({_D3}, {_D2}, {A2}, {_D2}, {_D3}, {_D3}, {A3}, {_D2}, {ROW}, {ROW})")
def exact_residual(
    weights: Array,
    excess: Array,
    free: Array,
    b: Array,
    pull: Array,
    u: Array,
    r: Array,
    image: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write b + excess (pull - u) - L u to r, L the Laplacian of the weights.

    Returns, for both channels, the largest (|r| + its rounding error) / image over the free pixels,
    then the largest |r|.
    """
    n = excess.shape[1] - 2
    most = np.zeros(4)
    for i in range(2):
        v = u[i]
        for y in range(top, bottom):
            for x in range(1, n + 1):
                if free[y, x] == 0:
                    r[i, y, x] = 0
                    continue
                here = v[y, x]
                part = excess[y, x] * (pull[i, y, x] - here)
                total, size = b[y, x] + part, abs(part) + abs(b[y, x])
                for k in range(8):
                    slot = k if k < 4 else k + 1
                    there = v[y + slot // 3 - 1, x + slot % 3 - 1]
                    part = weights[k, y - 1, x - 1] * (there - here)
                    total += part
                    size += abs(part)
                r[i, y, x] = total
                most[i] = max(most[i], (abs(total) + _ROUNDING * size) / image[y, x])
                most[2 + i] = max(most[2 + i], abs(total))
    return most


@kernel(f"float64({_D3}, {_D2}, {A2}, {_D2}, {_D2}, {ROW}, {ROW})")
def image_of(
    weights: Array, excess: Array, free: Array, v: Array, image: Array, top: int, bottom: int
) -> float:
    """Write A v, less its rounding error, to ``image``; return its smallest part of the diagonal.

    v is zero at given pixels.
    """
    n = excess.shape[1] - 2
    least = np.inf
    for y in range(top, bottom):
        for x in range(1, n + 1):
            if free[y, x] == 0:
                continue
            here = v[y, x]
            total = excess[y, x] * here
            size, diagonal = abs(total), excess[y, x]
            for k in range(8):
                slot = k if k < 4 else k + 1
                weight = weights[k, y - 1, x - 1]
                part = weight * (here - v[y + slot // 3 - 1, x + slot % 3 - 1])
                total += part
                size += abs(part)
                diagonal += weight
            image[y, x] = total - _ROUNDING * size
            least = min(least, image[y, x] / diagonal)
    return least
