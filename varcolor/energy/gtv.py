"""Guided total variation, both channels coupled: few edges of chroma, where the luma has edges.

    E(u) = sum_r ( sum_s w_rs |u_r - u_s|^2 )^(1/2)

over the forward neighbours s of r: right and down, and with eight neighbours both lower diagonals.
`symmetric` takes the mean over the four flips of this stencil. `tv` is the same with weights 1
between four neighbours. Boundary rule: neighbourhoods are truncated. Null space: constants per
connected part; there can be more than one minimiser. Solutions stay in the range of the cues,
channel by channel.

Reference: L. Rudin, S. Osher, E. Fatemi, Physica D 60 (1992); coupled channels: P. Blomgren,
T. Chan, "Color TV", IEEE TIP 7 (1998); weights: G. Gilboa, S. Osher, "Nonlocal operators with
applications to image processing", SIAM MMS 7 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.energy.blocks import Block, OnBlocks, difference_rows, grouped
from varcolor.energy.problem import TermSummary
from varcolor.energy.stencil import Offset, Stencil
from varcolor.typing import Array

#: (right or left, down or up) of the four stencils, and which lower diagonals go with them.
_FLIPS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


@dataclass(frozen=True, eq=False)
class GuidedVariation(OnBlocks):
    """Total variation with the weights of a symmetric stencil."""

    weights: Stencil
    """Symmetric; in a 3x3 window."""
    all_flips: bool = False
    """The mean over the four flips, or the stencil of right and lower neighbours alone."""
    quadratic: bool = False

    @property
    def summary(self) -> TermSummary:
        """Norms of first differences."""
        own = self.weights.offsets
        return TermSummary("tv", norm=True, offsets=own, stencils=4 if self.all_flips else 1)

    def stencils(self) -> tuple[tuple[int, ...], ...]:
        """Return the indices of the offsets of each flip."""
        index = {offset: k for k, offset in enumerate(self.weights.offsets)}
        flips = _FLIPS if self.all_flips else _FLIPS[:1]
        return tuple(
            tuple(index[o] for o in _forward(down, right) if o in index) for down, right in flips
        )

    def value(self, u: Array) -> float:
        """Return the energy of u (H, W, C)."""
        edges = {k: (here, there) for k, here, there in self.weights.edges()}
        total = 0.0
        for stencil in self.stencils():
            squares = np.zeros(u.shape[:2])
            for k in stencil:
                if k in edges:
                    here, there = edges[k]
                    step = ((u[here] - u[there]) ** 2).sum(axis=2)
                    squares[here] += self.weights.weights[k][here] * step
            total += float(np.sqrt(squares).sum())
        return total / len(self.stencils())

    def blocks(self) -> tuple[Block, ...]:
        """Return a block per flip."""
        stencils = self.stencils()
        return tuple(
            Block(
                grouped([difference_rows(self.weights, k) for k in stencil]),
                len(stencil),
                1 / len(stencils),
                square=False,
            )
            for stencil in stencils
        )


def _forward(down: int, right: int) -> tuple[Offset, ...]:
    """Return the neighbours of a flip: beside, below, and the two diagonals below."""
    return ((0, right), (down, 0), (down, right), (down, -right))
