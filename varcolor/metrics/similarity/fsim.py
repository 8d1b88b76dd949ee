"""FSIMc, the feature similarity index for colour pictures.

On Y, I, Q in 0..255, shrunk so that the short side is about 256, with P the phase congruency of Y,
G the modulus of its Scharr gradient, and S(x, y; c) = (2 x y + c) / (x^2 + y^2 + c):

    s = S(P, P'; .85) S(G, G'; 160) (S(I, I'; 200) S(Q, Q'; 200))^.03
    FSIMc = sum s max(P, P') / sum max(P, P')

The real part of the power counts where the product of the chroma terms is negative, as in the
authors' program. 1 if identical. Without any phase congruency (both constant, one pixel) every
place counts the same. No masks.

References
----------
L. Zhang, L. Zhang, X. Mou, D. Zhang, "FSIM: a feature similarity index for image quality
assessment", 2011.
"""

from __future__ import annotations

import numpy as np

from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.similarity.phase import phase_congruency
from varcolor.metrics.similarity.yiq import YIQ, opponent, similarity, viewing_factor
from varcolor.typing import FloatArray


def _steepness(plane: FloatArray) -> FloatArray:
    """Return the modulus of the Scharr gradient; outside is 0."""
    from scipy import ndimage

    total = np.zeros_like(plane)
    for axis in (0, 1):
        mean = ndimage.convolve1d(plane, [3 / 16, 10 / 16, 3 / 16], axis=1 - axis, mode="constant")
        total += ndimage.convolve1d(mean, [1, 0, -1], axis=axis, mode="constant") ** 2
    return np.sqrt(total)


@metric("fsimc", "", "higher", masks=False)
def fsimc(pair: Pair) -> float:
    """FSIMc (Zhang et al. 2011), 0 to 1; 1 if identical."""
    factor = viewing_factor(pair.shape)
    y1, i1, q1 = opponent(pair.reference, YIQ, factor)
    y2, i2, q2 = opponent(pair.result, YIQ, factor)
    phase1, phase2 = phase_congruency(y1), phase_congruency(y2)
    structure = similarity(phase1, phase2, 0.85) * similarity(_steepness(y1), _steepness(y2), 160)
    chroma = (similarity(i1, i2, 200) * similarity(q1, q2, 200)).astype(np.complex128)
    weight = np.maximum(phase1, phase2)
    if not weight.any():
        weight = np.ones_like(weight)
    return float((structure * (chroma**0.03).real * weight).sum() / weight.sum())
