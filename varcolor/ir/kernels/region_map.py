"""From a read tree to a map of regions and their colours."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import kernel
from varcolor.ir.kernels.region_split import (
    I1,
    I2,
    K1,
    L1,
    L2,
    LEFT,
    START,
    N,
    describe,
    describe_split,
)
from varcolor.typing import Array


@kernel(f"int64({L2}, int64, {I1}, {I1}, float64[:,::1], float64, {I2})")
def paint(
    nodes: Array,
    count: int,
    x: Array,
    y: Array,
    means: Array,
    size: float,
    labels: Array,
) -> int:
    """Write the map of the leaves; return how many there are.

    ``means`` (count, 2): that of the root is given; those of the leaves come first in the end.
    ``size`` is the quantiser's step.
    """
    leaves = 0
    for j in range(count):
        node = nodes[j]
        left = node[LEFT]
        if left == 0:
            for i in range(node[START], node[START] + node[N]):
                labels[y[i], x[i]] = leaves
            # Leaves are numbered in order, so that a leaf never has a larger number than its node.
            means[leaves, 0], means[leaves, 1] = means[j, 0], means[j, 1]
            leaves += 1
            continue
        n, n1, n2 = float(node[N]), float(nodes[left, N]), float(nodes[left + 1, N])
        unit = size / np.sqrt(n1 * n2 / n)
        for k in range(2):
            step = node[K1 + k] * unit
            mean = means[j, k]
            means[left, k] = mean + step * n2 / n
            means[left + 1, k] = mean - step * n1 / n
    return leaves


@kernel(f"void({L2}, int64, {L1}, int64)")
def describe_again(nodes: Array, count: int, grey_scale: Array, step: int) -> None:
    """Renew the classes of all nodes for another quantiser."""
    for j in range(count):
        describe(nodes, j, step, grey_scale)
        if nodes[j, LEFT]:
            describe_split(nodes, j, step)
