"""Methods with quadratic energies, and Levin's equations: their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from varcolor.checks import whole, within
from varcolor.energy.bilaplacian import Bilaplacian as BilaplacianTerm
from varcolor.energy.harmonic import Harmonic as HarmonicTerm
from varcolor.energy.levin import LevinEquation, levin_weights
from varcolor.energy.levin_ls import LevinSquares
from varcolor.energy.problem import Term
from varcolor.energy.weights import AFFINITIES
from varcolor.methods.base import (
    Higher,
    Summable,
    affine_weights,
    check_affinity,
)
from varcolor.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Levin:
    """Exactly as published by Levin, Lischinski and Weiss in 2004; for strokes, to compare.

    See `varcolor.energy.levin`.
    """

    name: ClassVar[str] = "levin"
    prior: ClassVar[str] = "none"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilaplacian(Higher):
    """Slopes of colour run on, as in a sky; colours can overshoot.

    The minimiser of sum_r |(L u)_r|^2 (see `varcolor.energy.bilaplacian`).
    """

    name: ClassVar[str] = "bilaplacian"

    affinity: str = "gentle"
    """Weights of L: an affinity as for harmonic, or isotropic. They are squared, so that gentle has
    the contrast that default has in harmonic; it is best of all in the `energies` benchmark."""

    def __post_init__(self) -> None:
        check_affinity(self.affinity)

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        return (BilaplacianTerm(affine_weights(self.affinity, guide, visible)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevinLS(Higher):
    """Equation 1 of Levin's paper taken literally; to compare with.

    See `varcolor.energy.levin_ls`.
    """

    name: ClassVar[str] = "levin-ls"

    radius: int = 1
    """Radius of the window in pixels, 1 to 4; 1 (3x3) as published."""

    def __post_init__(self) -> None:
        whole("radius", self.radius, 1, 4)

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        return (LevinSquares(levin_weights(guide, visible, self.radius)),)
