"""Let a search go on until its answer is estimated to be within the tolerance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from varcolor.solve.base import Goal, fraction_of_way
from varcolor.solve.estimate import estimated_error, reach
from varcolor.solve.refine import Search
from varcolor.solve.result import Status
from varcolor.typing import Array


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended."""

    status: Status
    error: float
    """Estimate of the largest error of an RGB value, in 1/255, after `Search.finish`."""
    known: float
    """`varcolor.solve.estimate.reach`, for later searches with almost the same matrix."""


def drive(
    search: Search, goal: Goal, known: float, slope: Array, preview: Callable[[], Array]
) -> Outcome:
    """Step on until the goal is met, or cannot be.

    Parameters
    ----------
    search : Search
        At its start; after this, `Search.finish` is due.
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
        known = max(0.5 * known, reach(search))
    return Outcome(status, error, known)


def slope_for(goal: Goal, channels: int) -> Array:
    """Return what an error of both channels means (C, 2), float32; unused channels mean nothing."""
    slope = np.zeros((len(goal.slope), 2), np.float32)
    slope[:, :channels] = np.abs(goal.slope[:, :channels])
    return slope
