"""Clusters: connected components of strong links inside tiles, and the graph of the clusters.

A link is strong if it comes near the strongest link of both of its ends: what counts is how much
it weighs among its neighbours, not among all. Tiles begin at the top of every strip, so that all
pixels of a cluster lie in one strip, and threads that share strips never share a cluster.

``labels`` (H + 2, W + 2) int32
    The cluster of every free pixel, from 1; 0 at fixed pixels and on the border.
``first`` (K + 2,) int64
    Where the links of every cluster begin in ``to`` and ``weight``; cluster 0 has none.

Both are the same for any number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, helper, kernel
from varcolor.typing import Array

LABELS = "int32[:,::1]"
_ZERO = np.float32(0)


@fast_helper
def strongest(w: Array, r: int, out: Array) -> None:
    """Write the largest weight of every pixel of row r to ``out`` (W + 2,)."""
    n = out.shape[0] - 2
    right, left, ll, ur = w[0, r, 1:], w[0, r], w[1, r, 1:], w[1, r - 1, 2:]
    below, above, lr, ul = w[2, r, 1:], w[2, r - 1, 1:], w[3, r, 1:], w[3, r - 1]
    for c in range(n):
        one, two = max(right[c], left[c]), max(ll[c], ur[c])
        three, four = max(below[c], above[c]), max(lr[c], ul[c])
        out[c + 1] = max(one, two, three, four)


@helper
def _root(parent: Array, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@helper
def _join(parent: Array, i: int, j: int) -> None:
    i, j = _root(parent, i), _root(parent, j)
    parent[max(i, j)] = min(i, j)


@helper
def _strong(weight: Any, free: Any, share: Any, one: Any, other: Any) -> bool:
    """Tell whether a link is strong; ``one`` and ``other`` are the strongest of both ends."""
    strong: bool = free != _ZERO and weight > _ZERO and weight >= share * max(one, other)
    return strong


@kernel(f"int64({A3}, {A2}, int64, float32, {LABELS}, {ROW}, {ROW})")
def label(
    w: Array, free: Array, tile: int, share: float, labels: Array, top: int, bottom: int
) -> int:
    """Number the clusters of a strip from 1, in raster order; return how many there are.

    ``free`` is zero at fixed pixels. Tiles have ``tile`` rows and columns; a link is strong if it
    has at least this ``share`` of the strongest one at either end.
    """
    n = w.shape[2] - 2
    most = np.zeros((2, n + 2), np.float32)
    parent, number = np.empty(tile * n, np.int32), np.empty(tile * n, np.int32)
    count = 0
    for start in range(top, bottom, tile):
        end = min(start + tile, bottom)
        for r in range(start, end):
            here, above = most[r % 2], most[(r + 1) % 2]
            strongest(w, r, here)
            for c in range(1, n + 1):
                i = (r - start) * n + c - 1
                parent[i] = i
                if free[r, c] == _ZERO:
                    continue
                own, left, right = here[c], (c - 1) % tile > 0, c % tile > 0 and c < n
                if left and _strong(w[0, r, c - 1], free[r, c - 1], share, own, here[c - 1]):
                    _join(parent, i, i - 1)
                if r == start:
                    continue
                if _strong(w[2, r - 1, c], free[r - 1, c], share, own, above[c]):
                    _join(parent, i, i - n)
                weight, other = w[3, r - 1, c - 1], free[r - 1, c - 1]
                if left and _strong(weight, other, share, own, above[c - 1]):
                    _join(parent, i, i - n - 1)
                weight, other = w[1, r - 1, c + 1], free[r - 1, c + 1]
                if right and _strong(weight, other, share, own, above[c + 1]):
                    _join(parent, i, i - n + 1)
        for r in range(start, end):
            for c in range(1, n + 1):
                i = (r - start) * n + c - 1
                if free[r, c] == _ZERO:
                    labels[r, c] = 0
                    continue
                root = _root(parent, i)
                if root == i:
                    count += 1
                    number[i] = count
                labels[r, c] = number[root]
    return count


@kernel(f"void({LABELS}, int64, {ROW}, {ROW})")
def offset_labels(labels: Array, by: int, top: int, bottom: int) -> None:
    """Add ``by`` to all labels but 0."""
    for r in range(top, bottom):
        row = labels[r]
        for c in range(row.shape[0]):
            row[c] += by if row[c] > 0 else 0


@kernel(f"void({A3}, {A2}, {LABELS}, int64[::1], float64[::1], {ROW}, {ROW})")
def count_links(
    w: Array, reaction: Array, labels: Array, count: Array, extra: Array, top: int, bottom: int
) -> None:
    """Add up links between clusters at both ends, and what clusters have on the diagonal beside.

    That is the ``reaction`` and the weights to fixed pixels.
    """
    n = w.shape[2] - 2
    for r in range(top, bottom):
        for c in range(1, n + 1):
            own = labels[r, c]
            if own == 0:
                continue
            extra[own] += reaction[r, c]
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                for back in range(2):
                    y, x = (r - dr, c - dc) if back else (r + dr, c + dc)
                    weight = w[k, y, x] if back else w[k, r, c]
                    other = labels[y, x]
                    if other == own or weight == _ZERO:
                        continue
                    if other == 0:
                        extra[own] += weight
                    else:
                        count[own] += 1


@kernel(f"void({A3}, {LABELS}, int64[::1], int32[::1], float64[::1], {ROW}, {ROW})")
def list_links(
    w: Array, labels: Array, place: Array, to: Array, weight: Array, top: int, bottom: int
) -> None:
    """Write the links that `count_links` has counted; ``place`` (K + 1,) moves on from `first`."""
    n = w.shape[2] - 2
    for r in range(top, bottom):
        for c in range(1, n + 1):
            own = labels[r, c]
            if own == 0:
                continue
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                for back in range(2):
                    y, x = (r - dr, c - dc) if back else (r + dr, c + dc)
                    value = w[k, y, x] if back else w[k, r, c]
                    other = labels[y, x]
                    if other != own and other > 0 and value != _ZERO:
                        to[place[own]], weight[place[own]] = other, value
                        place[own] += 1
