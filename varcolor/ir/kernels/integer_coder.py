"""Streams of numbers for cues: gaps between positions, and pairs of values with predictions."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper, kernel
from varcolor.ir.kernels.range_coder import (
    BAD,
    DECODING,
    LIMIT,
    MODE,
    begin,
    code_bit,
    finish,
)
from varcolor.ir.kernels.region_split import L1, L2
from varcolor.typing import Array

#: Contexts of a number: 3 flags by class, magnitudes, tails.
PER_CLASS, CLASSES = 64, 12
#: Magnitudes from here on have an Exp-Golomb tail.
_ESCAPE = 18
#: Largest magnitude that a stream may hold, in bits.
_LONGEST = 24


@helper
def adaptive(io: Array, data: Array, states: Array, rates: Array, c: int, bit: int) -> int:
    """Code a bit in one context."""
    chance = min(max(states[c, 0], 64), 65472)
    bit = code_bit(io, data, chance, bit)
    target = 65535 if bit else 0
    states[c, 0] += ((target - states[c, 0]) * rates[states[c, 1]]) >> 16
    states[c, 1] = min(states[c, 1] + 1, LIMIT)
    return bit


@helper
def number(io: Array, data: Array, states: Array, rates: Array, base: int, value: int) -> int:
    """Code a signed number with the contexts from ``base`` on."""
    if not adaptive(io, data, states, rates, base, int(value != 0)):
        return 0
    negative = adaptive(io, data, states, rates, base + 1, int(value < 0))
    size, found = abs(value), 1
    while found < _ESCAPE:
        if not adaptive(io, data, states, rates, base + 1 + found, int(size > found)):
            break
        found += 1
    if found == _ESCAPE:
        rest, bits = size - _ESCAPE + 1, 0
        while adaptive(io, data, states, rates, base + 24 + bits, int((rest >> (bits + 1)) > 0)):
            bits += 1
            if bits > _LONGEST:
                io[BAD] = 1
                return 0
        tail = 1
        for k in range(bits - 1, -1, -1):
            tail = 2 * tail + code_bit(io, data, 32768, (rest >> k) & 1)
        found += tail - 1
    return -found if negative else found


@helper
def class_of(size: int) -> int:
    """Return the class 0..4 of how much was missed before."""
    if size < 2:
        return size
    return 2 if size < 4 else (3 if size < 9 else 4)


@kernel(f"int64({L1}, {L2}, {L2}, {L1}, uint8[::1], {L1}, {L1}, int64)")
def code_numbers(
    gaps: Array,
    values: Array,
    near: Array,
    missed: Array,
    data: Array,
    io: Array,
    rates: Array,
    mode: int,
) -> int:
    """Write or read ``gaps`` (m,) and ``values`` (n, 2); return the bytes written.

    ``near`` (n, 2): the earlier values that the mean of predicts a value; -1: none. ``missed`` (n,)
    is scratch. ``io[BAD]`` is set if the stream cannot be right or did not fit.
    """
    states = np.zeros((PER_CLASS * CLASSES, 2), np.int64)
    states[:, 0] = 32768
    begin(io, data, mode)
    for i in range(len(gaps)):
        gaps[i] = number(io, data, states, rates, 0, gaps[i])
        if io[BAD]:
            return 0
    for i in range(len(values)):
        a, b = near[i, 0], near[i, 1]
        before = 4
        if a >= 0:
            before = class_of(missed[a])
        total = 0
        for k in range(2):
            guess = 0
            if a >= 0:
                guess = values[a, k] if b < 0 else (values[a, k] + values[b, k]) >> 1
            base = PER_CLASS * (1 + 5 * k + before)
            found = number(io, data, states, rates, base, values[i, k] - guess)
            values[i, k] = found + guess
            total += abs(found)
            if io[BAD] or abs(values[i, k]) > 4096:
                io[BAD] = 1
                return 0
        missed[i] = total
    return 0 if io[MODE] == DECODING else finish(io, data)
