"""Black-box multigrid on nine-point stencils: the grids, and one V-cycle over them.

Every grid takes every second pixel of the next finer one; interpolation follows the weights, coarse
matrices are Galerkin products, the smoother is DIC before and after. One cycle is a symmetric
positive definite approximation of the inverse: the preconditioner of conjugate gradients. The
coarsest grid is solved exactly.

Reference: J. Dendy, "Black box multigrid", J. Comput. Phys. 48 (1982).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from varcolor.backend.kernels.coarsen import (
    galerkin,
    hold_given,
    interpolate_centres,
    interpolate_sides,
)
from varcolor.backend.kernels.operator import add_scaled, residual
from varcolor.backend.kernels.smoother import factor, smooth
from varcolor.backend.kernels.transfer import prolong, restrict_residual
from varcolor.backend.threads import Team
from varcolor.typing import Array, BoolArray, Shape

Strips = list[tuple[int, int]]

#: Rows of a strip of the smoother; grids below the size that threads pay for are one strip.
_STRIP_ROWS = 64
_ONE_STRIP_BELOW = 1 << 16
#: Unknowns that are solved directly.
_COARSEST = 200
#: How often the interpolation is improved.
_REFINEMENTS = 2
_ONES = np.ones(2, np.float32)


def bordered(shape: Shape, *planes: int) -> Array:
    """Return zeros (*planes, H + 2, W + 2), float32."""
    return np.zeros((*planes, shape[0] + 2, shape[1] + 2), np.float32)


def strips_of(rows: int, pixels: int) -> Strips:
    """Divide rows 1 to ``rows`` (border counted) into strips."""
    step = _STRIP_ROWS if pixels >= _ONE_STRIP_BELOW else max(rows, 1)
    return [(top, min(top + step, rows + 1)) for top in range(1, rows + 1, step)]


@dataclass(slots=True, eq=False)
class Grid:
    """One level; arrays as in `varcolor.backend.kernels`."""

    w: Array
    excess: Array
    inverse: Array
    strips: Strips
    p: Array | None = None
    """Interpolation from the next coarser grid."""
    coarse_strips: Strips = field(default_factory=list)
    b: Array | None = None
    z: Array | None = None
    work: Array | None = None

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.excess.shape[0] - 2, self.excess.shape[1] - 2


class Hierarchy:
    """All grids of one system.

    Parameters
    ----------
    w, excess : ndarray
        The matrix on the finest grid.
    unknown : ndarray of bool, shape (H, W)
        False where the value is given.
    team : Team
        Threads.
    """

    def __init__(self, w: Array, excess: Array, unknown: BoolArray, team: Team) -> None:
        self.team = team
        inverse = np.zeros_like(excess)
        inverse[1:-1, 1:-1] = unknown
        self.grids: list[Grid] = []
        while True:
            shape = (excess.shape[0] - 2, excess.shape[1] - 2)
            grid = Grid(w, excess, inverse, strips_of(shape[0], shape[0] * shape[1]))
            self.grids.append(grid)
            if shape[0] * shape[1] <= _COARSEST:
                break
            w, excess = self._coarser(grid)
            inverse = np.zeros_like(excess)
            inverse[1:-1, 1:-1] = 1
            team.run(factor, grid.strips, grid.w, grid.excess, grid.inverse)
        self._inverse = _dense_inverse(self.grids[-1])
        for grid in self.grids[1:]:
            grid.b, grid.z = bordered(grid.shape, 2), bordered(grid.shape, 2)
        for grid in self.grids[:-1]:
            grid.work = bordered(grid.shape, 2)

    def _coarser(self, grid: Grid) -> tuple[Array, Array]:
        """Set the interpolation of a grid and return the matrix of the next one."""
        height, width = grid.shape
        shape = (height + 1) // 2, (width + 1) // 2
        p, deficit = bordered(shape, 9), np.ones_like(grid.excess)
        strips = strips_of(shape[0], 4 * shape[0] * shape[1])
        run = self.team.run
        run(interpolate_sides, strips, grid.w, grid.excess, p, deficit, False)
        run(interpolate_centres, strips, grid.w, grid.excess, p, deficit)
        for _ in range(_REFINEMENTS):
            run(interpolate_sides, strips, grid.w, grid.excess, p, deficit, True)
            run(interpolate_centres, strips, grid.w, grid.excess, p, deficit)
        if len(self.grids) == 1:
            run(hold_given, strips, grid.inverse, p, deficit)
        w, excess = bordered(shape, 4), bordered(shape)
        tails = np.empty((len(strips), 2, shape[1] + 2), np.float32)

        def product(top: int, bottom: int) -> None:
            tail = tails[strips.index((top, bottom))]
            galerkin(grid.w, grid.excess, p, deficit, w, excess, tail, top, bottom)

        run(product, strips)
        for (_, bottom), tail in zip(strips[:-1], tails[:-1], strict=True):
            w[0, bottom] += tail[0]
            excess[bottom] += tail[1]
        grid.p, grid.coarse_strips = p, strips
        return w, excess

    def cycle(self, b: Array, z: Array, level: int = 0) -> None:
        """Write an approximation of A^-1 b to z, both (2, H + 2, W + 2)."""
        grid, run = self.grids[level], self.team.run
        if grid.p is None:
            height, width = grid.shape
            flat = b[:, 1:-1, 1:-1].reshape(2, -1).T
            z[:, 1:-1, 1:-1] = (self._inverse @ flat).T.reshape(2, height, width)
            return
        w, excess, inverse = grid.w, grid.excess, grid.inverse
        coarse = self.grids[level + 1]
        run(smooth, grid.strips, w, inverse, b, z)
        run(restrict_residual, grid.coarse_strips, w, excess, inverse, b, z, grid.p, coarse.b)
        self.cycle(coarse.b, coarse.z, level + 1)  # type: ignore[arg-type]
        run(prolong, grid.coarse_strips, grid.p, coarse.z, z)
        run(residual, grid.strips, w, excess, inverse, b, z, grid.work)
        run(smooth, grid.strips, w, inverse, grid.work, grid.work)
        run(add_scaled, grid.strips, z, grid.work, _ONES)


def _dense_inverse(grid: Grid) -> Array:
    """Return the inverse of the coarsest matrix; pixels that nothing depends on get zero."""
    height, width = grid.shape
    index = np.arange(height * width).reshape(height, width)
    matrix = np.diag(grid.excess[1:-1, 1:-1].ravel().astype(np.float64))
    for k, (dr, dc) in enumerate(((0, 1), (1, -1), (1, 0), (1, 1))):
        rows, columns = slice(0, height - dr), slice(max(0, -dc), width - max(0, dc))
        here = index[rows, columns].ravel()
        there = index[dr:, max(0, dc) : width + min(0, dc)].ravel()
        weight = grid.w[k, 1:-1, 1:-1][rows, columns].ravel()
        np.add.at(matrix, (here, here), weight)
        np.add.at(matrix, (there, there), weight)
        matrix[here, there] -= weight
        matrix[there, here] -= weight
    used = (grid.inverse[1:-1, 1:-1].ravel() != 0) & (np.diag(matrix) > 1e-30)
    result = np.zeros_like(matrix)
    block = np.ix_(used, used)
    result[block] = np.linalg.pinv(matrix[block], hermitian=True)
    return result.astype(np.float32)
