"""Affinities that were compared: the default, the default with one thing changed, and others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from scipy.ndimage import gaussian_filter

from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Term
from varcolor.energy.stencil import FOUR, Stencil, differences, presence, window
from varcolor.energy.weights import AFFINITIES, far, two_scales, wide
from varcolor.typing import BoolArray, FloatArray

Weights = Callable[[FloatArray, BoolArray | None], Stencil]


@dataclass(frozen=True, slots=True)
class Custom:
    """A method made of any weights."""

    name: ClassVar[str] = "custom"
    prior: ClassVar[str] = "none"
    general: ClassVar[bool] = False
    directed: ClassVar[bool] = False
    large: ClassVar[str] = ""
    weights: Weights
    compact: bool = False
    clustered: bool = False

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return the one term."""
        return (Harmonic(self.weights(guide, visible)),)


def gauss4(sigma: float) -> Weights:
    """Return Gaussian weights between four neighbours."""
    return lambda guide, visible: AFFINITIES["gauss4"](guide, visible, sigma, 1e-6)


def gauss8(guide: FloatArray, visible: BoolArray | None, sigma: float = 0.0177) -> Stencil:
    """Return Gaussian weights between eight neighbours."""
    weights = np.exp(-(differences(guide, window(1)) ** 2) / (2 * sigma**2)) + 1e-5
    return Stencil(window(1), weights * presence(guide.shape, window(1), visible), True)


def levin_sym(guide: FloatArray, visible: BoolArray | None) -> Stencil:
    """Return Levin's weights, symmetrised."""
    return AFFINITIES["levin-sym"](guide, visible, 0.0, None)


def only_four(guide: FloatArray, visible: BoolArray | None) -> Stencil:
    """Return the default's weights without the diagonals."""
    full = two_scales(guide, visible)
    kept = [k for k, offset in enumerate(full.offsets) if 0 in offset]
    return Stencil(FOUR, full.weights[kept], True)


def normalised(guide: FloatArray, visible: BoolArray | None) -> Stencil:
    """Return the default's weights over the fourth root of both pixels' degrees."""
    stencil = two_scales(guide, visible)
    degree = stencil.weights.sum(axis=0) + 1e-12
    for k, here, there in stencil.edges():
        stencil.weights[k][here] /= (degree[here] * degree[there]) ** 0.125
    return stencil


def local_contrast(guide: FloatArray, visible: BoolArray | None) -> Stencil:
    """Return the default's weights of a guide that is divided by its local contrast."""
    mean = gaussian_filter(guide, 8)
    spread = np.sqrt(np.maximum(gaussian_filter(guide**2, 8) - mean**2, 0))
    return two_scales((guide - mean) / (0.5 + spread / 0.2), visible)


default = two_scales
study = partial(two_scales, sharpness=3200.0, share=0.0, power=2.0, floor=1e-4)

#: Name -> weights; the first one is what gains are counted from.
VARIANTS: dict[str, Weights] = {
    "plain: 4 neighbours, Gaussian, sigma .025": gauss4(0.025),
    "plain, sigma .0354": gauss4(0.0354),
    "plain, sigma .0177": gauss4(0.0177),
    "plain, sigma .0125": gauss4(0.0125),
    "8 neighbours, Gaussian, sigma .0177": gauss8,
    "8 neighbours, Levin symmetrised": levin_sym,
    "8 neighbours, (1 + 3200 d^2)^-2 + 1e-4": study,
    "8 neighbours, (1 + 10000 d^2)^-2 + 1e-5": partial(
        two_scales, sharpness=1e4, share=0.0, power=2.0
    ),
    "8 neighbours, (1 + 30000 d^2)^-2 + 1e-5": partial(
        two_scales, sharpness=3e4, share=0.0, power=2.0
    ),
    "default: (1 + 8000 (d^2 + 20 dG^2))^-1.5 + 1e-5, blur 2": default,
    "default, 4 neighbours": only_four,
    "default, without the blurred guide": partial(two_scales, share=0.0),
    "default, sharpness 4000": partial(two_scales, sharpness=4e3),
    "default, sharpness 16000": partial(two_scales, sharpness=16e3),
    "default, share of the blurred guide 10": partial(two_scales, share=10.0),
    "default, share of the blurred guide 40": partial(two_scales, share=40.0),
    "default, blur 1.4": partial(two_scales, blur=1.4),
    "default, blur 2.8": partial(two_scales, blur=2.8),
    "default, power 1, sharpness 20000": partial(two_scales, power=1.0, sharpness=2e4),
    "default, power 2, sharpness 6000": partial(two_scales, power=2.0, sharpness=6e3),
    "default, power 3, sharpness 4000": partial(two_scales, power=3.0, sharpness=4e3),
    "default, floor 1e-4": partial(two_scales, floor=1e-4),
    "default, floor 1e-6": partial(two_scales, floor=1e-6),
    "default, divided by the degrees": normalised,
    "default, guide divided by its local contrast": local_contrast,
    "wide: default in a 5x5 window": lambda g, v: wide(g, v, 0.0, None),
    "far: default and links over 6 pixels": lambda g, v: far(g, v, 0.0, None),
}
