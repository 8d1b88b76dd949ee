"""The harmonic energy: a weighted graph Laplacian.

E(u) = sum over edges {r, s} of w_rs |u_r - u_s|^2, with symmetric weights w_rs >= 0 between
neighbouring pixels. Boundary rule: neighbourhoods are truncated (natural boundary). Half its
gradient is the matrix (L u)_r = sum_s w_rs (u_r - u_s). Null space: constants per connected part.

Reference: L. Grady, "Random walks for image segmentation", PAMI 2006 (the same Laplacian).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from varcolor.energy.problem import TermSummary
from varcolor.energy.stencil import Stencil
from varcolor.typing import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Harmonic:
    """sum over edges of w_rs |u_r - u_s|^2."""

    stencil: Stencil
    quadratic: bool = True
    symmetric: bool = True

    @property
    def summary(self) -> TermSummary:
        """Squares of first differences."""
        own = self.stencil
        return TermSummary(offsets=own.offsets, least=own.least, borders=own.kept is not None)

    def value(self, u: Array) -> float:
        """Return the energy of u, (H, W, C)."""
        total = 0.0
        for k, here, there in self.stencil.edges():
            weights = self.stencil.weights[k][here]
            total += float((weights[..., None] * (u[here] - u[there]) ** 2).sum())
        return total / 2  # every edge was met from both ends

    def matrix(self) -> csr_array:
        """Return the (N, N) graph Laplacian."""
        return self.stencil.laplacian()
