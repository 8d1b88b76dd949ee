"""Methods with norms in their energies (total variation): their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from varcolor.checks import require, within
from varcolor.energy.bilaplacian import unit_weights
from varcolor.energy.gtv import GuidedVariation
from varcolor.energy.problem import Term
from varcolor.energy.tgv import GeneralisedVariation
from varcolor.methods.base import (
    Higher,
    affine_weights,
    check_affinity,
)
from varcolor.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class GTV(Higher):
    """Few and sharp borders of colour, at faint edges too; for strokes, as it drowns single points.

    Guided, channel-coupled total variation (see `varcolor.energy.gtv`).
    """

    name: ClassVar[str] = "gtv"

    affinity: str = "default"
    """How alike neighbours are: default, gentle, levin-sym, gauss4 or isotropic."""
    symmetric: bool = False
    """The mean over the four flips of the stencil: four times the work."""

    def __post_init__(self) -> None:
        check_affinity(self.affinity)
        require(
            self.affinity not in ("wide", "far"), f"gtv needs a 3x3 window, not {self.affinity}"
        )

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        weights = affine_weights(self.affinity, guide, visible)
        return (GuidedVariation(weights, self.symmetric),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TV(Higher):
    """Few and short borders of colour that ignore the photo's edges; to compare with.

    Total variation, without guide.
    """

    name: ClassVar[str] = "tv"

    symmetric: bool = False
    """The mean over the four flips of the stencil: four times the work."""

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        shape = (guide.shape[0], guide.shape[1])
        return (GuidedVariation(unit_weights(shape, visible), self.symmetric),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TGV(Higher):
    """Sharp borders and slopes of colour, as in an evening sky; slow.

    Guided total generalised variation of second order (see `varcolor.energy.tgv`).
    """

    name: ClassVar[str] = "tgv"

    affinity: str = "default"
    """How alike neighbours are: default, gentle, levin-sym, gauss4 or isotropic."""
    ratio: float = 2.0
    """What a change of slope costs, against a step; 0.01 to 1000."""

    def __post_init__(self) -> None:
        check_affinity(self.affinity)
        require(
            self.affinity not in ("wide", "far"), f"tgv needs a 3x3 window, not {self.affinity}"
        )
        within("ratio", self.ratio, 0.01, 1000.0)

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        weights = affine_weights(self.affinity, guide, visible)
        return (GeneralisedVariation(weights, self.ratio),)
