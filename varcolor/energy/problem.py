"""Terms, cues and the picture's shape: what a solver is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from varcolor.energy.stencil import Offset, Stencil, window
from varcolor.typing import Array, BoolArray, FloatArray, Shape

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class TermSummary:
    """What of a term decides which solvers take it; known before its weights are computed.

    The defaults are those of the harmonic energy in a 3x3 window.
    """

    form: str = "dirichlet"
    """The formula: ``"dirichlet"``, sum w_rs |u_r - u_s|^2 or its equations with directed weights;
    ``"biharmonic"``, |L u|^2, L the Laplacian of the weights; ``"tv"``; ``"tgv"``; or another word,
    for forms that only `varcolor.energy.blocks` describes."""
    norm: bool = False
    """Whether the term is a sum of norms, not of their squares."""
    directed: bool = False
    """Whether w_rs and w_sr may differ."""
    energy: bool = True
    """Whether the term is an energy; the equations of `levin` are not."""
    offsets: tuple[Offset, ...] = window(1)
    """The neighbours that have weights."""
    least: float = 0.0
    """Smallest weight between neighbours; 0 = not known."""
    borders: bool = False
    """Whether weights were lowered across the borders of objects."""
    stencils: int = 1
    """Of a norm: how many stencils it is the mean of."""


@dataclass(frozen=True, slots=True)
class ProblemSummary:
    """What solvers are chosen by (`varcolor.solve.solver.Solver.supports`).

    Nothing in it has the size of the picture, so that a problem can be judged before it is built.
    """

    unknowns: int
    """Number of pixels to solve for, transparent ones included."""
    terms: tuple[TermSummary, ...] = (TermSummary(),)
    """Those of the energy."""
    beside: float = 0.0
    """Bytes per pixel that are taken beside what a solver takes: a prior's."""

    @property
    def quadratic(self) -> bool:
        """Whether no term is a norm."""
        return not any(term.norm for term in self.terms)

    @property
    def second_order(self) -> bool:
        """Whether all terms have the form ``"dirichlet"``: the equations are of second order."""
        return all(term.form == "dirichlet" for term in self.terms)

    @property
    def directed(self) -> bool:
        """Whether a term is directed."""
        return any(term.directed for term in self.terms)

    @property
    def compact(self) -> bool:
        """Whether all weights lie in a 3x3 window."""
        return all(set(term.offsets) <= set(window(1)) for term in self.terms)


class Term(Protocol):
    """A part of the energy, bound to a picture."""

    @property
    def summary(self) -> TermSummary:
        """What solvers are chosen by."""
        ...

    @property
    def quadratic(self) -> bool:
        """Whether `matrix` describes the term completely."""
        ...

    @property
    def symmetric(self) -> bool:
        """Whether the matrix is symmetric, that is, the term an energy."""
        ...

    @property
    def stencil(self) -> Stencil:
        """The weights between neighbours."""
        ...

    def value(self, u: Array) -> float:
        """Return the energy of a chroma picture (H, W, C)."""
        ...

    def matrix(self) -> csr_array:
        """Return (N, N): half the gradient is matrix @ u."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Minimise the sum of terms + sum_soft weight |u - c|^2 subject to u = c at exact cues."""

    shape: Shape
    """Height and width."""
    visible: BoolArray | None
    """(H, W); False where the picture is fully transparent; None = visible everywhere."""
    terms: tuple[Term, ...]
    """At least one."""
    at: Array
    """(N,) int64: cued pixels as flat indices, ascending."""
    weight: FloatArray
    """(N,): weights of the cues, infinite for exact ones."""

    @property
    def exact(self) -> BoolArray:
        """(N,): which cues are exact."""
        return np.isinf(self.weight)

    @property
    def summary(self) -> ProblemSummary:
        """What solvers are chosen by; found without computing weights."""
        unknowns = self.shape[0] * self.shape[1] - int(np.count_nonzero(self.exact))
        return ProblemSummary(unknowns, tuple(term.summary for term in self.terms))

    @property
    def symmetric(self) -> bool:
        """Whether the whole system is symmetric."""
        return all(term.symmetric for term in self.terms)

    def energy(self, u: Array, values: FloatArray) -> float:
        """Return the energy of ``u`` (H, W, C); ``values`` (N, C) are the cues' chroma."""
        soft = ~self.exact
        gap = u.reshape(-1, u.shape[-1])[self.at[soft]] - values[soft]
        data = float((self.weight[soft, None] * gap**2).sum())
        return sum(term.value(u) for term in self.terms) + data
