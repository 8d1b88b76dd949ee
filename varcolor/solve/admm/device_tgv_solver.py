"""Total generalised variation on a device: `tgv_solver` on arrays of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from varcolor.backend.cuda import slopes as kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.loops import DeviceLoops
from varcolor.energy.problem import Problem
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.admm.driver import Descent, box_of, check_gap
from varcolor.solve.admm.tgv import Generalised
from varcolor.solve.admm.tgv_operator import SlopesMatrix
from varcolor.solve.admm.tgv_solver import connected_parts, fits, settle_fields, with_slopes
from varcolor.solve.initial_guess import nearest_picture
from varcolor.solve.multigrid.device_cues import DeviceCues
from varcolor.solve.multigrid.device_solver import solution
from varcolor.solve.multigrid.tiled_hierarchy import DeviceHierarchy
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.affine_null_space import FreeSlopes, free_in_parts, loose_pixels
from varcolor.typing import FloatArray, Shape


@dataclass(slots=True, eq=False)
class DeviceSlopesPrepared:
    """What depends on the photo and on where its cues are."""

    cues: DeviceCues
    free: tuple[FreeSlopes, ...]
    """What cues leave open."""
    matrix: SlopesMatrix | None
    """None if there is nothing to solve for."""


class There:
    """A device; see `varcolor.solve.admm.tgv_operator.Place`."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def loops(self, shape: Shape) -> DeviceLoops:
        """Return the device's kernels, which know the grid by their arrays."""
        return DeviceLoops(self._device, kernels)

    def scalar(self, w: DeviceArray, excess: DeviceArray, unknown: DeviceArray) -> DeviceHierarchy:
        """Return a hierarchy."""
        return DeviceHierarchy(self._device, w, excess, unknown)


@dataclass(frozen=True, slots=True)
class DeviceSlopes:
    """For one total generalised variation of second order, on a device."""

    device: Device
    name: str = "slopes-gpu"
    gap: float = 1e-3
    """Largest distance of the energy from the minimum, as a part of it."""

    def __post_init__(self) -> None:
        check_gap(self.gap)

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed on the device."""
        return 1000.0 * unknowns

    def prepare(
        self, problem: Problem, before: DeviceSlopesPrepared | None = None
    ) -> DeviceSlopesPrepared:
        """Find the parts of the picture, and make room for a hierarchy.

        Raises
        ------
        InputError
            If the energy is another one.
        MemoryError
            If the device's memory does not suffice.
        """
        if not fits(problem.terms):
            raise InputError(
                "the slopes solver takes tgv alone, in a 3x3 window: use backend='cpu'"
            )
        device, (factor, term) = self.device, bare_term(problem.terms[0])
        planes = term.weights.device_planes(device)  # type: ignore[attr-defined]
        planes = factor * device.xp.sqrt(planes)
        cues, matrix = DeviceCues.of(problem, planes, device), None
        root = device.xp.stack([planes[0, ...], planes[2, ...]])
        free = free_in_parts(problem, connected_parts(problem, device.get(root)))
        if not cues.settled:
            bend = device.xp.where(root > 0, 0 * root + factor * term.ratio, 0 * root)  # type: ignore[attr-defined]
            matrix = SlopesMatrix(root, bend, cues.excess, cues.unknown, There(device))
        return DeviceSlopesPrepared(cues, free, matrix)

    def run(
        self, state: DeviceSlopesPrepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the energy is proven to be near the minimum."""
        channels, device, cues = values.shape[1], self.device, state.cues
        if channels > 2:
            raise InputError(f"{channels} channels: the slopes solver takes one or two")
        pull, u = (
            device.xp.asarray(x, dtype=device.xp.float64) for x in cues.first_guess(values, start)
        )
        loose = loose_pixels(state.free, cues.problem.shape)
        constant = not len(values) or bool((values == values[0]).all())
        if state.matrix is None or (constant and start is None):
            done = solution(cues, channels, u, Status.CONVERGED, energies=(0.0,))
            return replace(done, loose=loose)
        known = (1 - cues.unknown) * u
        nearest = known + cues.unknown * device.put(nearest_picture(cues.problem, values))
        guess = with_slopes(nearest, device.zeros)
        x = guess + 0 if start is None else with_slopes(u, device.zeros)
        search = Generalised(state.matrix, pull, x, box_of(values, fourth_order=True))
        descent = Descent(search, self.gap, guess, lambda own: cues.shown(own, channels))
        status = descent.run(goal, start is None)
        kept = descent.kept
        if state.free:
            host = device.get(kept)
            settle_fields(state.free, host)
            kept = device.put(host)
        found = status, descent.steps, 0.0, math.inf, tuple(descent.energies), descent.gap
        return replace(solution(cues, channels, kept, *found), loose=loose)
