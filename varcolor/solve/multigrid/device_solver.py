"""The multigrid solver on a device: the search of `solver` on arrays of its own.

Up go the photo's luma and the cues, down comes the chroma; what lies between stays there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from varcolor.backend.device import Device, DeviceArray
from varcolor.energy.problem import Problem, Term
from varcolor.errors import InputError
from varcolor.solve.multigrid.device_cues import DeviceCues, device_anchors
from varcolor.solve.multigrid.device_operator import (
    DeviceMatrix,
    device_scale_again,
    device_weights,
)
from varcolor.solve.multigrid.stencil_weights import Weights, check_terms, needs_clusters, rows_at
from varcolor.solve.multigrid.stopping import find, slope_for
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import FloatArray

#: What the estimate of the error is multiplied with, of symmetric systems, of those with clusters
#: and of others: islands are not taken out here, and tiles leave more slow modes, which show late.
#: Not calibrated yet, hence large.
_CAUTION, _CLUSTERED_CAUTION, _DIRECTED_CAUTION = 100.0, 12.0, 2.0


@dataclass(slots=True, eq=False)
class DevicePrepared:
    """A problem's matrix on a device; what depends on the photo alone serves other cues as well."""

    cues: DeviceCues
    matrix: DeviceMatrix | None
    """None if there is nothing to solve for."""
    weights: Weights
    known: float = 0.0
    """`varcolor.solve.multigrid.stopping.Outcome.known` of the last run; 0 before the first."""
    improved: bool = False
    """Whether the weights were scaled again, or need not be since they are symmetric."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""

    def first_guess(
        self, values: FloatArray, start: FloatArray | None
    ) -> tuple[DeviceArray, DeviceArray]:
        """Return what soft cues pull to, and where a search begins."""
        pull, u = self.cues.first_guess(values, start)
        if self.matrix is not None:
            self.matrix.begin(pull, u)
        return pull, u

    def improve(self) -> None:
        """Scale the rows of the matrix again, and make it anew."""
        cues, self.matrix = self.cues, None  # so that two are never held
        device_scale_again(cues.device, self.weights)
        self.matrix = DeviceMatrix(cues.device, self.weights, cues.excess, cues.unknown)
        self.known, self.improved = 0.0, True

    def available(self) -> float:
        """Return the bytes that can be had now."""
        return self.cues.device.available()


@dataclass(frozen=True, slots=True)
class DeviceMultigrid:
    """Multigrid with conjugate gradients or residuals, on a device."""

    device: Device
    name: str = "multigrid-gpu"

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed on the device."""
        return 310.0 * unknowns

    def prepare(self, problem: Problem, before: DevicePrepared | None = None) -> DevicePrepared:
        """Build all grids; the weights of ``before`` serve other cues of the same photo.

        Raises
        ------
        InputError
            If the energy is not quadratic or reaches beyond a 3x3 window, or if weights differ by
            too much for single precision.
        MemoryError
            If the device's memory does not suffice.
        """
        device = self.device
        if before is None or before.cues.problem.terms is not problem.terms:
            before = None
            weights = device_weights(device, _planes(problem.terms, device))
        else:
            weights = before.weights
        anchors = device_anchors(problem, weights.planes, device, lambda: weights.unscaled)
        problem = problem if anchors is None else anchors.problem
        cues = DeviceCues.of(problem, weights.planes, device)
        matrix = None
        if not cues.settled:
            own = device, weights, cues.excess, cues.unknown
            matrix = DeviceMatrix(*own, clustered=needs_clusters(problem.terms))
        fresh = 0.0, weights.scale is None
        last = fresh if before is None else (before.known, before.improved)
        return DevicePrepared(cues, matrix, weights, *last, anchors)

    def run(
        self, state: DevicePrepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the multigrid solver takes one or two")
        if state.anchors is not None:
            weights, rows = state.weights, None
            if weights.scale is not None:
                rows = partial(rows_at, weights, get=self.device.get)
            return state.anchors.solve(partial(self._search, state), values, start, goal, rows)
        return self._search(state, values, start, goal)

    def _search(
        self, state: DevicePrepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        channels, device = values.shape[1], self.device
        guess = partial(state.first_guess, values, start)
        if state.matrix is None:
            return solution(state.cues, channels, guess()[1], Status.CONVERGED)
        slope = slope_for(goal, channels)
        caution = _DIRECTED_CAUTION
        if state.matrix.symmetric:
            caution = _CLUSTERED_CAUTION if state.matrix.clustered else _CAUTION
        aim = replace(goal, tolerance=goal.tolerance / caution)
        shown = partial(state.cues.shown, channels=channels)
        search, outcome, steps = find(state, guess, (slope, device.put(slope)), aim, shown)
        search.finish()
        found = outcome.status, steps, search.largest, caution * outcome.error
        return solution(state.cues, channels, search.u, *found)


def solution(
    cues: DeviceCues,
    channels: int,
    u: DeviceArray,
    status: Status,
    steps: int = 0,
    residual: float = 0.0,
    error: float = 0.0,
    energies: tuple[float, ...] = (),
    gap: float = 0.0,
) -> Solution:
    """Return the chroma (H, W, C) and how it was found."""
    there = cues.inner(u)
    found = np.ascontiguousarray(cues.device.get(there)[..., :channels])
    own = (found, status, steps, residual, error, energies, cues.unreached, gap)
    return Solution(*own, on_device=there)


def _planes(terms: tuple[Term, ...], device: Device) -> DeviceArray:
    """Return the sum of the terms' weights."""
    check_terms(terms)
    result = terms[0].stencil.device_planes(device)
    for term in terms[1:]:
        result = result + term.stencil.device_planes(device)
    return result
