"""What a method is: an energy with its options; and weighted sums of energies.

``0.3 * Bilaplacian() + GTV()`` is a method like any other; on the command line it is written
``bilaplacian:0.3+gtv:1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from varcolor.checks import require, within
from varcolor.energy.bilaplacian import unit_weights
from varcolor.energy.problem import ProblemSummary, Term
from varcolor.energy.stencil import Stencil
from varcolor.energy.weighted import Weighted
from varcolor.energy.weights import AFFINITIES
from varcolor.errors import InputError
from varcolor.typing import BoolArray, FloatArray

#: Heaviest factor of a term in a sum.
_HEAVIEST = 1e9


class Method(Protocol):
    """What the front door needs to know of a method."""

    prior: ClassVar[str]
    """Name of the prior that it has if none is given (see `varcolor.prior`), or ``"none"``."""

    @property
    def name(self) -> str:
        """The name in the registry, or the expression of a sum."""
        ...

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the terms for a photo's luma (H, W) and its mask of visible pixels."""
        ...


def summary_of(method: Method, unknowns: int, beside: float = 0.0) -> ProblemSummary:
    """Return what solvers are chosen by, for a method and so many unknown pixels of any photo.

    ``beside`` as in `varcolor.energy.problem.ProblemSummary`.
    """
    terms = method.terms(np.zeros((3, 3)), None)
    return ProblemSummary(unknowns, tuple(term.summary for term in terms), beside)


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


class Higher(Summable):
    """What the methods below share."""

    __slots__ = ()
    prior: ClassVar[str] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Higher):
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

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the terms of all parts, weighted."""
        return tuple(
            Weighted(term, factor)
            for factor, method in self.parts
            if factor > 0
            for term in method.terms(guide, visible)
        )


def affine_weights(affinity: str, guide: FloatArray, visible: BoolArray | None) -> Stencil:
    """Return the weights of an affinity, or of equal neighbours."""
    if affinity == "isotropic":
        return unit_weights((guide.shape[0], guide.shape[1]), visible)
    return AFFINITIES[affinity](guide, visible, 0.03, None)


def check_affinity(affinity: str) -> None:
    if affinity != "isotropic" and affinity not in AFFINITIES:
        AFFINITIES[affinity]  # raises, with a suggestion
