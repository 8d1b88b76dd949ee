"""Levin's colorization as the least squares of the paper's equation 1.

    E(u) = sum_r |u_r - sum_s w_rs u_s|^2,    u = c at the cues,

with the published row-normalised weights (`varcolor.energy.levin`) and the sum over all pixels,
cued ones included: the rows of cues pull their neighbours, too. (The authors' program leaves those
rows out and solves the other equations exactly: the method `levin`.) Boundary rule: windows are
truncated. Null space: constants per connected part. Solutions can leave the range of the cues.

Reference: A. Levin, D. Lischinski, Y. Weiss, "Colorization using optimization", SIGGRAPH 2004,
equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.energy.blocks import Block, OnBlocks
from varcolor.energy.problem import TermSummary
from varcolor.energy.stencil import Stencil
from varcolor.typing import Array


@dataclass(frozen=True, eq=False)
class LevinSquares(OnBlocks):
    """sum_r |u_r - sum_s w_rs u_s|^2."""

    weights: Stencil
    """Rows sum to 1, or to 0 where a pixel has no neighbour."""
    quadratic: bool = True

    @property
    def summary(self) -> TermSummary:
        """Squares of second differences."""
        return TermSummary(form="biharmonic", directed=True, offsets=self.weights.offsets)

    def value(self, u: Array) -> float:
        """Return the energy of u (H, W, C)."""
        gap = np.zeros(u.shape)
        for k, here, there in self.weights.edges():
            gap[here] += self.weights.weights[k][here][..., None] * (u[here] - u[there])
        return float((gap**2).sum())

    def blocks(self) -> tuple[Block, ...]:
        """Return the one block: I - W."""
        return (Block(self.weights.laplacian(), 1, 1.0, square=True),)
