"""The stream of a tree: one walk that writes and reads it, so that both ends agree.

Nodes come breadth first. Each says whether it is split; a split one says how, and then its two
coefficients.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper, kernel
from varcolor.ir.kernels.range_coder import (
    BAD,
    DECODING,
    LOGGED,
    MODE,
    begin,
    code_bit,
    finish,
    learn,
    probability,
)
from varcolor.ir.kernels.region_split import (
    COLUMNS,
    FEATURES,
    I1,
    I2,
    K1,
    L1,
    L2,
    LEFT,
    RANK,
    SLOPE1,
    STEP_SIGN,
    THR,
    can_split,
    copy,
    describe,
    describe_split,
    partition,
)
from varcolor.ir.kernels.tree_contexts import (
    ABOVE,
    ANGLE,
    CENTRAL,
    ESCAPE,
    ROOT,
    TAIL,
    more_context,
    put,
    rank_context,
    sign_context,
    split_context,
    threshold_context,
    zero_context,
)
from varcolor.typing import Array

#: Bits of the angle of the chroma axes.
ANGLE_BITS = 6


@helper
def choice(
    io: Array,
    data: Array,
    states: Array,
    weights: Array,
    curves: Array,
    rates: Array,
    ctx: Array,
    bit: int,
    log: Array,
) -> int:
    """Code one decision in its contexts."""
    bit = code_bit(io, data, probability(states, weights, curves, ctx), bit)
    learn(states, rates, ctx, bit)
    if io[LOGGED] < len(log):
        copy(log[io[LOGGED]], 0, ctx, 5)
        log[io[LOGGED], 5] = bit
    io[LOGGED] += 1
    return bit


@helper
def whole_number(
    io: Array,
    data: Array,
    states: Array,
    weights: Array,
    curves: Array,
    rates: Array,
    ctx: Array,
    kind: int,
    value: int,
    log: Array,
) -> int:
    """Code a number, 0 or more, by Elias' gamma code of value + 1."""
    value += 1
    length = 0
    while True:
        put(ctx, kind, length, length, length, length)
        more = int((value >> (length + 1)) > 0)
        if not choice(io, data, states, weights, curves, rates, ctx, more, log):
            break
        length += 1
        if length >= 30:
            io[BAD] = 1
            return 0
    result = 1
    for k in range(length - 1, -1, -1):
        c = 32 + 32 * min(length, 10) + k
        put(ctx, kind, c, c, c, c)
        bit = choice(io, data, states, weights, curves, rates, ctx, (value >> k) & 1, log)
        result = 2 * result + bit
    return result - 1


@helper
def coefficient(
    nodes: Array,
    j: int,
    channel: int,
    io: Array,
    data: Array,
    states: Array,
    weights: Array,
    curves: Array,
    rates: Array,
    ctx: Array,
    log: Array,
) -> None:
    """Code a coefficient of node j."""
    value = nodes[j, K1 + channel]
    size = abs(value)
    zero_context(nodes, j, channel, ctx)
    if not choice(io, data, states, weights, curves, rates, ctx, int(size > 0), log):
        nodes[j, K1 + channel] = 0
        return
    sign_context(nodes, j, channel, ctx)
    positive = choice(io, data, states, weights, curves, rates, ctx, int(value > 0), log)
    found = 1
    while found < ESCAPE:
        more_context(nodes, j, channel, found, ctx)
        if not choice(io, data, states, weights, curves, rates, ctx, int(size > found), log):
            break
        found += 1
    if found == ESCAPE:
        found += whole_number(
            io, data, states, weights, curves, rates, ctx, TAIL, max(size - ESCAPE, 0), log
        )
    nodes[j, K1 + channel] = found if positive else -found


@helper
def inherit(nodes: Array, j: int) -> None:
    """Tell the children of node j how chroma went with luma."""
    node = nodes[j]
    for channel in range(2):
        slope = node[SLOPE1 + channel]
        k = node[K1 + channel]
        if node[STEP_SIGN] != 0 and k != 0:
            slope = node[STEP_SIGN] if k > 0 else -node[STEP_SIGN]
        nodes[node[LEFT], SLOPE1 + channel] = slope
        nodes[node[LEFT] + 1, SLOPE1 + channel] = slope


