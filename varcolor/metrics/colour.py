"""Differences of colours as people see them: CIEDE2000.

Values near 1 are just noticeable side by side; 2.3 is the usual just noticeable difference in
pictures; above 5 two colours look different. Identical pictures: 0 everywhere; constant, black
and one-pixel pictures are like any other. A mask restricts every statistic.

References
----------
G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", 2005; k_L = k_C = k_H = 1.
"""

from __future__ import annotations

import numpy as np

from varcolor.image.luma import row_blocks
from varcolor.image.picture import Picture, PictureLike
from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair, make_pair
from varcolor.metrics.planes import lab_planes
from varcolor.typing import Array

_DEGREE = np.pi / 180


def delta_e(first: Array, second: Array) -> Array:
    """Return the CIEDE2000 differences of Lab colours (..., 3), in the precision of the input."""
    dtype = np.result_type(first, second, np.float32)
    first, second = np.asarray(first, dtype), np.asarray(second, dtype)
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    # G stretches a* near the neutral axis, so that blues and greys are spaced as seen.
    stretch = 1.5 - 0.5 * _saturating((np.sqrt(a1**2 + b1**2) + np.sqrt(a2**2 + b2**2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.sqrt(a1**2 + b1**2), np.sqrt(a2**2 + b2**2)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)

    turn = h2 - h1
    far = np.abs(turn) > np.pi
    grey = c1 * c2 == 0
    middle = h1 + h2
    # The mean hue of two hues more than half a turn apart lies on the other side of the circle.
    circle = dtype.type(2 * np.pi)
    aside = np.where(middle < circle, circle, -circle)
    hue = np.where(grey, middle, (middle + np.where(far, aside, 0)) / 2)
    # The sine of half the turn changes its sign with a whole turn: the turn needs no wrapping.
    half = np.sin(turn / 2)
    half = np.where(far, -half, half)

    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(hue - 30 * _DEGREE)
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + 6 * _DEGREE)
        - 0.20 * np.cos(4 * hue - 63 * _DEGREE)
    )
    off = (light - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * off / np.sqrt(20 + off))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * half / (1 + 0.015 * chroma * t)
    blue = np.exp(-(((hue / _DEGREE - 275) / 25) ** 2))
    twist = -2 * _saturating(chroma) * np.sin(60 * _DEGREE * blue)
    square = dl**2 + dc**2 + dh**2 + twist * dc * dh
    difference: Array = np.sqrt(np.maximum(square, 0)).astype(dtype)
    return difference


def _saturating(chroma: Array) -> Array:
    """Return sqrt(C^7 / (C^7 + 25^7))."""
    ratio = chroma / 25
    seventh = (ratio * ratio * ratio) ** 2 * ratio
    root: Array = np.sqrt(seventh / (seventh + 1))
    return root


def _hue(a: Array, b: Array) -> Array:
    """Return the hue angle, 0 to 2 pi; 0 for greys."""
    angle = np.arctan2(b, a)
    return np.where(angle < 0, angle + angle.dtype.type(2 * np.pi), angle)


def difference_map(reference: Picture, result: Picture) -> Array:
    """Return the differences of two pictures of one size, (H, W) float32, in bands."""
    difference: Array = np.empty(reference.shape, np.float32)
    # Small bands: two dozen temporaries of a band stay in the processor's cache.
    for rows in row_blocks(reference.shape[0], 16 * reference.shape[1]):
        difference[rows] = delta_e(lab_planes(reference, rows), lab_planes(result, rows))
    return difference


def ciede2000_map(reference: PictureLike, result: PictureLike) -> Array:
    """Return the CIEDE2000 difference of every pixel, (H, W) float32.

    Raises
    ------
    InputError
        If the sizes differ.
    """
    return make_pair(reference, result).difference


@metric("ciede2000", "dE", "lower")
def ciede2000(pair: Pair) -> float:
    """Mean CIEDE2000 difference (Sharma et al. 2005); 0 if identical."""
    return float(pair.chosen(pair.difference).mean(dtype=np.float64))


@metric("ciede2000_median", "dE", "lower")
def ciede2000_median(pair: Pair) -> float:
    """Median of the CIEDE2000 differences; 0 if identical."""
    return float(np.median(pair.chosen(pair.difference)))


@metric("ciede2000_p95", "dE", "lower")
def ciede2000_p95(pair: Pair) -> float:
    """95th percentile (linear interpolation) of the CIEDE2000 differences; 0 if identical."""
    return float(np.percentile(pair.chosen(pair.difference), 95))


def _share_above(pair: Pair, limit: float) -> float:
    return float((pair.chosen(pair.difference) > limit).mean())


@metric("ciede2000_above_1", "", "lower")
def ciede2000_above_1(pair: Pair) -> float:
    """Share of the pixels whose CIEDE2000 difference is above 1; 0 if identical."""
    return _share_above(pair, 1)


@metric("ciede2000_above_2_3", "", "lower")
def ciede2000_above_2_3(pair: Pair) -> float:
    """Share of the pixels whose CIEDE2000 difference is above 2.3; 0 if identical."""
    return _share_above(pair, 2.3)


@metric("ciede2000_above_5", "", "lower")
def ciede2000_above_5(pair: Pair) -> float:
    """Share of the pixels whose CIEDE2000 difference is above 5; 0 if identical."""
    return _share_above(pair, 5)
