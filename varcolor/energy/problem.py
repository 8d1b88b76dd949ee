"""Terms, cues and the picture's shape: what a solver is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from varcolor.energy.stencil import Stencil
from varcolor.typing import Array, BoolArray, FloatArray, Shape

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Term(Protocol):
    """A part of the energy, bound to a picture."""

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
    def symmetric(self) -> bool:
        """Whether the whole system is symmetric."""
        return all(term.symmetric for term in self.terms)

    def energy(self, u: Array, values: FloatArray) -> float:
        """Return the energy of ``u`` (H, W, C); ``values`` (N, C) are the cues' chroma."""
        soft = ~self.exact
        gap = u.reshape(-1, u.shape[-1])[self.at[soft]] - values[soft]
        data = float((self.weight[soft, None] * gap**2).sum())
        return sum(term.value(u) for term in self.terms) + data
