"""MDSI, the mean deviation similarity index.

On levels 0..255, shrunk so that the short side is about 256, with L luma, H = .3 R + .04 G - .35 B
and M = .34 R - .6 G + .17 B, Prewitt gradients G of the reference (r), the result (d) and of their
mean luma (f), and S(x, y; c) = (2 x y + c) / (x^2 + y^2 + c):

    GS = S(G_r, G_d; 140) + S(G_d, G_f; 55) - S(G_r, G_f; 55)
    CS = (2 (H_r H_d + M_r M_d) + 550) / (H_r^2 + H_d^2 + M_r^2 + M_d^2 + 550)
    s = .6 GS + .4 CS,   MDSI = (mean |s^(1/4) - mean s^(1/4)|)^(1/4)

A negative s has a complex root (the principal one), whose modulus counts, as in the authors'
program. 0 if identical: smaller is better. Outside counts as black, so any size will do; one
pixel deviates from its own mean by 0. No masks.

References
----------
H. Z. Nafchi, A. Shahkolaei, R. Hedjam, M. Cheriet, "Mean deviation similarity index: efficient
and reliable full-reference image quality evaluator", 2016.
"""

from __future__ import annotations

import numpy as np

from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.similarity.yiq import opponent, similarity, viewing_factor
from varcolor.typing import FloatArray

_LHM = np.array([[0.2989, 0.5870, 0.1140], [0.30, 0.04, -0.35], [0.34, -0.60, 0.17]])


def _steepness(plane: FloatArray) -> FloatArray:
    """Return the modulus of the Prewitt gradient; outside is 0."""
    from scipy import ndimage

    total = np.zeros_like(plane)
    for axis in (0, 1):
        mean = ndimage.convolve1d(plane, [1 / 3] * 3, axis=1 - axis, mode="constant")
        total += ndimage.convolve1d(mean, [1, 0, -1], axis=axis, mode="constant") ** 2
    return np.sqrt(total)


@metric("mdsi", "", "lower", masks=False)
def mdsi(pair: Pair) -> float:
    """MDSI (Nafchi et al. 2016), colours and gradients in one; 0 if identical."""
    factor = viewing_factor(pair.shape)
    l1, h1, m1 = opponent(pair.reference, _LHM, factor)
    l2, h2, m2 = opponent(pair.result, _LHM, factor)
    steep1, steep2, fused = _steepness(l1), _steepness(l2), _steepness((l1 + l2) / 2)
    gradients = (
        similarity(steep1, steep2, 140)
        + similarity(steep2, fused, 55)
        - similarity(steep1, fused, 55)
    )
    colours = (2 * (h1 * h2 + m1 * m2) + 550) / (h1**2 + h2**2 + m1**2 + m2**2 + 550)
    root = (0.6 * gradients + 0.4 * colours).astype(np.complex128) ** 0.25
    return float(np.abs(root - root.mean()).mean() ** 0.25)
