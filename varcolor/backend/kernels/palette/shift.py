"""The change that is wanted of every pixel, and how sure that is, in one pass over the picture.

In single precision: within 2e-5 of the plain forms in `varcolor.palette.shift`.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.backend.kernels.stencil.edge_weights import power_of_e
from varcolor.typing import Array

_ONE, _ZERO, _FAR = np.float32(1), np.float32(0), np.float32(1e30)
#: Least squared width: of colours that are the same twice.
_LEAST = np.float32(1e-12)


@kernel(f"void({A3}, {A2}, {A2}, boolean[::1], float32[::1], {A3}, {A2}, {ROW}, {ROW})")
def palette_shift(
    lab: Array,
    centers: Array,
    terms: Array,
    locked: Array,
    settings: Array,
    wanted: Array,
    sure: Array,
    top: int,
    bottom: int,
) -> None:
    """Write the change that a plan of main colours wants.

    ``lab`` and ``wanted`` (3, H, W), ``sure`` (H, W); ``centers`` (K, 3) are main colours with
    lightness scaled; ``terms`` (5, K) are the real and imaginary parts of the factor and of the
    offset, and the change of lightness. ``settings``: what lightness counts, overlap, the largest
    squared width, the confidence of shared and of sole pixels. Pixels of locked colours want no
    change with infinite confidence. Rows count a border.
    """
    n, count = lab.shape[2], centers.shape[0]
    scale, overlap, most = settings[0], settings[1], settings[2]
    unsure, certain = settings[3], settings[4]
    gap = np.empty((count, n), np.float32)
    sums, rows = np.empty((5, n), np.float32), np.empty((5, n), np.float32)
    near, next_, inverse, total, still = rows[0], rows[1], rows[2], rows[3], rows[4]
    for r in range(top - 1, bottom - 1):
        light, a, b = lab[0, r], lab[1, r], lab[2, r]
        for c in range(n):
            near[c], next_[c], total[c], still[c] = _FAR, _FAR, _ZERO, _ZERO
        for j in range(5):
            for c in range(n):
                sums[j, c] = _ZERO
        for k in range(count):
            row, x, y, z = gap[k], centers[k, 0], centers[k, 1], centers[k, 2]
            lock = _ONE if locked[k] else _ZERO
            for c in range(n):
                d, e, f = scale * light[c] - x, a[c] - y, b[c] - z
                square = d * d + e * e + f * f
                row[c] = square
                next_[c] = min(next_[c], max(square, near[c]))
                still[c] = lock if square < near[c] else still[c]
                near[c] = min(near[c], square)
        for c in range(n):
            width = min(overlap * (near[c] + next_[c]), most)
            inverse[c] = np.float32(0.5) / max(width, _LEAST)
        for k in range(count):
            row = gap[k]
            t0, t1, t2 = terms[0, k], terms[1, k], terms[2, k]
            t3, t4 = terms[3, k], terms[4, k]
            s0, s1, s2, s3, s4 = sums[0], sums[1], sums[2], sums[3], sums[4]
            for c in range(n):
                part = power_of_e((row[c] - near[c]) * inverse[c])
                total[c] += part
                s0[c] += part * t0
                s1[c] += part * t1
                s2[c] += part * t2
                s3[c] += part * t3
                s4[c] += part * t4
        to, to_a, to_b, own = wanted[0, r], wanted[1, r], wanted[2, r], sure[r]
        for c in range(n):
            share = _ONE / total[c]
            alone = max(np.float32(2) * share - _ONE, _ZERO)
            own[c] = unsure + certain * alone * alone
            to[c] = sums[4, c] * share
            to_a[c] = (sums[0, c] * a[c] - sums[1, c] * b[c] + sums[2, c]) * share
            to_b[c] = (sums[0, c] * b[c] + sums[1, c] * a[c] + sums[3, c]) * share
        for c in range(n):
            if still[c] != _ZERO:
                to[c], to_a[c], to_b[c], own[c] = _ZERO, _ZERO, _ZERO, np.float32(np.inf)


@kernel(f"void({A3}, {A3}, float32[::1], {A3}, {A2}, {ROW}, {ROW})")
def table_shift(
    lab: Array, table: Array, settings: Array, wanted: Array, sure: Array, top: int, bottom: int
) -> None:
    """Write the change of chroma that a table (2, N, N) over the a, b plane wants.

    ``settings``: the table's range of chroma, the lightness below which and above 1 minus which
    the change fades, and the confidence. The lightness does not change.
    """
    n, side = lab.shape[2], table.shape[1]
    reach, black, white, certain = settings[0], settings[1], settings[2], settings[3]
    step = np.float32(side - 1) / (np.float32(2) * reach)
    last = np.float32(side - 1)
    for r in range(top - 1, bottom - 1):
        for c in range(n):
            x = min(max((lab[1, r, c] + reach) * step, _ZERO), last)
            y = min(max((lab[2, r, c] + reach) * step, _ZERO), last)
            i, j = min(int(x), side - 2), min(int(y), side - 2)
            p, q = x - np.float32(i), y - np.float32(j)
            light = lab[0, r, c]
            fade = min(light / black, (_ONE - light) / white, _ONE)
            fade = max(fade, _ZERO)
            for k in range(2):
                first = table[k, i, j] + q * (table[k, i, j + 1] - table[k, i, j])
                second = table[k, i + 1, j] + q * (table[k, i + 1, j + 1] - table[k, i + 1, j])
                wanted[1 + k, r, c] = fade * (first + p * (second - first))
            wanted[0, r, c] = _ZERO
            sure[r, c] = certain
