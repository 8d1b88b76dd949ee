"""Inner loops of the links between frames: their weights, and products with them.

A pixel r of one frame is tied to the four pixels around the place in another frame where it went.
``base`` (H + 2, W + 2) int32 is the flat index of the upper left one in pictures with a border,
``w`` (4, H + 2, W + 2) the weights: upper left and right, lower left and right.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.typing import Array

_BASE = "int32[:,::1]"
_FLAT = "float32[:,::1]"


@kernel(f"void({A3}, {A2}, {A2}, {A2}, {A2}, {A2}, float32[::1], {A3}, {_BASE}, {ROW}, {ROW})")
def link_weights(
    flow: Array,
    share: Array,
    here: Array,
    here_wide: Array,
    there: Array,
    there_wide: Array,
    how: Array,
    w: Array,
    base: Array,
    top: int,
    bottom: int,
) -> None:
    """Write the weights of the links along ``flow`` (H, W, 2), in columns and rows.

    A weight is ``share`` (H, W) times the bilinear one of the place times
    strength (1 + a (dY)^2 + b (d blurred Y)^2)^-1.5, ``how`` = a, b, strength, least weight kept.
    """
    height, width = here.shape
    a, b, strength, least = how[0], how[1], how[2], how[3]
    one, half = np.float32(1), np.float32(0.5)
    for r in range(top, bottom):
        y = r - 1
        for x in range(width):
            for k in range(4):
                w[k, r, x + 1] = np.float32(0)
            base[r, x + 1] = 0
            part = share[y, x] * strength
            if not part > 0:
                continue
            px, py = np.float32(x) + flow[y, x, 0], np.float32(y) + flow[y, x, 1]
            if not (
                px > -half
                and py > -half
                and px < np.float32(width) - half
                and py < np.float32(height) - half
            ):
                continue
            left, above = int(np.floor(px)), int(np.floor(py))
            fx, fy = px - np.float32(left), py - np.float32(above)
            base[r, x + 1] = np.int32((above + 1) * (width + 2) + left + 1)
            luma, wide = here[y, x], here_wide[y, x]
            for k in range(4):
                row, column = above + k // 2, left + k % 2
                if row < 0 or column < 0 or row >= height or column >= width:
                    continue
                near = (fx if k % 2 else one - fx) * (fy if k // 2 else one - fy)
                d, e = luma - there[row, column], wide - there_wide[row, column]
                s = one + a * d * d + b * e * e
                value = part * near / (s * np.sqrt(s))
                if value >= least:
                    w[k, r, x + 1] = value


@kernel(f"void({A3}, {_BASE}, {_FLAT}, {A3}, float32, {ROW}, {ROW})")
def gather(
    w: Array, base: Array, other: Array, out: Array, sign: float, top: int, bottom: int
) -> None:
    """Add ``sign`` times what the links bring from ``other`` (2, (H + 2) (W + 2)) to ``out``."""
    width = base.shape[1] - 2
    for r in range(top, bottom):
        for c in range(1, width + 1):
            a, b, d, e = w[0, r, c], w[1, r, c], w[2, r, c], w[3, r, c]
            if a + b + d + e > 0:
                i = base[r, c]
                j = i + width + 2
                for k in range(2):
                    total = a * other[k, i] + b * other[k, i + 1]
                    total += d * other[k, j] + e * other[k, j + 1]
                    out[k, r, c] += sign * total


@kernel(f"void({A3}, {_BASE}, {A3}, {_FLAT}, float32, {ROW}, {ROW})")
def scatter(
    w: Array, base: Array, other: Array, out: Array, sign: float, top: int, bottom: int
) -> None:
    """Do what `gather` does for the transpose: from the ends where links begin to the other ends.

    ``out`` is (2, (H + 2) (W + 2)); rows are those where links begin, and one thread does all.
    """
    width = base.shape[1] - 2
    for r in range(top, bottom):
        for c in range(1, width + 1):
            a, b, d, e = w[0, r, c], w[1, r, c], w[2, r, c], w[3, r, c]
            if a + b + d + e > 0:
                i = base[r, c]
                j = i + width + 2
                for k in range(2):
                    value = sign * other[k, r, c]
                    out[k, i] += a * value
                    out[k, i + 1] += b * value
                    out[k, j] += d * value
                    out[k, j + 1] += e * value
