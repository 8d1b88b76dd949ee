"""The colours of a picture as a weighted list: what palettes are found from.

sRGB is cut into 32^3 cells; a cell's colour is the mean of its pixels in Oklab, its weight their
share. Tens of millions of pixels become a few thousand colours.
"""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.image.luma import row_blocks
from varcolor.image.picture import Picture
from varcolor.palette.palette import to_oklab
from varcolor.typing import FloatArray

_CELLS = 32
#: Pixels that are looked at, at most: every n-th row and column of larger pictures.
_PIXELS = 1_000_000


def color_cells(picture: Picture) -> tuple[FloatArray, FloatArray]:
    """Return the colours (N, 3) in Oklab of the visible pixels, and their shares (N,).

    Raises
    ------
    InputError
        If no pixel is visible.
    """
    step = max(1, int(np.ceil(np.sqrt(picture.shape[0] * picture.shape[1] / _PIXELS))))
    count = np.zeros(_CELLS**3)
    sums = np.zeros((3, _CELLS**3))
    visible = picture.visible
    for rows in row_blocks(*picture.shape):
        first = -rows.start % step
        values = picture.as_float(slice(rows.start + first, rows.stop))[::step, ::step]
        if values.ndim == 2:
            values = np.repeat(values[..., None], 3, axis=2)
        seen = np.ones(values.shape[:2], bool)
        if visible is not None:
            seen = visible[rows.start + first : rows.stop : step, ::step]
        rgb = np.clip(values[seen], 0.0, 1.0)
        cell = np.minimum((rgb * _CELLS).astype(np.int64), _CELLS - 1)
        index = (cell[:, 0] * _CELLS + cell[:, 1]) * _CELLS + cell[:, 2]
        count += np.bincount(index, minlength=_CELLS**3)
        lab = to_oklab(rgb)
        for k in range(3):
            sums[k] += np.bincount(index, lab[:, k], _CELLS**3)
    used = count > 0
    if not used.any():
        raise InputError(f"{picture.meta.source}: every pixel is transparent; no colour to find")
    return (sums[:, used] / count[used]).T, count[used] / count.sum()
