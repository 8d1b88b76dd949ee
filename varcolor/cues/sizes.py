"""Copies of a picture at another size: told from parts of it, and brought to its size."""

from __future__ import annotations

import math

import numpy as np

from varcolor.image.picture import Picture
from varcolor.typing import Array, BoolArray, Shape

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
#: Part of a copy that is looked for in the photo, in pixels a side.
_PATCH = 192
#: Above so many pixels parts are not looked for.
_MOST = 40_000_000


def same_picture(one: Shape, other: Shape) -> bool:
    """Return whether two sizes are in the same proportion, within the rounding of their sides."""
    small, large = sorted((one, other))
    if small[0] == large[0] or small[1] == large[1]:
        return one == other
    if small[1] > large[1]:
        return False
    least = max(b / (a + 1) for a, b in zip(small, large, strict=True))
    most = min(b / (a - 1) if a > 1 else math.inf for a, b in zip(small, large, strict=True))
    return least < most


def size(shape: Shape) -> str:
    """Return a size as people write it: width x height."""
    return f"{shape[1]} x {shape[0]}"


def resized(levels: Array, shape: Shape, like: Array | None = None) -> Array:
    """Return levels (H, W, 3) at another size.

    Programs reduce pictures in many ways: of five the one is taken that comes nearest to ``like``.
    """
    from PIL import Image

    way = Image.Resampling
    ways = [way.BOX] if like is None else [way.BOX, way.BILINEAR, way.BICUBIC, way.LANCZOS]
    found: list[tuple[float, Array]] = []
    for filter_ in ways:
        planes = [
            np.asarray(
                Image.fromarray(np.ascontiguousarray(levels[..., k])).resize(shape[::-1], filter_)
            )
            for k in range(3)
        ]
        picture = np.clip(np.stack(planes, axis=2), 0, 255).astype(np.float32)
        off = 0.0 if like is None else float(np.median(np.abs((picture - like) @ _LUMA)))
        found.append((off, picture))
    return min(found, key=lambda pair: pair[0])[1]


def enlarged(pixels: Array, shape: Shape) -> Array:
    """Return each pixel of a smaller (or larger) picture at its places in this height and width."""
    rows = ((np.arange(shape[0]) + 0.5) * pixels.shape[0] / shape[0]).astype(int)
    columns = ((np.arange(shape[1]) + 0.5) * pixels.shape[1] / shape[1]).astype(int)
    found: Array = pixels[rows[:, None], columns]
    return found


def reduced_mask(mask: BoolArray, colors: Array, shape: Shape) -> tuple[BoolArray, Array]:
    """Return a mask and its colours in a smaller picture: a mark of one pixel is not lost."""
    at = np.argwhere(mask)
    row = (at[:, 0] + 0.5) * shape[0] / mask.shape[0]
    column = (at[:, 1] + 0.5) * shape[1] / mask.shape[1]
    small = np.zeros(shape, bool)
    values = np.zeros((*shape, 3), colors.dtype)
    small[row.astype(int), column.astype(int)] = True
    values[row.astype(int), column.astype(int)] = colors[mask]
    return small, values


def part_of(photo: Picture, copy: Picture) -> tuple[int, int] | None:
    """Return the row and column of a photo where a copy, which is a part of it, begins."""
    from scipy import fft

    height, width = copy.shape
    if height > photo.shape[0] or width > photo.shape[1] or photo.pixels.size > _MOST:
        return None
    whole, part = _luma(photo), _luma(copy)
    side = min(_PATCH, height), min(_PATCH, width)
    top, left = (height - side[0]) // 2, (width - side[1]) // 2
    patch = part[top : top + side[0], left : left + side[1]]
    patch = patch - patch.mean()
    padded = [fft.next_fast_len(n, real=True) for n in whole.shape]
    ahead = fft.rfft2(whole - whole.mean(), padded)
    score = fft.irfft2(ahead * np.conj(fft.rfft2(patch, padded)), padded)
    power = fft.rfft2((whole - whole.mean()) ** 2, padded)
    box = np.conj(fft.rfft2(np.ones_like(patch), padded))
    score /= np.sqrt(np.maximum(fft.irfft2(power * box, padded), 1.0))
    rows, columns = (n - s + 1 for n, s in zip(whole.shape, side, strict=True))
    best = np.unravel_index(np.argmax(score[:rows, :columns]), (rows, columns))
    row, column = int(best[0]) - top, int(best[1]) - left
    if row < 0 or column < 0 or row + height > whole.shape[0] or column + width > whole.shape[1]:
        return None
    off = np.abs(whole[row : row + height, column : column + width] - part)
    return (row, column) if (off <= 6).mean() > 0.5 else None


def _luma(picture: Picture) -> Array:
    levels = picture.pixels.astype(np.float32) * np.float32(255 / picture.maximum)
    return levels if picture.is_gray else levels @ _LUMA
