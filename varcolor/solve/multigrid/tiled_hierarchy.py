"""Multigrid for GPUs: the grids of `varcolor.solve.multigrid.hierarchy`, smoothed in tiles.

The smoother is incomplete Cholesky inside tiles, which are treated at the same time; weights stay
in 32 bits, residuals are computed, and the smoother counts the few negative weights of coarse grids
as positive. Grids get coarser until one pixel is left: small grids cost a device next to nothing,
and no matrix has to be inverted on the host.

Steps to half a level by one stopping rule, on a photo of 1 megapixel with 40 strokes, for the
affinities levin-sym and default and for Levin's equations:

    Cholesky in tiles of 32 x 32                      5   31   53
    symmetric Gauss-Seidel in tiles, two sweeps      15   39   65
    symmetric Gauss-Seidel in four colours            9   51   86
    Chebyshev polynomials of degree two               9   51   73

On thin pictures Gauss-Seidel takes many times the steps of Cholesky, which is all but exact there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.stencil.matvec import product
from varcolor.backend.launch import DeviceBackend
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.stencil_weights import REFINEMENTS
from varcolor.typing import Array, BoolArray, Shape


@dataclass(slots=True, eq=False)
class TiledGrid:
    """One level; arrays as in `varcolor.backend.kernels`."""

    w: Any
    reaction: Any
    inverse: Any
    v: Any
    """The smoother's weights."""
    b: Any
    z: Any
    work: Any
    first: Any
    """What `TiledHierarchy.nested` begins with."""
    p: Any = None
    """Interpolation from the next coarser grid; None on the coarsest."""
    deficit: Any = None
    """What its rows lack of 1."""

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.reaction.shape[0] - 2, self.reaction.shape[1] - 2


