"""Rate and distortion: quantise the coefficients of a grown tree and cut what does not pay."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper, kernel
from varcolor.ir.kernels.range_coder import probability
from varcolor.ir.kernels.region_split import (
    FEATURES,
    K1,
    KEPT,
    L2,
    LEFT,
    RANK,
    THR,
    N,
    can_split,
)
from varcolor.ir.kernels.tree_coder import inherit
from varcolor.ir.kernels.tree_contexts import (
    ABOVE,
    CENTRAL,
    ESCAPE,
    more_context,
    rank_context,
    sign_context,
    split_context,
    threshold_context,
    zero_context,
)
from varcolor.ir.kernels.tree_growth import D2, S1
from varcolor.typing import Array


@helper
def bits_of(
    states: Array, weights: Array, curves: Array, bits: Array, ctx: Array, bit: int
) -> float:
    """Return what a decision costs, in bits."""
    chance = probability(states, weights, curves, ctx)
    cost: float = bits[(chance if bit else 65536 - chance) >> 4]
    return cost


@helper
def bits_of_size(
    nodes: Array,
    j: int,
    channel: int,
    value: int,
    states: Array,
    weights: Array,
    curves: Array,
    bits: Array,
    ctx: Array,
) -> float:
    """Return what a coefficient costs, in bits."""
    size = abs(value)
    zero_context(nodes, j, channel, ctx)
    cost: float = bits_of(states, weights, curves, bits, ctx, int(size > 0))
    if size == 0:
        return cost
    sign_context(nodes, j, channel, ctx)
    cost += bits_of(states, weights, curves, bits, ctx, int(value > 0))
    for found in range(1, min(size, ESCAPE - 1) + 1):
        more_context(nodes, j, channel, found, ctx)
        cost += bits_of(states, weights, curves, bits, ctx, int(size > found))
    if size >= ESCAPE:
        cost += 1 + 2 * np.log2(1.0 + size - ESCAPE)
    return cost


@kernel(f"void({L2}, {D2}, int64, float64, float64, {L2}, {L2}, {L2}, {D2}, float64[::1])")
def prune(
    nodes: Array,
    sums: Array,
    count: int,
    size: float,
    trade: float,
    states: Array,
    weights: Array,
    curves: Array,
    plan: Array,
    bits: Array,
) -> None:
    """Set K1, K2 and LEFT of the nodes to those of the cheapest tree.

    The cost is the squared error plus ``trade`` times the bits, ``size`` the quantiser's step.
    ``plan`` (nodes, 2): the second column holds the squared error of a node that is left whole, and
    receives the cost of its best subtree; the first one receives the cost of its split itself.
    """
    ctx = np.zeros(5, np.int64)
    for j in range(count):
        node = nodes[j]
        left = node[LEFT]
        if left == 0:
            continue
        n, n1, n2 = float(node[N]), float(nodes[left, N]), float(nodes[left + 1, N])
        scale = np.sqrt(n1 * n2 / n)
        cost = 0.0
        for rank in range(min(node[RANK] + 1, FEATURES - 1)):
            rank_context(nodes, j, rank, ctx)
            cost += bits_of(states, weights, curves, bits, ctx, int(node[RANK] > rank))
        threshold_context(nodes, j, CENTRAL, ctx)
        cost += bits_of(states, weights, curves, bits, ctx, int(node[THR] != 0))
        if node[THR]:
            threshold_context(nodes, j, ABOVE, ctx)
            cost += bits_of(states, weights, curves, bits, ctx, int(node[THR] == 2))
        cost *= trade
        for channel in range(2):
            difference = sums[left, S1 + channel] / n1 - sums[left + 1, S1 + channel] / n2
            exact = difference * scale / size
            nearest = int(np.floor(abs(exact) + 0.5))
            best, chosen = np.inf, 0
            for k in range(3):
                magnitude = nearest - k if k < 2 else 0
                if magnitude < 0 or (k == 2 and nearest < 2):
                    continue
                value = magnitude if exact > 0 else -magnitude
                error = (abs(exact) - magnitude) * size
                here = error * error + trade * bits_of_size(
                    nodes, j, channel, value, states, weights, curves, bits, ctx
                )
                if here < best:
                    best, chosen = here, value
            node[K1 + channel] = chosen
            cost += best
        plan[j, 0] = cost
        inherit(nodes, j)
    for j in range(count - 1, -1, -1):
        node = nodes[j]
        whole = plan[j, 1]
        if not can_split(nodes, j):
            plan[j, 1] = whole
            continue
        split_context(nodes, j, ctx)
        whole += trade * bits_of(states, weights, curves, bits, ctx, 0)
        plan[j, 1] = whole
        node[KEPT] = 0
        if node[LEFT]:
            parts = plan[j, 0] + plan[node[LEFT], 1] + plan[node[LEFT] + 1, 1]
            parts += trade * bits_of(states, weights, curves, bits, ctx, 1)
            if parts < whole:
                plan[j, 1] = parts
                node[KEPT] = 1
    for j in range(count):
        if nodes[j, LEFT] and not nodes[j, KEPT]:
            nodes[j, LEFT] = 0
