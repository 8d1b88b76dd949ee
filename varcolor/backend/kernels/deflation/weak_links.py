"""The coarse matrix Q'A Q of the islands (`weak_components`), restriction and prolongation.

Arrays as there; ``sums``, ``values`` (K, 2) float64 are numbers of the islands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, helper, kernel
from varcolor.backend.kernels.bfloat16 import abs_max, from_bits
from varcolor.backend.kernels.deflation.tile_components import LABELS
from varcolor.backend.kernels.deflation.weak_components import neighbour, weight_at
from varcolor.typing import Array

#: Least part of an island's diagonal that is left beside its links.
_LEFT = 0.05
_PIXELS, _FIRST, _SUMS = "int32[::1]", "int64[::1]", "float64[:,::1]"
_ZERO = np.float32(0)


@kernel(
    f"void({A3}, {A2}, {LABELS}, {_PIXELS}, {_FIRST}, {_FIRST}, {_PIXELS}, float64[::1], "
    "float64[::1])"
)
def links(
    w: Array,
    reaction: Array,
    labels: Array,
    pixels: Array,
    first: Array,
    begin: Array,
    to: Array,
    weight: Array,
    extra: Array,
) -> None:
    """Write the graph of the islands as `minimum_degree_cholesky` takes it; islands from 0.

    ``begin`` (K + 1,) becomes where the links of every island begin in ``to`` and ``weight``, which
    are eight times as long as ``pixels``; ``extra`` (K,) what islands have on the diagonal beside
    them, that is the ``reaction`` and the weights to all other pixels. Directed weights (8 planes)
    make links of the means of both directions, and the diagonal that of Q'AQ, unless too little of
    it were left beside the links.
    """
    width, count = w.shape[2], 0
    for island in range(first.shape[0] - 1):
        begin[island] = count
        rest = whole = surplus = 0.0
        for i in range(first[island], first[island + 1]):
            y, x = pixels[i] // width, pixels[i] % width
            rest += reaction[y, x]
            whole += reaction[y, x]
            for k in range(8):
                a, b = neighbour(k, y, x)
                own, other = weight_at(w, k, y, x), labels[a, b]
                if other == island + 1 or own == _ZERO:
                    continue
                whole += own
                if other == 0:
                    rest += own
                    continue
                mean = 0.5 * (own + weight_at(w, 7 - k, a, b))
                surplus += own - mean
                to[count], weight[count] = other - 1, mean
                count += 1
        extra[island] = rest + surplus if surplus >= 0 else max(rest + surplus, _LEFT * whole)
    begin[first.shape[0] - 1] = count


@helper
def _product_at(w: Array, reaction: Array, z: Array, y: int, x: int) -> Any:
    """Return (A z) of one channel at a pixel."""
    v = z[y, x]
    return (
        reaction[y, x] * v
        + w[0, y, x] * (v - z[y, x + 1])
        + w[0, y, x - 1] * (v - z[y, x - 1])
        + w[1, y, x] * (v - z[y + 1, x - 1])
        + w[2, y, x] * (v - z[y + 1, x])
        + w[3, y, x] * (v - z[y + 1, x + 1])
        + w[2, y - 1, x] * (v - z[y - 1, x])
        + w[3, y - 1, x - 1] * (v - z[y - 1, x - 1])
        + w[1, y - 1, x + 1] * (v - z[y - 1, x + 1])
    )


@helper
def _directed_product_at(w: Array, reaction: Array, z: Array, y: int, x: int) -> Any:
    """Return (A z) of one channel at a pixel, for eight planes."""
    v = z[y, x]
    return (
        reaction[y, x] * v
        + w[0, y, x] * (v - z[y - 1, x - 1])
        + w[1, y, x] * (v - z[y - 1, x])
        + w[2, y, x] * (v - z[y - 1, x + 1])
        + w[3, y, x] * (v - z[y, x - 1])
        + w[4, y, x] * (v - z[y, x + 1])
        + w[5, y, x] * (v - z[y + 1, x - 1])
        + w[6, y, x] * (v - z[y + 1, x])
        + w[7, y, x] * (v - z[y + 1, x + 1])
    )


@kernel(f"void({A3}, {A2}, {A3}, {A3}, {_PIXELS}, {_FIRST}, {_SUMS}, {ROW}, {ROW})")
def restrict_to_islands(
    w: Array,
    reaction: Array,
    r: Array,
    z: Array,
    pixels: Array,
    first: Array,
    sums: Array,
    top: int,
    bottom: int,
) -> None:
    """Write the sums of r - A z over islands ``top`` to ``bottom`` to ``sums`` (K, 2).

    ``w`` (4 or 8, ...): symmetric or directed weights.
    """
    width, directed = w.shape[2], w.shape[0] == 8
    for island in range(top, bottom):
        for k in range(2):
            total = 0.0
            for i in range(first[island], first[island + 1]):
                y, x = pixels[i] // width, pixels[i] % width
                if directed:
                    total += r[k, y, x] - _directed_product_at(w, reaction, z[k], y, x)
                else:
                    total += r[k, y, x] - _product_at(w, reaction, z[k], y, x)
            sums[island, k] = total


@kernel(f"float64({A3}, {_PIXELS}, {_FIRST}, {_SUMS}, {A2}, {ROW}, {ROW})")
def prolong_from_islands(
    z: Array, pixels: Array, first: Array, values: Array, slope: Array, top: int, bottom: int
) -> float:
    """Add the ``values`` (K, 2) of islands ``top`` to ``bottom`` to z.

    Returns the largest entry of ``slope`` (C, 2) times the absolute values of the channels of z on
    them.
    """
    width, most = z.shape[2], np.int32(0)
    own = np.empty((2, 1), np.float32)
    for island in range(top, bottom):
        one, two = np.float32(values[island, 0]), np.float32(values[island, 1])
        for i in range(first[island], first[island + 1]):
            y, x = pixels[i] // width, pixels[i] % width
            z[0, y, x] += one
            z[1, y, x] += two
            own[0, 0], own[1, 0] = z[0, y, x], z[1, y, x]
            most = abs_max(most, slope, own[0], own[1])
    return float(from_bits(most))
