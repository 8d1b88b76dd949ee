"""Weights in a 3x3 window, made on a device from the photo's luma (`varcolor.energy.weights`)."""

from __future__ import annotations

import math

import numpy as np

from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Array, BoolArray, FloatArray


def gaussian(sigma: float) -> Array:
    """Return the taps of a Gaussian from the centre on; with both sides they sum to 1."""
    taps = np.exp(-0.5 * (np.arange(int(4 * sigma + 0.5) + 1) / sigma) ** 2)
    return np.asarray(taps / (taps[0] + 2 * taps[1:].sum()))


def device_directed(
    device: Device,
    guide: FloatArray,
    visible: BoolArray | None,
    variance_scale: float = 0.6,
    smallest_weight: float = 0.01,
    floor: float = 2e-6,
) -> DeviceArray:
    """Return Levin's weights (8, H + 2, W + 2)."""
    from varcolor.backend.cuda import kernels

    reach = -1 / math.log(smallest_weight)
    photo = device.put(guide), _seen(device, guide, visible)
    return kernels.levin(device, *photo, variance_scale, reach, floor)


def device_symmetric(
    device: Device, guide: FloatArray, visible: BoolArray | None, floor: float
) -> DeviceArray:
    """Return Levin's weights made symmetric (4, H + 2, W + 2)."""
    from varcolor.backend.cuda import kernels

    return kernels.mean_of_both(device, device_directed(device, guide, visible), floor)


def device_two_scales(
    device: Device,
    guide: FloatArray,
    visible: BoolArray | None,
    blur: float,
    sharpness: float,
    share: float,
    halved: bool,
    floor: float,
) -> DeviceArray:
    """Return the weights of `varcolor.energy.weights.two_scales` (4, H + 2, W + 2)."""
    from varcolor.backend.cuda import kernels

    xp, luma, taps = device.xp, device.put(guide), gaussian(blur)
    seen = _seen(device, guide, visible)
    if visible is None:
        wide = kernels.blur(device, luma, taps)
    else:  # hidden pixels do not take part
        one = 0 * luma + 1
        total = kernels.blur(device, xp.where(seen, luma, 0 * one), taps)
        part = kernels.blur(device, xp.where(seen, one, 0 * one), taps)
        wide = xp.where(part > 1e-6, total / xp.where(part > 1e-6, part, one), 0 * one)
    return kernels.two_scales(device, luma, wide, seen, sharpness, share, halved, floor)


def _seen(device: Device, guide: FloatArray, visible: BoolArray | None) -> DeviceArray:
    return device.put(np.ones(guide.shape, bool) if visible is None else visible)
