"""Total variation on a device: the iteration of `tv_solver` on arrays of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from varcolor.backend.cuda import variation as kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.loops import DeviceLoops
from varcolor.energy.problem import Problem
from varcolor.errors import InputError
from varcolor.solve.admm.driver import Descent, box_of, check_gap
from varcolor.solve.admm.tv import Variation
from varcolor.solve.admm.tv_model import Parts, parts_of
from varcolor.solve.initial_guess import nearest_picture
from varcolor.solve.multigrid.device_cues import DeviceCues
from varcolor.solve.multigrid.device_operator import DeviceMatrix, device_weights
from varcolor.solve.multigrid.device_solver import solution
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import FloatArray


@dataclass(slots=True, eq=False)
class DeviceSplittingPrepared:
    """What depends on the photo and on where its cues are."""

    cues: DeviceCues
    parts: Parts
    matrix: DeviceMatrix | None
    """None if there is nothing to solve for."""
    used: bool = False
    """Whether its weights are those that the last run came to."""


@dataclass(frozen=True, slots=True)
class DeviceSplitting:
    """For the energies of `varcolor.solve.admm.tv_solver.Splitting`, on a device."""

    device: Device
    name: str = "splitting-gpu"
    gap: float = 1e-3
    """Largest distance of the energy from the minimum, as a part of it."""

    def __post_init__(self) -> None:
        check_gap(self.gap)

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed on the device."""
        return 560.0 * unknowns

    def prepare(
        self, problem: Problem, before: DeviceSplittingPrepared | None = None
    ) -> DeviceSplittingPrepared:
        """Take the weights apart, and make room for a hierarchy.

        Raises
        ------
        InputError
            If the energy is another one.
        MemoryError
            If the device's memory does not suffice.
        """
        device = self.device
        if before is not None and before.cues.problem.terms is problem.terms:
            parts = before.parts
        else:
            none = device.zeros((4, 1, 1))
            parts = parts_of(problem.terms, lambda stencil: stencil.device_planes(device), none)
        weights = device_weights(device, parts.planes())
        cues, matrix = DeviceCues.of(problem, weights.planes, device), None
        if not cues.settled:
            matrix = DeviceMatrix(device, weights, cues.excess, cues.unknown)
        return DeviceSplittingPrepared(cues, parts, matrix)

    def run(
        self,
        state: DeviceSplittingPrepared,
        values: FloatArray,
        start: FloatArray | None,
        goal: Goal,
    ) -> Solution:
        """Iterate until the energy is proven to be near the minimum."""
        channels, device, cues = values.shape[1], self.device, state.cues
        if channels > 2:
            raise InputError(f"{channels} channels: the splitting solver takes one or two")
        pull, u = (_double(x, device) for x in cues.first_guess(values, start))
        constant = not len(values) or bool((values == values[0]).all())
        if state.matrix is None or (constant and start is None):
            return solution(cues, channels, u, Status.CONVERGED, energies=(0.0,))
        loops, box = DeviceLoops(device, kernels), box_of(values, state.parts.fourth_order)
        search = Variation(state.matrix, loops, state.parts, cues.unknown, pull, u, box)
        if state.used:
            search.rebuild()
        state.used = True
        nearest = device.put(nearest_picture(cues.problem, values))
        descent = Descent(search, self.gap, nearest, lambda own: cues.shown(own, channels))
        status = descent.run(goal, start is None)
        found = status, descent.steps, 0.0, math.inf, tuple(descent.energies), descent.gap
        return solution(cues, channels, descent.kept, *found)


def _double(array: DeviceArray, device: Device) -> DeviceArray:
    """Return it in double precision: chroma may vary by less than single precision tells."""
    return device.xp.asarray(array, dtype=device.xp.float64)
