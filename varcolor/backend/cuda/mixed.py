"""The kernels of the mixed form on a device.

Names and meanings are those of `varcolor.backend.kernels.biharmonic.mixed`, with the device as the
first argument and no rows to choose; what depends on sums comes back to the host.
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
    rest: DeviceArray,
    free: DeviceArray,
    soft: DeviceArray,
    pull: DeviceArray,
    y: DeviceArray,
    x: DeviceArray,
    q: DeviceArray,
    u: DeviceArray,
) -> None:
    """Write N'y + pull u at free pixels to the first half of q, u with the given ones to ``u``."""
    shape, own = shape_of(w), (w, _directed(w), rest, free, soft, pull, y, x, q, u)
    for_pixels(device, "biharmonic/mixed", "first_product", shape, *own, *size_of(shape))


def second_product(
    device: Device,
    w: DeviceArray,
    zero: DeviceArray,
    root: DeviceArray,
    u: DeviceArray,
    x: DeviceArray,
    q: DeviceArray,
) -> None:
    """Write N u - root v to the second half of q."""
    shape, own = shape_of(w), (w, _directed(w), zero, root, u, x, q)
    for_pixels(device, "biharmonic/mixed", "second_product", shape, *own, *size_of(shape))


def given_rows(
    device: Device,
    w: DeviceArray,
    zero: DeviceArray,
    root: DeviceArray,
    free: DeviceArray,
    r: DeviceArray,
    u: DeviceArray,
    out: DeviceArray,
) -> None:
    """Write (N u - r) / root to ``out`` (2, ...) at given pixels."""
    shape, own = shape_of(w), (w, _directed(w), zero, root, free, r, u, out)
    for_pixels(device, "biharmonic/mixed", "given_rows", shape, *own, *size_of(shape))


def add_halves(
    device: Device, r: DeviceArray, y: DeviceArray, root: DeviceArray, out: DeviceArray
) -> None:
    """Write the second half of r plus root^2 y to ``out`` (2, ...)."""
    out[...] = r[2:, ...] + root * root * y[:2, ...]


def dots(device: Device, basis: DeviceArray, w: DeviceArray, count: int) -> Array:
    """Return the dot products (count, 2) of w with the first fields of the basis, by channel."""
    n = plane_of(w)
    parts = room_for_parts(device, 2 * count, n, FEW)
    own = (basis, w, np.int32(count), parts, np.int64(n))
    for_elements(device, "biharmonic/mixed", "dots", n, *own, most=FEW)
    return device.get(device.xp.sum(parts, axis=1)).reshape(count, 2)


def subtract(device: Device, basis: DeviceArray, w: DeviceArray, shares: Array) -> Array:
    """Take ``shares`` (count, 2) of the basis from w; return the channels' sums of squares."""
    n = plane_of(w)
    parts = room_for_parts(device, 2, n)
    own = (basis, w, device.put(shares), np.int32(len(shares)), parts, np.int64(n))
    for_elements(device, "biharmonic/mixed", "subtract", n, *own)
    return device.get(device.xp.sum(parts, axis=1))


def _directed(w: DeviceArray) -> np.int32:
    """Return whether weights are directed, as kernels take it."""
    return np.int32(w.shape[0] == 8)
