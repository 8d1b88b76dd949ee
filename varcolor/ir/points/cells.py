"""Cells: a coarse grid over the picture, as square as the picture allows.

``size`` cells lie along the longer side (never more than it has pixels), as many along the shorter
one as keep its proportion. A cue stands for a cell; its pixel is the cell's middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.typing import Array, Shape


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a picture."""

    picture: Shape
    size: int

    @property
    def shape(self) -> Shape:
        """Rows and columns of cells."""
        height, width = self.picture
        longest = max(height, width)
        size = min(self.size, longest)
        rows, columns = ((2 * size * side + longest) // (2 * longest) for side in self.picture)
        return max(rows, 1), max(columns, 1)

    def pixels(self, cells: Array) -> Array:
        """Return row and column (n, 2) of the pixels in the middle of cells (n, 2)."""
        cells = np.asarray(cells, np.int64).reshape(-1, 2)
        picture, shape = np.array(self.picture), np.array(self.shape)
        return np.asarray((2 * cells + 1) * picture // (2 * shape))

    def of_pixels(self, pixels: Array) -> Array:
        """Return row and column (n, 2) of the cells that pixels (n, 2) lie in."""
        pixels = np.asarray(pixels, np.int64).reshape(-1, 2)
        picture, shape = np.array(self.picture), np.array(self.shape)
        return np.asarray(pixels * shape // picture)

    def grid(self, spacing: int) -> Array:
        """Return every ``spacing``-th cell (n, 2) in raster order; 0: none, -1: all."""
        rows, columns = self.shape
        step = 1 if spacing == -1 else spacing
        if step == 0:
            return np.zeros((0, 2), np.int64)
        # Half a spacing from the border, so that the cues stand in the middle of what they cover.
        first = min(step // 2, rows - 1), min(step // 2, columns - 1)
        r, c = np.mgrid[first[0] : rows : step, first[1] : columns : step]
        return np.stack([r.ravel(), c.ravel()], axis=1)

    def dilated(self, cells: Array, values: Array, radius: int) -> tuple[Array, Array]:
        """Return cells and values with each cell's value on the cells around it, see `dilated`."""
        where, owner = dilated(self.shape, cells, radius)
        return where, values[owner]


def dilated(shape: Shape, cells: Array, radius: int) -> tuple[Array, Array]:
    """Return the cells (m, 2) that lie around some cells (n, 2), and to which one they belong (m,).

    A cell belongs to the nearest of ``cells``, if that is at most ``radius`` rows and columns away.
    """
    if radius == 0 or not len(cells):
        return cells, np.arange(len(cells))
    from scipy.ndimage import distance_transform_edt

    number = np.full(shape, -1, np.int32)
    number[cells[:, 0], cells[:, 1]] = np.arange(len(cells))
    r, c = distance_transform_edt(number < 0, return_distances=False, return_indices=True)
    rows, columns = np.indices(shape, np.int32, sparse=True)
    near = (np.abs(r - rows) <= radius) & (np.abs(c - columns) <= radius)
    owner = number[r[near], c[near]]
    del number, r, c  # as large as the grid of cells, like what follows
    flat = np.flatnonzero(near)
    at = np.empty((len(flat), 2), np.int32)
    np.floor_divide(flat, shape[1], out=at[:, 0], casting="unsafe")
    np.remainder(flat, shape[1], out=at[:, 1], casting="unsafe")
    return at, owner
