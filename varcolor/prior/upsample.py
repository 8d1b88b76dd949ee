"""From a coarse grid to the photo's pixels, following the photo's luma.

Around every cell the coarse picture is a linear function of the luma, p = a L + b, by least squares
over a window; a and b are averaged, interpolated bilinearly, and applied to the photo's own luma.

Reference: K. He, J. Sun, "Fast guided filter", 2015 (arXiv 1505.00996), sections 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.backend.thread_pool import Team
from varcolor.image.luma import row_blocks
from varcolor.prior.features import resized
from varcolor.typing import FloatArray, Shape

#: Cells beside the centre of a window.
_RADIUS = 1
#: Variance of luma that a slope needs to be believed.
_FLAT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """A coarse picture as linear functions of the luma."""

    slope: FloatArray
    """(h, w, C): a."""
    offset: FloatArray
    """(h, w, C): b."""
    low: FloatArray
    """(C,): the least value; results do not go below."""
    high: FloatArray
    """(C,): the largest value."""

    @classmethod
    def of(cls, values: FloatArray, coarse: FloatArray) -> Lines:
        """Return those of a coarse picture (h, w, C) and the luma (h, w) there."""
        from scipy.ndimage import uniform_filter

        def mean(plane: FloatArray) -> FloatArray:
            return np.asarray(uniform_filter(plane, 2 * _RADIUS + 1, mode="nearest"))

        middle = mean(coarse)
        variance = np.maximum(mean(coarse * coarse) - middle**2, 0)
        slopes, offsets = np.empty_like(values), np.empty_like(values)
        for k in range(values.shape[2]):
            plane = values[..., k]
            level = mean(plane)
            slope = (mean(coarse * plane) - middle * level) / (variance + _FLAT)
            slopes[..., k], offsets[..., k] = mean(slope), mean(level - slope * middle)
        return cls(slopes, offsets, values.min(axis=(0, 1)), values.max(axis=(0, 1)))

    def window(self, luma: FloatArray, place: tuple[slice, slice], shape: Shape) -> FloatArray:
        """Return a window (H', W', C) of the picture that `guided` returns at a size.

        Parameters
        ----------
        luma : ndarray, shape (H', W')
            Of the photo in the window.
        place : (slice, slice)
            Rows and columns of the window.
        shape : (int, int)
            Of the photo.
        """
        result = np.empty((*luma.shape, self.slope.shape[2]))
        for k in range(self.slope.shape[2]):
            part, offset = (
                _taller(_taller(own[..., k], shape[0], place[0]).T, shape[1], place[1]).T
                for own in (self.slope, self.offset)
            )
            result[..., k] = np.clip(part * luma + offset, self.low[k], self.high[k])
        return result


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
    shape = (luma.shape[0], luma.shape[1])
    if coarse.shape == shape:
        return values
    own = Lines.of(values, coarse)
    channels = range(values.shape[2])
    wide = [
        [resized(part[..., k], (len(coarse), shape[1])) for part in (own.slope, own.offset)]
        for k in channels
    ]
    result = np.empty((*shape, values.shape[2]))

    def rows(top: int, bottom: int) -> None:
        for k, (slope, offset) in enumerate(wide):
            part = _taller(slope, shape[0], slice(top, bottom))
            part *= luma[top:bottom]
            part += _taller(offset, shape[0], slice(top, bottom))
            result[top:bottom, :, k] = np.clip(part, own.low[k], own.high[k])

    Team().run(rows, [(part.start, part.stop) for part in row_blocks(*shape)])
    return result


def _taller(values: FloatArray, height: int, rows: slice) -> FloatArray:
    """Return some rows of a picture (h, W) stretched to a height, bilinearly."""
    at = (np.arange(rows.start, rows.stop) + 0.5) * (len(values) / height) - 0.5
    at = np.clip(at, 0, len(values) - 1)[:, None]
    above = np.minimum(at.astype(np.int64), max(len(values) - 2, 0))[:, 0]
    below = np.minimum(above + 1, len(values) - 1)
    part = at - above[:, None]
    result: FloatArray = values[below]
    result -= values[above]
    result *= part
    result += values[above]
    return result
