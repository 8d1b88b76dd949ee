"""Main colours by weighted k-means in Oklab.

E = sum_n w_n min_k |x_n - c_k|^2, with lightness counted a half, from centres that are chosen one
after the other, each where w |x - c|^2 is largest: no random numbers, and so one answer for a
picture. The weights are square roots of the colours' shares, so that small vivid parts have a say.

Reference: S. Lloyd, "Least squares quantization in PCM", 1982; M. Celebi, "Improving the
performance of k-means for color quantization", Image and Vision Computing 2011, for weighted
colours of a histogram.
"""

from __future__ import annotations

import numpy as np

from varcolor.typing import Array, FloatArray

_ROUNDS = 50
_SETTLED = 1e-6
#: What lightness counts beside chroma.
_SCALE = np.array([0.5, 1.0, 1.0])


def kmeans(colors: FloatArray, shares: FloatArray, count: int) -> FloatArray:
    """Return at most ``count`` centres (K, 3) of colours (N, 3) with shares (N,)."""
    weight, colors = np.sqrt(shares), colors * _SCALE
    centers = [colors[np.argmax(shares)]]
    distance = ((colors - centers[0]) ** 2).sum(axis=1)
    while len(centers) < min(count, len(colors)):
        far = int(np.argmax(weight * distance))
        if distance[far] < _SETTLED:
            break
        centers.append(colors[far])
        distance = np.minimum(distance, ((colors - colors[far]) ** 2).sum(axis=1))
    return np.asarray(lloyd(colors, weight, np.array(centers), _ROUNDS) / _SCALE)


def lloyd(points: FloatArray, weight: FloatArray, centers: FloatArray, rounds: int) -> FloatArray:
    """Return centres (K, D) of points (N, D) with weights (N,), found from ``centers``.

    Points go to the centre that is nearest, and centres to the mean of their points, for at most
    so many rounds; a centre without points stays.
    """
    found = centers
    for _ in range(rounds):
        label = _closest(points, found)
        total = np.bincount(label, weight, len(found))
        moved = found.copy()
        for k in range(points.shape[1]):
            sums = np.bincount(label, weight * points[:, k], len(found))
            moved[:, k] = np.where(total > 0, sums / np.maximum(total, 1e-300), found[:, k])
        settled = np.abs(moved - found).max() < _SETTLED
        found = moved
        if settled:
            break
    return found


def nearest(colors: FloatArray, centers: FloatArray) -> Array:
    """Return the index (N,) of the centre (K, 3) that is nearest to each colour (N, 3)."""
    return _closest(colors * _SCALE, centers * _SCALE)


def _closest(colors: FloatArray, centers: FloatArray) -> Array:
    squares = (centers**2).sum(axis=1) - 2 * colors @ centers.T
    return np.asarray(np.argmin(squares, axis=1))
