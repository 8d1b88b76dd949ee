"""Adaptive binary range coding with mixed contexts: integers only, the same on every machine.

A decision is coded with four contexts. Each has a probability (of a one, 16 bits) and a count of
how sure it is; both start from trained priors. Their logits are added with trained weights to the
probability that the range coder uses.

``states`` (contexts, 2) int64: probability and count. ``weights`` (kinds, 4) int64, 16.16 fixed
point. ``curves`` (2, 4096) int64: logit of a probability k/4096, times 256; and probability (16
bits) of the logit k - 2048. ``rates`` (256,) int64: 65536 / (count + 1.6).

``io`` (8,) int64: the ends of the range, the value that is read, the position in ``data``, the
mode, and the number of decisions that ``log`` holds.

Reference: binary arithmetic coding with logistic mixing as in M. Mahoney, "Adaptive weighing of
context models for lossless data compression", 2005.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper
from varcolor.typing import Array

#: Columns of io.
LOW, HIGH, VALUE, AT, MODE, LOGGED, BAD = range(7)
DECODING, ENCODING = 0, 1
#: Contexts of one input of one kind; inputs of a decision.
SLOT, INPUTS = 1024, 4
#: Highest count: a state never adapts more slowly than 1 / (LIMIT + 1.6).
LIMIT = 120
#: Bytes that may be read beyond the end, where zeros are found.
BEYOND = 4


@helper
def probability(states: Array, weights: Array, curves: Array, ctx: Array) -> int:
    """Return the probability of a one, 32 to 65504, of the decision ``ctx`` (4 contexts, kind)."""
    total = 0
    for i in range(INPUTS):
        total += weights[ctx[4], i] * curves[0, states[ctx[i], 0] >> 4]
    logit = min(max(total >> 16, -2047), 2047)
    chance: int = curves[1, logit + 2048]
    return chance


@helper
def learn(states: Array, rates: Array, ctx: Array, bit: int) -> None:
    """Move the four states towards the bit."""
    for i in range(INPUTS):
        state = states[ctx[i]]
        target = 65535 if bit else 0
        state[0] += ((target - state[0]) * rates[state[1]]) >> 16
        state[1] = min(state[1] + 1, LIMIT)


@helper
def begin(io: Array, data: Array, mode: int) -> None:
    """Start to write or read ``data`` (uint8)."""
    io[:] = 0
    io[HIGH], io[MODE] = 0xFFFFFFFF, mode
    if mode == DECODING:
        for _ in range(4):
            shift_in(io, data)


@helper
def shift_in(io: Array, data: Array) -> None:
    """Read a byte into the value; zeros follow the end."""
    byte = np.int64(data[io[AT]]) if io[AT] < len(data) else np.int64(0)
    io[VALUE] = ((io[VALUE] << 8) | byte) & 0xFFFFFFFF
    io[AT] += 1
    if io[AT] > len(data) + BEYOND:
        io[BAD] = 1


@helper
def code_bit(io: Array, data: Array, chance: int, bit: int) -> int:
    """Code one bit of which a one has the chance ``chance`` / 65536; return it."""
    middle = io[LOW] + ((io[HIGH] - io[LOW]) * chance >> 16)
    if io[MODE] == DECODING:
        bit = 1 if io[VALUE] <= middle else 0
    if bit:
        io[HIGH] = middle
    else:
        io[LOW] = middle + 1
    while (io[LOW] ^ io[HIGH]) < (1 << 24):
        if io[MODE] == DECODING:
            shift_in(io, data)
        else:
            if io[AT] < len(data):
                data[io[AT]] = io[HIGH] >> 24
            else:
                io[BAD] = 1
            io[AT] += 1
        io[LOW] = (io[LOW] << 8) & 0xFFFFFFFF
        io[HIGH] = ((io[HIGH] << 8) & 0xFFFFFFFF) | 255
    return bit


@helper
def finish(io: Array, data: Array) -> int:
    """Write the fewest bytes that decode right when zeros follow; return the length."""
    for count in range(5):
        mask = (1 << (32 - 8 * count)) - 1
        value = (io[LOW] + mask) & ~mask
        if value <= io[HIGH]:
            for k in range(count):
                if io[AT] < len(data):
                    data[io[AT]] = (value >> (24 - 8 * k)) & 255
                else:
                    io[BAD] = 1
                io[AT] += 1
            break
    length: int = min(io[AT], len(data))
    while length > 0 and data[length - 1] == 0:
        length -= 1
    return length
