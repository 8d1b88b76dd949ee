"""Regions of a picture and how they are split: integers only, the same on every machine.

A region is a run of the arrays ``x``, ``y``, ``v`` (column, row, 8-bit grey; int32): splitting it
moves the pixels that go left to its front, in order. What is known of a region stands in one row
of ``nodes`` (int64), in the columns named below.

A pixel has five features: x, y, v, x + y, x - y. The features of a region are ranked by how far
they spread: their variances (halved for the diagonals; v's times `GREY_SCALE`, which grows with
the size of the region). A split is named by the rank of its feature and a threshold: the mean
(THR 0), or 0.7 standard deviations below (1) or above it (2).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper, kernel
from varcolor.typing import Array

#: Signatures: the pixels, a table of nodes.
I1, I2, L1, L2 = "int32[::1]", "int32[:,::1]", "int64[::1]", "int64[:,::1]"

#: Columns of ``nodes``. Sums over the region's pixels first.
N, SX, SY, SV, SXX, SYY, SXY, SVV = range(8)
#: Where it lies, its parent (-1: none), which child it is (0 left, 1 right), its depth.
START, PARENT, SIDE, DEPTH = range(8, 12)
#: What contexts need: classes of size and luma variance, ranked features, how clear the first is.
SIZE, VAR, CLEAR, ORDER = range(12, 16)
#: ORDER + i for i < 5: feature of rank i.
#: How it was split: left child (0: not; the right one follows), rank, threshold, coefficients.
LEFT, RANK, THR, K1, K2 = range(20, 25)
#: Classes of the split: amplitude, luma step and its sign; inherited slopes of chroma by luma.
AMP, STEP, STEP_SIGN, SLOPE1, SLOPE2 = range(25, 30)
#: The encoder's: 1 where the split is kept.
KEPT = 30
COLUMNS = 31

FEATURES, THRESHOLDS = 5, 3
#: Regions below this many pixels, or this deep, are never split.
SMALLEST, DEEPEST = 4, 40

#: 16 * 0.49 * (2^e)^0.4 for regions of 2^(e-1) to 2^e - 1 pixels.
GREY_SCALE = np.array([round(16 * 0.49 * 2 ** (0.4 * e)) for e in range(48)], np.int64)


@helper
def bit_length(value: int) -> int:
    """Return the number of bits of a value that is not negative."""
    count = 0
    while value > 0:
        value >>= 1
        count += 1
    return count


@helper
def quarter_log(value: int) -> int:
    """Return 4 log2(value), value >= 1, to the quarter below (linear within octaves)."""
    bits: int = bit_length(value) - 1
    fraction = value >> (bits - 2) if bits >= 2 else value << (2 - bits)
    return 4 * bits + (fraction & 3)


@helper
def root(value: int) -> int:
    """Return the whole part of a square root."""
    guess = int(np.sqrt(float(value)))
    while guess * guess > value:
        guess -= 1
    while (guess + 1) * (guess + 1) <= value:
        guess += 1
    return guess


@helper
def central(s_ab: int, s_a: int, s_b: int, n: int) -> int:
    """Return sum (a - mean a)(b - mean b), with the means rounded down."""
    mean_a, mean_b = s_a // n, s_b // n
    moment: int = s_ab - mean_a * s_b - mean_b * s_a + n * mean_a * mean_b
    return moment


@helper
def describe(nodes: Array, j: int, step: int, grey_scale: Array) -> None:
    """Fill in what follows from the sums of node j; ``step`` is the index of the quantiser."""
    node = nodes[j]
    n = node[N]
    xx = central(node[SXX], node[SX], node[SX], n)
    yy = central(node[SYY], node[SY], node[SY], n)
    xy = central(node[SXY], node[SX], node[SY], n)
    vv = central(node[SVV], node[SV], node[SV], n)
    spread = (
        32 * xx,
        32 * yy,
        2 * vv * grey_scale[bit_length(n)],
        16 * (xx + yy + 2 * xy),
        16 * (xx + yy - 2 * xy),
    )
    for i in range(FEATURES):
        node[ORDER + i] = i
    for i in range(1, FEATURES):
        feature, k = node[ORDER + i], i
        while k > 0 and spread[node[ORDER + k - 1]] < spread[feature]:
            node[ORDER + k] = node[ORDER + k - 1]
            k -= 1
        node[ORDER + k] = feature
    first, second = spread[node[ORDER]], spread[node[ORDER + 1]]
    clear = 0
    while clear < 4 and first > second + (second >> 1):
        first = first * 2 // 3
        clear += 1
    node[CLEAR] = clear
    node[VAR] = min((bit_length(vv // n) + 1) // 2, 6)
    amplitude = 3 * quarter_log(n) // 2 - step
    node[SIZE] = min(max((amplitude + 84) // 8, 0), 15)


@helper
def can_split(nodes: Array, j: int) -> bool:
    """Return whether a region may be split at all."""
    possible: bool = nodes[j, N] >= SMALLEST and nodes[j, DEPTH] < DEEPEST
    return possible


@helper
def threshold(nodes: Array, j: int, feature: int, which: int) -> int:
    """Return 16 times the threshold: pixels with a larger feature go right."""
    node = nodes[j]
    n = node[N]
    if feature == 0:
        total, square = node[SX], central(node[SXX], node[SX], node[SX], n)
    elif feature == 1:
        total, square = node[SY], central(node[SYY], node[SY], node[SY], n)
    elif feature == 2:
        total, square = node[SV], central(node[SVV], node[SV], node[SV], n)
    else:
        sign = 1 if feature == 3 else -1
        total = node[SX] + sign * node[SY]
        square = (
            central(node[SXX], node[SX], node[SX], n)
            + central(node[SYY], node[SY], node[SY], n)
            + sign * 2 * central(node[SXY], node[SX], node[SY], n)
        )
    mean: int = (16 * total) // n
    if which == 0:
        return mean
    away: int = 7 * root(((square << 4) // n) << 4) // 10
    return mean - away if which == 1 else mean + away


@helper
def value_of(feature: int, x: int, y: int, v: int) -> int:
    """Return a feature of a pixel."""
    if feature == 0:
        return x
    if feature == 1:
        return y
    if feature == 2:
        return v
    return x + y if feature == 3 else x - y


@helper
def sum_up(nodes: Array, j: int, x: Array, y: Array, v: Array) -> None:
    """Write the sums of region j, given START and N."""
    node = nodes[j]
    sx = sy = sv = sxx = syy = sxy = svv = 0
    for i in range(node[START], node[START] + node[N]):
        a, b, c = int(x[i]), int(y[i]), int(v[i])
        sx += a
        sy += b
        sv += c
        sxx += a * a
        syy += b * b
        sxy += a * b
        svv += c * c
    node[SX], node[SY], node[SV] = sx, sy, sv
    node[SXX], node[SYY], node[SXY], node[SVV] = sxx, syy, sxy, svv


@helper
def copy(target: Array, start: int, source: Array, n: int) -> None:
    """Copy the first n entries of ``source`` to ``target`` from ``start`` on.

    Slices that are assigned as a whole take seconds to compile.
    """
    for i in range(n):
        target[start + i] = source[i]


@helper
def partition(nodes: Array, j: int, left: int, x: Array, y: Array, v: Array, spare: Array) -> bool:
    """Divide region j as its RANK and THR say into the nodes ``left`` and ``left + 1``.

    Returns False, and leaves everything as it was, if one side would be empty.
    """
    node = nodes[j]
    feature = node[ORDER + node[RANK]]
    limit = threshold(nodes, j, feature, node[THR])
    start, stop = node[START], node[START] + node[N]
    here, there = start, 0
    sx = sy = sv = sxx = syy = sxy = svv = 0
    for i in range(start, stop):
        a, b, c = int(x[i]), int(y[i]), int(v[i])
        if 16 * value_of(feature, a, b, c) > limit:
            spare[0, there], spare[1, there], spare[2, there] = a, b, c
            there += 1
        else:
            x[here], y[here], v[here] = a, b, c
            here += 1
            sx += a
            sy += b
            sv += c
            sxx += a * a
            syy += b * b
            sxy += a * b
            svv += c * c
    copy(x, here, spare[0], there)
    copy(y, here, spare[1], there)
    copy(v, here, spare[2], there)
    if here in (start, stop):
        return False
    one, two = nodes[left], nodes[left + 1]
    one[N], two[N] = here - start, stop - here
    one[START], two[START] = start, here
    one[SX], one[SY], one[SV] = sx, sy, sv
    one[SXX], one[SYY], one[SXY], one[SVV] = sxx, syy, sxy, svv
    for k in range(SX, SVV + 1):
        two[k] = node[k] - one[k]
    for k in range(2):
        child = nodes[left + k]
        child[PARENT], child[SIDE], child[DEPTH] = j, k, node[DEPTH] + 1
        child[LEFT] = 0
    node[LEFT] = left
    return True


@helper
def describe_split(nodes: Array, j: int, step: int) -> None:
    """Fill in the classes of the split of node j: amplitude, step of luma, its sign."""
    node = nodes[j]
    one, two = nodes[node[LEFT]], nodes[node[LEFT] + 1]
    weight = one[N] * two[N] // node[N]
    amplitude = 3 * quarter_log(max(weight, 1)) // 2 - step
    node[AMP] = min(max((amplitude + 84) // 8, 0), 15)
    luma = 16 * one[SV] // one[N] - 16 * two[SV] // two[N]
    node[STEP_SIGN] = 0 if abs(luma) < 32 else (1 if luma > 0 else -1)
    node[STEP] = min((bit_length(abs(luma)) + 0) // 1, 12) // 2


@kernel(f"void({L2}, {I1}, {I1}, {I1}, {L1}, int64)")
def plant(nodes: Array, x: Array, y: Array, v: Array, grey_scale: Array, step: int) -> None:
    """Make node 0 the whole picture."""
    nodes[0, :] = 0
    nodes[0, N], nodes[0, PARENT] = x.shape[0], -1
    sum_up(nodes, 0, x, y, v)
    describe(nodes, 0, step, grey_scale)
