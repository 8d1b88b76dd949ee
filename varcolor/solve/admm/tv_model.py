"""The terms of an energy with total variation: weights of |K u|, of differences, of |L u|^2.

A term |L u|^2 of Q is of fourth order, but next to the norms it matters to high frequencies only,
and there second-order weights bound it (`varcolor.energy.bilaplacian.second_order`). A part of
these stands for the term in the hierarchy; a line search with the true term makes up for the rest.
What it finds is much the same for many steps, which take it as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from varcolor.backend.base import namespace
from varcolor.energy.bilaplacian import Bilaplacian, second_order
from varcolor.energy.gtv import GuidedVariation
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import ProblemSummary, Term
from varcolor.energy.stencil import Stencil
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.admm.energies import refusal

#: The part of the weights that bound the term of fourth order that stands for it.
_STAND_IN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What an energy is made of; arrays as in `varcolor.backend.kernels.admm.tv` and `tv_residual`.

    They are on the host or on a device; what the energy lacks is (4, 1, 1).
    """

    root: Any
    """Roots of the norm's weights."""
    smooth: Any
    """Weights of quadratic differences."""
    laplacian_weights: Any
    """Weights of L in the term of fourth order."""
    extra: Any
    """Second-order weights that stand for that term in the hierarchy."""

    @property
    def fourth_order(self) -> bool:
        """Whether there is such a term."""
        return bool(self.laplacian_weights.shape[1] > 1)

    def planes(self) -> Any:
        """Return the weights of the first step, (4, H + 2, W + 2)."""
        planes = 0.5 * self.root**2
        for more in (self.smooth, self.extra):
            if more.shape[1] > 1:
                planes += more
        return planes


def parts_of(terms: tuple[Term, ...], weights: Callable[[Stencil], Any], none: Any) -> Parts:
    """Take an energy apart.

    Parameters
    ----------
    terms : tuple of Term
        The energy.
    weights : callable
        Returns a stencil's weights, as `Stencil.planes` has them.
    none : array, shape (4, 1, 1)
        What stands for weights that there are not, float32.

    Raises
    ------
    InputError
        If there is a `refusal`.
    """
    if reason := refusal(ProblemSummary(0, tuple(term.summary for term in terms))):
        raise InputError(reason)
    root = smooth = laplacian_weights = extra = none
    for factor, term in map(bare_term, terms):
        if isinstance(term, GuidedVariation):
            root = factor * namespace(none).sqrt(weights(term.weights))
        elif isinstance(term, Bilaplacian):
            laplacian_weights = math.sqrt(factor) * weights(term.weights)
            extra = _STAND_IN * second_order(laplacian_weights)
        elif isinstance(term, Harmonic):
            own = factor * weights(term.stencil)
            smooth = own if smooth is none else smooth + own
    return Parts(root, smooth, laplacian_weights, extra)
