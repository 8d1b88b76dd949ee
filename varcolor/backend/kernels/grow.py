"""The encoder's tree: every region is split where that explains most of the chroma."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import kernel
from varcolor.backend.kernels.regions import (
    FEATURES,
    I1,
    I2,
    L1,
    L2,
    ORDER,
    RANK,
    START,
    THR,
    THRESHOLDS,
    N,
    can_split,
    describe,
    describe_split,
    helper,
    partition,
    threshold,
    value_of,
)
from varcolor.typing import Array

#: Float tables: by pixel (float32), by node (float64).
F2, D2 = "float32[:,::1]", "float64[:,::1]"
#: Columns of ``sums``: of the two chroma channels, of their squares.
S1, S2, SQUARES = range(3)
SUMS = 3


@helper
def best_split(
    nodes: Array,
    sums: Array,
    j: int,
    x: Array,
    y: Array,
    v: Array,
    chroma: Array,
    price: Array,
    bins: Array,
) -> float:
    """Set RANK and THR of node j to the split with the most gain less its price; return that.

    ``bins`` (5, 4, 3) is scratch: count and chroma sums between a feature's three thresholds.
    """
    node = nodes[j]
    n, start = node[N], node[START]
    limits = np.empty((FEATURES, THRESHOLDS), np.int64)
    for f in range(FEATURES):
        for which in range(THRESHOLDS):
            limits[f, which] = threshold(nodes, j, f, which)
    bins[:] = 0
    for i in range(start, start + n):
        a, b, c = int(x[i]), int(y[i]), int(v[i])
        c1, c2 = np.float64(chroma[0, i]), np.float64(chroma[1, i])
        for f in range(FEATURES):
            t = 16 * value_of(f, a, b, c)
            k = int(t > limits[f, 0]) + int(t > limits[f, 1]) + int(t > limits[f, 2])
            cell = bins[f, k]
            cell[0] += 1
            cell[1] += c1
            cell[2] += c2
    s1, s2 = sums[j, S1], sums[j, S2]
    base = (s1 * s1 + s2 * s2) / n
    best = -np.inf
    node[RANK], node[THR] = -1, 0
    for rank in range(FEATURES):
        f = node[ORDER + rank]
        count = a1 = a2 = 0.0
        for k in range(3):
            count += bins[f, k, 0]
            a1 += bins[f, k, 1]
            a2 += bins[f, k, 2]
            if count in (0, n):
                continue
            b1, b2 = s1 - a1, s2 - a2
            gain = (a1 * a1 + a2 * a2) / count + (b1 * b1 + b2 * b2) / (n - count) - base
            which = 1 if k == 0 else (0 if k == 1 else 2)
            gain -= price[rank, which]
            if gain > best:
                best = gain
                node[RANK], node[THR] = rank, which
    return best


@helper
def add_up(row: Array, chroma: Array, start: int, stop: int) -> None:
    """Write the sums of the pixels from start to stop."""
    s1 = s2 = squares = 0.0
    for i in range(start, stop):
        a, b = np.float64(chroma[0, i]), np.float64(chroma[1, i])
        s1 += a
        s2 += b
        squares += a * a + b * b
    row[S1], row[S2], row[SQUARES] = s1, s2, squares


@kernel(f"int64({L2}, {D2}, {I1}, {I1}, {I1}, {F2}, {L1}, int64, {D2}, float64, {I2}, {F2})")
def grow(
    nodes: Array,
    sums: Array,
    x: Array,
    y: Array,
    v: Array,
    chroma: Array,
    grey_scale: Array,
    step: int,
    price: Array,
    worth: float,
    spare: Array,
    spare_chroma: Array,
) -> int:
    """Grow the tree under node 0, breadth first; return the number of nodes.

    Regions whose squared deviation of chroma is below ``worth`` stay whole. ``price`` (5, 3) is
    what a split by rank and threshold costs, in the unit of the squares. ``nodes`` and ``sums``
    set the largest number of nodes.
    """
    add_up(sums[0], chroma, 0, x.shape[0])
    bins = np.empty((FEATURES, 4, 3))
    count, j = 1, 0
    while j < count:
        n = nodes[j, N]
        s1, s2 = sums[j, S1], sums[j, S2]
        error = sums[j, SQUARES] - (s1 * s1 + s2 * s2) / n
        if error <= worth or count + 2 > len(nodes) or not can_split(nodes, j):
            j += 1
            continue
        best_split(nodes, sums, j, x, y, v, chroma, price, bins)
        if nodes[j, RANK] < 0:
            j += 1
            continue
        feature = nodes[j, ORDER + nodes[j, RANK]]
        limit = threshold(nodes, j, feature, nodes[j, THR])
        start = nodes[j, START]
        here, there = start, 0
        for i in range(start, start + n):
            c1, c2 = chroma[0, i], chroma[1, i]
            t = 16 * value_of(feature, int(x[i]), int(y[i]), int(v[i]))
            if t > limit:
                spare_chroma[0, there], spare_chroma[1, there] = c1, c2
                there += 1
            else:
                chroma[0, here], chroma[1, here] = c1, c2
                here += 1
        chroma[0, here : start + n] = spare_chroma[0, :there]
        chroma[1, here : start + n] = spare_chroma[1, :there]
        nodes[count : count + 2, :] = 0
        partition(nodes, j, count, x, y, v, spare)
        add_up(sums[count], chroma, start, here)
        for k in range(SUMS):
            sums[count + 1, k] = sums[j, k] - sums[count, k]
        for k in range(2):
            describe(nodes, count + k, step, grey_scale)
        describe_split(nodes, j, step)
        count += 2
        j += 1
    return count
