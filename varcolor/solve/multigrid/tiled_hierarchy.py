"""The grids of `varcolor.solve.multigrid.hierarchy` on a device.

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

from varcolor.backend.cuda import kernels
from varcolor.backend.cuda.launch import shape_of
from varcolor.backend.device import Device, DeviceArray
from varcolor.solve.multigrid.stencil_weights import REFINEMENTS
from varcolor.typing import Array, Shape


@dataclass(slots=True, eq=False)
class DeviceGrid:
    """One level; arrays as in `varcolor.backend.kernels`."""

    w: DeviceArray
    excess: DeviceArray
    inverse: DeviceArray
    v: DeviceArray
    """The smoother's weights."""
    b: DeviceArray
    z: DeviceArray
    work: DeviceArray
    first: DeviceArray
    """What `DeviceHierarchy.nested` begins with."""
    p: DeviceArray = None
    """Interpolation from the next coarser grid; None on the coarsest."""
    deficit: DeviceArray = None
    """What its rows lack of 1."""

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return shape_of(self.excess)


class DeviceHierarchy:
    """All grids of one system.

    Parameters
    ----------
    device : Device
        Where they are.
    w, excess : device array
        The matrix on the finest grid; kept, not copied.
    unknown : device array, shape (H + 2, W + 2)
        1 at unknown pixels, else 0.
    """

    def __init__(
        self, device: Device, w: DeviceArray, excess: DeviceArray, unknown: DeviceArray
    ) -> None:
        self._device = device
        self.grids = [DeviceGrid(w, excess, 0 * excess, 0 * w, None, None, None, None)]
        height, width = shape_of(excess)
        while height * width > 1:
            height, width = (height + 1) // 2, (width + 1) // 2
            shape = height + 2, width + 2
            self.grids[-1].p = device.zeros((9, *shape))
            matrix = device.zeros((4, *shape)), device.zeros(shape)
            smoother = device.zeros(shape), device.zeros((4, *shape))
            pictures = (device.zeros((2, *shape)) for _ in range(4))
            self.grids.append(DeviceGrid(*matrix, *smoother, *pictures))
        self.update(unknown)

    def update(self, unknown: DeviceArray) -> None:
        """Make all anew for other weights on the finest grid, or other unknown pixels."""
        self.grids[0].inverse[...] = unknown
        for level, grid in enumerate(self.grids):
            if level:
                grid.inverse[1:-1, 1:-1] = 1.0
            kernels.factor(self._device, grid.w, grid.excess, grid.inverse, grid.v)
            if grid.p is not None:
                self._coarsen(grid, self.grids[level + 1])

    def _coarsen(self, grid: DeviceGrid, coarse: DeviceGrid) -> None:
        """Set the interpolation of a grid, and the matrix of the next one."""
        device, own = self._device, (grid.w, grid.excess)
        grid.deficit = deficit = 1 + 0 * grid.excess
        for again in range(1 + REFINEMENTS):
            kernels.interpolate_sides(device, *own, grid.p, deficit, again > 0)
            kernels.interpolate_centres(device, *own, grid.p, deficit)
        if grid is self.grids[0]:
            kernels.hold_given(device, grid.inverse, grid.p, deficit)
        kernels.galerkin(device, *own, grid.p, deficit, coarse.w, coarse.excess)

    def coarsened(
        self, level: int, w: DeviceArray, excess: DeviceArray
    ) -> tuple[DeviceArray, DeviceArray]:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.coarsened` does."""
        for grid, coarse in itertools.pairwise(self.grids[: level + 1]):
            to = 0 * coarse.w, 0 * coarse.excess
            kernels.galerkin(self._device, w, excess, grid.p, grid.deficit, *to)
            w, excess = to
        return w, excess

    def cycle(
        self, b: DeviceArray, z: DeviceArray, work: DeviceArray, slope: DeviceArray
    ) -> tuple[Array, float]:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.cycle` does."""
        self._smooth_and_correct(0, b, z, work)
        return kernels.finish(self._device, z, work, b, slope)

    def apply(self, b: DeviceArray, z: DeviceArray, work: DeviceArray) -> None:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.apply` does."""
        self._smooth_and_correct(0, b, z, work)
        z += work

    def nested(self, b: DeviceArray, z: DeviceArray) -> bool:
        """Do what `varcolor.solve.multigrid.hierarchy.Hierarchy.nested` does."""
        if len(self.grids) == 1:
            return False
        self._nested(1, b)
        z[...] = 0
        self._prolong(0, self.grids[1].first, z)
        return True

    def _nested(self, level: int, b: DeviceArray) -> None:
        """Set ``first`` of a grid, b being the right-hand side of the next finer one."""
        fine, grid = self.grids[level - 1], self.grids[level]
        # P'(b - A 0).
        self._restrict(fine, b, 0 * b, grid.b)
        grid.first[...] = 0
        if grid.p is not None:
            self._nested(level + 1, grid.b)
            self._prolong(level, self.grids[level + 1].first, grid.first)
            own = grid.w, grid.excess, grid.inverse, grid.first, grid.work
            kernels.product(self._device, *own)
            grid.b -= grid.work
        self._smooth_and_correct(level, grid.b, grid.z, grid.work)
        grid.first += grid.z
        grid.first += grid.work

    def half_cycle(self, b: DeviceArray, z: DeviceArray, spare: DeviceArray) -> None:
        """Do what `hierarchy.Hierarchy.half_cycle` does; ``spare`` is not used."""
        self._correct(0, b, z)

    def _smooth_and_correct(
        self, level: int, b: DeviceArray, z: DeviceArray, work: DeviceArray
    ) -> None:
        """Do the cycle but for its last sum, z + ``work``."""
        grid = self.grids[level]
        self._correct(level, b, z)
        own = grid.w, grid.excess, grid.v, grid.inverse
        kernels.smooth(self._device, *own, b, z, work, False)

    def _correct(self, level: int, b: DeviceArray, z: DeviceArray) -> None:
        """Smooth, and add the next grid's correction."""
        device, grid = self._device, self.grids[level]
        kernels.smooth(device, grid.w, grid.excess, grid.v, grid.inverse, b, z, z, True)
        if grid.p is not None:
            coarse = self.grids[level + 1]
            self._restrict(grid, b, z, coarse.b)
            self._smooth_and_correct(level + 1, coarse.b, coarse.z, coarse.work)
            kernels.prolong(device, grid.p, coarse.z, coarse.work, z)

    def _restrict(
        self, grid: DeviceGrid, b: DeviceArray, u: DeviceArray, coarse: DeviceArray
    ) -> None:
        """Write P'(b - A u) to the next coarser grid."""
        matrix = grid.w, grid.excess, grid.inverse
        kernels.restrict_residual(self._device, *matrix, b, u, grid.p, coarse)

    def _prolong(self, level: int, coarse: DeviceArray, u: DeviceArray) -> None:
        """Add P times the coarse picture to u."""
        kernels.prolong(self._device, self.grids[level].p, coarse, 0 * coarse, u)
