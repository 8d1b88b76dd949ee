"""A fourth-order energy on one coarse grid of a hierarchy, solved exactly.

With P the interpolation from that grid, v and u both of the form P times a coarse picture, and v
tested there only, the mixed form (`varcolor.solve.mixed_form`) becomes

    (L_c M^-1 L_c + B'B / t) y = b,    L_c = P'L P,    M = P'P lumped,    B = L P at given pixels.

v being tested coarsely is what makes it good: |L P y|^2 itself would charge y for the kinks of the
interpolation. Along strokes the grid sees what changes over more than 2^level pixels; for the rest
the exact operator is between 1 and about that: t stands for it, the number that serves best. M is
lumped to its row sums, or to 9/4 of its diagonal (what both would be for bilinear interpolation)
where that is less: functions cut short by given pixels have a small diagonal but large row sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.stencil import FORWARD, neighbours
from varcolor.solve.factorise import factorised
from varcolor.solve.hierarchy import Grid, Hierarchy, entries
from varcolor.typing import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Most coarse pixels, and the largest part of all pixels.
_MOST, _SHARE = 24_000, 0.1
#: A row sum of M over its diagonal entry, for bilinear interpolation.
_BILINEAR = 2.25
#: What is added to the matrix, as a part of its diagonal.
_ROUNDING = 1e-10


class CoarseMixed:
    """The matrix of a coarse grid, factorised.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of L with the given pixels left out.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        from scipy.sparse import coo_array, csr_array, diags_array

        grids = hierarchy.grids
        sizes = [grid.shape[0] * grid.shape[1] for grid in grids]
        most = min(_MOST, _SHARE * sizes[0])
        self.level = next((k for k, n in enumerate(sizes) if n <= most), len(sizes) - 1)
        self._shape = grids[self.level].shape
        finest = grids[0].w, grids[0].excess
        rows, columns, values = entries(*hierarchy.coarsened(self.level, *finest))
        size = sizes[self.level]
        laplacian = csr_array(coo_array((values, (rows, columns)), shape=(size, size)))
        mass = _mass(hierarchy, self.level)
        used = np.flatnonzero((laplacian.diagonal() > 1e-30) & (mass > 1e-30))
        self._used = used
        laplacian = laplacian[used][:, used]
        self._to_v = diags_array(1 / mass[used]) @ laplacian
        self._unseen = float(2**self.level)
        across, given = _interpolated_coupling(grids, self.level)
        self.given = np.divmod(given, grids[0].shape[1])
        """Rows and columns of the given pixels that touch free ones."""
        self._across = across[:, used]
        self._back = self._across.T.tocsr()
        matrix = laplacian @ self._to_v + (self._back @ self._across) / self._unseen
        matrix = matrix + diags_array(_ROUNDING * matrix.diagonal() + 1e-30)
        self._solve = factorised(matrix) if len(used) else None

    def solve(self, t: Array, u: Array, v: Array) -> Array:
        """Solve the equation at given pixels for the right-hand side t (G, 2), G as `given`.

        Returns v there; what it means for coarse u and v is taken from these (2, h + 2, w + 2).
        """
        t = t.astype(np.float64) / self._unseen
        if self._solve is None:
            return t
        height, width = self._shape
        y = self._solve(self._back @ t)
        for out, values in ((u, y), (v, self._to_v @ y)):
            flat = np.zeros((height * width, 2), np.float32)
            flat[self._used] = values
            out[:, 1:-1, 1:-1] -= flat.T.reshape(2, height, width)
        return np.asarray(t - (self._across @ y) / self._unseen)


def _mass(hierarchy: Hierarchy, level: int) -> Array:
    """Return the lumped P'P of a grid, P reaching from it to the finest one."""
    first = hierarchy.grids[0]
    w, excess = np.zeros_like(first.w), (first.inverse != 0).astype(np.float32)
    w, excess = hierarchy.coarsened(level, w, excess)
    rows = excess[1:-1, 1:-1].astype(np.float64)
    diagonal = rows + _degrees(w)
    return np.asarray(np.minimum(rows, _BILINEAR * diagonal).ravel())


def _degrees(w: Array) -> Array:
    """Return the sum of the weights around every pixel (H, W)."""
    total = np.zeros((w.shape[1] - 2, w.shape[2] - 2))
    for k, one, other in neighbours(total.shape, FORWARD):
        weight = w[k, 1:-1, 1:-1][one]
        total[one] += weight
        total[other] += weight
    return total


def _interpolated_coupling(grids: list[Grid], level: int) -> tuple[csr_array, Array]:
    """Return B, a row for every given pixel that touches free ones, and these, flat indices."""
    from scipy.sparse import csr_array

    finest = grids[0]
    height, width = finest.shape
    free = finest.inverse[1:-1, 1:-1] != 0
    index = np.arange(height * width).reshape(height, width)
    rows, columns, values = [], [], []
    for k, one, other in neighbours(finest.shape, FORWARD):
        weight = finest.w[k, 1:-1, 1:-1][one]
        for a, b in ((one, other), (other, one)):
            touch = ~free[a] & free[b] & (weight > 0)
            rows.append(index[a][touch])
            columns.append(index[b][touch])
            values.append(-weight[touch].astype(np.float64))
    given, row = np.unique(np.concatenate(rows), return_inverse=True)
    near, column = np.unique(np.concatenate(columns), return_inverse=True)
    shape = len(given), len(near)
    result = csr_array((np.concatenate(values), (row, column)), shape=shape)
    for k in range(level):
        weights = _interpolation(grids[k], grids[k + 1].shape, near)
        result = csr_array(result @ weights)
        near = np.unique(result.indices)
        if k < level - 1:
            result = result[:, near]
    return result, given


def _interpolation(grid: Grid, coarse: tuple[int, int], pixels: Array) -> csr_array:
    """Return the rows of the interpolation from the next grid at some pixels, flat indices."""
    from scipy.sparse import csr_array

    assert grid.p is not None
    row, column = np.divmod(pixels, grid.shape[1])
    r, c = row // 2, column // 2
    low, right = row % 2 == 1, column % 2 == 1
    rows, columns, values = [], [], []
    # Plane of p, whether the pixel is below / right of a coarse one, and which coarse one is meant.
    for plane, below, beside, dr, dc in (
        (8, False, False, 0, 0),
        (0, False, True, 0, 0),
        (1, False, True, 0, 1),
        (2, True, False, 0, 0),
        (3, True, False, 1, 0),
        (4, True, True, 0, 0),
        (5, True, True, 0, 1),
        (6, True, True, 1, 0),
        (7, True, True, 1, 1),
    ):
        inside = (r + dr < coarse[0]) & (c + dc < coarse[1])
        which = np.flatnonzero((low == below) & (right == beside) & inside)
        rows.append(which)
        columns.append((r[which] + dr) * coarse[1] + c[which] + dc)
        values.append(grid.p[plane, r[which] + 1, c[which] + 1].astype(np.float64))
    place = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.concatenate(values), place), shape=(len(pixels), coarse[0] * coarse[1]))
