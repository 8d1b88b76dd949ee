"""Large pictures, energies with total variation: alternating directions, multigrid inside.

The iteration is `varcolor.solve.variation`; this runs it until the gap to its lower bound is small.
Steps within proofs do not count as steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from varcolor.backend.threads import Team
from varcolor.energy.bilaplacian import Bilaplacian, second_order
from varcolor.energy.gtv import GuidedVariation
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem, Term
from varcolor.energy.stencil import window
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.base import Goal, fraction_done
from varcolor.solve.components import parts_on_grid
from varcolor.solve.matrix import Matrix
from varcolor.solve.pictures import contiguous, first_guess, inner, nearest_cue
from varcolor.solve.proofs import Proofs
from varcolor.solve.result import Solution, Status
from varcolor.solve.variation import Parts, Variation
from varcolor.solve.weights import Weights
from varcolor.typing import Array, BoolArray, FloatArray

#: Steps of reweighted least squares that come first; steps from one report to the next.
_WARM, _REPORT = 8, 10
#: The part of the weights that bound the term of fourth order that stands for it.
_STAND_IN = 0.25
#: Energies below this part of that of the nearest-cue picture count as nothing.
_SMALL = 1e-4


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    problem: Problem
    parts: Parts
    unknown: BoolArray
    unreached: BoolArray
    matrix: Matrix | None
    used: bool = False
    """Whether its weights are those that the last run came to."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """For sums of one total variation, harmonic energies and a bilaplacian, in 3x3 windows."""

    name: str = "splitting"
    gap: float = 1e-3
    """Largest distance of the energy from the minimum, as a part of it."""
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""

    def __post_init__(self) -> None:
        if not 0 < self.gap < 1:
            raise InputError(f"gap {self.gap}: expected above 0 and below 1")

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return 400.0 * unknowns

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Take the weights apart, and make room for a hierarchy.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        team = Team(self.threads)
        if before is not None and before.problem.terms is problem.terms:
            parts = before.parts
        else:
            parts = _parts(problem.terms, team)
        planes = parts.planes()
        unknown, unreached = parts_on_grid(problem, planes)
        matrix = None
        if unknown.any():
            largest = float(planes.max(initial=0.0)) or 1e-30
            weights = Weights(planes, planes, None, largest)
            matrix = Matrix(weights, problem, unknown, team)
        return Prepared(problem, parts, unknown, unreached, matrix)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the energy is proven to be near the minimum."""
        problem, channels = state.problem, values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the splitting solver takes one or two")
        pull, u = first_guess(problem, state.unknown, values, start, np.float64)
        constant = not len(values) or bool((values == values[0]).all())
        if state.matrix is None or (constant and start is None):
            return _solution(state, u, channels, Status.CONVERGED, 0, (0.0,), 0.0)
        box = np.zeros((2, 2))
        box[0, :channels], box[1, :channels] = values.min(axis=0), values.max(axis=0)
        if state.parts.fourth_order:  # which can overshoot the cues
            box = np.stack([2 * box[0] - box[1], 2 * box[1] - box[0]])
        search = Variation(state.matrix, state.parts, pull, u, (box[0], box[1]))
        if state.used:
            search.rebuild()
        state.used = True
        nearest = np.zeros_like(u)
        inner(nearest, channels)[:] = values[nearest_cue(problem)]
        least = _SMALL * search.norms_of(nearest)
        descent = _Descent(search, self.gap, least)
        status = descent.run(goal, start is None, channels)
        found = descent.steps, tuple(descent.energies), descent.gap
        return _solution(state, descent.kept, channels, status, *found)


