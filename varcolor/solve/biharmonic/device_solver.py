"""Fourth order on a device: the search of `varcolor.solve.biharmonic.solver` on arrays of its own.

The equations of a coarse grid are made on the host and inverted on the device, where a dense
inverse of some thousand pixels is applied faster than a factorisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from varcolor.backend.cuda import kernels, mixed
from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.loops import DeviceLoops
from varcolor.energy.problem import Problem
from varcolor.errors import InputError
from varcolor.solve.biharmonic.coarse_schur import CoarseEquations
from varcolor.solve.biharmonic.mixed_form import Factor, MixedForm
from varcolor.solve.biharmonic.restarted_gmres import STEP_BYTES, MixedSearch, longest
from varcolor.solve.biharmonic.solver import soft_cues, squared
from varcolor.solve.multigrid.device_cues import DeviceCues, device_anchors
from varcolor.solve.multigrid.device_operator import device_flows, device_weights
from varcolor.solve.multigrid.device_solver import solution
from varcolor.solve.multigrid.tiled_hierarchy import DeviceHierarchy
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import FloatArray

_Matrix: TypeAlias = tuple[DeviceArray, DeviceArray, DeviceArray]
#: Most coarse pixels: their inverse has the square of that many numbers.
_MOST = 5000
#: Most steps of a search, the memory that counts as free for them (a device gives it all at once),
#: and bytes a pixel beside it.
_STEPS, _ROOM, _BYTES = 48, 2.0**33, 420.0


@dataclass(slots=True, eq=False)
class DeviceMixedPrepared:
    """What depends on the photo and on where its cues are."""

    cues: DeviceCues
    factor: Factor
    largest: float
    """Largest weight of the term."""
    form: MixedForm | None
    """None if there is nothing to solve for."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""


