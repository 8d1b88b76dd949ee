"""Symmetric affinities by name.

`levin-sym`
    w = (w_rs + w_sr) / 2 + 1e-6 with Levin's row-normalised weights (3x3 window); called S8 in
    comparisons of solvers.
`gauss4`
    w = max(exp(-(Y_r - Y_s)^2 / (2 sigma^2)), floor) between the four nearest neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from varcolor.energy.levin import levin_weights
from varcolor.energy.stencil import FOUR, Stencil, differences, presence
from varcolor.registry import Registry
from varcolor.typing import BoolArray, FloatArray

#: (guide, visible, sigma, floor) -> symmetric weights.
Affinity: TypeAlias = Callable[[FloatArray, BoolArray | None, float, float], Stencil]


def levin_sym(guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float) -> Stencil:
    """Return Levin's weights made symmetric; ``sigma`` is not used."""
    directed = levin_weights(guide, visible)
    weights = np.zeros_like(directed.weights)
    for k, here, there in directed.edges():
        back = directed.weights[len(weights) - 1 - k]  # the opposite offset
        weights[k][here] = (directed.weights[k][here] + back[there]) / 2
    weights += floor
    weights *= presence(guide.shape, directed.offsets, visible)
    return Stencil(directed.offsets, weights, symmetric=True)


def gauss4(guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float) -> Stencil:
    """Return Gaussian weights of luma differences between the four nearest neighbours."""
    weights = differences(guide, FOUR)
    np.square(weights, out=weights)
    weights /= -2 * sigma**2
    np.exp(weights, out=weights)
    np.maximum(weights, floor, out=weights)
    weights *= presence(guide.shape, FOUR, visible)
    return Stencil(FOUR, weights, symmetric=True)


AFFINITIES: Registry[Affinity] = Registry(
    "affinity",
    {
        "levin-sym": "varcolor.energy.weights:levin_sym",
        "gauss4": "varcolor.energy.weights:gauss4",
    },
)
