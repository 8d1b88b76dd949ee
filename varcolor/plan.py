"""How a photo is to be solved, as the caller asked for it, and which solver follows from that."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Literal, TypeAlias, get_args

from varcolor.backend import Backend
from varcolor.backend.memory import budget
from varcolor.energy.prior import Loss
from varcolor.energy.problem import ProblemSummary
from varcolor.errors import InputError
from varcolor.image.picture import PictureLike
from varcolor.methods import Method, make_method
from varcolor.prior.given import Confidence, Given
from varcolor.solve.selection import choose, replacement
from varcolor.solve.solver import Solver

MAX_STEPS = 20_000
#: What becomes of the luma where sRGB does not have the chroma at it.
LumaLaw: TypeAlias = Literal["keep", "fit"]


def check_tolerance(tolerance: float | None) -> None:
    """Refuse what is no tolerance.

    Raises
    ------
    InputError
        If it is neither None nor a number above 0.
    """
    limit: Any = tolerance
    if limit is not None and not (isinstance(limit, Real) and 0 < float(limit) < math.inf):
        raise InputError(f"tolerance {tolerance!r}: must be above 0 (in 1/255)")


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What the caller knows of the answer, as it was given; see `colorize`."""

    prior: Given = None
    confidence: Confidence = None
    loss: Loss = "square"
    start: PictureLike | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How to solve; the fields are parameters of `colorize`."""

    method: str | Method = "auto"
    solver: str | Solver = "auto"
    backend: str | Backend = "auto"
    tolerance: float | None = None
    max_steps: int = MAX_STEPS
    threads: int | None = None
    interactive: bool = False
    """Whether the compiler has been waited for already, so that small pictures gain from it."""
    guess: Guess = field(default_factory=Guess)
    memory: float | str | None = None
    """What to plan with, as `varcolor.backend.memory.budget` takes it."""
    luma: str = "keep"
    """``"keep"``: exactly; ``"fit"``: lowered where the chroma exists at a lower one only."""

    def __post_init__(self) -> None:
        if self.luma not in get_args(LumaLaw):
            raise InputError(f"luma {self.luma!r}: expected {' or '.join(get_args(LumaLaw))}")

    def make_method(self) -> Method:
        """Return the method."""
        method = make_method(self.method, {}) if isinstance(self.method, str) else self.method
        if isinstance(method, type) or not hasattr(method, "terms"):
            raise InputError(f"method {method!r}: expected a name or options, e.g. vc.Levin()")
        return method

    def choose(self, problem: ProblemSummary, held: int = 0) -> tuple[Solver, str | None]:
        """Return the solver for a problem, and what a user must know of it.

        ``held`` are the bytes that the photo takes already.
        """
        if not (isinstance(self.solver, str) or hasattr(self.solver, "prepare")):
            raise InputError(f"solver {self.solver!r}: expected a name or a Solver")
        return choose(self.solver, problem, self.threads, self.interactive, self._free(held))

    def _free(self, held: int) -> float:
        """Return the bytes to plan with, with those that the photo takes already."""
        return budget(self.memory) + (held if self.memory is None else 0)

    def choose_again(
        self,
        lost: str,
        problem: ProblemSummary,
        held: int = 0,
        on_gpu: bool = False,
    ) -> Solver | None:
        """Return what takes the place of a solver that lost its way; None if nothing else can."""
        if (other := replacement(lost, problem, self._free(held))) is not None:
            return other
        return self.choose(problem, held)[0] if on_gpu else None
