"""Colour that runs across edges.

With c the a*, b* plane and Y the BT.601 luma of the reference,

    bleeding = mean |grad c_result - grad c_reference|   (Frobenius norm, ab per pixel)

over the pixels within 2 px (Euclidean) of an edge: the top 10 % of |grad Y|, flat pixels never.
Gradients are central differences, one-sided at the border. Identical pictures: 0. A reference
without any luma edge (constant, black, one pixel): InputError. The edges are found in the whole
reference; a mask then restricts the mean.
"""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.typing import Array, BoolArray

_TOP = 0.10
_REACH = 2


def gradient(plane: Array) -> tuple[Array, Array]:
    """Return the derivatives by row and by column; zero along a side of one pixel."""
    down, across = (
        np.gradient(plane, axis=axis) if plane.shape[axis] > 1 else np.zeros_like(plane)
        for axis in (0, 1)
    )
    return down, across


def near_edges(luma: Array) -> BoolArray:
    """Return the pixels within 2 px of the steepest tenth of a luma plane.

    Raises
    ------
    InputError
        If the plane has no edge at all.
    """
    from scipy import ndimage

    down, across = gradient(luma)
    steepness = np.hypot(down, across)
    edges = (steepness >= np.quantile(steepness, 1 - _TOP)) & (steepness > 0)
    if not edges.any():
        raise InputError("bleeding: the reference has no luma edge that colour could cross")
    at = np.arange(-_REACH, _REACH + 1)
    disc = at[:, None] ** 2 + at**2 <= _REACH**2
    near: BoolArray = ndimage.binary_dilation(edges, disc)
    return near


@metric("bleeding", "ab/px", "lower")
def bleeding(pair: Pair) -> float:
    """Mean |grad c_result - grad c_reference| over the pixels near luma edges; 0 if identical.

    InputError if the reference has no luma edge, or none inside the mask.
    """
    luma, _ = next(pair.channels("luma"))
    near = near_edges(luma)
    if pair.mask is not None:
        near &= pair.mask
        if not near.any():
            raise InputError("bleeding: no pixel near a luma edge is in the mask")
    square: Array = np.zeros(pair.shape, np.float32)
    for first, second in pair.channels("ab"):
        for slope in gradient(second - first):
            square += slope**2
    return float(np.sqrt(square[near]).mean(dtype=np.float64))