@dataclass(frozen=True, slots=True)
class DeviceMixed:
    """For the bilaplacian or levin-ls alone, in a 3x3 window, on a device."""

    device: Device
    name: str = "mixed-gpu"

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed on the device."""
        steps = longest(unknowns, _ROOM, _STEPS) + 1
        return unknowns * (_BYTES + STEP_BYTES * steps) + 24.0 * _MOST**2

    def prepare(
        self, problem: Problem, before: DeviceMixedPrepared | None = None
    ) -> DeviceMixedPrepared:
        """Build all grids.

        Raises
        ------
        InputError
            If the energy is another one.
        MemoryError
            If the device's memory does not suffice.
        """
        device = self.device
        strength, stencil = squared(problem.terms)
        if before is not None and before.cues.problem.terms is problem.terms:
            factor, largest = before.factor, before.largest
        else:
            planes = stencil.device_planes(device)
            largest = float(device.xp.max(planes))
            factor = Factor.of(device_weights(device, planes))
        anchors = device_anchors(problem, factor.forth, device, lambda: strength * largest**2)
        problem = problem if anchors is None else anchors.problem
        cues, form = DeviceCues.of(problem, factor.forth, device), None
        if not cues.settled:
            free, soft, pull = (
                device.put(plane) for plane in soft_cues(problem, strength, largest, cues.free)
            )
            excess = factor.root * device.xp.sqrt(pull)
            hierarchy = DeviceHierarchy(device, device_flows(device, factor.forth), excess, free)
            coarse = None
            if len(hierarchy.grids) > 1:
                coarse = DeviceCoarseMixed(device, hierarchy, free, factor.root)
            loops = DeviceLoops(device, mixed)
            form = MixedForm(loops, hierarchy, coarse, factor, free, soft, pull)
        return DeviceMixedPrepared(cues, factor, largest, form, anchors)

    def run(
        self, state: DeviceMixedPrepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Search until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the mixed solver takes one or two")
        if state.anchors is not None:
            return state.anchors.solve(partial(self._search, state), values, start, goal)
        return self._search(state, values, start, goal)

    def _search(
        self, state: DeviceMixedPrepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        channels, cues = values.shape[1], state.cues
        pull, u = cues.first_guess(values, start)
        if state.form is None:
            return solution(cues, channels, u, Status.CONVERGED)
        most = longest((u.shape[1] - 2) * (u.shape[2] - 2), _ROOM, _STEPS)
        own = state.form, pull, u, goal, channels, most
        search = MixedSearch(*own, lambda picture: cues.shown(picture, channels))
        if start is not None:
            search.take_v()
        status = search.finish()
        found = status, search.steps, search.largest, search.error
        return solution(cues, channels, search.u, *found)


class DeviceCoarseMixed:
    """What `varcolor.solve.biharmonic.coarse_schur.CoarseMixed` is on the host.

    B and its transpose are applied as they are defined: interpolate, then S, and the reverse.

    Parameters
    ----------
    device : Device
        Where it is.
    hierarchy, free, root
        As of `CoarseEquations`, on the device.
    """

    def __init__(
        self, device: Device, hierarchy: DeviceHierarchy, free: DeviceArray, root: DeviceArray
    ) -> None:
        own = CoarseEquations.of(hierarchy, free, root, _MOST, device.get)
        self._device, self._free, self._root = device, free, root
        self._grids = hierarchy.grids[: own.level + 1]
        self._zeros = [device.zeros((2, *grid.excess.shape)) for grid in self._grids]
        self._fields = [
            (device.zeros(zero.shape), device.zeros(zero.shape)) for zero in self._zeros
        ]
        self._nothing, self._across = device.zeros(free.shape), device.zeros((2, *free.shape))
        touching = np.zeros(free.shape, np.float32)
        touching[own.given[0] + 1, own.given[1] + 1] = 1
        self._touching = device.put(touching)
        self._scale = device.put(1 + touching * np.float32(1 / own.unseen - 1))
        self._unseen, size = own.unseen, own.shape[0] * own.shape[1]
        used, matrix, lumped = np.zeros(size), np.eye(size), np.zeros(size)
        used[own.used], lumped[own.used] = 1, 1 / own.mass
        matrix[np.ix_(own.used, own.used)] = own.matrix.toarray()
        inverse = device.xp.linalg.inv(device.put(matrix))
        self._inverse = device.put(used[:, None]) * inverse
        self._lumped = device.put(np.pad(lumped.reshape(own.shape), 1).astype(np.float32))
        self._all = 1 + 0 * self._grids[-1].excess

    def correct(self, given: DeviceArray, u: DeviceArray, y: DeviceArray) -> None:
        """Do what `varcolor.solve.biharmonic.coarse_schur.CoarseMixed.correct` does."""
        device, grids, finest = self._device, self._grids, self._grids[0]
        given *= self._scale
        inside = finest.w, self._nothing, self._free
        self._restrict(0, inside, self._zeros[0], given * self._touching / self._root)
        for level in range(1, len(grids) - 1):
            own = grids[level].w, grids[level].excess, grids[level].inverse
            self._restrict(level, own, self._fields[level][0], self._zeros[level])
        self._solve(*self._fields[-1])
        for level in range(len(grids) - 2, -1, -1):
            for k, coarse in enumerate(self._fields[level + 1]):
                to = self._fields[level][k]
                to[...] = 0
                p, none = grids[level].p, self._zeros[level + 1]
                kernels.prolong(device, p, coarse, none, to)
        along_u, along_y = self._fields[0]
        rows = finest.w, self._nothing, self._root, self._free
        mixed.given_rows(device, *rows, self._zeros[0], along_u, self._across)
        given += self._across * self._touching * (1 / self._unseen)
        u += along_u
        y += along_y

    def _restrict(self, level: int, matrix: _Matrix, b: DeviceArray, u: DeviceArray) -> None:
        """Write P'(b - A u) to the first field of the next grid."""
        own = self._grids[level].p, self._fields[level + 1][0]
        kernels.restrict_residual(self._device, *matrix, b, u, *own)

    def _solve(self, u: DeviceArray, y: DeviceArray) -> None:
        """Replace u, minus the right-hand side, by minus the solution, y by M^-1 S times that."""
        xp, coarsest = self._device.xp, self._grids[-1]
        height, width = coarsest.shape
        right = xp.reshape(u[:, 1:-1, 1:-1], (2, height * width))
        found = xp.asarray(right, dtype=xp.float64) @ xp.matrix_transpose(self._inverse)
        own = xp.asarray(xp.reshape(found, (2, height, width)), dtype=xp.float32)
        u[:, 1:-1, 1:-1] = own
        kernels.product(self._device, coarsest.w, coarsest.excess, self._all, u, y)
        y *= self._lumped
