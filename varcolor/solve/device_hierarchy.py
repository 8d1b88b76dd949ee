"""The grids of `varcolor.solve.hierarchy` on a device.

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

from dataclasses import dataclass

from varcolor.backend.cuda import kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.solve.weights import REFINEMENTS
from varcolor.typing import Array


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
    p: DeviceArray = None
    """Interpolation from the next coarser grid; None on the coarsest."""


class DeviceHierarchy:
    """All grids of one system.

    Parameters
    ----------
    device : Device
        Where they are.
    w, excess : device array
        The matrix on the finest grid; kept, not copied.
    inverse : device array, shape (H + 2, W + 2)
        1 at unknown pixels, else 0; overwritten.
    """

    def __init__(
        self, device: Device, w: DeviceArray, excess: DeviceArray, inverse: DeviceArray
    ) -> None:
        self._device = device
        self.grids = [DeviceGrid(w, excess, inverse, 0 * w, None, None, None)]
        while True:
            grid = self.grids[-1]
            kernels.factor(device, grid.w, grid.excess, grid.inverse, grid.v)
            height, width = kernels.shape_of(grid.excess)
            if height * width == 1:
                break
            self.grids.append(self._coarser(grid, ((height + 1) // 2, (width + 1) // 2)))

    def _coarser(self, grid: DeviceGrid, shape: tuple[int, int]) -> DeviceGrid:
        """Set the interpolation of a grid, and return the next one."""
        device, own = self._device, (grid.w, grid.excess)
        bordered = shape[0] + 2, shape[1] + 2
        grid.p, deficit = device.zeros((9, *bordered)), 1 + 0 * grid.excess
        for again in range(1 + REFINEMENTS):
            kernels.interpolate_sides(device, *own, grid.p, deficit, again > 0)
            kernels.interpolate_centres(device, *own, grid.p, deficit)
        if grid is self.grids[0]:
            kernels.hold_given(device, grid.inverse, grid.p, deficit)
        w, v = (device.zeros((4, *bordered)) for _ in range(2))
        excess, inverse = (device.zeros(bordered) for _ in range(2))
        kernels.galerkin(device, *own, grid.p, deficit, w, excess)
        inverse[1:-1, 1:-1] = 1.0
        pictures = (device.zeros((2, *bordered)) for _ in range(3))
        return DeviceGrid(w, excess, inverse, v, *pictures)

    def cycle(
        self, b: DeviceArray, z: DeviceArray, work: DeviceArray, slope: DeviceArray
    ) -> tuple[Array, float]:
        """Do what `varcolor.solve.hierarchy.Hierarchy.cycle` does."""
        self._smooth_and_correct(0, b, z, work)
        return kernels.finish(self._device, z, work, b, slope)

    def _smooth_and_correct(
        self, level: int, b: DeviceArray, z: DeviceArray, work: DeviceArray
    ) -> None:
        """Do the cycle but for its last sum, z + ``work``."""
        device, grid = self._device, self.grids[level]
        smoother = grid.w, grid.excess, grid.v, grid.inverse
        kernels.smooth(device, *smoother, b, z, z, True)
        if grid.p is not None:
            coarse = self.grids[level + 1]
            matrix = grid.w, grid.excess, grid.inverse
            kernels.restrict_residual(device, *matrix, b, z, grid.p, coarse.b)
            self._smooth_and_correct(level + 1, coarse.b, coarse.z, coarse.work)
            kernels.prolong(device, grid.p, coarse.z, coarse.work, z)
        kernels.smooth(device, *smoother, b, z, work, False)
