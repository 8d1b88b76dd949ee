"""Restriction Q'(r - A z) to the clusters of `tile_components`, and prolongation z + Q c."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.backend.kernels.bfloat16 import abs_max, from_bits
from varcolor.backend.kernels.deflation.tile_components import LABELS
from varcolor.backend.kernels.stencil.matvec import product_row
from varcolor.typing import Array

_SUMS = "float64[:,::1]"


@kernel(f"void({A3}, {A2}, {A3}, {A3}, {LABELS}, {_SUMS}, {ROW}, {ROW})")
def restrict_to_tiles(
    w: Array,
    reaction: Array,
    r: Array,
    z: Array,
    labels: Array,
    sums: Array,
    top: int,
    bottom: int,
) -> None:
    """Add Q'(r - A z), the sums over the clusters of these rows, to ``sums`` (K + 1, 2)."""
    n = labels.shape[1] - 2
    rows = np.empty((2, n), np.float32)
    one, two = rows[0], rows[1]
    for y in range(top, bottom):
        product_row(w, reaction, z[0], y, one)
        product_row(w, reaction, z[1], y, two)
        own, first, second = labels[y, 1 : n + 1], r[0, y, 1 : n + 1], r[1, y, 1 : n + 1]
        for c in range(n):
            k = own[c]
            if k > 0:
                sums[k, 0] += first[c] - one[c]
                sums[k, 1] += second[c] - two[c]


@kernel(f"float64({A3}, {LABELS}, {_SUMS}, {A2}, {ROW}, {ROW})")
def prolong_from_tiles(
    z: Array, labels: Array, values: Array, slope: Array, top: int, bottom: int
) -> float:
    """Add Q ``values``, (K + 1, 2) numbers of the clusters, to z.

    Returns the largest entry of ``slope`` (C, 2) times the absolute values of the channels of z.
    """
    n = labels.shape[1]
    most = np.int32(0)
    for y in range(top, bottom):
        own, one, two = labels[y], z[0, y], z[1, y]
        for c in range(n):
            k = own[c]
            one[c] += np.float32(values[k, 0])
            two[c] += np.float32(values[k, 1])
        most = abs_max(most, slope, one, two)
    return float(from_bits(most))
