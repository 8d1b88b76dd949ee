"""Truncated GCR: search directions with A-images orthogonal to the last few; its inner loops.

``p``, ``images`` (N, 2, H + 2, W + 2) float32 are directions and A times them, whose rows have a
``scale`` (H + 2, W + 2). Products are weighed by one over it: else what happens at pixels of small
scale would be lost in the rounding of those of large scale.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, A4, ROW, fast_helper, kernel
from varcolor.typing import Array


@fast_helper
def _product(x: Array, y: Array, scale: Array) -> float:
    total = np.float32(0)
    for c in range(1, x.shape[0] - 1):
        total += x[c] * y[c] / scale[c]
    return total  # type: ignore[return-value]


@fast_helper
def _less(x: Array, share: float, y: Array) -> None:
    """Subtract ``share`` y from x."""
    for c in range(x.shape[0]):
        x[c] -= share * y[c]


@kernel(f"float64[:]({A4}, {ROW}, {A3}, {A2}, {ROW}, {ROW})")
def products(images: Array, count: int, q: Array, scale: Array, top: int, bottom: int) -> Array:
    """Return the channels' products of q with the first images, (2 count,)."""
    sums = np.zeros(2 * count)
    for r in range(top, bottom):
        for k in range(2):
            for i in range(count):
                sums[2 * i + k] += _product(images[i, k, r], q[k, r], scale[r])
    return sums


@kernel(f"float64[:]({A4}, {A4}, {A3}, {A3}, {A3}, {A2}, {ROW}, {A2}, {ROW}, {ROW})")
def orthogonalise(
    p: Array,
    images: Array,
    z: Array,
    q: Array,
    r: Array,
    shares: Array,
    new: int,
    scale: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write z and q, less ``shares`` (count, 2) of the directions and images, to place ``new``.

    Returns the channels' products of the new image with itself and with r, and of r with itself,
    (6,).
    """
    width, sums = z.shape[2], np.zeros(6)
    step, image = np.zeros(width, np.float32), np.zeros(width, np.float32)
    for row in range(top, bottom):
        for k in range(2):
            for c in range(width):  # rows assigned as a whole take seconds to compile
                step[c] = z[k, row, c]
                image[c] = q[k, row, c]
            for i in range(shares.shape[0]):
                _less(step, shares[i, k], p[i, k, row])
                _less(image, shares[i, k], images[i, k, row])
            sums[k] += _product(image, image, scale[row])
            sums[2 + k] += _product(image, r[k, row], scale[row])
            sums[4 + k] += _product(r[k, row], r[k, row], scale[row])
            for c in range(width):
                p[new, k, row, c] = step[c]
                images[new, k, row, c] = image[c]
    return sums
