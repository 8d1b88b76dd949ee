"""The encoder's tree: every region is split where that explains most of the chroma."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper, kernel
from varcolor.ir.kernels.region_split import (
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
    copy,
    describe,
    describe_split,
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
def best_splits(
    nodes: Array,
    sums: Array,
    j: int,
    x: Array,
    y: Array,
    v: Array,
    chroma: Array,
    price: Array,
    bins: Array,
    best: Array,
) -> int:
    """List the splits of node j with the most gain less their price; return how many there are.

    ``best`` (k, 3) receives gain, rank and threshold. ``bins`` (5, 4, 3) is scratch: count and
    chroma sums between a feature's three thresholds.
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
    found = 0
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
            # Insert it into the list, which is sorted by falling gain.
            at = min(found, len(best) - 1)
            if found == len(best) and gain <= best[at, 0]:
                continue
            while at > 0 and best[at - 1, 0] < gain:
                copy(best[at], 0, best[at - 1], 3)
                at -= 1
            best[at, 0], best[at, 1], best[at, 2] = gain, rank, which
            found = min(found + 1, len(best))
    return found


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


@helper
def divide(
    nodes: Array,
    sums: Array,
    j: int,
    left: int,
    x: Array,
    y: Array,
    v: Array,
    chroma: Array,
    grey_scale: Array,
    step: int,
    spare: Array,
    spare_chroma: Array,
) -> None:
    """Divide node j as its RANK and THR say, with its chroma and sums."""
    feature = nodes[j, ORDER + nodes[j, RANK]]
    limit = threshold(nodes, j, feature, nodes[j, THR])
    start, stop = nodes[j, START], nodes[j, START] + nodes[j, N]
    here, there = start, 0
    for i in range(start, stop):
        c1, c2 = chroma[0, i], chroma[1, i]
        if 16 * value_of(feature, int(x[i]), int(y[i]), int(v[i])) > limit:
            spare_chroma[0, there], spare_chroma[1, there] = c1, c2
            there += 1
        else:
            chroma[0, here], chroma[1, here] = c1, c2
            here += 1
    copy(chroma[0], here, spare_chroma[0], there)
    copy(chroma[1], here, spare_chroma[1], there)
    nodes[left : left + 2, :] = 0
    partition(nodes, j, left, x, y, v, spare)
    add_up(sums[left], chroma, start, here)
    for k in range(SUMS):
        sums[left + 1, k] = sums[j, k] - sums[left, k]
    for k in range(2):
        describe(nodes, left + k, step, grey_scale)


@kernel(f"int64({L2}, {D2}, {I1}, {I1}, {I1}, {F2}, {L1}, int64, {D2}, float64, {I2}, {F2}, int64)")
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
    tries: int,
) -> int:
    """Grow the tree under node 0, breadth first; return the number of nodes.

    Regions whose squared deviation of chroma is below ``worth`` stay whole. ``price`` (5, 3) is
    what a split by rank and threshold costs, in the unit of the squares. Of the ``tries`` best
    splits, that one is taken whose children have the most to gain from their own best splits.
    ``nodes`` and ``sums`` set the largest number of nodes; ``spare`` (6, pixels) and
    ``spare_chroma`` (4, pixels) are scratch.
    """
    add_up(sums[0], chroma, 0, x.shape[0])
    bins = np.empty((FEATURES, 4, 3))
    best, next_best = np.empty((tries, 3)), np.empty((1, 3))
    count, j = 1, 0
    while j < count:
        n, start = nodes[j, N], nodes[j, START]
        s1, s2 = sums[j, S1], sums[j, S2]
        error = sums[j, SQUARES] - (s1 * s1 + s2 * s2) / n
        found = 0
        if error > worth and count + 2 <= len(nodes) and can_split(nodes, j):
            found = best_splits(nodes, sums, j, x, y, v, chroma, price, bins, best)
        if found == 0:
            j += 1
            continue
        chosen, most, tried = 0, -np.inf, 0
        if found > 1:
            copy(spare[3], 0, x[start:], n)
            copy(spare[4], 0, y[start:], n)
            copy(spare[5], 0, v[start:], n)
            copy(spare_chroma[2], 0, chroma[0, start:], n)
            copy(spare_chroma[3], 0, chroma[1, start:], n)
            tried = found
        # The candidates, then the chosen one for good.
        for k in range(tried + 1):
            final = k == tried
            if not final and k and best[k, 0] <= 0:
                continue
            split = chosen if final else k
            nodes[j, RANK], nodes[j, THR] = int(best[split, 1]), int(best[split, 2])
            divide(nodes, sums, j, count, x, y, v, chroma, grey_scale, step, spare, spare_chroma)
            if final:
                break
            gain = best[k, 0]
            for child in range(count, count + 2):
                if can_split(nodes, child) and best_splits(
                    nodes, sums, child, x, y, v, chroma, price, bins, next_best
                ):
                    gain += max(next_best[0, 0], 0.0)
            if gain > most:
                most, chosen = gain, k
            copy(x, start, spare[3], n)
            copy(y, start, spare[4], n)
            copy(v, start, spare[5], n)
            copy(chroma[0], start, spare_chroma[2], n)
            copy(chroma[1], start, spare_chroma[3], n)
        describe_split(nodes, j, step)
        count += 2
        j += 1
    return count
