"""Weights of colour photos: squared differences of all channels together, then Cauchy's kernel.

The plain form is in `varcolor.energy.color_weights`. Layout as in `edge_weights`.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, kernel
from varcolor.typing import Array

_G2, _B2 = "float64[:,::1]", "boolean[:,::1]"
_ONE, _ZERO = np.float32(1), np.float32(0)


@kernel(f"void({_G2}, {_G2}, {A3}, float64, float64, {ROW}, {ROW})")
def add_squares(
    guide: Array,
    blurred: Array,
    w: Array,
    sharpness: float,
    share: float,
    top: int,
    bottom: int,
) -> None:
    """Add sharpness (dg^2 + share dG^2) to ``w`` (4, H + 2, W + 2); G is ``blurred`` (H, W)."""
    height, n = guide.shape
    a, b = np.float32(sharpness), np.float32(sharpness * share)
    for r in range(top, bottom):
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            if r + dr > height:
                continue
            first, last = max(0, -dc), n - max(0, dc)
            to, y, g = w[k, r, 1 : n + 1], guide[r - 1], blurred[r - 1]
            y2, g2 = guide[r - 1 + dr, first + dc :], blurred[r - 1 + dr, first + dc :]
            for c in range(first, last):
                d, e = np.float32(y[c] - y2[c - first]), np.float32(g[c] - g2[c - first])
                to[c] += a * d * d + b * e * e


@kernel(f"void({_B2}, {A3}, float64, {ROW}, {ROW})")
def cauchy(visible: Array, w: Array, floor: float, top: int, bottom: int) -> None:
    """Turn sums s in ``w`` (4, H + 2, W + 2) into (1 + s)^-1.5 + floor; 0 where there is no edge.

    ``visible`` (H, W) tells which pixels take part.
    """
    height, n = visible.shape
    add = np.float32(floor)
    for r in range(top, bottom):
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            if r + dr > height:
                continue
            first, last = max(0, -dc), n - max(0, dc)
            to, own = w[k, r, 1 : n + 1], visible[r - 1]
            other = visible[r - 1 + dr, first + dc :]
            for c in range(first, last):
                s = _ONE + to[c]
                value = _ONE / (s * np.sqrt(s)) + add
                to[c] = value if own[c] and other[c - first] else _ZERO


@kernel(f"void({_G2}, {_B2}, {A3}, float64, {ROW}, {ROW})")
def steep(guide: Array, visible: Array, w: Array, scale: float, top: int, bottom: int) -> None:
    """Write 1 + scale dg^2 to ``w`` (4, H + 2, W + 2); 0 where there is no edge."""
    height, n = guide.shape
    a = np.float32(scale)
    for r in range(top, bottom):
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            if r + dr > height:
                continue
            first, last = max(0, -dc), n - max(0, dc)
            to, own, y = w[k, r, 1 : n + 1], visible[r - 1], guide[r - 1]
            y2, other = guide[r - 1 + dr, first + dc :], visible[r - 1 + dr, first + dc :]
            for c in range(first, last):
                d = np.float32(y[c] - y2[c - first])
                value = _ONE + a * d * d
                to[c] = value if own[c] and other[c - first] else _ZERO
