"""What a method is: an energy with its options; and weighted sums of energies.

``0.3 * Bilaplacian() + GTV()`` is a method like any other; on the command line it is written
``bilaplacian:0.3+gtv:1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from varcolor.checks import require, within
from varcolor.energy.bilaplacian import unit_weights
from varcolor.energy.problem import Term
from varcolor.energy.stencil import Stencil
from varcolor.energy.weighted import Weighted
from varcolor.energy.weights import AFFINITIES
from varcolor.errors import InputError
from varcolor.typing import BoolArray, FloatArray

#: Heaviest factor of a term in a sum.
_HEAVIEST = 1e9
#: Solvers of large pictures.
SPLITTING, MIXED, SLOPES = "splitting", "mixed", "slopes"


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
        once = large.count(SPLITTING) == 1 and large.count(MIXED) <= 1 and SLOPES not in large
        return SPLITTING if fits and once else ""

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
