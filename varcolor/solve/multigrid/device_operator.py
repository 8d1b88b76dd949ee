"""`varcolor.solve.multigrid.operator` on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.backend.cuda import kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.kernels.multigrid.contraction_rate import AT_MOST, GROWN, MOST
from varcolor.solve.multigrid.device_deflation_tiles import DeviceClusters
from varcolor.solve.multigrid.row_scaling import net_inflow, scale_rows, scale_rows_again
from varcolor.solve.multigrid.stencil_weights import Weights, mean_flows
from varcolor.solve.multigrid.tiled_hierarchy import DeviceHierarchy
from varcolor.typing import Array

_AT_MOST, _GROWN, _MOST = float(AT_MOST), float(GROWN), float(MOST)


def device_weights(device: Device, planes: DeviceArray) -> Weights:
    """Return the weights for a matrix; directed ``planes`` are scaled in place."""
    if planes.shape[0] == 4:
        return Weights(planes, None)
    return Weights(planes, scale_rows(_There(device), planes))


def device_scale_again(device: Device, weights: Weights) -> None:
    """Do what `varcolor.solve.multigrid.operator.scale_again` does."""
    scale_rows_again(_There(device), weights.planes, weights.scale)


def device_flows(device: Device, planes: DeviceArray) -> DeviceArray:
    """Return the symmetric part of weights, (4, H + 2, W + 2): symmetric ones themselves."""
    if planes.shape[0] == 4:
        return planes
    flows = device.zeros((4, *planes.shape[1:]))
    mean_flows(planes, flows, 1, planes.shape[1] - 1)
    return flows


class _There:
    """Where rows are scaled: a device; see `varcolor.solve.multigrid.row_scaling.Place`."""

    def __init__(self, device: Device) -> None:
        self._device, self.xp = device, device.xp

    def walk(self, planes: DeviceArray, q: DeviceArray, y: DeviceArray, out: DeviceArray) -> None:
        kernels.walk(self._device, planes, q, y, out)

    def rows(self, work: Callable[..., Any], *arrays: DeviceArray) -> list[Any]:
        return [work(*(a[..., 1:-1, :] for a in arrays))]

    def corrected(
        self, planes: DeviceArray, q: DeviceArray, inside: DeviceArray, moved: DeviceArray
    ) -> DeviceArray:
        device = self._device
        b, t = (device.zeros((2, *q.shape)) for _ in range(2))
        excess = device.zeros(q.shape)
        net_inflow(q, inside, moved, b[0, ...], excess)
        DeviceHierarchy(device, device_flows(device, planes), excess, inside).nested(b, t)
        return t[0, ...]


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
    clustered : bool
        Whether cycles are to take out exactly what is constant on clusters, too.
    """

    def __init__(
        self,
        device: Device,
        weights: Weights,
        excess: DeviceArray,
        free: DeviceArray,
        clustered: bool = False,
    ) -> None:
        self._device, self.weights = device, weights
        self.excess = excess if weights.scale is None else excess * weights.scale
        self._unknown = free
        self._inverse_scale = None
        if weights.scale is not None:
            xp, scale = device.xp, weights.scale
            safe = xp.where(scale > 0, scale, 1 + scale)
            self._inverse_scale = xp.where(scale > 0, 1 / safe, 0 * scale)
        flows = device_flows(device, weights.planes)
        self.hierarchy = DeviceHierarchy(device, flows, self.excess, free)
        self._clusters: DeviceClusters | None = None
        if clustered:
            self._clusters = DeviceClusters(device, weights.planes, self.excess, self.free)

    @property
    def symmetric(self) -> bool:
        """Whether A is symmetric."""
        return self.weights.scale is None

    @property
    def clustered(self) -> bool:
        """Whether what is constant on clusters is taken out exactly."""
        return self._clusters is not None

    @property
    def free(self) -> DeviceArray:
        """(H + 2, W + 2) float32: zero where the value is given."""
        return self.hierarchy.grids[0].inverse

    def cycle(
        self, r: DeviceArray, z: DeviceArray, work: DeviceArray, slope: DeviceArray
    ) -> tuple[Array, float]:
        """Write about A^-1 r to z; see `varcolor.solve.multigrid.hierarchy.Hierarchy.cycle`."""
        product, level = self.hierarchy.cycle(r, z, work, slope)
        if self.clustered:  # what clusters add to the product is zero
            self._deflate(r, z, work)
            level = self._level(z, slope)
        return product, level

    def begin(self, pull: DeviceArray, u: DeviceArray) -> None:
        """Make a first guess such that the residual sums to zero on clusters."""
        if self.clustered:
            self._deflate(self.excess * pull if pull.shape == u.shape else 0 * u, u, 0 * u)

    def _deflate(self, r: DeviceArray, z: DeviceArray, work: DeviceArray) -> None:
        """Let clusters correct z; ``work`` is overwritten."""
        assert self._clusters is not None
        self.apply(z, work)
        self._clusters.correct(r, work, z)

    def trail(self) -> DeviceArray:
        """Return a trail (3, H + 2, W + 2): z of the step before, and its ratio; unknown."""
        trail = self._device.zeros((3, *self.excess.shape))
        trail[2, ...] = trail[2, ...] + _MOST
        return trail

    def lasting(self, z: DeviceArray, trail: DeviceArray, slope: DeviceArray) -> float:
        """Return the largest slope |z| / (1 - rho); see `contraction_rate`."""
        where = self._device.xp.where
        one, two, old = (trail[k, ...] for k in range(3))
        second, none = abs(two) > abs(one), 0 * old
        before, now = where(second, two, one), where(second, z[1, ...], z[0, ...])
        known = before != 0
        ratio = where(known, now / where(known, before, 1 + none), none + _MOST)
        grown = (ratio > _GROWN) | (old > _GROWN)
        rho = where(ratio < old, ratio, old)
        limit = where(grown, none + _AT_MOST, none + _MOST)
        rho = where(rho < limit, rho, limit)
        share = 1 / (1 - where(rho > 0, rho, none))
        trail[:2, ...], trail[2, ...] = z, ratio
        return self._level(share * z, slope)

    def _level(self, z: DeviceArray, slope: DeviceArray) -> float:
        """Return the largest slope |z|."""
        xp, size = self._device.xp, abs(z)
        rows = [s[0] * size[0, ...] + s[1] * size[1, ...] for s in self._device.get(slope).tolist()]
        return float(np.max([float(xp.max(row)) for row in rows]))

    def nested(self, r: DeviceArray, z: DeviceArray) -> bool:
        """Write what coarse grids know of A^-1 r to z; see `Hierarchy.nested`."""
        found = self.hierarchy.nested(r, z)
        if found and self.clustered:
            self._deflate(r, z, 0 * z)
        return found

    def approximate(self, r: DeviceArray, z: DeviceArray, work: DeviceArray) -> None:
        """Write about A^-1 r to z; see `varcolor.solve.multigrid.hierarchy.Hierarchy.apply`."""
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
        """Return the products of q with the first ``images``, (count, 2)."""
        weighed = q * self._inverse_scale
        found = [self.dot(images[i, ...], weighed) for i in range(count)]
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
        """Make q = A z orthogonal to other images; see `varcolor.solve.multigrid.protocols`."""
        step = 1 * z  # a copy, in any array library
        for i, share in enumerate(shares):
            self.add(step, p[i, ...], -share)
            self.add(q, images[i, ...], -share)
        p[new, ...], images[new, ...] = step, q
        weighed = q * self._inverse_scale
        products = [self.dot(weighed, other) for other in (q, r)]
        return np.array([*products, self.dot(r * self._inverse_scale, r)])

    def advance(
        self, u: DeviceArray, p: DeviceArray, r: DeviceArray, q: DeviceArray, scale: Array
    ) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        return kernels.advance(self._device, u, p, r, q, scale)

    def residual(self, pull: DeviceArray, u: DeviceArray, r: DeviceArray) -> Array:
        """Write excess (pull - u) - L u to r; return the largest |r| of both channels."""
        own = self.weights.planes, self.excess, self.free
        return kernels.exact_residual(self._device, *own, pull, u, r)
