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
        """Return cells and values with each cell's value on (2 radius + 1)^2 cells around it.

        Where squares overlap, the cell whose centre is nearest wins; a centre keeps its own value.
        """
        if radius == 0 or not len(cells):
            return cells, values
        rows, columns = self.shape
        best = np.full((rows, columns), np.iinfo(np.int64).max)
        owner = np.full((rows, columns), -1)
        index = np.arange(len(cells))
        for dr in range(-radius, radius + 1):
            for dc in range(-radius, radius + 1):
                r, c = cells[:, 0] + dr, cells[:, 1] + dc
                inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
                r, c, who = r[inside], c[inside], index[inside]
                nearer = dr * dr + dc * dc < best[r, c]
                best[r[nearer], c[nearer]] = dr * dr + dc * dc
                owner[r[nearer], c[nearer]] = who[nearer]
        r, c = np.nonzero(owner >= 0)
        return np.stack([r, c], axis=1), values[owner[r, c]]
