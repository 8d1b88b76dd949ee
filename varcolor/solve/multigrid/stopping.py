"""Stopping rule: iterate until the error is estimated to be within the tolerance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from varcolor.solve.multigrid.error_estimate import amplification, estimated_error
from varcolor.solve.multigrid.krylov import PreconditionedKrylov
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal, fraction_of_way
from varcolor.typing import Array

#: Most directions that the search keeps for a better matrix, the part of the memory they get, and
#: the bytes that each takes for a number: with its image, in single precision.
_DIRECTIONS, _PART, _BYTES = 16, 0.5, 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended."""

    status: Status
    error: float
    """Estimate of the largest error of an RGB value, in 1/255, after the last correction."""
    known: float
    """`error_estimate.amplification`, for later searches with almost the same matrix."""


class State(Protocol):
    """What is prepared for a search; wherever it is."""

    known: float
    """`Outcome.known` of the last search; 0 before the first."""

    @property
    def matrix(self) -> Any:
        """The matrix, `varcolor.solve.multigrid.protocols.Operator`."""
        ...

    nested: bool
    """Whether searches begin on coarse grids."""

    @property
    def improved(self) -> bool:
        """Whether there is no better matrix of the same equations."""
        ...

    def improve(self) -> None:
        """Replace the matrix by a better one, after a search got stuck."""
        ...

    def available(self) -> float:
        """Return the bytes that can be had now."""
        ...


def find(
    state: State,
    guess: Callable[[], tuple[Any, Any]],
    slope: tuple[Array, Any],
    goal: Goal,
    preview: Callable[[Any], Array],
) -> tuple[PreconditionedKrylov, Outcome, int]:
    """Iterate until the goal is met or cannot be; return the last search, its outcome, all steps.

    After the first matrix has failed, another search begins at the beginning, with more directions:
    what is left where one got stuck is what its directions are worst at.

    Parameters
    ----------
    state : State
        Its ``known`` is updated.
    guess : callable
        Returns target and u as of `PreconditionedKrylov`.
    slope : (ndarray, array), shape (C, 2)
        As of `drive` and of `PreconditionedKrylov`.
    goal : Goal
        As of `drive`.
    preview : callable
        Returns a picture like u on the host, (H, W, C).
    """
    steps = 0
    while True:
        search = begin(state, guess, slope[1])
        left = replace(goal, max_steps=goal.max_steps - steps)
        outcome = drive(search, left, state.known, slope[0], partial(preview, search.u))
        state.known, steps = outcome.known, steps + search.steps
        if outcome.status is not Status.STAGNATED or state.improved:
            return search, outcome, steps
        del search  # before more is made
        state.improve()


def begin(state: State, guess: Callable[[], tuple[Any, Any]], slope: Any) -> PreconditionedKrylov:
    """Return a search at its start; parameters as of `find`, ``slope`` as of the class."""
    target, u = guess()
    kept = 1
    if state.improved and not state.matrix.symmetric:
        fit = int(_PART * state.available() / (_BYTES * math.prod(u.shape)))
        kept = min(max(fit, 1), _DIRECTIONS)
    return PreconditionedKrylov(state.matrix, target, u, slope, kept, state.nested)


def drive(
    search: PreconditionedKrylov,
    goal: Goal,
    known: float,
    slope: Array,
    preview: Callable[[], Array],
) -> Outcome:
    """Step on until the goal is met, or cannot be.

    Parameters
    ----------
    search : PreconditionedKrylov
        At its start; after this, `PreconditionedKrylov.finish` is due.
    goal : Goal
        Tolerance, limit and whom to tell.
    known : float
        `Outcome.known` of an earlier search, or 0.
    slope : ndarray, shape (C, 2)
        As of the search, on the host.
    preview : callable
        Returns the present picture (H, W, C) on the host.
    """
    rounding = float(2.0**-22 * slope.sum(axis=1).max())
    status, least = Status.STEP_LIMIT, math.inf
    while True:
        error = estimated_error(search, known) + rounding
        if error <= goal.tolerance:
            status = Status.CONVERGED
            break
        if search.steps >= goal.max_steps:
            break
        if search.stuck:
            status = Status.STAGNATED
            break
        search.step()
        least = min(least, max(error, goal.tolerance))
        goal.report(fraction_of_way(1e3 * search.levels[1], least, goal.tolerance), preview)
    if status is Status.CONVERGED and search.steps:
        known = max(0.5 * known, amplification(search))
    return Outcome(status, error, known)


def slope_for(goal: Goal, channels: int) -> Array:
    """Return what an error of both channels means (C, 2), float32; unused channels mean nothing."""
    slope = np.zeros((len(goal.slope), 2), np.float32)
    slope[:, :channels] = np.abs(goal.slope[:, :channels])
    return slope
