"""The channels that metrics are computed over."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from varcolor.image.color import linearise, yuv
from varcolor.image.picture import Picture
from varcolor.typing import Array, FloatArray

Over: TypeAlias = Literal["rgb", "luma", "ab", "cbcr"]

#: The span of values that counts as the whole range of a channel. That of a* and b* is the usual
#: -100 … 100, which holds all but the most saturated blues and greens of sRGB.
PEAK: dict[Over, float] = {"rgb": 1.0, "luma": 1.0, "ab": 200.0, "cbcr": 1.0}


def planes(picture: Picture, over: Over, rows: slice = slice(None)) -> FloatArray:
    """Return some rows of a picture as float64 (h, w, channels).

    ``rgb`` in 0..1, ``luma`` (BT.601) in 0..1, ``ab`` (CIE Lab, D65) in its own units, ``cbcr``
    (BT.601) in -0.5..0.5.
    """
    if over == "ab":
        return lab_planes(picture, rows)[..., 1:].astype(np.float64)
    values = picture.as_float(rows)
    if over == "luma":
        return values[..., None] if picture.is_gray else yuv.luma(values)[..., None]
    if picture.is_gray:
        values = np.repeat(values[..., None], 3, axis=2)
    return values if over == "rgb" else yuv.split(values)[1]


def lab_planes(picture: Picture, rows: slice = slice(None)) -> Array:
    """Return some rows of a picture in CIE Lab (D65), float32 (h, w, 3), L* in 0..100.

    Matrix and white point are the rounded ones that image programs share (ITU-R BT.709 to six
    digits, CIE white to five), so that scores agree with theirs; `varcolor.image.color.lab` takes
    more digits, which moves a* and b* by up to 0.02. A table instead of powers, and float32,
    make it several times as fast; they cost 2e-4 at worst.
    """
    pixels = picture.pixels[rows]
    if pixels.dtype.kind == "u":
        linear = _table(pixels.dtype.name)[pixels]
    else:
        linear = linearise(pixels).astype(np.float32)
    if picture.is_gray:
        linear = np.repeat(linear[..., None], 3, axis=2)
    roots = _compress(linear @ _TO_XYZ)
    x, y, z = roots[..., 0], roots[..., 1], roots[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


# Columns X, Y, Z over the white point.
_TO_XYZ = np.array(
    [
        [0.412453 / 0.95047, 0.212671, 0.019334 / 1.08883],
        [0.357580 / 0.95047, 0.715160, 0.119193 / 1.08883],
        [0.180423 / 0.95047, 0.072169, 0.950227 / 1.08883],
    ],
    np.float32,
)
_EDGE = np.float32((6 / 29) ** 3)


def _compress(t: Array) -> Array:
    """The cube root of CIE Lab with its straight part near black."""
    return np.where(t > _EDGE, np.cbrt(t), t * np.float32(841 / 108) + np.float32(4 / 29)).astype(
        np.float32
    )


@lru_cache(maxsize=2)
def _table(dtype: str) -> Array:
    white = np.iinfo(dtype).max
    return linearise(np.arange(white + 1) / white).astype(np.float32)
