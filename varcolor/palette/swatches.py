"""A palette as a picture: upright stripes, as wide as the shares."""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.palette.palette import Palette

#: Least columns of a stripe: small shares stay visible.
_LEAST = 8


def swatches(palette: Palette, width: int = 960, height: int = 160) -> Picture:
    """Return a picture (height, width, 3) of uint8: one stripe a colour, in the palette's order.

    Every stripe has 8 columns, and its share of those that are left.

    Raises
    ------
    InputError
        If there are more colours than stripes of 8 columns.
    """
    spare = width - _LEAST * len(palette)
    if spare < 0:
        raise InputError(
            f"a palette of {len(palette)} colours as a picture: at most {width // _LEAST} fit"
        )
    ends = np.arange(1, len(palette) + 1) * _LEAST + spare * np.cumsum(palette.shares)
    index = np.searchsorted(np.rint(ends[:-1]), np.arange(width), side="right")
    levels = np.rint(palette.colors * 255).astype(np.uint8)
    return Picture(np.repeat(levels[index][None], height, axis=0))
