"""What every solver is, and what it is asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.solve.result import Solution
from varcolor.typing import Array, FloatArray


def largest_level(u: Array, bound: Array, at: Array) -> float:
    """Take the solution itself as the colour, 0..1: the largest bound in 1/255."""
    return 255 * float(bound.max(initial=0.0))


def ignore(fraction: float, u: Callable[[], Array] | None = None) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Goal:
    """When a solution is good enough, and whom to tell on the way."""

    tolerance: float = 0.5
    """Largest permitted error of an RGB value, in 1/255."""
    max_steps: int = 20_000
    levels: Callable[[Array, Array, Array], float] = largest_level
    """(u, bound, at) -> the largest RGB error, in 1/255, that errors up to ``bound`` (F, C) of the
    solution ``u`` (F, C) at the flat pixel indices ``at`` (F,) can cause."""
    report: Callable[..., None] = field(default=ignore)
    """Called with the fraction done, 0..1, and a function that returns the present picture."""
    slope: Array = field(default_factory=lambda: np.full((1, 2), 255.0) * np.eye(2))
    """(C, 2): no RGB value changes by more, in 1/255, than the largest of these rows times the
    absolute errors of both channels."""


class Solver(Protocol):
    """A way to solve a problem: prepare once, run for any values of its cues.

    Solvers of one's own inherit from this class, and need `name`, `supports`, `memory`, `prepare`
    and `run`; a package registers its solvers under the entry-point group ``varcolor.solvers``.
    `varcolor.solve.selection` asks all registered ones. One with a field ``threads`` is given the
    number of threads that the caller asked for.
    """

    caveat: ClassVar[str] = ""
    """What a user must know where ``"auto"`` had to take it."""

    @property
    def name(self) -> str:
        """What a Result calls it."""
        ...

    def supports(self, problem: ProblemSummary) -> str:
        """Return ``""`` if it solves such problems, else why not, in words."""
        ...

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return how soon ``"auto"`` takes it: of solvers that support a problem the largest first.

        With 0, which is the default, it is taken only if it is asked for by name. The built-in
        solvers have 5 to 60. ``loaded``: waiting for compiled code to be loaded does not count.
        """
        return 0.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes that a run takes, reading and rendering included, roughly."""
        ...

    def kernels(self, problem: ProblemSummary) -> str:
        """Return the kind of compiled kernels that it needs for a problem; ``""`` = none.

        Kinds are those of `varcolor.backend.jit.precompile`.
        """
        return ""

    def prepare(self, problem: Problem, before: Any = None) -> Any:
        """Do what depends on the picture and on where its cues are.

        ``before`` is what this returned for the same terms and other cues: it may be used up.
        """
        ...

    def run(self, state: Any, values: FloatArray, start: FloatArray | None, goal: Goal) -> Solution:
        """Solve for cue values (N, C), starting from a picture (H, W, C) or from zero."""
        ...


def fraction_done(residual: float, last: float) -> float:
    """Return how far a solve is that begins at a relative residual of 1 and ends near ``last``."""
    return min(0.95, max(0.0, math.log(max(residual, 1e-12)) / math.log(last)))


def fraction_of_way(first: float, now: float, last: float) -> float:
    """Return the part of the way from ``first`` to ``last``, on a logarithmic scale."""
    if not math.isfinite(now) or first <= last:
        return 0.0
    return min(1.0, max(0.0, math.log(first / now) / math.log(first / last)))


def start_values(start: FloatArray | None, free: Array, values: FloatArray) -> FloatArray:
    """Return the first guess (F, C) of the unknowns: without a start, the cues' mean."""
    if start is None:
        return np.tile(middle(values), (len(free), 1))
    return start.reshape(-1, values.shape[1])[free].astype(np.float64)


def middle(values: FloatArray) -> FloatArray:
    """Return a value (C,) inside the range of the cues' values (N, C), theirs if all agree."""
    if not len(values):
        return np.zeros(values.shape[1])
    low, high = (np.array([end(own) for own in values.T]) for end in (np.min, np.max))
    return np.asarray(low + (high - low) / 2)
