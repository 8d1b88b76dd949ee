"""The kernels of the mixed form on a device.

Names and meanings are those of `varcolor.backend.kernels.mixed`, with the device as the first
argument and no rows to choose; what depends on sums comes back to the host.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda.kernels import exact_residual
from varcolor.backend.cuda.launch import (
    FEW,
    for_elements,
    for_pixels,
    plane_of,
    room_for_parts,
    shape_of,
    size_of,
)
from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Array

__all__ = [
    "add_halves",
    "dots",
    "exact_residual",
    "first_product",
    "given_rows",
    "second_product",
    "subtract",
]


def first_product(
    device: Device,
    w: DeviceArray,
    zero: DeviceArray,
    free: DeviceArray,
    soft: DeviceArray,
    pull: DeviceArray,
    x: DeviceArray,
    q: DeviceArray,
    u: DeviceArray,
) -> None:
    """Write L v + pull u at free pixels to the first half of q, u with the given ones to ``u``."""
    shape, own = shape_of(w), (w, zero, free, soft, pull, x, q, u)
    for_pixels(device, "mixed", "first_product", shape, *own, *size_of(shape))


def second_product(
    device: Device,
    w: DeviceArray,
    zero: DeviceArray,
    u: DeviceArray,
    x: DeviceArray,
    q: DeviceArray,
) -> None:
    """Write L u - v to the second half of q."""
    shape = shape_of(w)
    for_pixels(device, "mixed", "second_product", shape, w, zero, u, x, q, *size_of(shape))


def given_rows(
    device: Device,
    w: DeviceArray,
    zero: DeviceArray,
    free: DeviceArray,
    r: DeviceArray,
    u: DeviceArray,
    out: DeviceArray,
) -> None:
    """Write L u - r to ``out`` (2, ...) at given pixels."""
    shape = shape_of(w)
    for_pixels(device, "mixed", "given_rows", shape, w, zero, free, r, u, out, *size_of(shape))


def add_halves(device: Device, r: DeviceArray, z: DeviceArray, out: DeviceArray) -> None:
    """Write the second half of r plus the first half of z to ``out`` (2, ...)."""
    out[...] = r[2:, ...] + z[:2, ...]


def dots(device: Device, basis: DeviceArray, w: DeviceArray, count: int) -> Array:
    """Return the dot products (count, 2) of w with the first fields of the basis, by channel."""
    n = plane_of(w)
    parts = room_for_parts(device, 2 * count, n, FEW)
    own = (basis, w, np.int32(count), parts, np.int64(n))
    for_elements(device, "mixed", "dots", n, *own, most=FEW)
    return device.get(device.xp.sum(parts, axis=1)).reshape(count, 2)


def subtract(device: Device, basis: DeviceArray, w: DeviceArray, shares: Array) -> Array:
    """Take ``shares`` (count, 2) of the basis from w; return the channels' sums of squares."""
    n = plane_of(w)
    parts = room_for_parts(device, 2, n)
    own = (basis, w, device.put(shares), np.int32(len(shares)), parts, np.int64(n))
    for_elements(device, "mixed", "subtract", n, *own)
    return device.get(device.xp.sum(parts, axis=1))
