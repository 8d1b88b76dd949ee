"""Edge weights of a matrix, which depend on the photo alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.base import Backend, namespace
from varcolor.energy.problem import ProblemSummary, Term, TermSummary
from varcolor.energy.stencil import FOUR
from varcolor.errors import InputError
from varcolor.typing import Array, Shape

#: How often the interpolation between grids is improved.
REFINEMENTS = 2
#: Smallest part of the largest weight that single precision can bear beside it.
CONTRAST = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Arrays of any library, as in `varcolor.backend.kernels`."""

    planes: Any
    """(4, H + 2, W + 2) symmetric, or (8, ...) directed with rows scaled by ``scale``."""
    scale: Any
    """(H + 2, W + 2): what the rows of a non-symmetric system are multiplied with;
    None if it is symmetric."""

    @property
    def largest(self) -> float:
        """Largest weight."""
        return float(namespace(self.planes).max(self.planes)) or 1e-30

    @property
    def unscaled(self) -> float:
        """About the largest weight before rows were scaled, which then sum to 1."""
        return self.largest if self.scale is None else 1.0

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.planes.shape[1] - 2, self.planes.shape[2] - 2


def rows_at(
    weights: Weights, at: Array, get: Callable[[Any], Array] = np.asarray
) -> tuple[Array, Array]:
    """Return directed weights at flat indices (K,) on the host, (K, 8), and their scale (K,).

    ``get`` brings an array of theirs to the host.
    """
    own, scale = np.empty((len(at), 8)), np.empty(len(at))
    for k, place in enumerate(at.tolist()):
        row, column = divmod(place, weights.shape[1])
        own[k] = get(weights.planes[:, row + 1, column + 1])
        scale[k] = get(weights.scale[row + 1, column + 1])
    return own, scale


def needs_compact(problem: ProblemSummary) -> str:
    """Return why the multigrid solver does not take a problem; ``""`` if it does."""
    if not problem.second_order:
        return (
            "the multigrid solver takes harmonic and levin only: use the solver auto, or "
            "block-direct"
        )
    if not problem.compact:
        return "the multigrid solver takes 3x3 windows only: use the solver 'direct' or 'amg'"
    if len({term.directed for term in problem.terms}) > 1:
        return (
            "the multigrid solver takes either symmetric weights or others, not their sum: "
            "use the solver 'direct' or 'amg'"
        )
    least = min(term.least for term in problem.terms)
    if clustered(problem.terms) and 0 < least < CONTRAST:
        return too_much_contrast(least, 1.0)
    return ""


def too_much_contrast(least: float, largest: float) -> str:
    """Return what to say of weights that differ by more than single precision can bear."""
    return (
        f"weights between {least:.0e} and {largest:.0e}: the multigrid solver takes those that "
        f"differ by a factor of {1 / CONTRAST:.0e} at most; raise the floor, or use the solver "
        "'direct' or 'amg'"
    )


def check_terms(terms: tuple[Term, ...]) -> None:
    """Refuse what the multigrid solver does not take.

    Raises
    ------
    InputError
        For energies that are not quadratic, weights beyond a 3x3 window, or of two kinds.
    """
    if reason := needs_compact(ProblemSummary(0, tuple(term.summary for term in terms))):
        raise InputError(reason)


def clustered(terms: tuple[TermSummary, ...]) -> bool:
    """Tell whether cycles alone do not do: all weights lie between four neighbours.

    Regions are then connected by few links, which may be weaker by a factor of a million.
    """
    return all(term.offsets == FOUR for term in terms)


def bordered(terms: tuple[TermSummary, ...]) -> bool:
    """Tell whether symmetric weights are low along borders: cycles alone converge slowly then."""
    return any(term.borders for term in terms) and not any(term.directed for term in terms)


def needs_clusters(terms: tuple[Term, ...]) -> bool:
    """Do what `clustered` does, of the terms themselves."""
    return clustered(tuple(term.summary for term in terms))


def symmetric_part_of(planes: Any, backend: Backend) -> Any:
    """Return the symmetric part of weights, (4, H + 2, W + 2): symmetric ones themselves."""
    if planes.shape[0] == 4:
        return planes
    symmetric_part = backend.zeros((4, *planes.shape[1:]))
    backend.run(symmetrise, planes, symmetric_part)
    return symmetric_part


def symmetrise(planes: Any, symmetric_part: Any, top: int, bottom: int) -> None:
    """Write the means of the weights in both directions to ``symmetric_part`` (4, H + 2, W + 2).

    For rows ``top`` to ``bottom``; ``planes`` are directed. The mean is the weight of the symmetric
    system that the hierarchy is made for.
    """
    here, below = slice(top, bottom), slice(top + 1, bottom + 1)
    symmetric_part[0, here, :-1] = (planes[4, here, :-1] + planes[3, here, 1:]) / 2
    symmetric_part[1, here, 1:] = (planes[5, here, 1:] + planes[2, below, :-1]) / 2
    symmetric_part[2, here, :] = (planes[6, here, :] + planes[1, below, :]) / 2
    symmetric_part[3, here, :-1] = (planes[7, here, :-1] + planes[0, below, 1:]) / 2
