"""The decoder's equations: weights of neighbours, and the way between regions and pixels.

Labels (H, W) int32 number the regions; values of regions are (2, regions). Rows count from 1, with
the border of the multigrid's arrays.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.typing import Array

_LABELS = "int32[:,::1]"


@kernel(f"void({A2}, {A2}, {A3}, float32[::1], {ROW}, {ROW})")
def cauchy_weights(
    gray: Array, blurred: Array, w: Array, how: Array, top: int, bottom: int
) -> None:
    """Write 1 / (1 + a (dY)^2 + b (d blurred Y)^2) + c to the planes of w; ``how`` = a, b, c."""
    height, width = gray.shape
    a, b, c = how[0], how[1], how[2]
    one = np.float32(1)
    for r in range(top, bottom):
        y = r - 1
        for x in range(width):
            g, s = gray[y, x], blurred[y, x]
            if x + 1 < width:
                d, e = g - gray[y, x + 1], s - blurred[y, x + 1]
                w[0, r, x + 1] = one / (one + a * d * d + b * e * e) + c
            if y + 1 == height:
                continue
            d, e = g - gray[y + 1, x], s - blurred[y + 1, x]
            w[2, r, x + 1] = one / (one + a * d * d + b * e * e) + c
            if x > 0:
                d, e = g - gray[y + 1, x - 1], s - blurred[y + 1, x - 1]
                w[1, r, x + 1] = one / (one + a * d * d + b * e * e) + c
            if x + 1 < width:
                d, e = g - gray[y + 1, x + 1], s - blurred[y + 1, x + 1]
                w[3, r, x + 1] = one / (one + a * d * d + b * e * e) + c


@kernel(f"void({_LABELS}, {A2}, {A3}, {ROW}, {ROW})")
def from_regions(labels: Array, values: Array, b: Array, top: int, bottom: int) -> None:
    """Write every pixel its region's values."""
    for k in range(2):
        for r in range(top, bottom):
            for c in range(labels.shape[1]):
                b[k, r, c + 1] = values[k, labels[r - 1, c]]


@kernel(f"void({_LABELS}, {A2}, float32, {A3}, {ROW}, {ROW})")
def add_regions(labels: Array, values: Array, sign: float, b: Array, top: int, bottom: int) -> None:
    """Replace b by its region's values plus ``sign`` times b."""
    for k in range(2):
        for r in range(top, bottom):
            for c in range(labels.shape[1]):
                b[k, r, c + 1] = values[k, labels[r - 1, c]] + sign * b[k, r, c + 1]


@kernel(f"void({_LABELS}, {A3}, float64[:,::1], {ROW}, {ROW})")
def sums_of_regions(labels: Array, u: Array, sums: Array, first: int, last: int) -> None:
    """Write the sums of u over the regions, of the channels ``first`` to ``last``, to ``sums``.

    A channel is summed in one go: the result does not depend on the number of threads.
    """
    for k in range(first, last):
        sums[k] = 0
        for r in range(labels.shape[0]):
            for c in range(labels.shape[1]):
                sums[k, labels[r, c]] += u[k, r + 1, c + 1]
