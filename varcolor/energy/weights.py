"""Symmetric affinities by name.

`default`
    w = (1 + 8000 d^2)^-1.5 + floor with d^2 = (Y_r - Y_s)^2 + 20 (G_r - G_s)^2 between the eight
    nearest neighbours; G is Y blurred by a Gaussian of 2 pixels. A power of Cauchy's kernel falls
    more slowly than a Gaussian, so noise cuts less; the blurred guide sees edges that are wider
    than a pixel. Tuned on the hints protocol (`benchmarks/affinity`, whose table shows what each
    part is worth).
`gentle`
    About the roots of the default's weights: `bilaplacian` squares its weights, and with these has
    the contrast that the default has in `harmonic`.
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
from typing import Any, TypeAlias

import numpy as np

from varcolor.backend.base import Backend
from varcolor.energy.levin import directed_planes, levin_weights
from varcolor.energy.stencil import FOUR, Offset, Stencil, differences, presence, window
from varcolor.registry import Registry
from varcolor.typing import Array, BoolArray, FloatArray

#: The power of Cauchy's kernel in `default`; `gentle` has half of it.
_POWER = 1.5
#: (guide, visible, sigma, floor or None for the affinity's own) -> symmetric weights.
Affinity: TypeAlias = Callable[[FloatArray, BoolArray | None, float, float | None], Stencil]


def levin_sym(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return Levin's weights made symmetric; ``sigma`` is not used."""
    least = 1e-6 if floor is None else floor

    def weights() -> FloatArray:
        directed = levin_weights(guide, visible)
        result = np.zeros_like(directed.weights)
        for k, here, there in directed.edges():
            back = directed.weights[len(result) - 1 - k]  # the opposite offset
            result[k][here] = (directed.weights[k][here] + back[there]) / 2
        result += least
        result *= presence(guide.shape, directed.offsets, visible)
        return result

    def fused(backend: Backend) -> Any:
        from varcolor.backend.kernels.stencil.edge_weights import mean_of_both

        directed = directed_planes(guide, visible, backend)
        planes = backend.zeros((4, *directed.shape[1:]))
        backend.run(mean_of_both, directed, planes, least)
        return planes

    return Stencil(window(1), weights, True, guide.shape, fused)


