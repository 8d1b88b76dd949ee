"""Schur complement of the mixed form on one coarse grid of a hierarchy, factorised.

With P the interpolation from that grid, v and u both of the form P times a coarse picture, and v
tested there only, the mixed form (`varcolor.solve.biharmonic.mixed_form`) becomes

    (S_c M^-1 S_c + B'B / t) y = b,    S_c = P'S P,    M = P' root^2 P lumped,

with B = root^-1 S P at fixed pixels; S, the symmetric part of N, stands for N. v being tested
coarsely is what makes it good: |root^-1 N P y|^2 itself would charge y for the kinks of the
interpolation. Along strokes the grid sees what changes over more than 2^level pixels; for the rest
the exact operator is between 1 and about that: t stands for it, the number that serves best. M is
lumped to its row sums, or to 9/4 of its diagonal (what both would be for bilinear interpolation)
where that is less: functions cut short by fixed pixels have a small diagonal but large row sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.backend.kernels.multigrid.transfer import prolong
from varcolor.energy.stencil import FORWARD, neighbours
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered, entries
from varcolor.solve.sparse.superlu import factorised
from varcolor.typing import Array, Shape

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy

#: Most coarse pixels, and the largest part of all pixels.
_MOST, _SHARE = 24_000, 0.1
#: A row sum of M over its diagonal entry, for bilinear interpolation.
_BILINEAR = 2.25
#: What is added to the matrix, as a part of its diagonal.
_ROUNDING = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class CoarseEquations:
    """The matrices of a coarse grid, on the host."""

    level: int
    shape: Shape
    """Height and width of the grid."""
    used: Array
    """(U,) flat indices of the coarse pixels that have a part in anything."""
    laplacian: csr_array
    """(U, U): S_c."""
    mass: Array
    """(U,): M, lumped."""
    across: csr_array
    """(G, U): B."""
    given: tuple[Array, Array]
    """(G,) rows and columns of the fixed pixels that touch free ones."""
    matrix: csr_array
    """(U, U): what stands in front of y, definite."""
    unseen: float
    """t, which stands for what the grid does not see."""

    @classmethod
    def of(
        cls,
        hierarchy: Hierarchy | TiledHierarchy,
        free: Any,
        root: Any,
        most: int = _MOST,
        get: Callable[[Any], Array] = np.asarray,
    ) -> CoarseEquations:
        """Make them for the first grid of at most so many pixels.

        Parameters
        ----------
        hierarchy : Hierarchy or TiledHierarchy
            Of S with the fixed pixels left out.
        free : array, shape (H + 2, W + 2)
            1 where u is unknown, else 0, float32, like the hierarchy's arrays.
        root : array, shape (H + 2, W + 2)
            As `varcolor.solve.biharmonic.mixed_form.Factor` has it.
        most : int
            Largest number of coarse pixels.
        get : callable
            Returns such an array on the host.
        """
        from scipy.sparse import coo_array, csr_array, diags_array

        grids: list[Any] = list(hierarchy.grids)
        sizes = [grid.shape[0] * grid.shape[1] for grid in grids]
        limit = min(most, _SHARE * sizes[0])
        level = next((k for k, n in enumerate(sizes) if n <= limit), len(sizes) - 1)
        first, size = grids[0], sizes[level]
        w, reaction = map(get, hierarchy.coarsened(level, first.w, first.reaction))
        rows, columns, values = entries(w, reaction)
        laplacian = csr_array(coo_array((values, (rows, columns)), shape=(size, size)))
        mass = _lumped(*map(get, hierarchy.coarsened(level, 0 * first.w, free * root * root)))
        used = np.flatnonzero((laplacian.diagonal() > 1e-30) & (mass > 1e-30))
        laplacian = laplacian[used][:, used]
        mass = mass[used]
        between = [(get(grid.p), grid.shape) for grid in grids[:level]]
        inside = get(free)[1:-1, 1:-1] != 0
        across, given = _interpolated_coupling(get(first.w), inside, between, grids[level].shape)
        scale = 1 / get(root)[1:-1, 1:-1].ravel()[given].astype(np.float64)
        across = csr_array(diags_array(scale) @ across[:, used])
        unseen = float(2**level)
        matrix = laplacian @ diags_array(1 / mass) @ laplacian
        matrix = matrix + (across.T.tocsr() @ across) / unseen
        matrix = matrix + diags_array(_ROUNDING * matrix.diagonal() + 1e-30)
        where = np.divmod(given, first.shape[1])
        own = level, grids[level].shape, used, laplacian, mass
        return cls(*own, across, where, csr_array(matrix), unseen)


class CoarseMixed:
    """The matrix of a coarse grid, factorised.

    Parameters
    ----------
    hierarchy, free, root
        As of `CoarseEquations`.
    """

    def __init__(self, hierarchy: Hierarchy, free: Array, root: Array) -> None:
        self._hierarchy = hierarchy
        self.equations = CoarseEquations.of(hierarchy, free, root)
        self._back = self.equations.across.T.tocsr()
        self._solve = factorised(self.equations.matrix) if len(self.equations.used) else None
        self._fields = [
            (bordered(grid.shape, 2), bordered(grid.shape, 2))
            for grid in hierarchy.grids[1 : self.equations.level + 1]
        ]

    def correct(self, given: Array, u: Array, v: Array) -> None:
        """Solve for v at fixed pixels from the right-hand side there.

        ``given`` (2, H + 2, W + 2) becomes the solution; what that means for u and v, like it, is
        taken from these.
        """
        rows, columns = self.equations.given
        for coarse in (field for pair in self._fields for field in pair):
            coarse[:] = 0
        near = given[:, rows + 1, columns + 1]
        given[:, rows + 1, columns + 1] = self.solve(near.T, *self._fields[-1]).T
        grids, run = self._hierarchy.grids, self._hierarchy.team.run
        for k in range(self.equations.level - 1, -1, -1):
            to = (u, v) if k == 0 else self._fields[k - 1]
            for source, target in zip(self._fields[k], to, strict=True):
                run(prolong, grids[k].coarse_strips, grids[k].p, source, target)

    def solve(self, t: Array, u: Array, v: Array) -> Array:
        """Solve for the right-hand side t (G, 2), G as `CoarseEquations.given`.

        Returns v there; what it means for coarse u and v is taken from these (2, h + 2, w + 2).
        """
        own = self.equations
        t = t.astype(np.float64) / own.unseen
        if self._solve is None:
            return t
        height, width = own.shape
        y = self._solve(self._back @ t)
        for out, values in ((u, y), (v, (own.laplacian @ y) / own.mass[:, None])):
            flat = np.zeros((height * width, 2), np.float32)
            flat[own.used] = values
            out[:, 1:-1, 1:-1] -= flat.T.reshape(2, height, width)
        return np.asarray(t - (own.across @ y) / own.unseen)


def _lumped(w: Array, reaction: Array) -> Array:
    """Return the lumped form (N,) of a coarse grid's P'P."""
    rows = reaction[1:-1, 1:-1].astype(np.float64)
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


def _interpolated_coupling(
    w: Array, free: Array, between: list[tuple[Array, Shape]], coarsest: Shape
) -> tuple[csr_array, Array]:
    """Return root B, a row for every fixed pixel that touches free ones, and their flat indices.

    ``between`` are the interpolation to every grid and its shape, from the finest on.
    """
    from scipy.sparse import csr_array

    index = np.arange(free.size).reshape(free.shape)
    rows, columns, values = [], [], []
    for k, one, other in neighbours(free.shape, FORWARD):
        weight = w[k, 1:-1, 1:-1][one]
        for a, b in ((one, other), (other, one)):
            touch = ~free[a] & free[b] & (weight > 0)
            rows.append(index[a][touch])
            columns.append(index[b][touch])
            values.append(-weight[touch].astype(np.float64))
    given, row = np.unique(np.concatenate(rows), return_inverse=True)
    near, column = np.unique(np.concatenate(columns), return_inverse=True)
    shape = len(given), len(near)
    result = csr_array((np.concatenate(values), (row, column)), shape=shape)
    shapes = [own for _, own in between] + [coarsest]
    for k, (p, own) in enumerate(between):
        result = csr_array(result @ _interpolation(p, own, shapes[k + 1], near))
        near = np.unique(result.indices)
        if k < len(between) - 1:
            result = result[:, near]
    return result, given


def _interpolation(p: Array, shape: Shape, coarse: Shape, pixels: Array) -> csr_array:
    """Return the rows of the interpolation from the next grid at some pixels, flat indices."""
    from scipy.sparse import csr_array

    row, column = np.divmod(pixels, shape[1])
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
        values.append(p[plane, r[which] + 1, c[which] + 1].astype(np.float64))
    place = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.concatenate(values), place), shape=(len(pixels), coarse[0] * coarse[1]))
