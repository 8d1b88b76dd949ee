"""Named methods: an energy with its options, and the space that it works in by default.

The options of a method are the fields of a frozen dataclass; the same class serves Python
(``vc.Levin(radius=2)`` wherever ``"levin"`` is accepted) and the command line (``--set radius=2``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from varcolor.checks import whole, within
from varcolor.energy.harmonic import Harmonic as HarmonicTerm
from varcolor.energy.levin import LevinEquation, levin_weights
from varcolor.energy.problem import Term
from varcolor.energy.weights import AFFINITIES
from varcolor.errors import InputError
from varcolor.higher import Sum, Summable
from varcolor.registry import Registry, did_you_mean
from varcolor.typing import BoolArray, FloatArray


class Method(Protocol):
    """What the front door needs to know of a method."""

    prior: ClassVar[str]
    """Name of the prior that it has if none is given (see `varcolor.prior`), or ``"none"``."""
    general: ClassVar[bool]
    """Whether only the solvers of higher-order and non-smooth energies take it."""
    directed: ClassVar[bool]
    """Whether weights differ between the directions, so that it is no energy."""

    @property
    def name(self) -> str:
        """The name in the registry, or the expression of a sum."""
        ...

    @property
    def compact(self) -> bool:
        """Whether our multigrid fits: weights in a 3x3 window."""
        ...

    @property
    def clustered(self) -> bool:
        """Whether weights differ so much that it needs `deflation_tiles`."""
        ...

    @property
    def large(self) -> str:
        """For general energies: the solver that takes large pictures, or ``""``."""
        ...

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the terms for a photo's luma (H, W) and its mask of visible pixels."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Levin:
    """Exactly as published by Levin, Lischinski and Weiss in 2004; for strokes, to compare.

    See `varcolor.energy.levin`.
    """

    name: ClassVar[str] = "levin"
    prior: ClassVar[str] = "none"
    general: ClassVar[bool] = False
    directed: ClassVar[bool] = True
    large: ClassVar[str] = ""
    clustered: ClassVar[bool] = False

    radius: int = 1
    """Radius of the window in pixels, 1 to 8; 1 (3x3) as published."""
    variance_scale: float = 0.6
    """Part of the window's variance of luma in the width of the weights; 0.6 as published."""
    smallest_weight: float = 0.01
    """Weight, before normalising, that the most similar neighbour gets at least; 0.01."""
    floor: float = 2e-6
    """Smallest width of the weights; 2e-6 as published."""

    def __post_init__(self) -> None:
        whole("radius", self.radius, 1, 8)
        within("variance_scale", self.variance_scale, 1e-6, 1e6)
        within("smallest_weight", self.smallest_weight, 1e-12, 1 - 1e-6)
        within("floor", self.floor, 1e-12, 1e6)

    @property
    def compact(self) -> bool:
        """True for the published window."""
        return self.radius == 1

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the published equations."""
        weights = levin_weights(
            guide, visible, self.radius, self.variance_scale, self.smallest_weight, self.floor
        )
        return (LevinEquation(weights),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmonic(Summable):
    """Colours flow where the grey is smooth and stop at its edges; for strokes and points.

    The minimiser of sum w_rs |u_r - u_s|^2 (see `varcolor.energy.harmonic`).
    """

    name: ClassVar[str] = "harmonic"
    prior: ClassVar[str] = "none"
    general: ClassVar[bool] = False
    directed: ClassVar[bool] = False
    large: ClassVar[str] = ""

    affinity: str = "default"
    """How alike neighbours are: default, gentle, wide, far, levin-sym or gauss4
    (see `varcolor.energy.weights`)."""
    sigma: float = 0.03
    """Width of gauss4's weights in luma, 0..1."""
    floor: float = 0.0
    """Smallest weight between neighbours, which keeps every part of the picture connected;
    0 = the affinity's own (default 1e-5, levin-sym and gauss4 1e-6)."""

    def __post_init__(self) -> None:
        if self.affinity not in AFFINITIES:
            AFFINITIES[self.affinity]  # raises, with a suggestion
        within("sigma", self.sigma, 1e-6, 1e6)
        if self.floor:
            within("floor", self.floor, 1e-12, 1.0)

    @property
    def compact(self) -> bool:
        """True in a 3x3 window, unless `gauss4` has a floor too low for single precision."""
        if self.clustered and self.floor:
            from varcolor.solve.multigrid.deflation_tiles import CONTRAST

            return self.floor >= CONTRAST
        return self.affinity in ("default", "levin-sym", "gauss4")

    @property
    def clustered(self) -> bool:
        """True for `gauss4`: few links, of high contrast."""
        return self.affinity == "gauss4"

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        weights = AFFINITIES[self.affinity](guide, visible, self.sigma, self.floor or None)
        return (HarmonicTerm(weights),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Harmonic):
    """The default: like harmonic, and colours also reach from afar what looks alike.

    `harmonic` with the prior ``"agreed"`` (see `varcolor.prior.agreed`).
    """

    name: ClassVar[str] = "auto"
    prior: ClassVar[str] = "agreed"


METHODS: Registry[type[Method]] = Registry(
    "method",
    {
        "harmonic": "varcolor.methods:Harmonic",
        "levin": "varcolor.methods:Levin",
        "auto": "varcolor.methods:Auto",
        "bilaplacian": "varcolor.higher:Bilaplacian",
        "levin-ls": "varcolor.higher:LevinLS",
        "gtv": "varcolor.higher:GTV",
        "tv": "varcolor.higher:TV",
        "tgv": "varcolor.higher:TGV",
    },
)


def make_method(name: str, settings: Mapping[str, str]) -> Method:
    """Return a method with options given as text, as on the command line.

    Raises
    ------
    InputError
        For an unknown name or option, or a value that does not fit.
    """
    if ":" in name or "+" in name:
        if settings:
            raise InputError(f"method {name!r}: the terms of a sum have no options here")
        return sum_of(name)
    kind = METHODS[name]
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values: dict[str, object] = {}
    for key, text in settings.items():
        if key not in fields:
            raise InputError(
                f"method {name!r} has no option {key!r}{did_you_mean(key, fields)}; "
                f"it has: {', '.join(fields)}"
            )
        convert: type = type(fields[key].default)
        try:
            values[key] = _truth(text) if convert is bool else convert(text)
        except ValueError:
            raise InputError(
                f"option {key}={text!r} of method {name!r}: expected {convert.__name__}"
            ) from None
    return kind(**values)


def _truth(text: str) -> bool:
    """Return what a word says."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def sum_of(expression: str) -> Sum:
    """Return the weighted sum that ``"bilaplacian:0.3+gtv:1"`` stands for; no weight means 1.

    Raises
    ------
    InputError
        For an unknown term, and a weight that is no number or negative.
    """
    parts = []
    for part in expression.split("+"):
        name, colon, text = part.strip().partition(":")
        try:
            weight = float(text) if colon else 1.0
        except ValueError:
            raise InputError(
                f"method {expression!r}: {text!r} is no number; write NAME:WEIGHT+NAME:WEIGHT"
            ) from None
        parts.append((weight, METHODS[name.strip()]()))
    return Sum(parts=tuple(parts))