def gauss4(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return Gaussian weights of luma differences between the four nearest neighbours."""
    least = 1e-6 if floor is None else floor

    def weights() -> FloatArray:
        result = differences(guide, FOUR)
        np.square(result, out=result)
        result /= -2 * sigma**2
        np.exp(result, out=result)
        np.maximum(result, least, out=result)
        result *= presence(guide.shape, FOUR, visible)
        return result

    def fused(backend: Backend) -> Any:
        from varcolor.backend.kernels.stencil.edge_weights import gaussian

        planes = backend.zeros((4, guide.shape[0] + 2, guide.shape[1] + 2))
        own = np.ascontiguousarray(guide, dtype=np.float64), _seen(guide, visible)
        there = (*map(backend.asarray, own), planes)
        backend.run(gaussian, *there, 1 / (2 * sigma**2), least)
        return planes

    return Stencil(FOUR, weights, True, guide.shape, fused, least=least)


def default(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return the tuned weights between the eight nearest neighbours; ``sigma`` is not used."""
    return two_scales(guide, visible, floor=1e-5 if floor is None else floor)


def gentle(
    guide: FloatArray, visible: BoolArray | None, sigma: float, floor: float | None
) -> Stencil:
    """Return about the roots of the default's weights."""
    return two_scales(guide, visible, power=_POWER / 2, floor=3e-3 if floor is None else floor)


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

    def weights() -> FloatArray:
        share = np.array([_FAR_SHARE if offset in ring else 1.0 for offset in offsets])
        return np.asarray(stencil.weights * share[:, None, None])

    return Stencil(offsets, weights, True, guide.shape)


def two_scales(
    guide: FloatArray,
    visible: BoolArray | None,
    sharpness: float = 8000.0,
    blur: float = 2.0,
    share: float = 20.0,
    power: float = _POWER,
    floor: float = 1e-5,
    offsets: tuple[Offset, ...] = window(1),
) -> Stencil:
    """Return w = (1 + sharpness d^2)^-power + floor, d^2 = (dY)^2 + share (d blurred Y)^2."""
    guide = np.ascontiguousarray(guide, dtype=np.float64)
    settings = sharpness, share, power < _POWER, floor

    def weights() -> FloatArray:
        squares = differences(guide, offsets)
        np.square(squares, out=squares)
        if share:
            wide = differences(blurred(guide, visible, blur), offsets)
            np.square(wide, out=wide)
            wide *= share
            squares += wide
        squares *= sharpness
        squares += 1
        result = np.power(squares, -power, out=squares)
        result += floor
        result *= presence(guide.shape, offsets, visible)
        return result

    def fused(backend: Backend) -> Any:
        from varcolor.backend.kernels.stencil.edge_weights import two_scales as kernel

        luma, seen = backend.asarray(guide), backend.asarray(_seen(guide, visible))
        wide = blurred_there(backend, luma, None if visible is None else seen, blur)
        planes = backend.zeros((4, guide.shape[0] + 2, guide.shape[1] + 2))
        backend.run(kernel, luma, wide, seen, planes, *settings)
        return planes

    if offsets != window(1) or power not in (_POWER, _POWER / 2):
        return Stencil(offsets, weights, True, guide.shape)
    return Stencil(offsets, weights, True, guide.shape, fused)


def _seen(guide: FloatArray, visible: BoolArray | None) -> BoolArray:
    return np.ones(guide.shape, bool) if visible is None else visible


def blurred(guide: FloatArray, visible: BoolArray | None, sigma: float) -> FloatArray:
    """Return the guide blurred by a Gaussian; hidden pixels do not take part."""
    from scipy.ndimage import gaussian_filter

    if visible is None:
        return np.asarray(gaussian_filter(guide, sigma, mode="nearest"))
    share = gaussian_filter(visible.astype(np.float64), sigma, mode="nearest")
    total = gaussian_filter(np.where(visible, guide, 0.0), sigma, mode="nearest")
    return np.divide(total, share, out=np.zeros_like(total), where=share > 1e-6)


def blurred_there(backend: Backend, guide: Any, visible: Any, sigma: float) -> Any:
    """Do what `blurred` does by a compiled loop; arrays are those of the backend."""
    from varcolor.backend.kernels.stencil.edge_weights import blur

    xp, taps = backend.xp, gaussian_taps(sigma)

    def smooth(picture: Any) -> Any:
        out = backend.zeros(picture.shape, np.float64)
        backend.run(blur, picture, taps, out)
        return out

    if visible is None:
        return smooth(guide)
    none = 0 * guide
    total, part = smooth(xp.where(visible, guide, none)), smooth(xp.where(visible, 1 + none, none))
    known = part > 1e-6
    return xp.where(known, total / xp.where(known, part, 1 + none), none)


def gaussian_taps(sigma: float) -> Array:
    """Return the taps of a Gaussian from the centre on; with both sides they sum to 1."""
    taps = np.exp(-0.5 * (np.arange(int(4 * sigma + 0.5) + 1) / sigma) ** 2)
    return np.asarray(taps / (taps[0] + 2 * taps[1:].sum()))


AFFINITIES: Registry[Affinity] = Registry(
    "affinity",
    {
        "default": "varcolor.energy.weights:default",
        "gentle": "varcolor.energy.weights:gentle",
        "wide": "varcolor.energy.weights:wide",
        "far": "varcolor.energy.weights:far",
        "levin-sym": "varcolor.energy.weights:levin_sym",
        "gauss4": "varcolor.energy.weights:gauss4",
    },
    "affinities",
)
