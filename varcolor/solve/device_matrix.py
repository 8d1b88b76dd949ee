"""`varcolor.solve.matrix` on a device."""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda import kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.solve.device_hierarchy import DeviceHierarchy
from varcolor.solve.weights import WALK, Weights
from varcolor.typing import Array


def device_weights(device: Device, planes: DeviceArray) -> Weights:
    """Return the weights for a matrix; directed ``planes`` are scaled."""
    if planes.shape[0] == 4:
        return Weights(planes, None)
    scale = _stationary(device, planes)
    return Weights(planes * scale, scale)


def _stationary(device: Device, directed: DeviceArray) -> DeviceArray:
    """Return about the stationary distribution of the walk (H + 2, W + 2), 1 in the mean."""
    xp, q = device.xp, device.zeros(directed.shape[1:])
    q[1:-1, 1:-1] = 1.0
    other = device.zeros(directed.shape[1:])
    for _ in range(WALK):
        kernels.walk(device, directed, q, other)
        q, other = other, q
    # A pixel without neighbours loses its mass; any positive scale serves it.
    return xp.where(q > 1e-3, q, 0 * q + 1e-3)


class DeviceMatrix:
    """A matrix A, scaled if it is not symmetric, and an approximation of its inverse.

    Parameters
    ----------
    device : Device
        Where it is.
    weights : Weights
        What depends on the photo, on the device.
    excess : device array, shape (H + 2, W + 2)
        Weights of soft cues; scaled here as the rows are.
    free : device array, shape (H + 2, W + 2)
        1 at unknown pixels, else 0.
    """

    def __init__(
        self, device: Device, weights: Weights, excess: DeviceArray, free: DeviceArray
    ) -> None:
        self._device, self.weights = device, weights
        self.excess = excess if weights.scale is None else excess * weights.scale
        self._unknown = free
        self.hierarchy = DeviceHierarchy(device, weights.flows(), self.excess, free)

    @property
    def symmetric(self) -> bool:
        """Whether A is symmetric."""
        return self.weights.scale is None

    @property
    def free(self) -> DeviceArray:
        """(H + 2, W + 2) float32: zero where the value is given."""
        return self.hierarchy.grids[0].inverse

    def cycle(
        self, r: DeviceArray, z: DeviceArray, work: DeviceArray, slope: DeviceArray
    ) -> tuple[Array, float]:
        """Write about A^-1 r to z; see `varcolor.solve.hierarchy.Hierarchy.cycle`."""
        return self.hierarchy.cycle(r, z, work, slope)

    def nested(self, r: DeviceArray, z: DeviceArray) -> bool:
        """Write what coarse grids know of A^-1 r to z; see `Hierarchy.nested`."""
        return self.hierarchy.nested(r, z)

    def approximate(self, r: DeviceArray, z: DeviceArray, work: DeviceArray) -> None:
        """Write about A^-1 r to z; see `varcolor.solve.hierarchy.Hierarchy.apply`."""
        self.hierarchy.apply(r, z, work)

    def renew(self) -> None:
        """Make the hierarchy anew for weights that have been overwritten."""
        self.hierarchy.update(self._unknown)

    def apply(self, u: DeviceArray, out: DeviceArray) -> Array:
        """Write A u to ``out`` and return the dot products with u."""
        return kernels.product(self._device, self.weights.planes, self.excess, self.free, u, out)

    def dot(self, a: DeviceArray, b: DeviceArray) -> Array:
        """Return the dot products of both channels."""
        return kernels.dot(self._device, a, b)

    def add(self, a: DeviceArray, b: DeviceArray, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        kernels.add_scaled(self._device, a, b, scale)

    def scale_and_add(self, a: DeviceArray, scale: Array, b: DeviceArray) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        kernels.scale_and_add(self._device, a, b, scale)

    def products(self, images: DeviceArray, count: int, q: DeviceArray) -> Array:
        """Return the dot products of q with the first ``images``, (count, 2)."""
        found = [self.dot(images[i, ...], q) for i in range(count)]
        return np.array(found).reshape(count, 2)

    def orthogonalise(
        self,
        p: DeviceArray,
        images: DeviceArray,
        z: DeviceArray,
        q: DeviceArray,
        r: DeviceArray,
        shares: Array,
        new: int,
    ) -> Array:
        """Make q = A z orthogonal to other images; see `varcolor.solve.operator`."""
        step = 1 * z  # a copy, in any array library
        for i, share in enumerate(shares):
            self.add(step, p[i, ...], -share)
            self.add(q, images[i, ...], -share)
        p[new, ...], images[new, ...] = step, q
        return np.array([self.dot(q, other) for other in (q, r)])

    def advance(
        self, u: DeviceArray, p: DeviceArray, r: DeviceArray, q: DeviceArray, scale: Array
    ) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        return kernels.advance(self._device, u, p, r, q, scale)

    def residual(self, pull: DeviceArray, u: DeviceArray, r: DeviceArray) -> Array:
        """Write excess (pull - u) - L u to r; return the largest |r| of both channels."""
        own = self.weights.planes, self.excess, self.free
        return kernels.exact_residual(self._device, *own, pull, u, r)
