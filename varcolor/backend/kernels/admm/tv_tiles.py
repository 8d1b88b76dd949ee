"""The inner loops of a step of total variation, on tiles of rows.

Arrays as in `varcolor.backend.kernels.admm.tv`. What a tile hands on from loop to loop lies in
short arrays at offsets that are known when kernels are compiled (plane k of them from k `TILE` on).
So loops are vectorised with few checks for overlap, are aligned, and stay in the first-level cache.

A tile has ``count`` pixels, from column ``first`` of row r on.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import fast_helper
from varcolor.typing import Array

#: Most pixels of a tile.
TILE = 256
#: Planes of edges: both channels of all four.
EDGES = 8
_ONE, _TINY = np.float32(1), np.float32(1e-30)


@fast_helper
def first_differences(u: Array, r: int, first: int, count: int, out: Array) -> None:
    """Write the first differences along all edges, without weights."""
    kind = out.dtype.type
    own0, own1 = u[0, r, first:], u[1, r, first:]
    low0, low1 = u[0, r + 1, first - 1 :], u[1, r + 1, first - 1 :]
    for c in range(count):
        a, b = own0[c], own1[c]
        out[c] = kind(own0[c + 1] - a)
        out[TILE + c] = kind(own1[c + 1] - b)
        out[2 * TILE + c] = kind(low0[c] - a)
        out[3 * TILE + c] = kind(low1[c] - b)
        out[4 * TILE + c] = kind(low0[c + 1] - a)
        out[5 * TILE + c] = kind(low1[c + 1] - b)
        out[6 * TILE + c] = kind(low0[c + 2] - a)
        out[7 * TILE + c] = kind(low1[c + 2] - b)


@fast_helper
def subtract(one: Array, other: Array, out: Array) -> None:
    """Subtract the differences of one picture from those of another."""
    for c in range(EDGES * TILE):
        out[c] = one[c] - other[c]


@fast_helper
def sizes(v: Array, r: int, first: int, count: int, out: Array) -> None:
    """Write the lengths of groups of v."""
    for k in range(0, EDGES, 4):
        v0, v1, v2, v3 = (
            v[k, r, first:],
            v[k + 1, r, first:],
            v[k + 2, r, first:],
            v[k + 3, r, first:],
        )
        for c in range(count):
            square = v0[c] * v0[c] + v1[c] * v1[c] + v2[c] * v2[c] + v3[c] * v3[c]
            out[c] = out[c] + square if k else square
    for c in range(count):
        out[c] = np.sqrt(out[c])


@fast_helper
def keep(rho: Array, relaxation: float, r: int, first: int, count: int, size: Array) -> None:
    """Replace lengths of groups of v by the factor that v is kept with in `update`."""
    penalty, part = rho[r, first:], np.float32(1 - relaxation)
    for c in range(count):
        share = _ONE / max(penalty[c] * size[c], _ONE)  # y / rho = share v
        size[c] = part * (_ONE - share) + share


@fast_helper
def update(
    root: Array,
    v: Array,
    relaxation: float,
    r: int,
    first: int,
    count: int,
    step: Array,
    kept: Array,
    size: Array,
) -> None:
    """Update z and y, that is v, for new `first_differences`; write its norms to ``size``."""
    part = np.float32(relaxation)
    for k in range(0, 4, 2):
        one, other = root[k, r, first:], root[k + 1, r, first:]
        v0, v1 = v[2 * k, r, first:], v[2 * k + 1, r, first:]
        v2, v3 = v[2 * k + 2, r, first:], v[2 * k + 3, r, first:]
        s0, s1 = step[2 * k * TILE :], step[(2 * k + 1) * TILE :]
        s2, s3 = step[(2 * k + 2) * TILE :], step[(2 * k + 3) * TILE :]
        for c in range(count):
            a, b, own = part * one[c], part * other[c], kept[c]
            x0, x1 = a * s0[c] + own * v0[c], a * s1[c] + own * v1[c]
            x2, x3 = b * s2[c] + own * v2[c], b * s3[c] + own * v3[c]
            v0[c] = x0
            v1[c] = x1
            v2[c] = x2
            v3[c] = x3
            square = x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3
            size[c] = size[c] + square if k else square
    for c in range(count):
        size[c] = np.sqrt(size[c])


@fast_helper
def flux_coefficients(penalty: Array, size: Array) -> None:
    """Replace norms of groups of v by the factors of v in their fluxes y + rho (K u - z)."""
    for c in range(penalty.shape[0]):
        share = min(penalty[c], _ONE / (size[c] + _TINY))
        size[c] = share - (penalty[c] - share)


@fast_helper
def weighted_fluxes(
    root: Array,
    rho: Array,
    v: Array,
    r: int,
    first: int,
    count: int,
    step: Array,
    held: Array,
    out: Array,
) -> None:
    """Write fluxes times ``root`` to ``out`` (8, W + 2); ``held`` are `flux_coefficients`."""
    penalty = rho[r, first:]
    for k in range(4):
        weight, v0, v1 = root[k, r, first:], v[2 * k, r, first:], v[2 * k + 1, r, first:]
        s0, s1 = step[2 * k * TILE :], step[(2 * k + 1) * TILE :]
        to0, to1 = out[2 * k, first:], out[2 * k + 1, first:]
        for c in range(count):
            by, own = penalty[c] * weight[c] * weight[c], held[c] * weight[c]
            to0[c] = by * s0[c] + own * v0[c]
            to1[c] = by * s1[c] + own * v1[c]
