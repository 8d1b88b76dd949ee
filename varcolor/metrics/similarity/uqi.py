"""The universal quality index: SSIM's ancestor, without constants.

In every whole window of 8 x 8 pixels, with means m, variances v and covariance c:

    Q = 4 c m_x m_y / ((v_x + v_y) (m_x^2 + m_y^2))

UQI = mean of Q over the windows, and over the channels. As in the authors' program, a window
without any variance has Q = 2 m_x m_y / (m_x^2 + m_y^2), and Q = 1 if it is black in both.
Identical pictures give 1. Below 8 x 8 pixels: InputError. A mask chooses windows by their centre.

References
----------
Z. Wang, A. C. Bovik, "A universal image quality index", 2002.
"""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.planes import Over
from varcolor.metrics.similarity.windows import bands, box, centred, moments
from varcolor.typing import Array, FloatArray

_SIZE = 8
#: Variances below it are rounding noise; one 16-bit level in a window makes 3.6e-12.
_NO_VARIANCE = 1e-14


def _quality(a: FloatArray, b: FloatArray, size: int) -> FloatArray:
    mean_a, mean_b, var_a, var_b, shared = moments(a, b, box(size))
    means = mean_a**2 + mean_b**2
    spread = var_a + var_b
    quality: FloatArray = np.ones_like(means)
    np.divide(2 * mean_a * mean_b, means, out=quality, where=means > 0)
    varied = (spread > _NO_VARIANCE) & (means > 0)
    np.multiply(quality, 2 * shared / np.where(varied, spread, 1), out=quality, where=varied)
    return quality


def uqi_of_plane(x: Array, y: Array, mask: Array | None = None, size: int = _SIZE) -> float:
    """Return the index of two planes with values in 0..1.

    Raises
    ------
    InputError
        If no window has its centre in the mask.
    """
    kept = centred(mask, size)
    total, count = 0.0, 0
    for rows, a, b in bands(x, y, size):
        quality = _quality(a, b, size)
        chosen = quality if kept is None else quality[kept[rows]]
        total += float(chosen.sum())
        count += chosen.size
    if count == 0:
        raise InputError(f"uqi: no window of {size} x {size} pixels has its centre in the mask")
    return total / count


def _uqi(pair: Pair, over: Over, name: str) -> float:
    pair.require(_SIZE, name)
    return float(np.mean([uqi_of_plane(x, y, pair.mask) for x, y in pair.channels(over)]))


@metric("uqi", "", "higher")
def uqi(pair: Pair) -> float:
    """Universal quality index (Wang & Bovik 2002), mean over R, G and B; 1 if identical."""
    return _uqi(pair, "rgb", "uqi")


@metric("uqi_luma", "", "higher")
def uqi_luma(pair: Pair) -> float:
    """Universal quality index (Wang & Bovik 2002) of the BT.601 luma; 1 if identical."""
    return _uqi(pair, "luma", "uqi_luma")
