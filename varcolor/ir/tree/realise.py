"""What a whole region really costs: its error after the decoder has smoothed it.

The squared error of a region in one colour is not what remains of it: spreading finds gradients by
itself. Three prunings of the tree are decoded, and for each of their leaves the ratio of the error
that is left to the plain one is measured; other nodes take the ratios of the leaves below and above
them. Pruning with these errors spends bits where the decoder needs them.
"""

from __future__ import annotations

import numpy as np

from varcolor.ir.kernels.region_split import LEFT, PARENT
from varcolor.ir.tree.regions import Regions
from varcolor.ir.tree.spread import spread
from varcolor.typing import Array

#: Ratios are kept within these bounds.
_LEAST, _MOST = 0.05, 2.0


def leaves_of(nodes: Array) -> Array:
    """Return the numbers of the leaves of a pruned tree, in the order of its stream."""
    reached = np.zeros(len(nodes), bool)
    reached[0] = True
    # Children have larger numbers than their parents.
    for j in np.flatnonzero(nodes[:, LEFT]):
        if reached[j]:
            reached[nodes[j, LEFT] : nodes[j, LEFT] + 2] = True
    return np.flatnonzero(reached & (nodes[:, LEFT] == 0))


def log_ratios(
    regions: Regions, gray: Array, target: Array, leaves: Array, plain: Array
) -> tuple[Array, Array]:
    """Return leaves, and the logarithms of the ratios of their errors after and before spreading.

    ``target`` (2, H, W) is the coded chroma, ``plain`` the error of every node in one colour.
    """
    u = spread(regions, gray)
    square = ((u - target) ** 2).sum(axis=0)
    after = np.bincount(regions.labels.ravel(), square.ravel(), len(leaves))
    known = plain[leaves] > 0
    ratio = np.clip(after[known] / plain[leaves[known]], _LEAST, _MOST)
    return leaves[known], np.log(ratio)


def realistic(nodes: Array, plain: Array, measured: list[tuple[Array, Array]]) -> Array:
    """Return the error of every node of the grown tree after spreading.

    ``measured``: what `log_ratios` has found for some prunings.
    """
    count = len(nodes)
    total, seen = np.zeros(count), np.zeros(count)
    for leaves, ratios in measured:
        total[leaves] += ratios
        seen[leaves] += 1
    below = np.where(seen > 0, total / np.maximum(seen, 1), np.nan)
    above = below.copy()
    left, parent = nodes[:, LEFT].tolist(), nodes[:, PARENT].tolist()
    up, down, weight = below.tolist(), above.tolist(), (plain + 1e-9).tolist()
    for j in range(count - 1, -1, -1):
        if up[j] != up[j] and left[j]:
            part = [k for k in (left[j], left[j] + 1) if up[k] == up[k]]
            if part:
                up[j] = sum(up[k] * weight[k] for k in part) / sum(weight[k] for k in part)
    for j in range(1, count):
        if down[j] != down[j]:
            down[j] = down[parent[j]]
    both = np.array([up, down])
    known = np.isfinite(both)
    mean = np.where(known, both, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray(plain * np.exp(mean))
