"""A reference and a result, checked once, and the planes that metrics work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.errors import InputError
from varcolor.image.luma import row_blocks
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.metrics.planes import Over, planes
from varcolor.typing import Array, BoolArray, Shape

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues


@dataclass(frozen=True, eq=False)
class Pair:
    """Two pictures of one size, the pixels that count and, where known, the cues."""

    reference: Picture
    result: Picture
    mask: BoolArray | None = None
    """(H, W); None where all pixels count."""
    cues: Cues | None = None

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.reference.shape

    def require(self, side: int, name: str) -> None:
        """Raise an InputError if a side is shorter than a metric needs."""
        if min(self.shape) < side:
            height, width = self.shape
            raise InputError(
                f"{name}: needs at least {side} x {side} pixels, the pictures are "
                f"{width} x {height}"
            )

    def chosen(self, values: Array) -> Array:
        """Return the values (H, W, …) at the pixels that count, flattened."""
        if self.mask is not None:
            return values[self.mask]
        return values.reshape(-1, *values.shape[2:])

    def blocks(self, over: Over) -> Iterator[tuple[Array, Array]]:
        """Yield both pictures' pixels that count, band by band, as float64 (N, channels)."""
        for rows in row_blocks(*self.shape):
            first = planes(self.reference, over, rows)
            second = planes(self.result, over, rows)
            if self.mask is not None:
                keep = self.mask[rows]
                first, second = first[keep], second[keep]
            yield first.reshape(-1, first.shape[-1]), second.reshape(-1, second.shape[-1])

    def channels(self, over: Over) -> Iterator[tuple[Array, Array]]:
        """Yield both pictures' channels one after the other, as float32 (H, W).

        The channels of two grey pictures over RGB are equal: only one is yielded.
        """
        if over == "rgb" and self.reference.is_gray and self.result.is_gray:
            over = "luma"
        both = [_stacked(picture, over) for picture in (self.reference, self.result)]
        yield from zip(*both, strict=True)

    @cached_property
    def difference(self) -> Array:
        """The CIEDE2000 difference of every pixel, (H, W) float32; computed once."""
        from varcolor.metrics.colour import difference_map

        return difference_map(self.reference, self.result)


def _stacked(picture: Picture, over: Over) -> Array:
    count = {"rgb": 3, "luma": 1, "ab": 2, "cbcr": 2}[over]
    stack: Array = np.empty((count, *picture.shape), np.float32)
    for rows in row_blocks(*picture.shape):
        stack[:, rows] = np.moveaxis(planes(picture, over, rows), -1, 0)
    return stack


def make_pair(
    reference: PictureLike,
    result: PictureLike,
    mask: Any = None,
    cues: Cues | None = None,
) -> Pair:
    """Check two pictures, a mask and cues against each other.

    Raises
    ------
    InputError
        If sizes differ, or the mask has another shape or type or leaves no pixel.
    """
    first, second = as_picture(reference, "the reference"), as_picture(result, "the result")
    if first.shape != second.shape:
        raise InputError(
            f"sizes differ: {first.meta.source} is {_size(first.shape)}, "
            f"{second.meta.source} is {_size(second.shape)}"
        )
    if cues is not None and cues.shape != first.shape:
        raise InputError(
            f"the cues belong to a {_size(cues.shape)} picture, this one is {_size(first.shape)}"
        )
    if mask is not None:
        mask = np.asarray(mask)
        if mask.shape != first.shape or mask.dtype != np.bool_:
            raise InputError(
                f"a mask of shape {mask.shape} and type {mask.dtype}; expected bool of shape "
                f"{first.shape}"
            )
        if not mask.any():
            raise InputError("the mask leaves no pixel to compare")
        mask = None if mask.all() else mask
    return Pair(first, second, mask, cues)


def _size(shape: Shape) -> str:
    return f"{shape[1]} x {shape[0]}"
