"""scikit-image's random walker as label propagation: probabilities times colours.

The cues' chroma is reduced to a few labels by k-means (the walker solves one system per label);
every pixel gets the mean of the labels' colours, weighted with its probabilities.
Reference: L. Grady, "Random walks for image segmentation", PAMI 2006.
"""

from __future__ import annotations

import warnings

import numpy as np

import varcolor as vc
from benchmarks.rivals.common import cue_pictures, merged
from varcolor.typing import FloatArray

MOST_LABELS = 12
BETA = 800.0


def random_walker(gray: FloatArray, cues: vc.Cues, beta: float = BETA) -> FloatArray:
    """Propagate up to 12 colours with ``skimage.segmentation.random_walker``."""
    from scipy.cluster.vq import kmeans2
    from skimage.segmentation import random_walker as walk

    mask, chroma = cue_pictures(cues)
    colors = chroma[mask]
    count = min(MOST_LABELS, len(np.unique(colors, axis=0)))
    if count < 2:
        constant = colors.mean(axis=0) if count else np.zeros(2)
        return merged(gray, np.broadcast_to(constant, chroma.shape))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, member = kmeans2(colors, count, minit="++", rng=0)
        _, member = np.unique(member, return_inverse=True)
        if member.max() == 0:
            return merged(gray, np.broadcast_to(colors.mean(axis=0), chroma.shape))
        labels = np.zeros(mask.shape, int)
        labels[mask] = member + 1
        # The walker divides luma differences by their standard deviation: beta is relative to it.
        beta *= float(gray.std()) ** 2 * 10
        chance = walk(gray, labels, beta=beta, mode="cg_mg", tol=1e-3, return_full_prob=True)
    centres = np.stack([colors[member == k].mean(axis=0) for k in range(member.max() + 1)])
    filled = np.moveaxis(np.asarray(chance), 0, -1) @ centres
    filled[mask] = chroma[mask]
    return merged(gray, filled)
