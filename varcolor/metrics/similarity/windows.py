"""Sliding windows: separable filters of which only the whole windows are kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from varcolor.image.luma import row_blocks
from varcolor.typing import Array, FloatArray


def gaussian(size: int, sigma: float) -> FloatArray:
    """Return the weights of a Gaussian window of ``size`` pixels, summing to 1."""
    at = np.arange(size) - (size - 1) / 2
    weights: FloatArray = np.exp(-0.5 * (at / sigma) ** 2)
    weights /= weights.sum()
    return weights


def box(size: int) -> FloatArray:
    """Return the weights of a box window."""
    return np.full(size, 1 / size)


def filtered(values: Array, weights: FloatArray) -> FloatArray:
    """Return the weighted means of all whole windows, (H - n + 1, W - n + 1), in float64."""
    count = len(weights)
    before = count // 2
    after = count - 1 - before
    down: Array = ndimage.correlate1d(values, weights, axis=0, output=np.float64)
    down = down[before : down.shape[0] - after]
    across: FloatArray = ndimage.correlate1d(down, weights, axis=1)
    return across[:, before : across.shape[1] - after]


def bands(
    first: Array, second: Array, count: int
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Cut two planes into bands that together hold every window of ``count`` rows once.

    Yields the rows of the window map that a band makes, and both bands in float64.
    """
    height, width = first.shape
    for rows in row_blocks(height - count + 1, 4 * width):
        source = slice(rows.start, rows.stop + count - 1)
        yield rows, first[source].astype(np.float64), second[source].astype(np.float64)


Moments = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


def moments(x: FloatArray, y: FloatArray, weights: FloatArray) -> Moments:
    """Return means, variances (population) and covariance in every window."""
    mean_x, mean_y = filtered(x, weights), filtered(y, weights)
    return (
        mean_x,
        mean_y,
        filtered(x * x, weights) - mean_x**2,
        filtered(y * y, weights) - mean_y**2,
        filtered(x * y, weights) - mean_x * mean_y,
    )


def centred(mask: Array | None, count: int) -> Array | None:
    """Return the part of a mask that belongs to the window map: a window's pixel is its centre."""
    if mask is None:
        return None
    before = count // 2
    after = count - 1 - before
    height, width = mask.shape
    return mask[before : height - after, before : width - after]
