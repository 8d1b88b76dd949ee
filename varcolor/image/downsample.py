"""Smaller copies of photos, by means over blocks of pixels."""

from __future__ import annotations

import math

import numpy as np

from varcolor.image.color import Space
from varcolor.image.picture import Meta, Picture
from varcolor.typing import FloatArray, Shape


def step_for(shape: Shape, max_pixels: int) -> int:
    """Return the smallest side of blocks that leaves at most so many of them."""
    step = max(1, math.ceil(math.sqrt(shape[0] * shape[1] / max_pixels)))
    while _blocks(shape[0], step) * _blocks(shape[1], step) > max_pixels:
        step += 1
    return step


def _blocks(length: int, step: int) -> int:
    return -(-length // step)


def block_sums(values: FloatArray, step: int) -> FloatArray:
    """Return sums over blocks of ``step`` pixels a side; the last ones may be smaller."""
    rows = np.add.reduceat(values, np.arange(0, values.shape[0], step), axis=0)
    return np.asarray(np.add.reduceat(rows, np.arange(0, values.shape[1], step), axis=1))


def shrunk(photo: Picture, luma: FloatArray, space: Space, step: int) -> Picture:
    """Return a grey photo of block means, in the depth of the photo."""
    seen = np.ones(photo.shape) if photo.visible is None else photo.visible.astype(np.float64)
    count = block_sums(seen, step)
    mean = block_sums(luma * seen, step) / np.maximum(count, 1)
    gray = np.clip(space.gray_of_luma(mean), 0, 1)
    dtype = photo.pixels.dtype
    if dtype.kind == "u":
        gray = np.rint(gray * np.iinfo(dtype).max)
    alpha = None
    if photo.visible is not None:
        most = np.iinfo(dtype).max if dtype.kind == "u" else 1
        alpha = np.where(count > 0, most, 0).astype(dtype)
    return Picture(gray.astype(dtype), alpha, Meta(source=photo.meta.source))
