"""HaarPSI, the Haar wavelet-based perceptual similarity index.

On Y, I, Q in 0..255, means of 2 x 2 pixels. g_j are the Haar responses of Y at scale j = 1, 2, 3
(side 2^j, weights +-2^-j), in both directions k; S(x, y) = (2 x y + C) / (x^2 + y^2 + C), C = 30:

    local_k = (S(|g_1|, |g'_1|) + S(|g_2|, |g'_2|)) / 2,   weight_k = max(|g_3|, |g'_3|)
    local_c = (S(|I|, |I'|) + S(|Q|, |Q'|)) / 2,           weight_c = (weight_1 + weight_2) / 2

with I, Q averaged once more over 2 x 2; with l(x) = 1 / (1 + exp(-a x)), a = 4.2,

    HaarPSI = (l^-1(sum l(local) weight / sum weight))^2.

Two grey pictures have no chroma terms. 1 if identical. Without any structure (both black) all
weights are 0; then every place counts the same. Outside counts as black, so any size will do.
No masks.

References
----------
R. Reisenhofer, S. Bosse, G. Kutyniok, T. Wiegand, "A Haar wavelet-based perceptual similarity
index for image quality assessment", 2018.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.similarity.yiq import YIQ, opponent, similarity
from varcolor.typing import FloatArray

_C = 30.0
_ALPHA = 4.2


def _placed(values: FloatArray, weights: FloatArray, axis: int) -> FloatArray:
    """Convolve with an even kernel; outside is 0; element i sees i - n/2 + 1 … i + n/2."""
    from scipy import ndimage

    placed: FloatArray = ndimage.convolve1d(values, weights, axis=axis, mode="constant")
    return placed


def _haar(luma: FloatArray, scale: int, axis: int) -> FloatArray:
    """Return |Haar responses|: a step along ``axis``, a mean across it."""
    side = 2**scale
    step = np.repeat([-1.0, 1.0], side // 2)
    return np.abs(_placed(_placed(luma, step, axis), np.full(side, 1 / side), 1 - axis))


def _chroma(plane: FloatArray) -> FloatArray:
    half = np.array([0.5, 0.5])
    return np.abs(_placed(_placed(plane, half, 0), half, 1))


def _logistic(values: FloatArray) -> FloatArray:
    logistic: FloatArray = 1 / (1 + np.exp(-_ALPHA * values))
    return logistic


@metric("haarpsi", "", "higher", masks=False)
def haarpsi(pair: Pair) -> float:
    """HaarPSI (Reisenhofer et al. 2018), 0 to 1; 1 if identical."""
    gray = pair.reference.is_gray and pair.result.is_gray
    matrix = YIQ[:1] if gray else YIQ
    first, second = (opponent(p, matrix, 2) for p in (pair.reference, pair.result))
    weights, locals_ = [], []
    for axis in (0, 1):
        fine = [similarity(_haar(first[0], j, axis), _haar(second[0], j, axis), _C) for j in (1, 2)]
        locals_.append((fine[0] + fine[1]) / 2)
        weights.append(np.maximum(_haar(first[0], 3, axis), _haar(second[0], 3, axis)))
    if not gray:
        i, q = (similarity(_chroma(first[k]), _chroma(second[k]), _C) for k in (1, 2))
        locals_.append((i + q) / 2)
        weights.append((weights[0] + weights[1]) / 2)
    weight = np.stack(weights)
    if not weight.any():
        weight = np.ones_like(weight)
    mean = float((_logistic(np.stack(locals_)) * weight).sum() / weight.sum())
    return min((math.log(mean / (1 - mean)) / _ALPHA) ** 2, 1.0)  # 1 + rounding if identical
