"""Colours that sRGB cannot show: chroma is given up, or luma where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from varcolor.backend.base import namespace
from varcolor.image.color import Space
from varcolor.typing import BoolArray, FloatArray

#: Excess over 0..1 that rounding takes care of anyway.
_SLACK = 1e-6
#: Halvings of the scale's interval: the last step is below a tenth of a 16-bit level.
_HALVINGS = 20


def outside(rgb: FloatArray) -> BoolArray:
    """Return which colours (..., 3) lie outside the sRGB cube."""
    beyond = (rgb < -_SLACK) | (rgb > 1 + _SLACK)
    # Faster than the library's own reduction of such short rows.
    return beyond[..., 0] | beyond[..., 1] | beyond[..., 2]


def reduce_chroma(
    space: Space, luma: FloatArray, chroma: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Merge luma and chroma, scaling chroma towards neutral where sRGB ends.

    At constant luma the colours t * chroma, 0 <= t <= 1, start at a grey, which is always inside;
    the largest t that stays inside is found by bisection, or at once in a linear space.

    Parameters
    ----------
    space : Space
        Colour space of luma and chroma.
    luma : ndarray, shape (...)
        Luma, 0..1.
    chroma : ndarray, shape (..., 2)
        Chroma in the units of the space.

    Returns
    -------
    rgb : ndarray, shape (..., 3)
        sRGB colours inside 0..1 (up to 1e-6).
    reduced : ndarray of bool, shape (...)
        Where chroma had to be reduced.
    """
    rgb = space.merge(luma, chroma)
    xp, reduced = namespace(rgb), outside(rgb)
    if xp.any(reduced):
        y, c = luma[reduced], chroma[reduced]
        if space.linear:
            rgb[reduced] = space.merge(y, _largest(y, rgb[reduced])[:, None] * c)
            return rgb, reduced
        part = _bisected(lambda t: outside(space.merge(y, t[:, None] * c)), xp.ones_like(y))
        rgb[reduced] = space.merge(y, part[:, None] * c)
    return rgb, reduced


def lower_luma(space: Space, luma: FloatArray, chroma: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return luma that is lowered by the least amount that lets all of the chroma exist.

    It is lowered where red, green or blue would be above white, until none is. Where one would be
    below black nothing is done: dark pixels stay dark, and black lines black. Chroma that exists
    at no luma is left to `reduce_chroma`.

    Parameters
    ----------
    space : Space
        Colour space of luma and chroma.
    luma : ndarray, shape (...)
        Luma, 0..1.
    chroma : ndarray, shape (..., 2)
        Chroma in the units of the space.

    Returns
    -------
    luma : ndarray, shape (...)
        In 0..1, exact to 1e-6.
    moved : ndarray of bool, shape (...)
        Where it was lowered.
    """

    def too_bright(y: FloatArray, c: FloatArray) -> BoolArray:
        return np.asarray(space.merge(y, c).max(axis=-1) > 1 + _SLACK)

    moved = too_bright(luma, chroma)
    if moved.any():
        high, c = luma[moved], chroma[moved]
        luma = luma.copy()
        luma[moved] = _bisected(lambda y: too_bright(y, c), high)
    return luma, moved


def _bisected(bad: Callable[[FloatArray], BoolArray], high: FloatArray) -> FloatArray:
    """Return the largest numbers (n,) from 0 to ``high`` that are not bad, by bisection."""
    xp, low = namespace(high), namespace(high).zeros_like(high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        worse = bad(middle)
        high = xp.where(worse, middle, high)
        low = xp.where(worse, low, middle)
    return cast("FloatArray", low)


def _largest(luma: FloatArray, rgb: FloatArray) -> FloatArray:
    """Return how much of the way from a grey (n,) to a colour (n, 3) outside lies inside."""
    xp = namespace(rgb)
    way = rgb - luma[:, None]
    room = xp.where(way > 0, 1 - luma[:, None], -luma[:, None])
    part = xp.where(way != 0, room / xp.where(way != 0, way, 1), 1)
    return cast("FloatArray", xp.clip(xp.min(part, axis=1), 0, 1))
