"""Options of the energies beyond second order, and weighted sums of any of them.

``0.3 * Bilaplacian() + GTV()`` is a method like any other; on the command line it is written
``bilaplacian:0.3+gtv:1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from varcolor.checks import require, whole, within
from varcolor.energy.bilaplacian import Bilaplacian as BilaplacianTerm
from varcolor.energy.bilaplacian import unit_weights
from varcolor.energy.gtv import GuidedVariation
from varcolor.energy.levin import levin_weights
from varcolor.energy.levin_ls import LevinSquares
from varcolor.energy.problem import Term
from varcolor.energy.stencil import Stencil
from varcolor.energy.tgv import GeneralisedVariation
from varcolor.energy.weighted import Weighted
from varcolor.energy.weights import AFFINITIES
from varcolor.errors import InputError
from varcolor.typing import BoolArray, FloatArray

#: Heaviest factor of a term in a sum.
_HEAVIEST = 1e9
#: Solvers of large pictures.
_SPLITTING, _MIXED, _SLOPES = "splitting", "mixed", "slopes"


class Summable:
    """Methods that can be added, and multiplied by a number."""

    __slots__ = ()

    def __add__(self, other: Any) -> Sum:
        """Return the sum of two methods."""
        if not isinstance(other, Summable):
            return NotImplemented
        return Sum(parts=(*_parts(self), *_parts(other)))

    def __rmul__(self, factor: float) -> Sum:
        """Return the method times a number."""
        return Sum(parts=tuple((factor * own, method) for own, method in _parts(self)))


def _parts(method: Any) -> tuple[tuple[float, Any], ...]:
    return method.parts if isinstance(method, Sum) else ((1.0, method),)


class _Higher(Summable):
    """What the methods below share."""

    __slots__ = ()
    prior: ClassVar[str] = "none"
    general: ClassVar[bool] = True
    directed: ClassVar[bool] = False
    clustered: ClassVar[bool] = False

    @property
    def compact(self) -> bool:
        """False: second-order solvers do not take it."""
        return False

    @property
    def large(self) -> str:
        """No solver but the general one."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(_Higher):
    """Several methods at once, each with a weight."""

    parts: tuple[tuple[float, Any], ...]
    """Factors, 0 to 1e9 and not all zero, and methods."""

    def __post_init__(self) -> None:
        for factor, method in self.parts:
            within(f"the weight of {method.name}", factor, 0.0, _HEAVIEST)
            if not isinstance(method, Summable):
                raise InputError(
                    f"{method.name} cannot be part of a sum: it is no energy (levin-ls is)"
                )
        require(any(factor > 0 for factor, _ in self.parts), "a sum without a positive weight")

    @property
    def name(self) -> str:
        """The expression that makes it."""
        return "+".join(f"{method.name}:{factor:g}" for factor, method in self.parts)

    @property
    def large(self) -> str:
        """That of a single part; `splitting` for one total variation beside what it takes."""
        used = [method for factor, method in self.parts if factor > 0]
        if len(used) == 1:
            return str(used[0].large)
        large = [method.large for method in used]
        fits = all(
            (method.large or (method.compact and not method.clustered)) and not method.directed
            for method in used
        )
        once = large.count(_SPLITTING) == 1 and large.count(_MIXED) <= 1 and _SLOPES not in large
        return _SPLITTING if fits and once else ""

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the terms of all parts, weighted."""
        return tuple(
            Weighted(term, factor)
            for factor, method in self.parts
            if factor > 0
            for term in method.terms(guide, visible)
        )


def _affine_weights(affinity: str, guide: FloatArray, visible: BoolArray | None) -> Stencil:
    """Return the weights of an affinity, or of equal neighbours."""
    if affinity == "isotropic":
        return unit_weights((guide.shape[0], guide.shape[1]), visible)
    return AFFINITIES[affinity](guide, visible, 0.03, None)


def _check_affinity(affinity: str) -> None:
    if affinity != "isotropic" and affinity not in AFFINITIES:
        AFFINITIES[affinity]  # raises, with a suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilaplacian(_Higher):
    """Slopes of colour run on, as in a sky; colours can overshoot.

    The minimiser of sum_r |(L u)_r|^2 (see `varcolor.energy.bilaplacian`).
    """

    name: ClassVar[str] = "bilaplacian"

    affinity: str = "gentle"
    """Weights of L: an affinity as for harmonic, or isotropic. They are squared, so that gentle has
    the contrast that default has in harmonic; it is best of all in the `energies` benchmark."""

    def __post_init__(self) -> None:
        _check_affinity(self.affinity)

    @property
    def large(self) -> str:
        """`mixed` in a 3x3 window."""
        return "" if self.affinity in ("wide", "far") else _MIXED

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        return (BilaplacianTerm(_affine_weights(self.affinity, guide, visible)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevinLS(_Higher):
    """Equation 1 of Levin's paper taken literally; to compare with.

    See `varcolor.energy.levin_ls`.
    """

    name: ClassVar[str] = "levin-ls"
    directed: ClassVar[bool] = True

    radius: int = 1
    """Radius of the window in pixels, 1 to 4; 1 (3x3) as published."""

    def __post_init__(self) -> None:
        whole("radius", self.radius, 1, 4)

    @property
    def large(self) -> str:
        """`mixed` in a 3x3 window."""
        return _MIXED if self.radius == 1 else ""

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        return (LevinSquares(levin_weights(guide, visible, self.radius)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class GTV(_Higher):
    """Few and sharp borders of colour, at faint edges too; for strokes, as it drowns single points.

    Guided, channel-coupled total variation (see `varcolor.energy.gtv`).
    """

    name: ClassVar[str] = "gtv"

    affinity: str = "default"
    """How alike neighbours are: default, gentle, levin-sym, gauss4 or isotropic."""
    symmetric: bool = False
    """The mean over the four flips of the stencil: four times the work."""

    def __post_init__(self) -> None:
        _check_affinity(self.affinity)
        require(
            self.affinity not in ("wide", "far"), f"gtv needs a 3x3 window, not {self.affinity}"
        )

    @property
    def large(self) -> str:
        """`splitting` for one flip of the stencil."""
        return "" if self.symmetric else _SPLITTING

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        weights = _affine_weights(self.affinity, guide, visible)
        return (GuidedVariation(weights, self.symmetric),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TV(_Higher):
    """Few and short borders of colour that ignore the photo's edges; to compare with.

    Total variation, without guide.
    """

    name: ClassVar[str] = "tv"

    symmetric: bool = False
    """The mean over the four flips of the stencil: four times the work."""

    @property
    def large(self) -> str:
        """`splitting` for one flip of the stencil."""
        return "" if self.symmetric else _SPLITTING

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        shape = (guide.shape[0], guide.shape[1])
        return (GuidedVariation(unit_weights(shape, visible), self.symmetric),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TGV(_Higher):
    """Sharp borders and slopes of colour, as in an evening sky; slow.

    Guided total generalised variation of second order (see `varcolor.energy.tgv`).
    """

    name: ClassVar[str] = "tgv"

    affinity: str = "default"
    """How alike neighbours are: default, gentle, levin-sym, gauss4 or isotropic."""
    ratio: float = 2.0
    """What a change of slope costs, against a step; 0.01 to 1000."""

    def __post_init__(self) -> None:
        _check_affinity(self.affinity)
        require(
            self.affinity not in ("wide", "far"), f"tgv needs a 3x3 window, not {self.affinity}"
        )
        within("ratio", self.ratio, 0.01, 1000.0)

    @property
    def large(self) -> str:
        """`slopes`."""
        return _SLOPES

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        weights = _affine_weights(self.affinity, guide, visible)
        return (GeneralisedVariation(weights, self.ratio),)
