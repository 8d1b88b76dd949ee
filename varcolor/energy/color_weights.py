"""Weights between neighbours of a colour photo: small, or large, across its edges.

Small across edges of luma and of colour: as the affinity `default` (`varcolor.energy.weights`),
w = (1 + 8000 d^2)^-1.5 + floor between the eight nearest neighbours, with d^2 = |g_r - g_s|^2 +
20 |G_r - G_s|^2 of a guide with three channels; G is the guide blurred by a Gaussian of 1.5 pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.cpu import CpuBackend
from varcolor.energy.stencil import Stencil, differences, presence, window
from varcolor.energy.weights import blurred_there, two_scales
from varcolor.typing import Array, BoolArray, FloatArray

_POWER, _BLUR = 1.5, 1.5
_SHARPNESS, _SHARE = 8000.0, 20.0


def color_weights(
    guide: Array,
    visible: BoolArray | None,
    floor: float,
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Stencil:
    """Return symmetric weights between the eight nearest neighbours.

    Parameters
    ----------
    guide : ndarray, shape (H, W, 3)
        Channels, so that a step of 0.01 in one of them, scaled, is a faint edge.
    visible : ndarray of bool, shape (H, W), optional
        Pixels that take part; None = all.
    floor : float
        Smallest weight between visible neighbours.
    scale : tuple of float
        What the channels are multiplied by.
    """
    shape = (guide.shape[0], guide.shape[1])
    seen = np.ones(shape, bool) if visible is None else visible

    def channel(k: int) -> FloatArray:
        return np.multiply(guide[..., k], scale[k], dtype=np.float64, order="C")

    def weights() -> FloatArray:
        alone = [two_scales(channel(k), visible, blur=_BLUR, floor=0.0) for k in range(3)]
        result: FloatArray = _joined([stencil.weights for stencil in alone])
        result[presence(shape, window(1), visible)] += floor
        return result

    def fused(backend: Backend) -> Any:
        from varcolor.backend.kernels.stencil.color_edges import add_squares, cauchy

        host = backend if backend.on_host else CpuBackend()
        planes = host.zeros((4, shape[0] + 2, shape[1] + 2))
        for k in range(3):
            own = channel(k)
            wide = blurred_there(host, own, visible, _BLUR)
            host.run(add_squares, own, wide, planes, _SHARPNESS, _SHARE)
        host.run(cauchy, seen, planes, floor)
        return backend.asarray(planes)

    return Stencil(window(1), weights, True, shape, fused)


def contrast_weights(guide: FloatArray, visible: BoolArray | None, step: float) -> Stencil:
    """Return symmetric weights w = 1 + (dg / step)^2 between the eight nearest neighbours.

    They are large across edges of the guide (H, W): differences of a solution are kept small there.
    """
    guide = np.ascontiguousarray(guide, dtype=np.float64)
    seen = np.ones(guide.shape, bool) if visible is None else visible

    def weights() -> FloatArray:
        result = 1 + (differences(guide, window(1)) / step) ** 2
        return np.asarray(result * presence(guide.shape, window(1), visible))

    def fused(backend: Backend) -> Any:
        from varcolor.backend.kernels.stencil.color_edges import steep

        host = backend if backend.on_host else CpuBackend()
        planes = host.zeros((4, guide.shape[0] + 2, guide.shape[1] + 2))
        host.run(steep, guide, seen, planes, step**-2)
        return backend.asarray(planes)

    return Stencil(window(1), weights, True, guide.shape, fused, least=1.0)


def _joined(parts: list[Array]) -> Array:
    """Return the weights of all channels together: the squares in the channels' own, added."""
    total: Array = np.ones_like(parts[0])
    for part in parts:
        present = part > 0
        total[present] += part[present] ** (-1 / _POWER) - 1
        total[~present] = np.inf
    np.power(total, -_POWER, out=total)
    return total
