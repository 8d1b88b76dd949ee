"""Restarted GMRES for the mixed form, preconditioned from the left.

Every search minimises the norm of z = M r, r what is left of the equations of
`varcolor.solve.biharmonic.mixed_form` and M their approximate inverse, so that z is about the
error. The search restarts, from a residual that is summed in double precision, when its basis is
full or single precision can do no more; what rounding has left is solved for in the old basis
first.

The largest |z|, over the smallest singular value of M A that the search has met, tells the error
that is left, up to a factor that was calibrated against direct solutions
(`benchmarks/energies/estimate.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from varcolor.solve.biharmonic.gmres import Arnoldi
from varcolor.solve.biharmonic.mixed_form import MixedForm
from varcolor.solve.multigrid.stopping import slope_for
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal, fraction_of_way
from varcolor.typing import Array

Show: TypeAlias = Callable[[Any], Array]

#: The error is at most about this times the largest |z| over this power of the smallest singular
#: value, in pictures of fewer rows or columns than `_THIN` (nothing averages there) and in others;
#: early steps, which have not met that value yet, add (`_EARLY` / step) squared of it.
_LINES, _PICTURES, _THIN, _EARLY = (12.0, 2), (25.0, 1), 3, 4.0
#: With an error above so many tolerances after so many steps, a factorisation is likely to be there
#: first.
_FAR, _LATE = 20.0, 64
#: Steps before the first look at z; up to where a search is worth going on in single precision, and
#: up to where it is trusted without a look at the residual itself.
_FIRST, _DIGITS, _TRUSTED = 3, 2e-6, 1e-4


class RestartedGMRES:
    """The iteration for one solution.

    Parameters
    ----------
    form : MixedForm
        The equations.
    target, u : array
        As `varcolor.solve.initial_guess.first_guess` has them, where the equations are.
    goal : Goal
        When to stop, and whom to tell.
    channels : int
        How many are in use, 1 or 2.
    most : int
        Steps, at most, before a search restarts; memory is taken as they are done.
    show : callable
        Returns (H, W, C) on the host of a picture like u.
    patient : bool
        Whether to go on where a factorisation is likely to be faster.
    """

    def __init__(
        self,
        form: MixedForm,
        target: Any,
        u: Any,
        goal: Goal,
        channels: int,
        most: int,
        show: Show,
        patient: bool = True,
    ) -> None:
        self._form, self._goal, self._show = form, goal, show
        self._slope = slope_for(goal, channels)
        self._rounding = float(2.0**-22 * self._slope.sum(axis=1).max())
        self._most, self._patient, xp = most, patient, form.backend.xp
        self._factor, self._power = _LINES if min(u.shape[1:]) - 2 < _THIN else _PICTURES
        self._given = u * (1 - form.free)
        if target.shape[1] > 1:
            self._given = xp.where((form.soft > 0) | (form.reaction > 0), target, self._given)
        self._x, self._r, self._z = (form.backend.zeros((4, *u.shape[1:])) for _ in range(3))
        self._x[2:, ...] = u * form.free
        self.u = u
        """The solution so far, (2, H + 2, W + 2)."""
        self.steps, self._least, self._first = 0, 1.0, 0.0
        self.error = self.largest = math.inf

    def take_v(self) -> None:
        """Set v to what it is for u, for a u that is worth it."""
        self._form.take_v(self._x, self._given, self._r)

    def finish(self) -> Status:
        """Iterate until the goal is met, or cannot be."""
        status, before = Status.STAGNATED, math.inf
        while True:
            self.u = self._form.residual(self._x, self._given, self._r)
            self._form.solve(self._r, self._z)
            level = self._level()
            self._note(level)
            if self.error <= self._goal.tolerance:
                status = Status.CONVERGED
                break
            if self.steps >= self._goal.max_steps:
                status = Status.STEP_LIMIT
                break
            if not level < 0.5 * before:
                break
            before = level
            if self._search(Arnoldi(self._z, self._most, self._form.backend), level):
                status = Status.CONVERGED
                break
            if self._hopeless:
                break
        self._x += self._z
        self.u = self._form.residual(self._x, self._given, self._r)
        self.largest = self._greatest(self._r)
        return status

    def _search(self, basis: Arnoldi, level: float) -> bool:
        """Do steps until the basis is full, or the rest small enough; leave x improved.

        Returns whether the goal is met, as far as single precision can tell; z is what is left.
        """
        first = float(np.linalg.norm(basis.first))
        while True:
            self._form.apply(basis.last, self._r)
            self._form.solve(self._r, basis.room)
            basis.step()
            self.steps += 1
            solution, rest, least = basis.solve()
            self._least = min(self._least, least)
            now = float(np.linalg.norm(rest)) / first
            self._note(level * now)
            full = basis.steps == basis.most or self.steps >= self._goal.max_steps
            full = full or self._hopeless
            spent = now <= _DIGITS
            done = basis.steps >= _FIRST and self.error <= self._goal.tolerance
            if not (full or done or spent):
                continue
            self._z[...] = 0
            basis.add(rest, self._z)
            shown = self._level()
            self._note(shown)
            met = self.error <= self._goal.tolerance
            if full or spent or met:
                basis.add(solution, self._x)
                if met and now > _TRUSTED:
                    return True
                self._mend(basis)
                return False
            level = shown / now

    @property
    def _hopeless(self) -> bool:
        """Whether to leave it to a factorisation."""
        late = not self._patient and self.steps >= _LATE
        return late and self.error > _FAR * self._goal.tolerance

    def _mend(self, basis: Arnoldi) -> None:
        """Solve for what rounding left of the residual, as far as the basis knows how.

        It is little, but directions that take long can make it large.
        """
        self._form.residual(self._x, self._given, self._r)
        self._form.solve(self._r, self._z)
        basis.add(basis.least_squares(self._z), self._x)
        self._z[...] = 0

    def _note(self, level: float) -> None:
        """Set the estimated error for a largest |z|, in levels, and report it."""
        early = (_EARLY / max(self.steps, 1)) ** 2
        self.error = self._factor * (1 + early) * level / self._least**self._power + self._rounding
        self._first = max(self._first, self.error)
        goal = self._goal
        done = fraction_of_way(self._first, max(self.error, goal.tolerance), goal.tolerance)
        goal.report(done, lambda: self._show(self.u))

    def _level(self) -> float:
        """Return what z, as an error of u, means at worst, in levels."""
        xp = self._form.backend.xp
        a, b = (xp.abs(self._z[k, ...]) for k in (2, 3))
        return max(self._greatest(float(s) * a + float(t) * b) for s, t in self._slope)

    def _greatest(self, array: Any) -> float:
        xp = self._form.backend.xp
        return float(xp.max(xp.abs(array)))
