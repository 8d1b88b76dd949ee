"""The luma of a picture, and the grey picture that has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast, overload

import numpy as np

from varcolor.backend.base import namespace
from varcolor.image.accept import SupportsArray, is_path
from varcolor.image.color import Space, as_space
from varcolor.image.picture import Picture, PictureLike, as_picture, level_of_white
from varcolor.typing import Array, FloatArray, PathLike

#: Pixels that are worked on at a time, by one thread: their float64 temporaries fit into its cache.
BLOCK = 1 << 16


def row_blocks(height: int, width: int) -> Iterator[slice]:
    """Cut a picture into bands of whole rows: of about `BLOCK` pixels, or a quarter of all."""
    size = min(BLOCK, -(-height * width // 4))
    step = max(1, size // max(1, width))
    for start in range(0, height, step):
        yield slice(start, min(start + step, height))


def luma_of(picture: Picture, space: Space) -> FloatArray:
    """Return the luma (H, W), 0..1, in float64 from the stored levels, not rounded."""
    luma = np.empty(picture.shape)
    for rows in row_blocks(*picture.shape):
        values = picture.as_float(rows)
        luma[rows] = space.luma_of_gray(values) if picture.is_gray else space.luma(values)
    return luma


def gray_levels(rgb: Array, space: Space) -> Array:
    """Return the grey levels, in the dtype of ``rgb`` (..., 3), with the nearest luma."""
    white = level_of_white(rgb.dtype)
    if white == 1:
        return np.clip(space.gray_of_luma(space.luma(rgb)), 0, 1).astype(rgb.dtype)
    gray = space.gray_of_luma(space.luma(rgb / white))
    return rounded_gray(gray * white).astype(rgb.dtype)


def rounded_gray(levels: FloatArray) -> FloatArray:
    """Return the nearest whole levels, in any array library."""
    # The tiny bias makes exact halves (they occur in BT.601) go up in spite of float rounding.
    return cast("FloatArray", namespace(levels).floor(levels + (0.5 + 1e-9)))


@overload
def to_gray(image: Picture, space: str | Space = "yuv") -> Picture: ...
@overload
def to_gray(image: PathLike, space: str | Space = "yuv") -> Picture: ...
@overload
def to_gray(image: Array | SupportsArray, space: str | Space = "yuv") -> Array: ...
def to_gray(image: PictureLike, space: str | Space = "yuv") -> Picture | Array:
    """Return the grey picture whose luma in ``space`` is that of a colour picture.

    Parameters
    ----------
    image : Picture, path or ndarray
        sRGB picture; (H, W, 3) or (H, W, 4) as array. A grey picture is returned as it is.
    space : {"yuv", "lab", "oklab"} or Space
        yuv: the rounded BT.601 sum, which most programs use; lab and oklab: the grey with the
        same L, rounded.

    Returns
    -------
    Picture or ndarray
        As the input, with the input's dtype; an array comes back as (H, W), without alpha, a file
        as a Picture.
    """
    picture = as_picture(image)
    space = as_space(space)
    if picture.is_gray:
        gray = picture.pixels
    else:
        gray = np.empty(picture.shape, picture.pixels.dtype)
        for rows in row_blocks(*picture.shape):
            gray[rows] = gray_levels(picture.pixels[rows], space)
    return replace(picture, pixels=gray) if isinstance(image, Picture) or is_path(image) else gray
