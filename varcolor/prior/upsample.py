"""From a coarse grid to the photo's pixels, following the photo's luma.

Around every cell the coarse picture is a linear function of the luma, p = a L + b, by least squares
over a window; a and b are averaged, interpolated bilinearly, and applied to the photo's own luma.

Reference: K. He, J. Sun, "Fast guided filter", 2015 (arXiv 1505.00996), sections 2 and 3.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.thread_pool import Team
from varcolor.image.luma import row_blocks
from varcolor.prior.features import resized
from varcolor.typing import FloatArray

#: Cells beside the centre of a window.
_RADIUS = 1
#: Variance of luma that a slope needs to be believed.
_FLAT = 1e-3


def guided(values: FloatArray, coarse: FloatArray, luma: FloatArray) -> FloatArray:
    """Return a coarse picture at the size of the photo.

    Parameters
    ----------
    values : ndarray, shape (h, w, C)
        On the grid.
    coarse : ndarray, shape (h, w)
        Luma on the grid, 0..1.
    luma : ndarray, shape (H, W)
        Luma of the photo.

    Returns
    -------
    ndarray, shape (H, W, C)
        Within the range of ``values``; ``values`` themselves if the sizes are equal.
    """
    from scipy.ndimage import uniform_filter

    shape = (luma.shape[0], luma.shape[1])
    if coarse.shape == shape:
        return values

    def mean(plane: FloatArray) -> FloatArray:
        return np.asarray(uniform_filter(plane, 2 * _RADIUS + 1, mode="nearest"))

    middle = mean(coarse)
    variance = np.maximum(mean(coarse * coarse) - middle**2, 0)
    lines: list[tuple[FloatArray, FloatArray, float, float]] = []
    for k in range(values.shape[2]):
        plane = values[..., k]
        level = mean(plane)
        slope = (mean(coarse * plane) - middle * level) / (variance + _FLAT)
        both = (mean(slope), mean(level - slope * middle))
        one, other = (resized(own, (len(coarse), shape[1])) for own in both)
        lines.append((one, other, float(plane.min()), float(plane.max())))
    result = np.empty((*shape, values.shape[2]))

    def rows(top: int, bottom: int) -> None:
        for k, (slope, offset, low, high) in enumerate(lines):
            part = _taller(slope, shape[0], top, bottom)
            part *= luma[top:bottom]
            part += _taller(offset, shape[0], top, bottom)
            result[top:bottom, :, k] = np.clip(part, low, high)

    Team().run(rows, [(part.start, part.stop) for part in row_blocks(*shape)])
    return result


def _taller(values: FloatArray, height: int, top: int, bottom: int) -> FloatArray:
    """Return rows ``top`` to ``bottom`` of a picture (h, W) stretched to a height, bilinearly."""
    at = (np.arange(top, bottom) + 0.5) * (len(values) / height) - 0.5
    at = np.clip(at, 0, len(values) - 1)[:, None]
    above = np.minimum(at.astype(np.int64), max(len(values) - 2, 0))[:, 0]
    below = np.minimum(above + 1, len(values) - 1)
    part = at - above[:, None]
    result: FloatArray = values[below]
    result -= values[above]
    result *= part
    result += values[above]
    return result
