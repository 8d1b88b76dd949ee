"""Cues on a device: where they hold pixels, what soft ones weigh, and how solutions begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from varcolor.backend.cuda import kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.energy.problem import Problem
from varcolor.solve.multigrid.stencil_weights import HEAVIEST
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.reachability import connected_on_grid, labels_on_grid, reached_on_grid
from varcolor.solve.solver import middle
from varcolor.typing import Array, BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DeviceCues:
    """A problem's cues; arrays are on the device."""

    device: Device
    problem: Problem
    reach: BoolArray
    """(H, W), on the host: the pixels whose value depends on a cue."""
    at: DeviceArray
    """(N,) int64: flat indices of the pixels."""
    weight: DeviceArray
    """(N,) float32, infinite for exact cues."""
    unknown: DeviceArray
    """(H + 2, W + 2) float32: 1 at unknown pixels, else 0."""
    excess: DeviceArray
    """(H + 2, W + 2) float32: the weights of soft cues."""

    @classmethod
    def of(cls, problem: Problem, planes: DeviceArray, device: Device) -> DeviceCues:
        """Return them for weights (4 or 8, H + 2, W + 2), beside which soft cues weigh."""
        reach = _reached(problem, planes, device)
        unknown, excess = (device.zeros(planes.shape[1:]) for _ in range(2))
        if reach.all():
            unknown[1:-1, 1:-1] = 1.0
        else:
            unknown = device.put(np.pad(reach, 1).astype(np.float32))
        # Finite weights beyond single precision are as heavy as can be, but not exact.
        most = float(np.finfo(np.float32).max)
        weight = np.where(problem.exact, np.inf, np.minimum(problem.weight, most))
        there = device.put(problem.at.astype(np.int64)), device.put(weight.astype(np.float32))
        if len(problem.at):
            soft = not problem.exact.all()
            heaviest = HEAVIEST * (float(device.xp.max(planes)) or 1e-30) if soft else 0.0
            kernels.hold(device, *there, heaviest, excess, unknown)
        return cls(device, problem, reach, *there, unknown, excess)

    @property
    def unreached(self) -> BoolArray:
        """(H, W), on the host: visible pixels that no cue reaches."""
        visible = self.problem.visible
        return ~self.reach if visible is None else ~self.reach & visible

    @property
    def free(self) -> BoolArray:
        """(H, W), on the host: where there is a value to be found."""
        free = self.reach.copy()
        free.flat[self.problem.at[self.problem.exact]] = False
        return free

    @property
    def settled(self) -> bool:
        """Whether there is nothing to solve for."""
        return bool(self.reach.sum() <= self.problem.exact.sum())

    def first_guess(
        self, values: FloatArray, start: FloatArray | None
    ) -> tuple[DeviceArray, DeviceArray]:
        """Return what soft cues pull to, and the first guess with the exact cues in it, float32."""
        device, xp, unknown = self.device, self.device.xp, self.unknown
        channels = values.shape[1]
        guess = np.zeros(2)
        guess[:channels] = middle(values)
        if start is None:
            u = xp.stack([unknown * float(value) for value in guess])
        else:
            given = np.zeros((2, *unknown.shape), np.float32)
            given[:channels, 1:-1, 1:-1] = np.moveaxis(start, -1, 0)[:channels]
            u = device.put(given) * unknown
        exact = bool(self.problem.exact.all())
        pull = device.zeros((2, 1, 1) if exact else u.shape)
        if len(values):
            both = np.zeros((len(values), 2), np.float32)
            both[:, :channels] = values
            kernels.place(device, self.at, self.weight, device.put(both), u, pull)
        return pull, u

    def inner(self, u: DeviceArray) -> DeviceArray:
        """Return (H, W, 2) without the border, on the device."""
        return self.device.xp.stack([u[k, 1:-1, 1:-1] for k in range(2)], axis=-1)

    def shown(self, u: DeviceArray, channels: int) -> Array:
        """Return (H, W, channels) without the border, on the host."""
        return self.device.get(self.inner(u))[..., :channels]


def device_anchors(
    problem: Problem, planes: DeviceArray, device: Device, largest: Callable[[], float]
) -> Anchors | None:
    """Return what holds parts with light cues only, if any (`varcolor.solve.near_null_space`)."""

    def parts() -> Array | None:
        if _connected(problem, planes, device):
            return None
        host = device.get(planes)
        return labels_on_grid(problem, host, connected_on_grid(problem, host))

    return Anchors.of(problem, largest, parts)


def _connected(problem: Problem, planes: DeviceArray, device: Device) -> bool:
    """Tell whether all neighbours in a row or column depend on each other: the usual case."""
    if problem.visible is not None:
        return False
    pairs = [(0, slice(None), slice(0, -1)), (2, slice(0, -1), slice(None))]
    if planes.shape[0] == 8:
        pairs = [(4, *pairs[0][1:]), (6, *pairs[1][1:])]
        pairs += [(3, slice(None), slice(1, None)), (1, slice(1, None), slice(None))]
    kept = [(planes[k, 1:-1, 1:-1], rows, columns) for k, rows, columns in pairs]
    return all(bool(device.xp.all(plane[rows, columns] > 0)) for plane, rows, columns in kept)


def _reached(problem: Problem, planes: DeviceArray, device: Device) -> BoolArray:
    """Return (H, W) bool: the pixels whose value depends on a cue."""
    if len(problem.at) and _connected(problem, planes, device):
        return np.ones(problem.shape, bool)
    return reached_on_grid(problem, device.get(planes)).reshape(problem.shape)
