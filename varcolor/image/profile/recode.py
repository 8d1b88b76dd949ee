"""Bring every pixel of a picture to sRGB by a function: exactly, and in little memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.image.color import linearise
from varcolor.typing import Array, BoolArray, FloatArray

#: Stored colours, (n,) or (n, C), to linear sRGB light, (n,) or (n, 3); white is 1.
Recoding = Callable[[Array], FloatArray]

#: Pixels that are converted at once.
_BLOCK = 1 << 18
#: Linear light half a level of 255 below black and above white: beyond, colours count as clipped.
_DARKEST, _LIGHTEST = (float(v) for v in linearise(np.array([-0.5 / 255, 1 + 0.5 / 255])))


def recode(pixels: Array, function: Recoding) -> tuple[Array, float]:
    """Return the pixels in sRGB, clipped to 0..1, in their own depth.

    Whole numbers are rounded to the nearest level. Greys of 8 and 16 bits are looked up in a table
    of all levels, 8-bit colours are computed once for each distinct colour: both give exactly
    what computing every pixel gives.

    Parameters
    ----------
    pixels : ndarray
        (H, W) or (H, W, C); uint8, uint16 or floats.
    function : callable
        Takes the stored values as (n,) or (n, C), returns linear sRGB light, (n,) or (n, 3),
        with white at 1; it may leave 0..1.

    Returns
    -------
    pixels : ndarray
        (H, W) or (H, W, 3), same dtype (float32 for float16).
    outside : float
        Share of the pixels whose colour lay outside of sRGB by half a level of 255 or more.
    """
    wide = np.dtype(np.float32) if pixels.dtype == np.float16 else pixels.dtype.newbyteorder("=")
    pixels = pixels.astype(wide, copy=False)
    flat = pixels.reshape(-1, *pixels.shape[2:])
    if pixels.dtype.kind == "u" and pixels.ndim == 2:
        done, outside = _by_level(flat, function)
    elif pixels.dtype == np.uint8 and pixels.shape[2] == 3 and len(flat) > _BLOCK:
        done, outside = _by_distinct_color(flat, function)
    else:
        done, far = _in_blocks(flat, function)
        outside = float(np.count_nonzero(far)) / max(len(flat), 1)
    return done.reshape(*pixels.shape[:2], *done.shape[1:]), outside


def _in_blocks(flat: Array, function: Recoding) -> tuple[Array, BoolArray]:
    """Return every pixel recoded, and whether it was clipped noticeably."""
    shape = flat.shape if flat.ndim == 1 else (len(flat), 3)
    done = np.empty(shape, flat.dtype)
    far = np.zeros(len(flat), dtype=bool)
    for start in range(0, len(flat), _BLOCK):
        block = slice(start, start + _BLOCK)
        linear = function(np.ascontiguousarray(flat[block]))
        excess = (linear < _DARKEST) | (linear > _LIGHTEST)
        far[block] = excess if flat.ndim == 1 else excess[:, 0] | excess[:, 1] | excess[:, 2]
        values = encode_clipped(linear, np.float64 if flat.dtype == np.float64 else np.float32)
        if flat.dtype.kind == "u":
            values *= np.iinfo(flat.dtype).max
            values += 0.5  # the conversion below cuts off, so this rounds
        done[block] = values
    return done, far


def encode_clipped(linear: FloatArray, dtype: type[np.floating[Any]]) -> Array:
    """Return linear light, clipped to 0..1, by the sRGB curve; float32 is off by 1e-7."""
    linear = np.clip(linear, 0, 1).astype(dtype, copy=False)
    values = linear ** dtype(1 / 2.4)
    values *= dtype(1.055)
    values -= dtype(0.055)
    return np.where(linear <= dtype(0.0031308), linear * dtype(12.92), values)


def mixed(matrix: FloatArray, values: Array) -> FloatArray:
    """Return a (3, 3) matrix times every row of (n, 3); for narrow arrays faster than BLAS."""
    result = np.empty(values.shape)
    for row, weights in enumerate(matrix):
        result[:, row] = sum(w * values[:, k] for k, w in enumerate(weights.tolist()))
    return result


def _by_level(flat: Array, function: Recoding) -> tuple[Array, float]:
    top = int(np.iinfo(flat.dtype).max)
    table, far = _in_blocks(np.arange(top + 1).astype(flat.dtype), function)
    return table[flat], float(far[flat].mean())


def _by_distinct_color(flat: Array, function: Recoding) -> tuple[Array, float]:
    codes = flat[:, 0].astype(np.uint32) << 16
    codes |= flat[:, 1].astype(np.uint32) << 8
    codes |= flat[:, 2]
    present = np.zeros(1 << 24, dtype=bool)
    present[codes] = True
    found = np.flatnonzero(present)
    colors = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=-1).astype(np.uint8)
    recoded, far = _in_blocks(colors, function)
    table = np.empty((1 << 24, 3), np.uint8)
    table[found] = recoded
    present[found] = far
    return table[codes], float(np.count_nonzero(present[codes])) / len(flat)