class _Descent:
    """An iteration until its gap is small.

    ``least``: energies below this are as good as it.
    """

    def __init__(self, search: Variation, aim: float, least: float) -> None:
        self._search, self._aim, self._least = search, aim, least
        self.steps, self.gap, self._lower = 0, math.inf, -math.inf
        self.energies: list[float] = []
        """The best ones, falling; `kept` is the picture of the last."""
        self.kept = search.u.copy()

    def run(self, goal: Goal, cold: bool, channels: int) -> Status:
        """Iterate; a ``cold`` start takes no account of what u is."""
        proofs, done = Proofs(self._aim, goal.max_steps), 0.0
        look = proofs.next_look(0, math.inf)
        while True:
            _advance(self._search, self.steps, cold)
            self.steps += 1
            if self.steps < look:
                if self.steps % _REPORT == 0:
                    goal.report(done, lambda: inner(self._search.u, channels))
                continue
            likely = self._look(proofs)
            if self.gap <= self._aim:
                return Status.CONVERGED
            done = max(done, fraction_done(likely, self._aim))
            goal.report(done, lambda: inner(self.kept, channels))
            if self.steps >= goal.max_steps:
                return Status.STEP_LIMIT
            if proofs.in_vain:
                return Status.STAGNATED
            look = proofs.next_look(self.steps, likely)

    def _look(self, proofs: Proofs) -> float:
        """Take note of the energy, try a proof if it is time; return the gap to be expected."""
        energy, slack = self._search.look()
        if not self.energies or energy < self.energies[-1]:
            self.energies.append(energy)
            self.kept[:] = self._search.u
        self.gap = self._relative(self._lower)
        likely = min(self.gap, self._relative(energy - proofs.expected(slack)))
        if self.gap <= self._aim or not proofs.due(self.steps, slack, likely):
            return likely
        bound, reached = self._search.prove(self.energies[-1], self._aim * self._scale)
        before, self._lower = self.gap, max(self._lower, bound)
        self.gap = self._relative(self._lower)
        if self.gap > self._aim:
            better = self.gap < 0.99 * before
            change = proofs.learn(self.steps, slack, energy - reached, better)
            self._search.scale_penalties(change)
        return min(self.gap, self._relative(energy - proofs.expected(slack)))

    @property
    def _scale(self) -> float:
        """What gaps are parts of."""
        return max(self.energies[-1], self._least, 1e-300)

    def _relative(self, lower: float) -> float:
        return max(self.energies[-1] - lower, 0.0) / self._scale


def fits(terms: tuple[Term, ...]) -> bool:
    """Tell whether the solver takes an energy."""
    bare = [bare_term(term)[1] for term in terms]
    kinds = [type(term) for term in bare]
    return (
        set(kinds) <= {GuidedVariation, Harmonic, Bilaplacian}
        and kinds.count(GuidedVariation) == 1
        and kinds.count(Bilaplacian) <= 1
        and all(_near(term) for term in bare)
    )


def _near(term: Term) -> bool:
    """Tell whether a term has symmetric weights in a 3x3 window, and one stencil."""
    if isinstance(term, GuidedVariation) and term.all_flips:
        return False
    stencil = term.stencil if isinstance(term, Harmonic) else term.weights  # type: ignore[attr-defined]
    return bool(stencil.symmetric and set(stencil.offsets) <= set(window(1)))


def _parts(terms: tuple[Term, ...], team: Team) -> Parts:
    if not fits(terms):
        raise InputError(
            "the splitting solver takes gtv or tv, one of them and not symmetric, and beside it "
            "harmonic and one bilaplacian, in 3x3 windows: use the solver 'general'"
        )
    none: Array = np.zeros((4, 1, 1), np.float32)
    root = smooth = plate = extra = none
    for factor, term in map(bare_term, terms):
        if isinstance(term, GuidedVariation):
            root = np.float32(factor) * np.sqrt(term.weights.planes(team))
        elif isinstance(term, Bilaplacian):
            plate = np.float32(math.sqrt(factor)) * term.weights.planes(team)
            extra = _STAND_IN * second_order(plate)
        elif isinstance(term, Harmonic):
            smooth = smooth + np.float32(factor) * term.stencil.planes(team)
    return Parts(root, smooth, plate, extra)


def _advance(search: Variation, step: int, cold: bool) -> None:
    """Do a step: reweighted least squares first, then alternating directions."""
    if step == 0 and cold:
        search.start()
    elif step < _WARM:
        search.reweight()
    else:
        if step == _WARM:
            search.split()
        search.step()


def _solution(
    state: Prepared,
    u: Array,
    channels: int,
    status: Status,
    steps: int,
    energies: tuple[float, ...],
    gap: float,
) -> Solution:
    found = contiguous(u, channels)
    error = math.inf if steps else 0.0
    return Solution(found, status, steps, 0.0, error, energies, state.unreached, gap)
