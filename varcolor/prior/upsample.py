"""From a coarse grid to the photo's pixels, following the photo's luma.

Around every cell the coarse picture is a linear function of the luma, p = a L + b, by least squares
over a window; a and b are averaged, interpolated bilinearly, and applied to the photo's own luma.

Reference: K. He, J. Sun, "Fast guided filter", 2015 (arXiv 1505.00996), sections 2 and 3.
"""

from __future__ import annotations

import numpy as np

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
    result = np.empty((*shape, values.shape[2]))
    for k in range(values.shape[2]):
        plane = values[..., k]
        level = mean(plane)
        slope = (mean(coarse * plane) - middle * level) / (variance + _FLAT)
        offset = mean(level - slope * middle)
        full = resized(mean(slope), shape)
        full *= luma
        full += resized(offset, shape)
        np.clip(full, plane.min(), plane.max(), out=result[..., k])
    return result
