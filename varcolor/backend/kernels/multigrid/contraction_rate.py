"""Contraction rate rho of every pixel: the smaller of the last two ratios of z to z before.

``ratio_history`` (1, H + 2, W + 2) uint16 keeps of every pixel z of the step before, of the channel
where it was larger: the upper 12 bits of a float32, and one that says which channel. The last three
bits are a class k of the ratio of z to the one before that: below 0.5 + k / 10, or 7 if it has
grown.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, SHORT3, kernel
from varcolor.backend.kernels.bfloat16 import abs_max, from_bf16, from_bits, to_bf16
from varcolor.typing import Array

#: The largest ratio that is believed in, and stands for one that is not known.
MOST = np.float32(0.9)
#: A z that has grown is not what lasts but something new, of which this ratio is believed.
GROWN, AT_MOST = np.float32(1.1), np.float32(0.7)
#: A ratio_history of which nothing is known.
UNKNOWN = 6
_FIRST, _PART = np.float32(0.5), np.float32(0.1)
_ZERO, _ONE, _HIGHEST = np.float32(0), np.float32(1), np.float32(7)


@kernel(f"float64({A3}, {SHORT3}, {A2}, {ROW}, {ROW})")
def error_indicator(z: Array, ratio_history: Array, slope: Array, top: int, bottom: int) -> float:
    """Return the largest slope |z| / (1 - rho), and keep z in the history.

    rho is the smaller one of a pixel's last two ratios.
    """
    share, most = np.zeros((2, z.shape[2]), np.float32), np.int32(0)
    for row in range(top, bottom):
        one, two, codes = z[0, row], z[1, row], ratio_history[0, row]
        for c in range(codes.shape[0]):
            code = codes[c]
            before, old = from_bf16(code & 0xFFF0), np.float32(code & 7)
            now = two[c] if code & 8 else one[c]
            ratio = now / before if before != _ZERO else MOST
            limit = AT_MOST if ratio > GROWN or old == _HIGHEST else MOST
            rho = max(min(ratio, _FIRST + _PART * old, limit), _ZERO)
            share[0, c], share[1, c] = one[c] / (_ONE - rho), two[c] / (_ONE - rho)
            kind = min(max((ratio - _FIRST + _PART) / _PART, _ZERO), _HIGHEST)
            second = abs(two[c]) > abs(one[c])
            code = to_bf16(two[c] if second else one[c]) & 0xFFF0
            codes[c] = code | (8 if second else 0) | int(kind)
        most = abs_max(most, slope, share[0], share[1])
    found: float = from_bits(most)
    return found
