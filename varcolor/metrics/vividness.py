"""How colourful a picture is: colourfulness and saturation.

Colourfulness, on levels 0..255, with rg = R - G and yb = (R + G) / 2 - B, s the standard
deviation (population) and m the mean of each:

    M = sqrt(s_rg^2 + s_yb^2) + 0.3 sqrt(m_rg^2 + m_yb^2)

0 is grey, about 15 slightly, 45 quite, 110 extremely colourful. (Some programs take |rg| and |yb|
first, which gives other numbers.) Saturation is the mean of (max - min) / max over R, G, B, 0 for
black. Both describe the result alone; their differences are result less reference, so that a
negative value means duller. Any picture has them, and a mask restricts them.

References
----------
D. Hasler, S. Süsstrunk, "Measuring colorfulness in natural images", 2003. A. R. Smith, "Color
gamut transform pairs", 1978 (the S of HSV).
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.typing import Array, FloatArray


def _colourfulness(pair: Pair) -> tuple[float, float]:
    count, sums = 0, np.zeros((2, 4))
    for both in pair.blocks("rgb"):
        count += len(both[0])
        for row, rgb in enumerate(both):
            red, green, blue = 255 * rgb.T
            rg, yb = red - green, (red + green) / 2 - blue
            sums[row] += rg.sum(), yb.sum(), np.vdot(rg, rg), np.vdot(yb, yb)
    first, second = (_from_sums(total / count) for total in sums)
    return first, second


def _from_sums(means: FloatArray) -> float:
    rg, yb, square_rg, square_yb = (float(value) for value in means)
    spread = max(square_rg - rg**2 + square_yb - yb**2, 0.0)
    return math.sqrt(spread) + 0.3 * math.hypot(rg, yb)


def _saturation(pair: Pair) -> tuple[float, float]:
    count, first, second = 0, 0.0, 0.0
    for a, b in pair.blocks("rgb"):
        count += len(a)
        first, second = first + _total(a), second + _total(b)
    return first / count, second / count


def _total(rgb: Array) -> float:
    high = rgb.max(axis=-1)
    return float((1 - rgb.min(axis=-1) / np.where(high > 0, high, 1))[high > 0].sum())


@metric("colourfulness", "levels", "none")
def colourfulness(pair: Pair) -> float:
    """Colourfulness of the result (Hasler & Süsstrunk 2003); 0 is grey, 110 extreme."""
    return _colourfulness(pair)[1]


@metric("colourfulness_difference", "levels", "zero")
def colourfulness_difference(pair: Pair) -> float:
    """Colourfulness (Hasler & Süsstrunk 2003) of the result less that of the reference."""
    first, second = _colourfulness(pair)
    return second - first


@metric("saturation", "", "none")
def saturation(pair: Pair) -> float:
    """Mean HSV saturation of the result, 0 to 1."""
    return _saturation(pair)[1]


@metric("saturation_difference", "", "zero")
def saturation_difference(pair: Pair) -> float:
    """Mean HSV saturation of the result less that of the reference."""
    first, second = _saturation(pair)
    return second - first
