"""What the network sees of a photo: planes on a coarse grid, of the lightness L*.

The grid has half of the height and width of the reference picture (`varcolor.prior.features`). The
planes are the features of the prior `gp` but for the position, averaged over the cells, and the
four luma values of 2 x 2 pixels, by row and column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.image.color import Space, lab
from varcolor.prior.features import (
    NAMES,
    REFERENCE_AREA,
    features_of,
    resized,
    shape_within,
)
from varcolor.typing import BoolArray, FloatArray, Shape

#: Features of the prior `gp` without row and column.
HAND_MADE = len(NAMES) - 2
PLANES = HAND_MADE + 4


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """The planes of a photo."""

    values: FloatArray
    """(h, w, `PLANES`)."""
    position: FloatArray
    """(h, w, 2): row and column from the centre, in parts of 256 reference pixels."""
    reference: Shape
    """Of the reference picture."""


def planes_of(luma: FloatArray, visible: BoolArray | None, space: Space) -> Planes:
    """Return the planes of a photo.

    Parameters
    ----------
    luma : ndarray, shape (H, W)
        0..1, in the working space.
    visible : ndarray of bool, shape (H, W), optional
        False where the photo is transparent.
    space : Space
        The working space.
    """
    reference = shape_within((luma.shape[0], luma.shape[1]), REFERENCE_AREA)
    seen = None
    if visible is None:
        small = resized(luma, reference)
    else:
        share = resized(visible.astype(np.float64), reference)
        small = resized(np.where(visible, luma, 0.0), reference) / np.maximum(share, 1e-6)
        seen = share > 0.5
    small = lightness(small, space)
    values = features_of(small, seen).values
    shape = max(1, round(reference[0] / 2)), max(1, round(reference[1] / 2))
    planes = [resized(plane, shape) for plane in np.moveaxis(values[..., :HAND_MADE], -1, 0)]
    fine = resized(small, (2 * shape[0], 2 * shape[1]))
    planes += [fine[row::2, column::2] for row in range(2) for column in range(2)]
    side = REFERENCE_AREA**0.5
    rows, columns = ((np.arange(n) - (n - 1) / 2) * 2 / side for n in shape)
    position = np.stack(np.broadcast_arrays(rows[:, None], columns[None]), axis=-1)
    return Planes(np.stack(planes, axis=-1), position, reference)


def lightness(luma: FloatArray, space: Space) -> FloatArray:
    """Return L* / 100 of greys with this luma of the working space."""
    if space.name == lab.name:
        return luma
    return lab.luma_of_gray(space.gray_of_luma(luma))
