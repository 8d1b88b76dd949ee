"""Weights across the borders of objects, made smaller.

The plain form is in `varcolor.energy.cut`.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, kernel
from varcolor.typing import Array

_ZERO = np.float32(0)


@kernel(f"void({A3}, uint8[:,:,::1], float32[::1], float64, {ROW}, {ROW})")
def border_factors(
    w: Array, strength: Array, factor: Array, least: float, top: int, bottom: int
) -> None:
    """Multiply weights by ``factor[strength]``, not below ``least``; in place.

    ``strength`` (4, H + 2, W + 2) uint8 is that of the edges to the right, lower left, below and
    lower right; ``factor`` has 256 entries, the last one of which may be zero. ``w`` is symmetric,
    (4, H + 2, W + 2), or directed, (8, H + 2, W + 2): rows of directed weights then sum to 1 again.
    """
    n, floor = w.shape[2] - 2, np.float32(least)
    directed = w.shape[0] == 8
    first = w.shape[0] - 4
    for r in range(top, bottom):
        for k in range(4):
            for c in range(1, n + 1):
                s = strength[k, r, c]
                if s > 0:
                    old, f = w[first + k, r, c], factor[s]
                    new = old * f
                    if f > _ZERO:
                        new = max(new, min(old, floor))
                    w[first + k, r, c] = new
        if directed:
            for k in range(4):
                # The edge to a neighbour that comes earlier is stored there: 3 - k is its number.
                dr, dc = (0 if k == 3 else -1), (-1 if k == 3 else k - 1)
                for c in range(1, n + 1):
                    s = strength[3 - k, r + dr, c + dc]
                    if s > 0:
                        old, f = w[k, r, c], factor[s]
                        new = old * f
                        if f > _ZERO:
                            new = max(new, min(old, floor))
                        w[k, r, c] = new
            for c in range(1, n + 1):
                total = _ZERO
                for k in range(8):
                    total += w[k, r, c]
                if total > _ZERO:
                    for k in range(8):
                        w[k, r, c] /= total
