"""Square parts of a picture at halved sizes, as PNG: what a page needs of 100 megapixels."""

from __future__ import annotations

import math

import numpy as np

from varcolor.app.frames import eight_bits
from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.typing import Array, Shape

#: Pixels a side.
SIDE = 512
_PNG_LEVEL = 1


def levels(shape: Shape) -> int:
    """Return how many sizes there are: at the last one, one tile holds the picture."""
    return 1 + max(0, math.ceil(math.log2(max(shape) / SIDE)))


def tile(picture: Picture, level: int, column: int, row: int, exact: bool) -> bytes:
    """Return one tile as PNG.

    Parameters
    ----------
    picture : Picture
        Of any depth; tiles have 8 bits.
    level : int
        Its pixels are 2^level pixels of the picture a side.
    column, row : int
        Place of the tile.
    exact : bool
        Mean over all pixels; otherwise over four of each block, which is enough for colour over a
        grey picture that is exact.

    Raises
    ------
    InputError
        If there is no such tile.
    """
    if not 0 <= level < levels(picture.shape):
        raise InputError(f"there is no tile {column}, {row} at level {level}")
    size = SIDE << level
    top, left = row * size, column * size
    inside = 0 <= top < picture.shape[0] and 0 <= left < picture.shape[1]
    if not inside:
        raise InputError(f"there is no tile {column}, {row} at level {level}")
    place = slice(top, top + size), slice(left, left + size)
    parts = [_halved(picture.pixels[place], level, exact)]
    if picture.alpha is not None:
        parts.append(_halved(picture.alpha[place], level, exact))
    if len(parts) == 2:
        parts[0] = parts[0][..., None] if parts[0].ndim == 2 else parts[0]
        parts[1] = parts[1][..., None]
    return png(np.concatenate(parts, axis=2) if len(parts) == 2 else parts[0])


def small(picture: Picture, side: int) -> Array:
    """Return (h, w[, 3]) uint8, at most ``side`` pixels a side, by means over blocks."""
    step = max(1, math.ceil(max(picture.shape) / side))
    return block_means(eight_bits(picture.pixels), step)


def png(pixels: Array) -> bytes:
    """Return a PNG of uint8 pixels, fast rather than small."""
    import imagecodecs

    return bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels), level=_PNG_LEVEL))


def _halved(levels: Array, level: int, exact: bool) -> Array:
    if level == 0:
        return eight_bits(levels)
    if exact:
        return block_means(eight_bits(levels), 1 << level)
    step = 1 << (level - 1)
    return block_means(eight_bits(levels[::step, ::step]), 2)


def block_means(pixels: Array, step: int) -> Array:
    """Return means (uint8) over blocks of ``step`` pixels a side; the last ones may be smaller."""
    if step == 1:
        return pixels
    height, width = pixels.shape[:2]
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    sums = np.add.reduceat(pixels, rows, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, columns, axis=1)
    count = np.diff(np.append(rows, height))[:, None] * np.diff(np.append(columns, width))
    count = count.astype(np.uint32)
    count = count if pixels.ndim == 2 else count[..., None]
    means: Array = ((sums + count // 2) // count).astype(np.uint8)
    return means
