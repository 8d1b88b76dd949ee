"""Weights between neighbours of a colour photo: small across edges of luma and of colour.

As the affinity `default` (`varcolor.energy.weights`), w = (1 + 8000 d^2)^-1.5 + floor between the
eight nearest neighbours, with d^2 = |g_r - g_s|^2 + 20 |G_r - G_s|^2 of a guide with three
channels; G is the guide blurred by a Gaussian of 1.5 pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.cpu import CpuBackend
from varcolor.energy.stencil import Stencil, presence, window
from varcolor.energy.weights import two_scales
from varcolor.typing import Array, BoolArray, FloatArray

_POWER = 1.5
_BLUR = 1.5


def color_weights(guide: FloatArray, visible: BoolArray | None, floor: float) -> Stencil:
    """Return symmetric weights between the eight nearest neighbours.

    Parameters
    ----------
    guide : ndarray, shape (H, W, 3)
        Channels, scaled so that a step of 0.01 in one of them is a faint edge.
    visible : ndarray of bool, shape (H, W), optional
        Pixels that take part; None = all.
    floor : float
        Smallest weight between visible neighbours.
    """
    shape = (guide.shape[0], guide.shape[1])
    alone = [two_scales(guide[..., k], visible, blur=_BLUR, floor=0.0) for k in range(3)]

    def weights() -> FloatArray:
        result: FloatArray = _joined([stencil.weights for stencil in alone])
        result[presence(shape, window(1), visible)] += floor
        return result

    def fused(backend: Backend) -> Any:
        host = backend if backend.on_host else CpuBackend()
        result = _joined([stencil.planes(host) for stencil in alone])
        result[result > 0] += np.float32(floor)
        return backend.asarray(result)

    return Stencil(window(1), weights, True, shape, fused)


def _joined(parts: list[Array]) -> Array:
    """Return the weights of all channels together: the squares in the channels' own, added."""
    total: Array = np.ones_like(parts[0])
    for part in parts:
        present = part > 0
        total[present] += part[present] ** (-1 / _POWER) - 1
        total[~present] = np.inf
    np.power(total, -_POWER, out=total)
    return total
