"""Frame by frame: every frame solved as a picture, tied to the one before it in the march.

A march begins at a key and goes one way through the shot. Frame t minimises its own energy and

    sum_rs c_rs |u_tr - u_(t-1)s|^2

over the links to the frame before it, whose chroma stays. What a key feeds in at its pixels, its
*flux* L u, comes along: weights are to balance it, not zero, so that colours do not fade away from
where a key was, and frames of a still film are equal. Also carried is *reach* v, 0..1:
how much of a pixel's chroma comes from keys, the rest being what is expected there. It is the
solution of the same equations for v = 1 on frames with keys and 0 expected elsewhere: the
probability that a random walk along the links comes to a key before the weak tie at every pixel
ends it. An object that enters is tied to the frame by its edges only, and has little of it.

Reference for random walks: L. Grady, "Random walks for image segmentation", PAMI 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.film.frame import Frame
from varcolor.film.motion.links import Links
from varcolor.solve.multigrid.krylov import PreconditionedKrylov
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.stopping import drive
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array

#: Flux comes along in full where the weights of links sum to this.
_FIRM = 0.05
#: Reach need not be better than this.
_ROUGH = 0.02
_ROUGH_STEPS = 12
#: Rate at which random walks of a key's own reach end, in frames of so many pixels at most; in
#: larger ones less, so that a key reaches as far in the picture.
RATE, _PIXELS = 1e-4, 12000


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The step of a march to a frame."""

    frame: Frame
    links: Links | None
    """Between it and the frame before it in the march; None: the march begins here."""
    forward: bool
    """Whether time goes forward: the frame is then the second one of the links."""

    def system(self) -> tuple[Array, Matrix | None]:
        """Return the weights of all ties (H + 2, W + 2), and the matrix; None if all is known."""
        degree, _ = self.frame.soft()
        if self.links is not None:
            first, second = self.links.degrees()
            degree += second if self.forward else first
        return degree, self.frame.matrix(degree)

    def pulled(self, before: Array | None, pull: Array) -> None:
        """Add what comes from the frame before it, (2, H + 2, W + 2), to ``pull``."""
        if self.links is not None and before is not None:
            (self.links.to_second if self.forward else self.links.to_first)(before, pull)


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """What a march carries from frame to frame."""

    chroma: Array
    """(2, H + 2, W + 2)."""
    reach: Array
    """(H + 2, W + 2), 0..1."""
    flux: Array
    """(2, H + 2, W + 2)."""


def march(
    step: Step, before: Carried | None, goal: Goal, slope: Array
) -> tuple[Carried, Status, float]:
    """Return what the next frame of a march is given.

    Parameters
    ----------
    step : Step
        To the frame.
    before : Carried or None
        Of the frame before it; None at the beginning.
    goal : Goal
        Tolerance and limit.
    slope : ndarray, shape (C, 2)
        RGB levels for either chroma.

    Returns
    -------
    carried, status, error
    """
    frame, known = step.frame, len(step.frame.data.at) > 0
    degree, matrix = step.system()
    if before is not None and not known:
        frame.source = _carried_flux(step, before.flux)
    _, pull = frame.soft()
    step.pulled(None if before is None else before.chroma, pull)
    tied = degree > 0
    mean = pull / np.where(tied, degree, 1)
    whole = np.pad(np.ones(frame.shape, np.float32), 1)
    if matrix is None:
        frame.put_keys(mean)
        return Carried(mean, whole, frame.flux(mean)), Status.CONVERGED, 0.0
    u = mean.copy()
    if known:
        u[:, ~tied] = frame.data.values.mean(axis=0).astype(np.float32)[:, None]
    u *= matrix.free
    frame.put_keys(u)
    target = mean if tied.any() else np.zeros((2, 1, 1), np.float32)
    status, error, _ = searched(matrix, target, u, goal, slope)
    if known:
        return Carried(u, whole, frame.flux(u)), status, error
    flux = np.zeros_like(u) if frame.source is None else frame.source
    reach = _reach(step, degree, matrix, None if before is None else before.reach)
    return Carried(u, reach, flux), status, error


def _carried_flux(step: Step, before: Array) -> Array:
    found = np.zeros_like(before)
    if step.links is None:
        return found
    step.pulled(before, found)
    weights = step.links.degrees()[1 if step.forward else 0]
    found /= np.maximum(weights, _FIRM)
    return found


def _reach(step: Step, degree: Array, matrix: Matrix, before: Array | None) -> Array:
    found = np.zeros_like(degree)
    if before is None or step.links is None:
        return found
    both, pull = np.zeros((2, *degree.shape), np.float32), np.zeros((2, *degree.shape), np.float32)
    both[0] = before
    step.pulled(both, pull)
    mean = pull / np.where(degree > 0, degree, 1)
    u = mean.copy()
    slope = np.array([[1.0, 0.0]], np.float32)
    searched(matrix, mean, u, Goal(_ROUGH * matrix.safety_factor, _ROUGH_STEPS), slope)
    found[1:-1, 1:-1] = np.clip(u[0, 1:-1, 1:-1], 0, 1)
    return found


def searched(
    matrix: Any, target: Array, u: Array, goal: Goal, slope: Array
) -> tuple[Status, float, int]:
    """Iterate u until the goal is met; return how it ended, the estimated error, and the steps."""
    factor = matrix.safety_factor
    search = PreconditionedKrylov(matrix, target, u, slope)
    aim = Goal(goal.tolerance / factor, goal.max_steps)
    outcome = drive(search, aim, 0.0, slope, lambda: u)
    search.finish()
    return outcome.status, factor * outcome.error, search.steps


def own_reach(frame: Frame) -> Array:
    """Return how much of a frame's pixels its own keys reach, (H + 2, W + 2), 0..1.

    The probability that a random walk in the frame, which ends with the rate `RATE`, comes to one.
    """
    height, width = frame.shape
    rate = np.zeros((height + 2, width + 2), np.float32)
    rate[1:-1, 1:-1] = RATE * min(1.0, _PIXELS / (height * width))
    matrix = frame.matrix(rate)
    found = np.zeros_like(rate)
    found[1:-1, 1:-1] = 1
    if matrix is None:
        return found
    u = np.zeros((2, height + 2, width + 2), np.float32)
    rows, columns = np.divmod(frame.data.at, width)
    u[0, rows + 1, columns + 1] = 1
    slope = np.array([[1.0, 0.0]], np.float32)
    goal = Goal(_ROUGH * matrix.safety_factor, _ROUGH_STEPS)
    searched(matrix, np.zeros_like(u), u, goal, slope)
    found[1:-1, 1:-1] = np.clip(u[0, 1:-1, 1:-1], 0, 1)
    return found
