"""Cues on the grid: where they fix pixels, the weights of soft ones, and how solutions begin.

On a GPU only the list of the cues goes up, not pictures made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.launch import DeviceBackend
from varcolor.energy.problem import Problem
from varcolor.solve.initial_guess import contiguous, first_guess, inner
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.reachability import connected_on_grid, labels_on_grid, parts_on_grid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import middle
from varcolor.typing import Array, BoolArray, FloatArray

#: Soft cues heavier than this times the largest weight are as good as exact for float32.
HEAVIEST = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class GridCues:
    """A problem's cues."""

    backend: Backend
    problem: Problem
    free_mask: BoolArray
    """(H, W), on the host: where there is a value to be found."""
    unreached: BoolArray
    """(H, W), on the host: visible pixels that no cue reaches."""

    @classmethod
    def of(
        cls, problem: Problem, planes: Any, backend: Backend, connected: bool | None = None
    ) -> GridCues:
        """Return them for weights (4 or 8, H + 2, W + 2) of the backend: what they reach.

        ``connected`` as `is_connected` has it, if it is known.
        """
        if connected is None:
            connected = is_connected(problem, planes, backend)
        host = on_host(problem, planes, backend, connected)
        return cls(backend, problem, *parts_on_grid(problem, host, connected))

    def free(self) -> Any:
        """Return (H + 2, W + 2) float32 of the backend: 1 where a value is to be found, else 0."""
        return self.backend.asarray(np.pad(self.free_mask, 1).astype(np.float32))

    def reaction(self, largest: Callable[[], float]) -> Any:
        """Return the weights of soft cues (H + 2, W + 2) float32; see `soft_weights`."""
        own, problem = self.backend, self.problem
        if not isinstance(own, DeviceBackend):
            return soft_weights(problem, largest)
        reaction, free = (own.zeros((problem.shape[0] + 2, problem.shape[1] + 2)) for _ in range(2))
        if not problem.exact.all():
            at, weight = self._list()
            own.start("mark_cues", at, weight, HEAVIEST * largest(), reaction, free)
        return reaction

    def first_guess(
        self, values: FloatArray, start: FloatArray | None, dtype: Any = np.float32
    ) -> tuple[Any, Any]:
        """Return the target of soft cues, and the first guess with the exact cues in it.

        Both (2, H + 2, W + 2) of the backend; without soft cues the first is (2, 1, 1). A GPU
        rounds both to float32.
        """
        own, problem = self.backend, self.problem
        if not isinstance(own, DeviceBackend):
            team = own.team if isinstance(own, CpuBackend) else None
            return first_guess(problem, self.free_mask, values, start, dtype, team)
        xp, channels = own.xp, values.shape[1]
        guess = np.zeros(2)
        guess[:channels] = middle(values)
        free = self.free()
        if start is None:
            u = xp.stack([free * float(value) for value in guess])
        else:
            given = np.zeros((2, *free.shape), np.float32)
            given[:channels, 1:-1, 1:-1] = np.moveaxis(start, -1, 0)[:channels]
            u = own.asarray(given) * free
        target = own.zeros((2, 1, 1) if problem.exact.all() else u.shape)
        if len(values):
            both = np.zeros((len(values), 2), np.float32)
            both[:, :channels] = values
            own.start("set_values", *self._list(), own.asarray(both), u, target)
        kind = xp.float64 if dtype == np.float64 else xp.float32
        return xp.asarray(target, dtype=kind), xp.asarray(u, dtype=kind)

    def shown(self, u: Any, channels: int) -> Array:
        """Return (H, W, channels) without the border, on the host."""
        own = self.backend
        return inner(u, channels) if own.on_host else own.to_numpy(self._inner(u))[..., :channels]

    def solution(
        self,
        channels: int,
        u: Any,
        status: Status,
        steps: int = 0,
        residual: float = 0.0,
        error: float = 0.0,
        energies: tuple[float, ...] = (),
        gap: float = 0.0,
    ) -> Solution:
        """Return the chroma (H, W, channels) and how it was found."""
        facts, own, there = (
            (status, steps, residual, error, energies, self.unreached, gap),
            self.backend,
            None,
        )
        if own.on_host:
            found = contiguous(u, channels, own.team if isinstance(own, CpuBackend) else None)
        else:
            there = self._inner(u)
            found = np.ascontiguousarray(own.to_numpy(there)[..., :channels])
        return Solution(found, *facts, on_device=there)

    def _inner(self, u: Any) -> Any:
        """Return (H, W, 2) without the border, on a GPU."""
        return self.backend.xp.stack([u[k, 1:-1, 1:-1] for k in range(2)], axis=-1)

    def _list(self) -> tuple[Any, Any]:
        """Return flat indices (N,) int64 and weights (N,) float32, infinite for exact cues."""
        # Finite weights beyond single precision are as heavy as can be, but not exact.
        most, problem = float(np.finfo(np.float32).max), self.problem
        weight = np.where(problem.exact, np.inf, np.minimum(problem.weight, most))
        put = self.backend.asarray
        return put(problem.at.astype(np.int64)), put(weight.astype(np.float32))


def is_connected(problem: Problem, planes: Any, backend: Backend) -> bool:
    """Tell whether visible neighbours all depend on each other, as they usually do."""
    if backend.on_host:
        return connected_on_grid(problem, planes)
    pairs = [(0, slice(None), slice(0, -1)), (2, slice(0, -1), slice(None))]
    if planes.shape[0] == 8:
        pairs = [(4, *pairs[0][1:]), (6, *pairs[1][1:])]
        pairs += [(3, slice(None), slice(1, None)), (1, slice(1, None), slice(None))]
    kept = [(planes[k, 1:-1, 1:-1], rows, columns) for k, rows, columns in pairs]
    if problem.visible is None and all(
        bool(backend.xp.all(plane[rows, columns] > 0)) for plane, rows, columns in kept
    ):
        return True
    return connected_on_grid(problem, backend.to_numpy(planes))


def on_host(problem: Problem, planes: Any, backend: Backend, connected: bool) -> Array:
    """Return weights on the host, if they are needed to tell which parts are connected."""
    if connected and problem.visible is None and not backend.on_host:
        return np.zeros((4, 1, 1), np.float32)
    return backend.to_numpy(planes)


def anchors_of(
    problem: Problem, planes: Any, backend: Backend, connected: bool, largest: Callable[[], float]
) -> Anchors | None:
    """Return what holds parts with light cues only, if any (`varcolor.solve.near_null_space`)."""

    def parts() -> Array | None:
        return labels_on_grid(problem, on_host(problem, planes, backend, connected), connected)

    return Anchors.of(problem, largest, parts)


def soft_weights(problem: Problem, largest: Callable[[], float]) -> Array:
    """Return the weights of soft cues (H + 2, W + 2) float32, beside the ``largest`` of others.

    That is asked for only where there are soft cues.
    """
    reaction = np.zeros((problem.shape[0] + 2, problem.shape[1] + 2), np.float32)
    soft = ~problem.exact
    if len(soft) == problem.shape[0] * problem.shape[1] and soft.any():
        own = problem.weight.reshape(problem.shape)
        np.minimum(own, HEAVIEST * largest(), out=reaction[1:-1, 1:-1], casting="same_kind")
        reaction[1:-1, 1:-1][~soft.reshape(problem.shape)] = 0
    elif soft.any():
        plane = np.zeros(problem.shape[0] * problem.shape[1], np.float32)
        plane[problem.at[soft]] = np.minimum(problem.weight[soft], HEAVIEST * largest())
        reaction[1:-1, 1:-1] = plane.reshape(problem.shape)
    return reaction
