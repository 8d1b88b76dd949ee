"""How far a network's answer is trusted: from the spread of its distribution, and from hints.

With q the distribution at a pixel over bins of 10 x 10 units of a* and b*, p the answer there,

    s^2 = sum_i q_i |bin_i - p|^2 - 2 * 10^2 / 12

is the mean square distance of the colours that the network thinks possible, without the width of a
bin; sigma = scale * sqrt(s^2 / 2 + floor^2) is the predicted standard deviation of the error in
a* and in b*. Half of the errors |ab - p| should lie below ``half`` sigma and nine of ten below
``nine`` sigma: 1.177 and 2.146 for Gaussian errors. The four numbers are fitted on pictures by
``python -m benchmarks.neural calibrate`` and lie in ``calibration.json``.

The confidence is k = strength (10 / sigma)^power (2 is what the statistics of independent errors
want); where a hint is near, what flows from it is better than a guess, and k is multiplied by d^2 /
(d^2 + near^2), d the distance to the nearest hint. A photo with more pixels than the network's
picture gets as much smaller k, so that the answer acts over the same part of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from varcolor.typing import BoolArray, FloatArray

_FILE = "calibration.json"
#: Width of a bin.
_WIDTH = 10.0
#: sigma at which the confidence is ``strength``, in units of a* and b*.
UNIT = 10.0
#: Beyond these sigma says no more: the solve needs some confidence, and no guess is exact.
_BOUNDS = 2.0, 50.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn spreads into errors."""

    scale: float
    floor: float
    half: float
    nine: float


@cache
def calibration() -> Calibration:
    """Return the numbers that come with varcolor."""
    text = (resources.files("varcolor.neural") / _FILE).read_text(encoding="utf-8")
    data = json.loads(text)
    return Calibration(*(float(data[key]) for key in ("scale", "floor", "half", "nine")))


def spread(shares: FloatArray, bins: FloatArray, ab: FloatArray) -> FloatArray:
    """Return s^2 (h, w), at least 0.

    Parameters
    ----------
    shares : ndarray, shape (h, w, B)
        The distribution.
    bins : ndarray, shape (B, 2)
        a*, b* of the bins.
    ab : ndarray, shape (h, w, 2)
        The answer at the cells.
    """
    square = shares @ (bins**2).sum(axis=1)
    cross = ((shares @ bins) * ab).sum(axis=2)
    total = shares.sum(axis=2)
    around = square - 2 * cross + total * (ab**2).sum(axis=2)
    squares = around / np.maximum(total, 1e-12) - 2 * _WIDTH**2 / 12
    return np.asarray(np.maximum(squares, 0.0))


def deviation(squares: FloatArray, own: Calibration | None = None) -> FloatArray:
    """Return sigma of s^2."""
    c = calibration() if own is None else own
    return np.asarray(c.scale * np.sqrt(squares / 2 + c.floor**2))


def trust(
    sigma: FloatArray, hinted: BoolArray, strength: float, power: float, near: float
) -> FloatArray:
    """Return confidences (h, w).

    Parameters
    ----------
    sigma : ndarray, shape (h, w)
        Predicted standard deviation.
    hinted : ndarray of bool, shape (h, w)
        Pixels with a hint.
    strength : float
        Confidence at sigma = 10.
    power : float
        How fast it grows with certainty.
    near : float
        Distance from a hint, in pixels of the network, at which it is halved; 0: none has a say.
    """
    k = strength * (UNIT / np.clip(sigma, *_BOUNDS)) ** power
    if near and hinted.any():
        from scipy.ndimage import distance_transform_edt

        square = np.asarray(distance_transform_edt(~hinted)) ** 2
        k = k * (square / (square + near**2))
    return np.asarray(k)
