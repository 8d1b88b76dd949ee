"""Symmetric affinities by name.

`default`
    w = (1 + 8000 d^2)^-1.5 + floor with d^2 = (Y_r - Y_s)^2 + 20 (G_r - G_s)^2 between the eight
    nearest neighbours; G is Y blurred by a Gaussian of 2 pixels. A power of Cauchy's kernel falls
    more slowly than a Gaussian, so noise cuts less; the blurred guide sees edges that are wider
    than a pixel. Tuned on the hints protocol (`benchmarks/affinity`, whose table shows what each
    part is worth).
`wide`, `far`
    The default's weights in a 5x5 window, and with weak links to eight pixels at a distance of 6:
    0.05 and 0.03 dB better (see the tables), and much slower to solve.
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
from varcolor.energy.stencil import FOUR, Offset, Stencil, differences, presence, window
from varcolor.registry import Registry
from varcolor.typing import BoolArray, FloatArray

#: (guide, visible, sigma, floor or None for the affinity's own) -> symmetric weights.
Affinity: TypeAlias = Callable[[FloatArray, BoolArray | None, float, float | None], Stencil]


def levin_sym(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return Levin's weights made symmetric; ``sigma`` is not used."""
    directed = levin_weights(guide, visible)
    weights = np.zeros_like(directed.weights)
    for k, here, there in directed.edges():
        back = directed.weights[len(weights) - 1 - k]  # the opposite offset
        weights[k][here] = (directed.weights[k][here] + back[there]) / 2
    weights += 1e-6 if floor is None else floor
    weights *= presence(guide.shape, directed.offsets, visible)
    return Stencil(directed.offsets, weights, symmetric=True)


def gauss4(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return Gaussian weights of luma differences between the four nearest neighbours."""
    weights = differences(guide, FOUR)
    np.square(weights, out=weights)
    weights /= -2 * sigma**2
    np.exp(weights, out=weights)
    np.maximum(weights, 1e-6 if floor is None else floor, out=weights)
    weights *= presence(guide.shape, FOUR, visible)
    return Stencil(FOUR, weights, symmetric=True)


def default(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return the tuned weights between the eight nearest neighbours; ``sigma`` is not used."""
    return two_scales(guide, visible, floor=1e-5 if floor is None else floor)


def wide(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return the default's weights in a 5x5 window."""
    return two_scales(guide, visible, floor=1e-5 if floor is None else floor, offsets=window(2))


#: Steps of the affinity `far`, and the weight of a link between equal pixels.
_FAR_STEP, _FAR_SHARE = 6, 0.02


def far(guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None) -> Stencil:
    """Return the default's weights and weak links to eight pixels that lie further away."""
    steps = (-_FAR_STEP, 0, _FAR_STEP)
    ring = {(dr, dc) for dr in steps for dc in steps} - {(0, 0)}
    offsets = tuple(sorted({*window(1), *ring}))
    stencil = two_scales(guide, visible, floor=1e-5 if floor is None else floor, offsets=offsets)
    for k, offset in enumerate(offsets):
        if offset in ring:
            stencil.weights[k] *= _FAR_SHARE
    return stencil


def two_scales(
    guide: FloatArray,
    visible: BoolArray | None,
    sharpness: float = 8000.0,
    blur: float = 2.0,
    share: float = 20.0,
    power: float = 1.5,
    floor: float = 1e-5,
    offsets: tuple[Offset, ...] = window(1),
) -> Stencil:
    """Return w = (1 + sharpness d^2)^-power + floor, d^2 = (dY)^2 + share (d blurred Y)^2."""
    squares = differences(guide, offsets)
    np.square(squares, out=squares)
    if share:
        wide = differences(blurred(guide, visible, blur), offsets)
        np.square(wide, out=wide)
        wide *= share
        squares += wide
    squares *= sharpness
    squares += 1
    weights = np.power(squares, -power, out=squares)
    weights += floor
    weights *= presence(guide.shape, offsets, visible)
    return Stencil(offsets, weights, symmetric=True)


def blurred(guide: FloatArray, visible: BoolArray | None, sigma: float) -> FloatArray:
    """Return the guide blurred by a Gaussian; hidden pixels do not take part."""
    from scipy.ndimage import gaussian_filter

    if visible is None:
        return np.asarray(gaussian_filter(guide, sigma, mode="nearest"))
    share = gaussian_filter(visible.astype(np.float64), sigma, mode="nearest")
    total = gaussian_filter(np.where(visible, guide, 0.0), sigma, mode="nearest")
    return np.divide(total, share, out=np.zeros_like(total), where=share > 1e-6)


AFFINITIES: Registry[Affinity] = Registry(
    "affinity",
    {
        "default": "varcolor.energy.weights:default",
        "wide": "varcolor.energy.weights:wide",
        "far": "varcolor.energy.weights:far",
        "levin-sym": "varcolor.energy.weights:levin_sym",
        "gauss4": "varcolor.energy.weights:gauss4",
    },
)
