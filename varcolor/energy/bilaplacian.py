"""The bilaplacian: chroma whose slope may go on, where the harmonic energy flattens it.

    E(u) = sum_r |sum_s w_rs (u_r - u_s)|^2

over all pixels r, cued ones included. `guided` weights come from an affinity; `isotropic` ones are
1 between the four nearest neighbours: the five-point Laplacian, and E the thin plate's energy up to
its boundary terms. Boundary rule: neighbourhoods are truncated. Null space: constants per connected
part. With weights 1 and two rows of exact cues all around, polynomials up to degree 3 are
reproduced. Solutions can leave the range of the cues.

Reference: M. Bertalmio et al., "Navier-Stokes, fluid dynamics, and image and video inpainting",
CVPR 2001, for smooth continuation of isophotes; D. Terzopoulos, "Multilevel computational processes
for visual surface reconstruction", CVGIP 1983, for the discretisation of thin plates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.base import zeros_like
from varcolor.energy.blocks import Block, OnBlocks
from varcolor.energy.problem import TermSummary
from varcolor.energy.stencil import FORWARD, FOUR, Stencil, neighbours, presence
from varcolor.typing import Array, BoolArray, Shape


@dataclass(frozen=True, eq=False)
class Bilaplacian(OnBlocks):
    """sum_r |(L u)_r|^2."""

    weights: Stencil
    """Symmetric."""
    quadratic: bool = True

    @property
    def summary(self) -> TermSummary:
        """Squares of second differences."""
        return TermSummary(form="biharmonic", offsets=self.weights.offsets)

    def value(self, u: Array) -> float:
        """Return the energy of u (H, W, C)."""
        laplacian = np.zeros(u.shape)
        for k, here, there in self.weights.edges():
            laplacian[here] += self.weights.weights[k][here][..., None] * (u[here] - u[there])
        return float((laplacian**2).sum())

    def blocks(self) -> tuple[Block, ...]:
        """Return the one block: L."""
        return (Block(self.weights.laplacian(), 1, 1.0, square=True),)


def unit_weights(shape: Shape, visible: BoolArray | None) -> Stencil:
    """Return weights 1 between the four nearest neighbours."""
    return Stencil(
        FOUR, lambda: presence(shape, FOUR, visible).astype(np.float64), True, shape, least=1.0
    )


def second_order(planes: Any) -> Any:
    """Return second-order weights whose energy is nowhere below |L u|^2.

    Parameters
    ----------
    planes : array, shape (4, H + 2, W + 2)
        Weights w of L, as `Stencil.planes` has them, of any library.

    Returns
    -------
    array, shape (4, H + 2, W + 2)
        w_rs (d_r + d_s), with the sums d of the weights at a pixel: L = G'WG with differences G,
        and W^(1/2) G G' W^(1/2) is below the diagonal d_r + d_s (Gershgorin's theorem).
    """
    degree, result = zeros_like(planes[0, ...]), zeros_like(planes)
    pairs = list(neighbours(degree.shape, FORWARD))
    for k, here, there in pairs:
        degree[here] += planes[k, *here]
        degree[there] += planes[k, *here]
    for k, here, there in pairs:
        result[k, *here] = planes[k, *here] * (degree[here] + degree[there])
    return result
