"""What is compared: energies, and for each what is tried on training pictures."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

import varcolor as vc
from varcolor.energy.problem import ProblemSummary
from varcolor.methods import Method
from varcolor.methods.base import Sum
from varcolor.methods.nonsmooth import GTV, TGV, TV
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.prior.gp import GP
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.solver import Solver
from varcolor.solve.sparse.block_solver import BlockDirect

#: The methods that gains are counted from: energies alone, and energies with the prior.
ALONE, GUESSED = "harmonic", "auto"


@dataclass(frozen=True, slots=True)
class Setting:
    """An energy with everything that is chosen."""

    method: Method
    strength: float | None = None
    """Strength of the prior ``"gp"``; None = no prior."""

    @property
    def name(self) -> str:
        """The method, its options, and the strength of the prior."""
        prior = "" if self.strength is None else f", prior {self.strength:g}"
        return described(self.method) + prior

    @property
    def prior(self) -> GP | None:
        """The prior, if there is one."""
        return None if self.strength is None else GP(strength=self.strength)

    def solver(self, gap: float) -> str | Solver:
        """Return what solves it: exactly, or to a gap."""
        problem = summary_of(self.method)
        if not ADMM().supports(problem):
            return ADMM(gap=gap, threads=1)
        return "direct" if problem.second_order else BlockDirect(gap=gap)


def summary_of(method: Method) -> ProblemSummary:
    """Return what solvers are chosen by, without a photo."""
    terms = method.terms(np.zeros((3, 3)), None)
    return ProblemSummary(0, tuple(term.summary for term in terms))


def described(method: Method) -> str:
    """Return a method's name and the options that are not the default."""
    if isinstance(method, Sum):
        return " + ".join(f"{factor:g} {described(part)}" for factor, part in method.parts)
    changed = [
        f"{field.name}={getattr(method, field.name)}"
        for field in dataclasses.fields(method)  # type: ignore[arg-type]
        if getattr(method, field.name) != field.default
    ]
    return f"{method.name} ({', '.join(changed)})" if changed else method.name


@dataclass(frozen=True, slots=True)
class Energy:
    """A row of the tables."""

    name: str
    tried: tuple[Setting, ...]
    half: bool = False
    """Whether it is so slow that it is measured at half size only."""
    behind: bool = False
    """Whether it lies so far behind that fewer pictures tell."""

    @property
    def base(self) -> str:
        """Whose gains these are."""
        return ALONE if self.tried[0].strength is None else GUESSED


def _alone(name: str, *methods: Method, half: bool = False, behind: bool = False) -> Energy:
    return Energy(name, tuple(Setting(method) for method in methods), half, behind)


def _guessed(
    name: str, methods: list[Method], strengths: tuple[float, ...], behind: bool = False
) -> Energy:
    tried = tuple(Setting(method, k) for method in methods for k in strengths)
    return Energy(f"{name}, with the prior", tried, behind=behind)


_harmonic, _gtv = vc.Harmonic(), GTV()
_plate, _gentle = Bilaplacian(affinity="isotropic"), Bilaplacian()
#: Measured in this order: alone, with the prior, and the slow ones.
ENERGIES = (
    _alone(ALONE, _harmonic),
    _alone("levin", vc.Levin()),
    _alone("levin-ls", LevinLS(), behind=True),
    _alone("bilaplacian, default", Bilaplacian(affinity="default"), behind=True),
    _alone("bilaplacian, isotropic", _plate, behind=True),
    _alone("bilaplacian", _gentle, behind=True),
    _alone(
        "harmonic + bilaplacian",
        *(_harmonic + b * _plate for b in (1e-3, 1e-2)),
        *(_harmonic + b * _gentle for b in (0.3, 3.0)),
    ),
    _alone("tv", TV(), behind=True),
    _alone("gtv", _gtv, GTV(affinity="levin-sym")),
    _alone("harmonic + gtv", *(_harmonic + b * _gtv for b in (0.01, 0.1, 1.0))),
    Energy(GUESSED, (Setting(_harmonic, 2e-5),)),
    _guessed("harmonic", [_harmonic], (1e-5, 5e-5)),
    _guessed("tv", [TV()], (1e-3, 1e-2), behind=True),
    _guessed("gtv", [_gtv], (3e-5, 1e-4, 5e-4, 2e-3)),
    Energy(
        "harmonic + gtv, with the prior",
        (
            Setting(_harmonic + 0.1 * _gtv, 2e-5),
            *(Setting(0.05 * _harmonic + _gtv, k) for k in (1e-4, 5e-4)),
        ),
    ),
    _alone("gtv, symmetric", GTV(symmetric=True), half=True),
    _alone("bilaplacian + gtv", *(_gtv + a * _gentle for a in (0.1, 1.0, 10.0)), half=True),
    _alone("tgv", *(TGV(ratio=ratio) for ratio in (1.0, 4.0)), half=True),
)
