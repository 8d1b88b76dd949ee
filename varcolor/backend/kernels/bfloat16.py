"""bfloat16 weights, and maxima of absolute values by the order of their bits.

A bfloat16 is the upper half of a float32, here cut, not rounded: too small by 0.8 % at most.
Absolute values are ordered as their bits are, read as whole numbers, and NaN is above all of them;
that makes their largest one quick to find, and NaN is not missed.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import fast_helper
from varcolor.typing import Array

_BITS = np.uint32(16)


@fast_helper
def to_bf16(x: float) -> int:
    """Return the upper 16 bits of a float32."""
    return np.uint16(np.float32(x).view(np.uint32) >> _BITS)  # type: ignore[return-value]


@fast_helper
def from_bf16(bits: int) -> float:
    """Return the float32 of 16 bits (uint16)."""
    return np.uint32(np.uint32(bits) << _BITS).view(np.float32)  # type: ignore[return-value]


@fast_helper
def round_bf16(x: float) -> float:
    """Return what 16 bits keep of a float32."""
    kept: float = from_bf16(to_bf16(x))
    return kept


@fast_helper
def abs_bits(x: float) -> int:
    """Return the bits (int32) of the absolute value of a float32: they are ordered as it is."""
    return np.float32(abs(x)).view(np.int32)  # type: ignore[return-value]


@fast_helper
def abs_max(bits: int, slope: Array, x: Array, y: Array) -> int:
    """Return ``bits`` or those of the largest entry of ``slope`` (C, 2) times |x| and |y|."""
    for i in range(slope.shape[0]):
        a, b = slope[i, 0], slope[i, 1]
        for c in range(x.shape[0]):
            bits = max(bits, abs_bits(a * abs(x[c]) + b * abs(y[c])))
    return bits


@fast_helper
def from_bits(bits: int) -> float:
    """Return the number that has a `abs_bits`."""
    return np.int32(bits).view(np.float32)  # type: ignore[return-value]
