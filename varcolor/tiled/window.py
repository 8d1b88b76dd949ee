"""One window of a picture on disk: its luma, what is given in it, its problem."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from varcolor.energy.prior import Data
from varcolor.image.color import Space
from varcolor.image.luma import luma_of
from varcolor.image.picture import Picture, as_picture
from varcolor.tiled.field import Field
from varcolor.typing import BoolArray, FloatArray, Shape

#: Pixels beyond those that are solved for that their weights depend on: two-scale affinities blur
#: with a standard deviation of 1.5 pixels. Windows begin at blocks of
#: the coarse grid.
MARGIN = 16


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def rows(self) -> slice:
        """As a slice."""
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        """As a slice."""
        return slice(self.left, self.right)

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def grown(self, by: int, shape: Shape) -> Box:
        """Return the box with so many more pixels on every side, within a picture."""
        return Box(
            max(self.top - by, 0),
            max(self.left - by, 0),
            min(self.bottom + by, shape[0]),
            min(self.right + by, shape[1]),
        )

    def meets(self, other: Box) -> bool:
        """Return whether two boxes share a pixel."""
        down = self.top < other.bottom and other.top < self.bottom
        return down and self.left < other.right and other.left < self.right

    def within(self, other: Box) -> tuple[slice, slice]:
        """Return the slices of this box in the arrays of one that it lies in."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )


def tiles(shape: Shape, side: int, block: int = 16) -> list[Box]:
    """Cut a picture into tiles of about equal size that begin at multiples of ``block`` pixels."""
    cuts = []
    for length in shape:
        blocks, count = -(-length // block), -(-length // side)
        cuts.append([*(k * blocks // count * block for k in range(count)), length])
    return [
        Box(top, left, bottom, right)
        for top, bottom in itertools.pairwise(cuts[0])
        for left, right in itertools.pairwise(cuts[1])
    ]


def picture_in(pixels: Field, box: Box, source: str) -> Picture:
    """Return a window of the photo."""
    part = pixels.read(box.rows, box.columns)
    return as_picture(part[:, :, 0] if part.shape[2] == 1 else part, source)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Cues of a whole picture, found by windows."""

    data: Data
    width: int

    def inside(self, box: Box) -> Data:
        """Return the cues in a window, at its own flat indices."""
        at = self.data.at
        first, last = np.searchsorted(at, (box.top * self.width, box.bottom * self.width))
        rows, columns = np.divmod(at[first:last], self.width)
        there = (columns >= box.left) & (columns < box.right)
        flat = (rows[there] - box.top) * box.shape[1] + columns[there] - box.left
        own = slice(first, last)
        return Data(flat, self.data.weight[own][there], self.data.values[own][there])


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A window as arrays: what does not depend on the chroma."""

    box: Box
    luma: FloatArray
    """(h, w)."""
    visible: BoolArray | None
    cues: Data

    @classmethod
    def read(cls, pixels: Field, box: Box, known: Known, space: Space) -> Window:
        """Read it."""
        photo = picture_in(pixels, box, str(pixels.path))
        cues, visible = known.inside(box), photo.visible
        if visible is not None:
            seen = visible.ravel()[cues.at]
            cues = Data(cues.at[seen], cues.weight[seen], cues.values[seen])
        return cls(box, luma_of(photo, space), visible, cues)
