"""Large pictures, fourth order: the mixed form, searched by minimal residuals.

Every search minimises the norm of z = M r, r what is left of the equations of
`varcolor.solve.mixed_form` and M their approximate inverse, so that z is about the error. The
search begins anew, from a residual that is summed in double precision, when its basis is full or
single precision can do no more. The largest |z|, over the smallest singular value of M A that the
search has met, tells the error that is left, up to a factor that was calibrated against direct
solutions (`benchmarks/energies/estimate.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from varcolor.backend.threads import Team
from varcolor.energy.bilaplacian import Bilaplacian
from varcolor.energy.problem import Problem, Term
from varcolor.energy.stencil import window
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.arnoldi import Arnoldi
from varcolor.solve.base import Goal, fraction_of_way
from varcolor.solve.components import parts_on_grid
from varcolor.solve.drive import slope_for
from varcolor.solve.hierarchy import bordered
from varcolor.solve.mixed_form import MixedForm
from varcolor.solve.pictures import contiguous, first_guess, inner
from varcolor.solve.result import Solution, Status
from varcolor.typing import Array, BoolArray, FloatArray

#: The error is at most about this times the largest |z| over the smallest singular value; early
#: steps, which have not met that yet, add (`_EARLY` / step) squared of it; and it is as much larger
#: again as that value has fallen over the last `_LAG` steps.
_FACTOR, _EARLY, _LAG = 12.0, 4.0, 6
#: Steps of a search at least and at most, and the numbers that its basis may hold.
_SHORT, _LONG, _NUMBERS = 16, 48, 1 << 30
#: Steps before the first look at z; up to where a search is worth going on in single precision, and
#: up to where it is trusted without a look at the residual itself.
_FIRST, _DIGITS, _TRUSTED = 3, 3e-5, 1e-4
#: Weights of soft cues, against the largest of L squared, that are heavy, and as good as exact.
_HEAVY, _HEAVIEST = 1.0, 1e12


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    problem: Problem
    unknown: BoolArray
    unreached: BoolArray
    planes: Array
    form: MixedForm | None
    """None if there is nothing to solve for."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """For the bilaplacian alone, in a 3x3 window."""

    name: str = "mixed"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return unknowns * (300.0 + 16.0 * (_longest(unknowns) + 1))

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Build all grids.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        team = Team(self.threads)
        factor, term = _bilaplacian(problem.terms)
        if before is not None and before.problem.terms is problem.terms:
            planes = before.planes
        else:
            planes = term.weights.planes(team)
        unknown, unreached = parts_on_grid(problem, planes)
        form = None
        if unknown.any():
            free, soft, pull = _soft_cues(problem, factor, float(planes.max()), unknown)
            form = MixedForm(planes, free, soft, pull, team)
        return Prepared(problem, unknown, unreached, planes, form)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Search until the error is estimated to be within the tolerance."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the mixed solver takes one or two")
        pull, u = first_guess(state.problem, state.unknown, values, start)
        if state.form is None:
            return _solution(state, u, channels, Status.CONVERGED, 0, 0.0, 0.0)
        search = _Run(state, state.form, pull, u, goal, channels)
        if start is not None:
            search.take_v()
        return search.finish()


class _Run:
    """One solution on its way."""

    def __init__(
        self,
        state: Prepared,
        form: MixedForm,
        pull: Array,
        u: Array,
        goal: Goal,
        channels: int,
    ) -> None:
        self._state, self._form, self._goal, self._channels = state, form, goal, channels
        self._slope = slope_for(goal, channels)
        self._rounding = float(2.0**-22 * self._slope.sum(axis=1).max())
        free = form.free != 0
        self._given = np.where(free, 0, u)
        if pull.shape[1] > 1:
            self._given = np.where((form.soft > 0) | (form.pull > 0), pull, self._given)
        self._x = np.zeros((4, *u.shape[1:]), np.float32)
        self._x[2:] = np.where(free, u, 0)
        self._r, self._z = np.zeros_like(self._x), np.zeros_like(self._x)
        self._u = u
        self.steps, self._leasts, self._first = 0, [1.0], 0.0
        self.error = self.largest = math.inf

    def take_v(self) -> None:
        """Set v = L u, for a u that is worth it."""
        self._form.residual(self._x, self._given, self._r)
        self._x[:2] -= self._r[2:]

    def finish(self) -> Solution:
        """Search until the goal is met, or cannot be."""
        most, status = _longest(self._state.unknown.size), Status.STAGNATED
        before = math.inf
        while True:
            self._u = self._form.residual(self._x, self._given, self._r)
            self._form.solve(self._r, self._z)
            level = self._level()
            if self._good_enough(level):
                status = Status.CONVERGED
                break
            if self.steps >= self._goal.max_steps:
                status = Status.STEP_LIMIT
                break
            if not level < 0.5 * before:
                break
            before = level
            if self._search(Arnoldi(self._z, most, self._form.team, self._form.strips), level):
                status = Status.CONVERGED
                break
        self._x += self._z
        self._u = self._form.residual(self._x, self._given, self._r)
        self.largest = float(np.abs(self._r).max())
        return _solution(
            self._state, self._u, self._channels, status, self.steps, self.largest, self.error
        )

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
            self._leasts.append(min(self._leasts[-1], least))
            now = float(np.linalg.norm(rest)) / first
            self._note(level * now)
            full = basis.steps == basis.most or self.steps >= self._goal.max_steps
            spent = now <= _DIGITS
            done = basis.steps >= _FIRST and self.error <= self._goal.tolerance
            if not (full or done or spent):
                continue
            self._z[:] = 0
            basis.add(rest, self._z)
            shown = self._level()
            met = self._good_enough(shown)
            if full or spent or met:
                basis.add(solution, self._x)
                return met and now > _TRUSTED
            level = shown / now

    def _good_enough(self, level: float) -> bool:
        """Tell whether the goal is met with z of this level.

        M solves the equations from top to bottom: what an error of v at given pixels means for u
        shows in the next step only, which is looked at before the answer is yes.
        """
        self._note(level)
        if self.error > self._goal.tolerance:
            return False
        ahead = np.zeros_like(self._z)
        self._form.apply(self._z, self._r)
        self._form.solve(self._r, ahead)
        self._z *= 2
        self._z -= ahead
        self._note(max(level, self._level()))
        return self.error <= self._goal.tolerance

    def _note(self, level: float) -> None:
        """Set the estimated error for a largest |z|, in levels, and report it."""
        early = (_EARLY / max(self.steps, 1)) ** 2
        least, before = self._leasts[-1], self._leasts[max(len(self._leasts) - 1 - _LAG, 0)]
        self.error = _FACTOR * (1 + early) * level * before / least**2 + self._rounding
        self._first = max(self._first, self.error)
        goal = self._goal
        done = fraction_of_way(self._first, max(self.error, goal.tolerance), goal.tolerance)
        goal.report(done, lambda: inner(self._u, self._channels))

    def _level(self) -> float:
        """Return what z, as an error of u, means at worst, in levels."""
        u = np.abs(self._z[2:])
        return max(float((a * u[0] + b * u[1]).max()) for a, b in self._slope)


def _soft_cues(
    problem: Problem, factor: float, largest: float, unknown: BoolArray
) -> tuple[BoolArray, Array, Array]:
    """Return where u is free (H, W), and for `MixedForm` what soft cues weigh."""
    soft, pull, free = bordered(problem.shape), bordered(problem.shape), unknown.copy()
    own = ~problem.exact
    rows, columns = np.divmod(problem.at[own], problem.shape[1])
    weight = np.minimum(problem.weight[own] / factor, _HEAVIEST * largest**2)
    heavy = weight > _HEAVY * largest**2
    soft[rows[heavy] + 1, columns[heavy] + 1] = 1 / weight[heavy]
    free[rows[heavy], columns[heavy]] = False
    pull[rows[~heavy] + 1, columns[~heavy] + 1] = weight[~heavy]
    return free, soft, pull


def fits(terms: tuple[Term, ...]) -> bool:
    """Tell whether the solver takes an energy."""
    bare = [bare_term(term)[1] for term in terms]
    return (
        len(bare) == 1
        and isinstance(bare[0], Bilaplacian)
        and set(bare[0].weights.offsets) <= set(window(1))
    )


def _bilaplacian(terms: tuple[Term, ...]) -> tuple[float, Bilaplacian]:
    """Return the factor of the one term, and the term."""
    if not fits(terms):
        raise InputError(
            "the mixed solver takes the bilaplacian alone, in a 3x3 window: use the solver "
            "'general'"
        )
    factor, bare = bare_term(terms[0])
    assert isinstance(bare, Bilaplacian)
    return factor, bare


def _longest(pixels: int) -> int:
    """Return how many steps a search may have in memory."""
    return int(np.clip(_NUMBERS // (4 * max(pixels, 1)), _SHORT, _LONG))


def _solution(
    state: Prepared,
    u: Array,
    channels: int,
    status: Status,
    steps: int,
    residual: float,
    error: float,
) -> Solution:
    """Return the chroma (H, W, C) and how it was found."""
    found = contiguous(u, channels)
    return Solution(found, status, steps, residual, error, (), state.unreached)
