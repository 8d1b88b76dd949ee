"""Frame by frame: every frame solved as a picture, tied to the one before it in the march.

A march begins at a key and goes one way through the shot. Frame t minimises its own energy and

    sum_rs c_rs |u_tr - u_(t-1)s|^2

over the links to the frame before it, whose chroma stays. With the chroma a march carries *reach*,
0..1: how much of what a pixel is given comes from keys. It solves the same equations with a weak
tie e to nothing,

    sum w_rs (v_r - v_s) + sum c_rs (v_r - v_(t-1)s) + e v_r = 0,    v = 1 on frames with keys:

the probability that a random walk along the links, which ends with rate e, comes to a key. An
object that enters is tied to nothing but its edges, and has little of it.

Reference for random walks: L. Grady, "Random walks for image segmentation", PAMI 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.film.frame import ONE_THREAD, Frame
from varcolor.film.links import Links
from varcolor.solve.multigrid.krylov import PreconditionedKrylov
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.stopping import drive
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array

#: Rate at which the random walks of reach end, in units of the weight between equal neighbours.
RATE = 1e-4
#: Reach need not be better than this.
_ROUGH = 0.02


def put_into(
    frame: Frame, links: Links | None, before: Array | None, forward: bool
) -> tuple[Array, Array]:
    """Return the weights (H + 2, W + 2) that tie a frame to keys and to the frame before it.

    Also those times what they tie it to, (2, H + 2, W + 2).
    """
    degree, pull = frame.soft()
    if links is not None and before is not None:
        first, second = links.degrees()
        degree += second if forward else first
        (links.to_second if forward else links.to_first)(before, pull)
    return degree, pull


def solve_frame(
    frame: Frame,
    links: Links | None,
    before: Array | None,
    forward: bool,
    goal: Goal,
    slope: Array,
) -> tuple[Array, Matrix | None, Status, float]:
    """Return the chroma (2, H + 2, W + 2) of the next frame of a march.

    Parameters
    ----------
    frame : Frame
        The frame.
    links : Links or None
        Between it and the one before it in the march; None: the march begins.
    before : ndarray or None
        That one's chroma.
    forward : bool
        Which end of the links is the frame: the second if True.
    goal : Goal
        Tolerance and limit.
    slope : ndarray, shape (C, 2)
        RGB levels for either chroma.

    Returns
    -------
    chroma, matrix, status, error
        The matrix serves `solve_reach`; None if every pixel is known.
    """
    degree, pull = put_into(frame, links, before, forward)
    frame.matrices.clear()
    matrix = frame.matrix(degree, "march")
    mean = pull / np.where(degree > 0, degree, 1)
    if matrix is None:
        frame.put_keys(mean)
        return mean, None, Status.CONVERGED, 0.0
    tied = degree > 0
    u = mean.copy()
    if not tied[1:-1, 1:-1].all():
        known = frame.data.values[np.isinf(frame.data.weight)]
        told = pull[:, tied].sum(axis=1) / max(float(degree[tied].sum()), 1e-30)
        middle = known.mean(axis=0) if len(known) else told
        u[:, ~tied] = np.asarray(middle, np.float32)[:, None]
    free = matrix.free
    u *= free
    frame.put_keys(u)
    target = mean if tied.any() else np.zeros((2, 1, 1), np.float32)
    status, error = searched(matrix, target, u, goal, slope)
    return u, matrix, status, error


def searched(
    matrix: Any, target: Array, u: Array, goal: Goal, slope: Array
) -> tuple[Status, float]:
    """Iterate u until the goal is met; return how it ended and the estimated error."""
    factor = matrix.safety_factor
    search = PreconditionedKrylov(matrix, target, u, slope)
    aim = Goal(goal.tolerance / factor, goal.max_steps)
    outcome = drive(search, aim, 0.0, slope, lambda: u)
    search.finish()
    return outcome.status, factor * outcome.error


class _Damped:
    """A frame's matrix with a weak tie to nothing at every pixel."""

    def __init__(self, matrix: Matrix, rate: float) -> None:
        self._matrix, self._rate = matrix, np.float32(rate)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matrix, name)

    def apply(self, u: Array, out: Array) -> Array:
        """Write A u + e u to ``out`` and return the dot products with u."""
        dots = self._matrix.apply(u, out)
        out += self._rate * u
        return np.asarray(dots + float(self._rate) * self._matrix.dot(u, u))

    def residual(self, target: Array, u: Array, r: Array) -> Array:
        """Write the residual to r and return its largest values."""
        self._matrix.residual(target, u, r)
        r -= self._rate * u * self._matrix.free
        return np.abs(r).reshape(2, -1).max(axis=1).astype(np.float64)


def solve_reach(
    frame: Frame,
    matrix: Matrix | None,
    links: Links | None,
    before: Array | None,
    forward: bool,
    rate: float = RATE,
) -> Array:
    """Return reach (H + 2, W + 2) of the next frame of a march; parameters as of `solve_frame`.

    ``before`` is the reach of the frame before it.
    """
    height, width = frame.shape
    reach = np.zeros((height + 2, width + 2), np.float32)
    if len(frame.data.at) or matrix is None:
        reach[1:-1, 1:-1] = 1
        return reach
    if links is None or before is None:
        return reach
    both = np.zeros((2, height + 2, width + 2), np.float32)
    both[0] = before
    degree, pull = put_into(frame, links, both, forward)
    mean = pull / np.where(degree > 0, degree, 1)
    u = mean.copy()
    slope = np.array([[1.0, 0.0]], np.float32)
    damped: Any = _Damped(matrix, rate)
    search = PreconditionedKrylov(damped, mean, u, slope)
    drive(search, Goal(_ROUGH, 12), 0.0, slope, lambda: u)
    search.finish()
    reach[1:-1, 1:-1] = np.clip(u[0, 1:-1, 1:-1], 0, 1)
    return reach


def goal_of(tolerance: float, max_steps: int) -> Goal:
    """Return a goal for one frame."""
    return Goal(tolerance, max_steps)


def none_known(frame: Frame) -> bool:
    """Tell whether a frame has no key."""
    return not len(frame.data.at)


__all__ = ["ONE_THREAD", "RATE", "solve_frame", "solve_reach"]
