"""ADMM until the relative duality gap is proven to be small enough.

Steps within proofs do not count as steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.backend.base import zeros_like
from varcolor.solve.admm.base import FOLLOW, Alternation
from varcolor.solve.admm.certification_schedule import Proofs
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal, fraction_done
from varcolor.typing import Array, FloatArray

#: Steps from one report to the next.
_REPORT = 10
#: Where penalties can be balanced, that is just before they follow the norms for the second time,
#: after so many times the steps after which they did first.
_FOLLOWS = 2
#: Damped steps before an evaluation (`Alternation.step`).
_DAMPED_STEPS = 2
#: What got better is at most this part of what it was.
_BETTER = 0.99
#: Energies below this part of that of the nearest-cue picture count as nothing.
_SMALL = 1e-4


class Descent:
    """An iteration until its gap is small.

    Parameters
    ----------
    search : Alternation
        At its start.
    aim : float
        The relative gap to be proven.
    nearest : array
        The nearest-cue picture, like ``search.u``.
    show : callable
        Returns (H, W, C) on the host of a picture like that.
    """

    def __init__(
        self, search: Alternation, aim: float, nearest: Any, show: Callable[[Any], Array]
    ) -> None:
        self._search, self._aim, self._show = search, aim, show
        self._least = _SMALL * search.norms_of(nearest)
        """Energies below this are as good as it."""
        self.steps, self.gap, self._lower = 0, math.inf, 0.0  # no energy is below zero
        self._distance = math.inf
        """The least so far of what a proof reached."""
        self.energies: list[float] = []
        """The best ones, falling; `kept` is the picture of the last."""
        self.kept = zeros_like(search.u)
        self.kept[...] = search.u

    def run(self, goal: Goal, cold: bool) -> Status:
        """Iterate; a ``cold`` start takes no account of what u is."""
        search, done = self._search, 0.0
        own = search.far, search.target_growth, search.per, search.power
        proofs = Proofs(self._aim, goal.max_steps, *own)
        if search.per:
            proofs.first = search.warm + _FOLLOWS * FOLLOW
        next_check = proofs.next_evaluation(0, math.inf)
        while True:
            self._iterate(cold, next_check - self.steps <= _DAMPED_STEPS)
            self.steps += 1
            if self.steps < next_check:
                if self.steps % _REPORT == 0:
                    goal.report(done, lambda: self._show(self._search.u))
                continue
            likely = self._evaluate(proofs)
            if not math.isfinite(likely):
                return Status.STAGNATED  # numbers too large to calculate with
            if self.gap <= self._aim:
                return Status.CONVERGED
            done = max(done, fraction_done(likely, self._aim))
            goal.report(done, lambda: self._show(self.kept))
            if self.steps >= goal.max_steps:
                return Status.STEP_LIMIT
            if proofs.in_vain:
                return Status.STAGNATED
            next_check = proofs.next_evaluation(self.steps, likely)

    def _iterate(self, cold: bool, damped: bool) -> None:
        """Do a step: reweighted least squares first, then alternating directions."""
        search = self._search
        if self.steps == 0 and cold:
            search.start()
        elif self.steps < search.warm:
            search.reweight()
        else:
            if self.steps == search.warm:
                search.split()
            search.step(damped)

    def _evaluate(self, proofs: Proofs) -> float:
        """Take note of the energy, try a proof if it is time; return the gap to be expected."""
        energy, complementarity_gap, cost = self._search.evaluate()
        if not math.isfinite(energy):
            return math.inf
        if not self.energies or energy < self.energies[-1]:
            self.energies.append(energy)
            self.kept[...] = self._search.u
        self.gap = self._relative(self._lower)
        likely = min(self.gap, self._relative(energy - proofs.expected(complementarity_gap, cost)))
        self._search.scale_penalties(proofs.balance(self.steps, complementarity_gap, cost))
        if self.gap <= self._aim or not proofs.due(self.steps, complementarity_gap, likely):
            return likely
        allowance, thorough = self._aim * self._scale, proofs.thorough(self.steps)
        bound, reached = self._search.certify(self.energies[-1], allowance, thorough)
        before = self.gap
        if math.isfinite(bound):
            self._lower = max(self._lower, bound)
        self.gap = self._relative(self._lower)
        if self.gap > self._aim:
            distance = energy - reached
            better = self.gap < _BETTER * before or distance < _BETTER * self._distance
            self._distance = min(self._distance, distance)
            change = proofs.learn(self.steps, complementarity_gap, distance, better, cost)
            self._search.scale_penalties(change)
        return min(self.gap, self._relative(energy - proofs.expected(complementarity_gap, cost)))

    @property
    def _scale(self) -> float:
        """What gaps are parts of."""
        return max(self.energies[-1], self._least, 1e-300)

    def _relative(self, lower: float) -> float:
        return max(self.energies[-1] - lower, 0.0) / self._scale


def box_of(values: FloatArray, fourth_order: bool) -> tuple[FloatArray, FloatArray]:
    """Return (2,) lowest and highest values of the minimiser for cue values (N, C), C up to 2."""
    box = np.zeros((2, 2))
    box[:, : values.shape[1]] = values.min(axis=0), values.max(axis=0)
    low, high = box
    return (2 * low - high, 2 * high - low) if fourth_order else (low, high)
