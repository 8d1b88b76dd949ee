"""How vivid expected colours are: adjusted to the photo's lightness, at the same luma.

``parabola``
    Chroma times f(Y) = -2.5 Y^2 + 2.5 Y + 0.375, Y the luma 0..1: 1 at mid-grey, 0.375 at black
    and white; it only ever lowers. PatchColorization does that to HSV's saturation, which moves the
    luma; here the luma stays.
``auto``
    Chroma times one factor g for the whole photo, at no pixel beyond 0.98 of what sRGB has at its
    luma and hue. With M the mean length of Oklab's chroma, and m, s the mean and the standard
    deviation of Oklab's lightness, g = (M* / M)^(1/2), 0.7 to 1.6, brings M half of the way, in
    logarithms, to log M* = c0 + c1 m + c2 s + c3 m^2, what photos with such lightness have: fitted
    by least squares on photos (`benchmarks.objects`). Half of the way, because lightness tells
    little of a single photo's colourfulness.

Exact cues are met as they are: it is the prior's chroma that changes.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import Space, oklab
from varcolor.image.gamut import outside, reduce_chroma
from varcolor.image.luma import row_blocks
from varcolor.typing import Array, FloatArray

Saturation: TypeAlias = Literal["none", "parabola", "auto"]

#: c0 … c3 of log M*, and the part of the way, in logarithms.
_FIT, _PART = (-4.69, 6.69, -2.22, -6.12), 0.5
_LEAST, _MOST = 0.7, 1.6
#: The part of what sRGB has that a raised chroma may reach, and how often the limit is halved.
_FULL, _HALVINGS = 0.98, 12


def saturated(
    chroma: Array, luma: FloatArray, space: Space, how: str, known: Array | None = None
) -> FloatArray:
    """Return chroma (H, W, 2) adjusted at the same luma.

    Parameters
    ----------
    chroma : ndarray, shape (H, W, 2)
        Expected chroma.
    luma : ndarray, shape (H, W)
        The photo's in the working space, 0..1.
    space : Space
        Working space.
    how : {"none", "parabola", "auto"}
        See above.
    known : ndarray of bool, shape (H, W), optional
        Where the chroma means something; the others do not count and do not change.

    Raises
    ------
    InputError
        For another word.
    """
    if how not in get_args(Saturation):
        raise InputError(f"saturation {how!r}: expected {', '.join(get_args(Saturation))}")
    if how == "none":
        return np.asarray(chroma, np.float64)
    if how == "parabola":
        gray = np.clip(np.asarray(space.gray_of_luma(luma)), 0, 1)
        return np.asarray(chroma * (2.5 * gray * (1 - gray) + 0.375)[..., None])
    factor = automatic_factor(*lightness_and_colour(chroma, luma, space, known))
    result = np.array(chroma, np.float64)
    for rows in row_blocks(*luma.shape):
        result[rows] = _scaled(result[rows], luma[rows], space, factor)
    return result


def lightness_and_colour(
    chroma: Array, luma: FloatArray, space: Space, known: Array | None = None
) -> tuple[float, float, float]:
    """Return mean and standard deviation of Oklab's lightness, and its mean chroma."""
    own = np.ones(luma.shape, bool) if known is None else known
    if not own.any():
        return 0.5, 0.2, 0.0
    places = np.flatnonzero(own)
    places = places[:: max(1, len(places) // 200_000)]
    rgb, _ = reduce_chroma(space, luma.ravel()[places], chroma.reshape(-1, 2)[places])
    lightness, ab = oklab.split(np.clip(rgb, 0, 1))
    return float(lightness.mean()), float(lightness.std()), float(np.hypot(*ab.T).mean())


def automatic_factor(mean: float, spread: float, colour: float) -> float:
    """Return g."""
    if colour < 1e-6:
        return 1.0
    c0, c1, c2, c3 = _FIT
    wanted = c0 + c1 * mean + c2 * spread + c3 * mean**2
    factor = np.exp(_PART * (wanted - np.log(colour)))
    return float(np.clip(factor, _LEAST, _MOST))


def _scaled(chroma: FloatArray, luma: FloatArray, space: Space, factor: float) -> FloatArray:
    """Return chroma times a factor, less where sRGB ends."""
    if factor <= 1:
        return chroma * factor
    wide = outside(space.merge(luma, chroma * (factor / _FULL)))
    scale = np.full(luma.shape, factor)
    if wide.any():
        own, light = chroma[wide], luma[wide]
        low, high = np.zeros(len(own)), np.full(len(own), factor / _FULL)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            out = outside(space.merge(light, own * middle[:, None]))
            low, high = np.where(out, low, middle), np.where(out, middle, high)
        # What lies outside of sRGB as it is, is reduced when the picture is rendered.
        scale[wide] = np.maximum(1.0, np.minimum(factor, _FULL * low))
    return np.asarray(chroma * scale[..., None])
