"""What the tree coder knows when it codes a decision: four contexts of each.

``ctx`` (5,) int64 receives the numbers of the four contexts and the kind. Every helper here reads
``nodes`` as described in `varcolor.ir.kernels.region_split`.
"""

from __future__ import annotations

from varcolor.backend.jit.kernel import helper
from varcolor.ir.kernels.range_coder import INPUTS, SLOT
from varcolor.ir.kernels.region_split import (
    AMP,
    CLEAR,
    K1,
    LEFT,
    ORDER,
    PARENT,
    RANK,
    SIDE,
    SIZE,
    SLOPE1,
    STEP,
    STEP_SIGN,
    THR,
    VAR,
    N,
)
from varcolor.typing import Array

#: Kinds of decisions; those of coefficients exist for both channels (+ 1).
SPLIT, RANKED, CENTRAL, ABOVE, ZERO, SIGN, MORE, TAIL, ROOT, ANGLE = 0, 1, 2, 3, 4, 6, 8, 10, 11, 12
KINDS = 13
#: Magnitudes from here on have an Exp-Golomb tail.
ESCAPE = 15


@helper
def put(ctx: Array, kind: int, a: int, b: int, c: int, d: int) -> None:
    """Set the contexts."""
    base = kind * INPUTS * SLOT
    ctx[0], ctx[1], ctx[2], ctx[3] = (
        base + a,
        base + SLOT + b,
        base + 2 * SLOT + c,
        base + 3 * SLOT + d,
    )
    ctx[4] = kind


@helper
def strength(nodes: Array, j: int) -> int:
    """Return the class 0..5 of |K1| + |K2| of a node; 3 for the parent of the root."""
    if j < 0:
        return 3
    size: int = abs(nodes[j, K1]) + abs(nodes[j, K1 + 1])
    if size < 3:
        return size
    if size < 5:
        return 3
    return 4 if size < 9 else 5


@helper
def up_to(value: int, most: int) -> int:
    """Return min(|value|, most)."""
    return min(abs(value), most)


@helper
def sign_of(value: int) -> int:
    """Return 0, 1, 2 for a negative value, zero, a positive value."""
    return 1 if value == 0 else (2 if value > 0 else 0)


@helper
def sibling_class(nodes: Array, j: int, channel: int) -> int:
    """Return what a right child knows of its sibling: 0 nothing, 1 whole, 2.. its magnitude."""
    if nodes[j, SIDE] == 0:
        return 0
    if nodes[j - 1, LEFT] == 0:
        return 1
    known: int = 2 + up_to(nodes[j - 1, K1 + channel], 2)
    return known


@helper
def split_context(nodes: Array, j: int, ctx: Array) -> None:
    """Set the contexts of the question: is the region split."""
    node = nodes[j]
    parent = node[PARENT]
    mine = strength(nodes, parent)
    size, sibling, share, grand, uncle = node[SIZE], 0, 2, 3, 0
    if parent >= 0:
        if node[SIDE] == 1:
            sibling = 2 if nodes[j - 1, LEFT] else 1
        share = (
            0 if 4 * node[N] < nodes[parent, N] else (1 if 2 * node[N] < nodes[parent, N] else 2)
        )
        grand = strength(nodes, nodes[parent, PARENT])
        other = parent - 1 if nodes[parent, SIDE] else parent + 1
        uncle = 1 if parent > 0 and nodes[other, LEFT] else 0
    put(
        ctx,
        SPLIT,
        size * 6 + mine,
        (node[VAR] * 16 + size) * 5 + node[CLEAR],
        ((sibling * 6 + mine) * 8 + size // 2) * 3 + share,
        ((grand * 6 + mine) * 3 + share) * 2 + uncle,
    )


@helper
def rank_context(nodes: Array, j: int, rank: int, ctx: Array) -> None:
    """Set the contexts of the question: has the feature a higher rank than ``rank``."""
    node = nodes[j]
    parent, before = node[PARENT], 5
    if parent >= 0:
        before = nodes[parent, ORDER + nodes[parent, RANK]]
    this, after = node[ORDER + rank], node[ORDER + rank + 1]
    put(
        ctx,
        RANKED,
        rank * 16 + node[SIZE],
        ((rank * 5 + this) * 5 + after) * 5 + node[CLEAR],
        ((rank * 5 + this) * 6 + before) * 5 + node[CLEAR],
        (rank * 7 + node[VAR]) * 6 + strength(nodes, parent),
    )


@helper
def threshold_context(nodes: Array, j: int, kind: int, ctx: Array) -> None:
    """Set the contexts of the question: is the threshold off the mean? Is it above."""
    node = nodes[j]
    parent, before = node[PARENT], 0
    if parent >= 0:
        before = nodes[parent, THR]
    rank = node[RANK]
    feature = node[ORDER + rank]
    put(
        ctx,
        kind,
        feature * 16 + node[SIZE],
        rank * 6 + strength(nodes, parent),
        (feature * 3 + before) * 2 + node[SIDE],
        feature * 7 + node[VAR],
    )


@helper
def zero_context(nodes: Array, j: int, channel: int, ctx: Array) -> None:
    """Set the contexts of the question: is the coefficient not zero."""
    node = nodes[j]
    parent = node[PARENT]
    above = up_to(nodes[parent, K1 + channel], 3) if parent >= 0 else 3
    other = up_to(node[K1], 3) if channel else 0
    feature = node[ORDER + node[RANK]]
    put(
        ctx,
        ZERO + channel,
        (node[AMP] * 4 + above) * 4 + other,
        (node[AMP] * 7 + node[STEP]) * 4 + other,
        ((feature * 6 + strength(nodes, parent)) * 3 + node[THR]) * 4 + other,
        (node[AMP] * 5 + sibling_class(nodes, j, channel)) * 4 + other,
    )


@helper
def sign_context(nodes: Array, j: int, channel: int, ctx: Array) -> None:
    """Set the contexts of the question: is the coefficient positive."""
    node = nodes[j]
    parent = node[PARENT]
    feature = node[ORDER + node[RANK]]
    expected = sign_of(node[STEP_SIGN] * node[SLOPE1 + channel])
    other = sign_of(node[K1]) if channel else 1
    above, before, beside = 1, 5, 1
    if parent >= 0:
        above = sign_of(nodes[parent, K1 + channel])
        before = nodes[parent, ORDER + nodes[parent, RANK]]
        if node[SIDE] == 1 and nodes[j - 1, LEFT]:
            twin = nodes[j - 1, ORDER + nodes[j - 1, RANK]] == feature
            beside = sign_of(nodes[j - 1, K1 + channel]) + (3 if twin else 0)
    put(
        ctx,
        SIGN + channel,
        (expected * 7 + node[STEP]) * 3 + other,
        (other * 5 + feature) * 3 + sign_of(node[STEP_SIGN]),
        ((feature * 3 + above) * 2 + node[SIDE]) * 6 + before,
        (feature * 6 + beside) * 3 + expected,
    )


@helper
def more_context(nodes: Array, j: int, channel: int, size: int, ctx: Array) -> None:
    """Set the contexts of the question: is the magnitude above ``size`` (1 or more)."""
    node = nodes[j]
    parent = node[PARENT]
    above = up_to(nodes[parent, K1 + channel], 3) if parent >= 0 else 3
    other = up_to(node[K1], 3) if channel else 0
    size = min(size, 10) - 1
    put(
        ctx,
        MORE + channel,
        (size * 16 + node[AMP]) * 4 + above,
        (size * 4 + above) * 4 + other,
        (size * 7 + node[STEP]) * 4 + other,
        size * 5 + sibling_class(nodes, j, channel),
    )