class TiledHierarchy:
    """All grids of one system.

    Parameters
    ----------
    device : DeviceBackend
        Where they are.
    w, reaction : device array
        The matrix on the finest grid; kept, not copied.
    free_mask : device array, shape (H + 2, W + 2)
        1 at free pixels, else 0.
    """

    def __init__(self, device: DeviceBackend, w: Any, reaction: Any, free_mask: Any) -> None:
        self._device = device
        self.grids = [TiledGrid(w, reaction, 0 * reaction, 0 * w, None, None, None, None)]
        height, width = self.grids[0].shape
        while height * width > 1:
            height, width = (height + 1) // 2, (width + 1) // 2
            shape = height + 2, width + 2
            self.grids[-1].p = device.zeros((9, *shape))
            matrix = device.zeros((4, *shape)), device.zeros(shape)
            smoother = device.zeros(shape), device.zeros((4, *shape))
            pictures = (device.zeros((2, *shape)) for _ in range(4))
            self.grids.append(TiledGrid(*matrix, *smoother, *pictures))
        self.update(free_mask)

    def update(self, free_mask: Any) -> None:
        """Rebuild all for other weights on the finest grid, or other free pixels."""
        self.grids[0].inverse[...] = free_mask
        for level, grid in enumerate(self.grids):
            if level:
                grid.inverse[1:-1, 1:-1] = 1.0
            self._device.start("factor", grid.w, grid.reaction, grid.inverse, grid.v)
            if grid.p is not None:
                self._coarsen(grid, self.grids[level + 1])

    def _coarsen(self, grid: TiledGrid, coarse: TiledGrid) -> None:
        """Set the interpolation of a grid, and the matrix of the next one."""
        own = grid.w, grid.reaction
        grid.deficit = deficit = 1 + 0 * grid.reaction
        for again in range(1 + REFINEMENTS):
            self._device.start("interpolate_sides", *own, grid.p, deficit, again > 0)
            self._device.start("interpolate_centres", *own, grid.p, deficit)
        if grid is self.grids[0]:
            self._device.start("zero_fixed_rows", grid.inverse, grid.p, deficit)
        self._galerkin((*own, grid.p, deficit), coarse.w, coarse.reaction)

    def _galerkin(self, fine: tuple[Any, ...], w: Any, reaction: Any) -> None:
        """Write P'AP, A and P those of ``fine``: weights, reaction, interpolation, deficit."""
        cells = self._device.zeros((10, *reaction.shape))
        self._device.start("galerkin_cells", *fine, cells)
        self._device.start("galerkin", cells, w, reaction)

    def coarsened(self, level: int, w: Any, reaction: Any) -> tuple[Any, Any]:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.coarsened` does."""
        for grid, coarse in itertools.pairwise(self.grids[: level + 1]):
            to = 0 * coarse.w, 0 * coarse.reaction
            self._galerkin((w, reaction, grid.p, grid.deficit), *to)
            w, reaction = to
        return w, reaction

    def cycle(self, b: Any, z: Any, work: Any, slope: Any) -> tuple[Array, float]:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.cycle` does."""
        self._smooth_and_correct(0, b, z, work)
        found = self._device.start("finish", z, work, b, slope)
        return found[:2], float(found[2])

    def apply(self, b: Any, z: Any, work: Any) -> None:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.apply` does."""
        self._smooth_and_correct(0, b, z, work)
        z += work

    def nested(self, b: Any, z: Any) -> bool:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.nested` does."""
        if len(self.grids) == 1:
            return False
        self._nested(1, b)
        z[...] = 0
        self._prolong(0, self.grids[1].first, z)
        return True

    def _nested(self, level: int, b: Any) -> None:
        """Set ``first`` of a grid, b being the right-hand side of the next finer one."""
        fine, grid = self.grids[level - 1], self.grids[level]
        # P'(b - A 0).
        self._restrict(fine, b, 0 * b, grid.b)
        grid.first[...] = 0
        if grid.p is not None:
            self._nested(level + 1, grid.b)
            self._prolong(level, self.grids[level + 1].first, grid.first)
            own = grid.w, grid.reaction, grid.inverse, grid.first, grid.work
            self._device.run(product, *own)
            grid.b -= grid.work
        self._smooth_and_correct(level, grid.b, grid.z, grid.work)
        grid.first += grid.z
        grid.first += grid.work

    def half_cycle(self, b: Any, z: Any, spare: Any) -> None:
        """Do what `hierarchy.Hierarchy.half_cycle` does; ``spare`` is not used."""
        self._correct(0, b, z)

    def _smooth_and_correct(self, level: int, b: Any, z: Any, work: Any) -> None:
        """Do the cycle but for its last sum, z + ``work``."""
        grid = self.grids[level]
        self._correct(level, b, z)
        own = grid.w, grid.reaction, grid.v, grid.inverse
        self._device.start("smooth", *own, b, z, work, False)

    def _correct(self, level: int, b: Any, z: Any) -> None:
        """Smooth, and add the next grid's correction."""
        grid = self.grids[level]
        self._device.start("smooth", grid.w, grid.reaction, grid.v, grid.inverse, b, z, z, True)
        if grid.p is not None:
            coarse = self.grids[level + 1]
            self._restrict(grid, b, z, coarse.b)
            self._smooth_and_correct(level + 1, coarse.b, coarse.z, coarse.work)
            self._device.start("prolong", grid.p, coarse.z, coarse.work, z)

    def _restrict(self, grid: TiledGrid, b: Any, u: Any, coarse: Any) -> None:
        """Write P'(b - A u) to the next coarser grid."""
        matrix = grid.w, grid.reaction, grid.inverse
        self._device.start("restrict_residual", *matrix, b, u, grid.p, coarse)

    def _prolong(self, level: int, coarse: Any, u: Any) -> None:
        """Add P times the coarse picture to u."""
        self._device.start("prolong", self.grids[level].p, coarse, 0 * coarse, u)


def hierarchy_of(
    backend: Backend, w: Any, reaction: Any, free_mask: BoolArray
) -> Hierarchy | TiledHierarchy:
    """Return the grids for a symmetric matrix on a backend.

    Parameters
    ----------
    backend : Backend
        Where they are.
    w, reaction : array, shape (4, H + 2, W + 2) and (H + 2, W + 2)
        The matrix; kept, not copied.
    free_mask : ndarray of bool, shape (H, W)
        False where the value is fixed.
    """
    if isinstance(backend, DeviceBackend):
        free = backend.asarray(np.pad(free_mask, 1).astype(np.float32))
        return TiledHierarchy(backend, w, reaction, free)
    assert isinstance(backend, CpuBackend)
    return Hierarchy(w, reaction, free_mask, backend.team)
