"""Weights of the affinities and of Levin's equations, in one pass over the photo.

``guide`` (H, W) float64 is the luma and ``visible`` (H, W) bool tells which pixels take part.
Differences are taken in double precision, everything else in single. Weights of edges that leave
the picture or touch a hidden pixel are zero. The formulas and their plain form are in
`varcolor.energy.weights` and `varcolor.energy.levin`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, helper, kernel
from varcolor.typing import Array

_G2, _B2 = "float64[:,::1]", "boolean[:,::1]"
_ONE, _ZERO, _FAR = np.float32(1), np.float32(0), np.float32(1e30)


@helper
def power_of_e(x: Any) -> Any:
    """Return exp(-x) for x >= 0, float32; below exp(-87) it stays at that."""
    t = min(x, np.float32(87)) * np.float32(1.44269504)
    k = np.int32(t + np.float32(0.5))
    g = (np.float32(k) - t) * np.float32(0.69314718)  # within +-0.35
    y = np.float32(1 / 720) * g + np.float32(1 / 120)
    y = y * g + np.float32(1 / 24)
    y = y * g + np.float32(1 / 6)
    y = y * g + np.float32(0.5)
    y = (y * g + _ONE) * g + _ONE
    return y * np.int32((np.int32(127) - k) << np.int32(23)).view(np.float32)


@helper
def fetch(guide: Array, visible: Array, r: int, values: Array, mask: Array) -> None:
    """Copy row r of the photo to a row with a border of one pixel; rows outside are hidden."""
    height, width = guide.shape
    if r < 0 or r >= height:
        for c in range(len(mask)):
            mask[c] = _ZERO
        return
    for c in range(width):
        values[c + 1] = guide[r, c]
        mask[c + 1] = _ONE if visible[r, c] else _ZERO


@kernel(f"void({_G2}, {_B2}, {A3}, float64, float64, float64, {ROW}, {ROW})")
def levin(
    guide: Array,
    visible: Array,
    w: Array,
    variance_scale: float,
    reach: float,
    floor: float,
    top: int,
    bottom: int,
) -> None:
    """Write Levin's row-normalised weights to ``w`` (8, H + 2, W + 2), neighbours in raster order.

    ``reach`` is -1 / ln(smallest weight).
    """
    n = guide.shape[1]
    g, m = np.empty((3, n + 2)), np.empty((3, n + 2), np.float32)
    g[:, :], m[:, :] = 0, _ZERO
    square = np.empty((8, n), np.float32)
    near = np.empty((5, n), np.float32)
    first, second, count, nearest, total = near[0], near[1], near[2], near[3], near[4]
    for r in range(top, bottom):
        for j in range(3):
            fetch(guide, visible, r - 2 + j, g[j], m[j])
        here, own = g[1, 1 : n + 1], m[1, 1 : n + 1]
        for c in range(n):
            first[c], second[c], count[c], nearest[c] = _ZERO, _ZERO, _ONE, _FAR
        for k in range(8):
            slot = k if k < 4 else k + 1
            there, other = g[slot // 3, slot % 3 : slot % 3 + n], m[slot // 3, slot % 3 :]
            row = square[k]
            for c in range(n):
                here_too = own[c] * other[c]
                d = np.float32(here[c] - there[c]) * here_too
                s = d * d
                row[c] = s
                first[c] += d
                second[c] += s
                count[c] += here_too
                nearest[c] = min(nearest[c], s if here_too != _ZERO else _FAR)
        for c in range(n):
            share = _ONE / count[c]
            mean = first[c] * share
            variance = second[c] * share - mean * mean
            close = nearest[c] if nearest[c] < _FAR else _ZERO
            width = max(np.float32(variance_scale) * variance, np.float32(reach) * close)
            first[c] = _ONE / max(width, np.float32(floor))
            total[c] = _ZERO
        for k in range(8):
            slot = k if k < 4 else k + 1
            other, row = m[slot // 3, slot % 3 :], square[k]
            for c in range(n):
                value = power_of_e(row[c] * first[c]) * own[c] * other[c]
                row[c] = value
                total[c] += value
        for c in range(n):
            total[c] = _ONE / total[c] if total[c] > _ZERO else _ZERO
        for k in range(8):
            to, row = w[k, r, 1 : n + 1], square[k]
            for c in range(n):
                to[c] = row[c] * total[c]


@kernel(f"void({A3}, {A3}, float64, {ROW}, {ROW})")
def mean_of_both(directed: Array, w: Array, floor: float, top: int, bottom: int) -> None:
    """Write the mean of both directions' weights plus ``floor`` to ``w`` (4, H + 2, W + 2).

    Edges without weight stay without.
    """
    n = w.shape[2] - 2
    add = np.float32(floor)
    for r in range(top, bottom):
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            to, out = w[k, r, 1 : n + 1], directed[4 + k, r, 1 : n + 1]
            back = directed[3 - k, r + dr, 1 + dc : 1 + dc + n]
            for c in range(n):
                value = (out[c] + back[c]) * np.float32(0.5) + add
                to[c] = value if out[c] > _ZERO else _ZERO


@kernel(f"void({_G2}, {_G2}, {_B2}, {A3}, float64, float64, boolean, float64, {ROW}, {ROW})")
def two_scales(
    guide: Array,
    blurred: Array,
    visible: Array,
    w: Array,
    sharpness: float,
    share: float,
    halved: bool,
    floor: float,
    top: int,
    bottom: int,
) -> None:
    """Write (1 + sharpness (dY^2 + share dG^2))^-power + floor to ``w`` (4, H + 2, W + 2).

    The power is 1.5 or, if ``halved``, 0.75; G is ``blurred`` (H, W).
    """
    height, n = guide.shape
    a, b, add = np.float32(sharpness), np.float32(sharpness * share), np.float32(floor)
    for r in range(top, bottom):
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            if r + dr > height:
                continue
            first, last = max(0, -dc), n - max(0, dc)
            to, own = w[k, r, 1 : n + 1], visible[r - 1]
            y, g = guide[r - 1], blurred[r - 1]
            y2, g2 = guide[r - 1 + dr, first + dc :], blurred[r - 1 + dr, first + dc :]
            other = visible[r - 1 + dr, first + dc :]
            for c in range(first, last):
                d, e = np.float32(y[c] - y2[c - first]), np.float32(g[c] - g2[c - first])
                s = _ONE + a * d * d + b * e * e
                cube = s * np.sqrt(s)
                value = _ONE / (np.sqrt(cube) if halved else cube) + add
                to[c] = value if own[c] and other[c - first] else _ZERO


@kernel(f"void({_G2}, {_B2}, {A3}, float64, float64, {ROW}, {ROW})")
def gaussian(
    guide: Array, visible: Array, w: Array, scale: float, floor: float, top: int, bottom: int
) -> None:
    """Write exp(-scale dY^2), at least ``floor``, to ``w`` (4, H + 2, W + 2): four neighbours."""
    height, n = guide.shape
    a, least = np.float32(scale), np.float32(floor)
    for r in range(top, bottom):
        for k in range(0, 4, 2):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else 0)
            if r + dr > height:
                continue
            to, y, y2 = w[k, r, 1 : n + 1], guide[r - 1], guide[r - 1 + dr, dc:]
            own, other = visible[r - 1], visible[r - 1 + dr, dc:]
            for c in range(n - dc):
                d = np.float32(y[c] - y2[c])
                value = max(power_of_e(a * d * d), least)
                to[c] = value if own[c] and other[c] else _ZERO


@kernel(f"void({_G2}, float64[::1], {_G2}, {ROW}, {ROW})")
def blur(guide: Array, taps: Array, out: Array, top: int, bottom: int) -> None:
    """Write the guide, blurred by symmetric ``taps`` (from the centre on), to ``out``.

    Outside, the picture goes on with its edge. Rows ``top`` to ``bottom`` count a border.
    """
    height, n = guide.shape
    reach = len(taps) - 1
    row = np.empty(n + 2 * reach)
    for r in range(top - 1, bottom - 1):
        middle = row[reach : reach + n]
        here = guide[r]
        for c in range(n):
            middle[c] = taps[0] * here[c]
        for k in range(1, reach + 1):
            above, below, tap = guide[max(r - k, 0)], guide[min(r + k, height - 1)], taps[k]
            for c in range(n):
                middle[c] += tap * (above[c] + below[c])
        row[:reach], row[reach + n :] = middle[0], middle[n - 1]
        to = out[r]
        for c in range(n):
            to[c] = taps[0] * middle[c]
        for k in range(1, reach + 1):
            left, right, tap = row[reach - k :], row[reach + k :], taps[k]
            for c in range(n):
                to[c] += tap * (left[c] + right[c])
