"""The multigrid solver on a device: the search of `varcolor.solve.multigrid` on arrays of its own.

Up go the photo's luma and the cues, down comes the chroma; what lies between stays there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from varcolor.backend.cuda import kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.energy.problem import Problem, Term
from varcolor.errors import InputError
from varcolor.solve.base import Goal, middle
from varcolor.solve.components import reached_on_grid
from varcolor.solve.device_matrix import DeviceMatrix, device_weights
from varcolor.solve.drive import drive, slope_for
from varcolor.solve.refine import Search
from varcolor.solve.result import Solution, Status
from varcolor.solve.weights import HEAVIEST, Weights, check_terms, needs_clusters
from varcolor.typing import Array, BoolArray, FloatArray

#: What the estimate of the error of symmetric systems is multiplied with: tiles leave more slow
#: modes, which show late there. Not calibrated yet, hence large.
_CAUTION = 16.0


@dataclass(slots=True, eq=False)
class DevicePrepared:
    """A problem's matrix on a device; what depends on the photo alone serves other cues as well."""

    problem: Problem
    unreached: BoolArray
    matrix: DeviceMatrix | None
    """None if there is nothing to solve for."""
    weights: Weights
    at: DeviceArray
    """(N,) int64: the cues."""
    weight: DeviceArray
    """(N,) float32."""
    unknown: DeviceArray
    """(H + 2, W + 2) float32: 1 at unknown pixels, else 0."""
    known: float = 0.0
    """`varcolor.solve.drive.Outcome.known` of the last run; 0 before the first."""


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
            If the energy is not quadratic or reaches beyond a 3x3 window.
        MemoryError
            If the device's memory does not suffice.
        """
        device = self.device
        if before is None or before.problem.terms is not problem.terms:
            before = None
            weights = device_weights(device, _planes(problem.terms, device))
        else:
            weights = before.weights
        reach = _reached(problem, weights.planes, device)
        unreached = ~reach if problem.visible is None else ~reach & problem.visible
        unknown, excess = (device.zeros(weights.flows.shape[1:]) for _ in range(2))
        if reach.all():
            unknown[1:-1, 1:-1] = 1.0
        else:
            unknown = device.put(np.pad(reach, 1).astype(np.float32))
        at, weight = device.put(problem.at.astype(np.int64)), _weights_of_cues(problem, device)
        if len(problem.at):
            kernels.hold(device, at, weight, HEAVIEST * weights.largest, excess, unknown)
        matrix = None
        if reach.sum() > problem.exact.sum():
            matrix = DeviceMatrix(device, weights, excess, 1 * unknown)
        known = 0.0 if before is None else before.known
        return DevicePrepared(problem, unreached, matrix, weights, at, weight, unknown, known)

    def run(
        self, state: DevicePrepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the error is estimated to be within the tolerance."""
        channels, device = values.shape[1], self.device
        if channels > 2:
            raise InputError(f"{channels} channels: the multigrid solver takes one or two")
        pull, u = self._first_guess(state, values, start)
        if state.matrix is None:
            return self._solution(state, channels, u, Status.CONVERGED)
        slope = slope_for(goal, channels)
        search = Search(state.matrix, pull, u, device.put(slope))

        def preview() -> Array:
            return device.get(_inner(search.u, device))[..., :channels]

        caution = _CAUTION if state.matrix.symmetric else 1.0
        aim = replace(goal, tolerance=goal.tolerance / caution)
        outcome = drive(search, aim, state.known, slope, preview)
        state.known = outcome.known
        search.finish()
        own = (outcome.status, search.steps, search.largest, caution * outcome.error)
        return self._solution(state, channels, u, *own)

    def _first_guess(
        self, state: DevicePrepared, values: FloatArray, start: FloatArray | None
    ) -> tuple[DeviceArray, DeviceArray]:
        """Return what soft cues pull to, and the first guess with the exact cues in it."""
        device, xp, unknown = self.device, self.device.xp, state.unknown
        channels = values.shape[1]
        guess = np.zeros(2)
        guess[:channels] = middle(values)
        if start is None:
            u = xp.stack([unknown * float(value) for value in guess])
        else:
            given = np.zeros((2, *unknown.shape), np.float32)
            given[:channels, 1:-1, 1:-1] = np.moveaxis(start, -1, 0)[:channels]
            u = device.put(given) * unknown
        exact = bool(state.problem.exact.all())
        pull = device.zeros((2, 1, 1) if exact else u.shape)
        if len(values):
            both = np.zeros((len(values), 2), np.float32)
            both[:, :channels] = values
            kernels.place(device, state.at, state.weight, device.put(both), u, pull)
        return pull, u

    def _solution(
        self,
        state: DevicePrepared,
        channels: int,
        u: DeviceArray,
        status: Status,
        steps: int = 0,
        residual: float = 0.0,
        error: float = 0.0,
    ) -> Solution:
        """Return the chroma (H, W, C) and how it was found."""
        there = _inner(u, self.device)
        found = np.ascontiguousarray(self.device.get(there)[..., :channels])
        own = (found, status, steps, residual, error, (), state.unreached)
        return Solution(*own, on_device=there)


def _inner(u: DeviceArray, device: Device) -> DeviceArray:
    """Return (H, W, 2) without the border."""
    return device.xp.stack([u[k, 1:-1, 1:-1] for k in range(2)], axis=-1)


def _planes(terms: tuple[Term, ...], device: Device) -> DeviceArray:
    """Return the sum of the terms' weights."""
    check_terms(terms)
    if needs_clusters(terms):
        raise InputError(
            "the multigrid solver on a GPU takes no weights between four neighbours only, such as "
            "gauss4: use the CPU"
        )
    result = terms[0].stencil.device_planes(device)
    for term in terms[1:]:
        result = result + term.stencil.device_planes(device)
    return result


def _weights_of_cues(problem: Problem, device: Device) -> DeviceArray:
    # Finite weights beyond single precision are as heavy as can be, but not exact.
    most = float(np.finfo(np.float32).max)
    weight = np.where(problem.exact, np.inf, np.minimum(problem.weight, most))
    return device.put(weight.astype(np.float32))


def _reached(problem: Problem, planes: DeviceArray, device: Device) -> BoolArray:
    """Return (H, W) bool: the pixels whose value depends on a cue."""
    xp = device.xp
    if problem.visible is None and len(problem.at):
        # The usual case: all neighbours in a row or column depend on each other.
        pairs = [(0, slice(None), slice(0, -1)), (2, slice(0, -1), slice(None))]
        if planes.shape[0] == 8:
            pairs = [(4, *pairs[0][1:]), (6, *pairs[1][1:])]
            pairs += [(3, slice(None), slice(1, None)), (1, slice(1, None), slice(None))]
        inner = [(planes[k, 1:-1, 1:-1], rows, columns) for k, rows, columns in pairs]
        if all(bool(xp.all(plane[rows, columns] > 0)) for plane, rows, columns in inner):
            return np.ones(problem.shape, bool)
    return reached_on_grid(problem, device.get(planes)).reshape(problem.shape)