@kernel(
    f"int64({L2}, {L1}, uint8[::1], {L1}, {L2}, {L2}, {L2}, {L1}, {I1}, {I1}, {I1}, {I2}, {L1}, "
    f"int64, int64, int64, {L2})"
)
def code_tree(  # noqa: PLR0915 (one walk)
    nodes: Array,
    root: Array,
    data: Array,
    io: Array,
    states: Array,
    weights: Array,
    curves: Array,
    rates: Array,
    x: Array,
    y: Array,
    v: Array,
    spare: Array,
    grey_scale: Array,
    step: int,
    mode: int,
    count: int,
    log: Array,
) -> int:
    """Write or read a tree; return the bytes written, or the number of nodes read.

    ``root`` (3,): angle, mean of both channels in steps. Writing: ``nodes`` holds ``count`` nodes,
    breadth first, LEFT zero at leaves. Reading: node 0 is planted, ``count`` is the largest
    number of nodes. ``io[BAD]`` is set if the stream cannot be right, or did not fit.
    """
    ctx = np.zeros(5, np.int64)
    begin(io, data, mode)
    reading = io[MODE] == DECODING
    angle = 0
    for k in range(ANGLE_BITS):
        put(ctx, ANGLE, k, k, k, k)
        bit = (root[0] >> (ANGLE_BITS - 1 - k)) & 1
        angle = 2 * angle + choice(io, data, states, weights, curves, rates, ctx, bit, log)
    root[0] = angle
    for channel in range(2):
        size = whole_number(
            io, data, states, weights, curves, rates, ctx, ROOT, abs(root[1 + channel]), log
        )
        put(ctx, ROOT, 900 + channel, 900 + channel, 900 + channel, 900 + channel)
        positive = size > 0 and choice(
            io, data, states, weights, curves, rates, ctx, int(root[1 + channel] > 0), log
        )
        root[1 + channel] = size if positive else -size
    made, j = 1, 0
    most = count
    if not reading:
        made = count
    seen = np.zeros(1 if reading else count, np.uint8)
    seen[0] = 1
    while j < made:
        node = nodes[j]
        if not reading and not seen[j]:
            j += 1
            continue
        if not can_split(nodes, j):
            node[LEFT] = 0
            j += 1
            continue
        split_context(nodes, j, ctx)
        is_split = int(node[LEFT] > 0)
        if reading:
            node[LEFT] = 0
        if not choice(io, data, states, weights, curves, rates, ctx, is_split, log):
            j += 1
            continue
        rank = 0
        while rank < FEATURES - 1:
            rank_context(nodes, j, rank, ctx)
            higher = int(node[RANK] > rank)
            if not choice(io, data, states, weights, curves, rates, ctx, higher, log):
                break
            rank += 1
        node[RANK] = rank
        threshold_context(nodes, j, CENTRAL, ctx)
        off = int(node[THR] != 0)
        off = choice(io, data, states, weights, curves, rates, ctx, off, log)
        if off:
            threshold_context(nodes, j, ABOVE, ctx)
            above = int(node[THR] == 2)
            off += choice(io, data, states, weights, curves, rates, ctx, above, log)
        node[THR] = off
        if reading:
            if io[BAD] or made + 2 > most:
                io[BAD] = 1
                return made
            nodes[made : made + 2, :COLUMNS] = 0
            if not partition(nodes, j, made, x, y, v, spare):
                io[BAD] = 1
                return made
            for k in range(2):
                describe(nodes, made + k, step, grey_scale)
            describe_split(nodes, j, step)
            made += 2
        else:
            seen[node[LEFT]] = seen[node[LEFT] + 1] = 1
        for channel in range(2):
            coefficient(nodes, j, channel, io, data, states, weights, curves, rates, ctx, log)
        inherit(nodes, j)
        j += 1
    return made if reading else finish(io, data)
