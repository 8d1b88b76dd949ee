"""The kernels of total variation on a device.

Names and meanings are those of `kernels.admm.tv` and `kernels.admm.tv_residual`, with the device
as the first argument and no rows to choose; what depends on sums comes back to the host.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda.launch import (
    FEW,
    for_elements,
    for_pixels,
    given,
    pixels_of,
    plane_of,
    room_for_parts,
    shape_of,
    size_of,
)
from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Array


def combine(
    device: Device,
    root: DeviceArray,
    rho: DeviceArray,
    smooth: DeviceArray,
    extra: DeviceArray,
    w: DeviceArray,
) -> None:
    """Write the weights rho root^2 / 2 + smooth + extra, the last two where they are given."""
    shape, more = shape_of(rho), (smooth, given(smooth), extra, given(extra))
    for_pixels(device, "admm/tv", "combine", shape, root, rho, *more, w, *size_of(shape))


def shrink(
    device: Device,
    root: DeviceArray,
    rho: DeviceArray,
    v: DeviceArray,
    relaxation: float,
    u: DeviceArray,
    base: DeviceArray | None = None,
) -> None:
    """Update z and y, that is v, for a new u."""
    shape, off = shape_of(rho), u if base is None else base
    own = (root, rho, v, np.float32(relaxation), u, off, np.int32(base is not None))
    for_pixels(device, "admm/tv", "shrink", shape, *own, *size_of(shape))


def change_penalty(device: Device, rho: DeviceArray, v: DeviceArray, new: DeviceArray) -> None:
    """Set rho to ``new``, which is above 0; z and y stay as they are."""
    shape = shape_of(rho)
    for_pixels(device, "admm/tv", "change_penalty", shape, rho, v, new, *size_of(shape))


def hold(
    device: Device,
    root: DeviceArray,
    rho: DeviceArray,
    v: DeviceArray,
    u: DeviceArray,
    base: DeviceArray,
    again: bool,
) -> None:
    """Set v to flux / rho, or ``again`` to K base + flux / rho."""
    shape, how = shape_of(rho), (given(base), np.int32(again))
    for_pixels(device, "admm/tv", "hold_flux", shape, root, rho, v, u, base, *how, *size_of(shape))


def excesses(
    device: Device,
    root: DeviceArray,
    rho: DeviceArray,
    v: DeviceArray,
    u: DeviceArray,
    base: DeviceArray,
    diameter: float,
    levels: Array,
) -> Array:
    """Return what fluxes that are too long cost a lower bound, for all ``levels``."""
    count, shape = pixels_of(rho), shape_of(rho)
    parts = room_for_parts(device, len(levels), count, FEW)
    own = (root, rho, v, u, base, given(base))
    how = (np.float64(diameter), device.put(levels), np.int32(len(levels)))
    rest = (*how, parts, *size_of(shape))
    for_elements(device, "admm/tv", "excesses", count, *own, *rest, most=FEW)
    return device.get(device.xp.sum(parts, axis=1))


def norms(device: Device, root: DeviceArray, u: DeviceArray, out: DeviceArray) -> Array:
    """Write the lengths of the groups of K u to ``out`` (H + 2, W + 2); return their sum."""
    count = pixels_of(out)
    parts = room_for_parts(device, 1, count)
    own = (root, u, out, parts, *size_of(shape_of(out)))
    for_elements(device, "admm/tv", "norms", count, *own)
    return device.get(device.xp.sum(parts))


def move(device: Device, u: DeviceArray, e: DeviceArray, factor: Array) -> None:
    """Add ``factor`` (2,) times e to u, and clear e."""
    n = plane_of(u)
    own = (u, e, *factor.astype(np.float64), np.int64(n))
    for_elements(device, "admm/tv", "move", n, *own)


def imbalance(
    device: Device,
    root: DeviceArray,
    smooth: DeviceArray,
    plate: DeviceArray,
    excess: DeviceArray,
    pull: DeviceArray,
    free: DeviceArray,
    u: DeviceArray,
    base: DeviceArray,
    rho: DeviceArray,
    v: DeviceArray,
    out: DeviceArray,
    width: Array,
) -> Array:
    """Write minus half the gradient of what u minimises.

    Returns the sums of absolute values of this and of the quadratic terms' half gradient, both
    times ``width`` (2,), the energy of the quadratic terms, and the sums of |K u| and of flux times
    K u.
    """
    shape, count = shape_of(rho), pixels_of(rho)
    size = size_of(shape)
    held, bends = device.zeros(rho.shape), device.zeros((2, 1, 1), np.float64)
    for_pixels(device, "admm/tv_residual", "hold_shares", shape, rho, v, held, *size)
    if given(plate):
        bends = device.zeros(u.shape, np.float64)
        for_pixels(device, "admm/tv_residual", "bend", shape, plate, u, bends, *size)
    parts = room_for_parts(device, 5, count)
    terms = (root, smooth, given(smooth), plate, bends, given(plate))
    data = (excess, pull, given(pull), free)
    state = (u, base, given(base), rho, v, held, out)
    own = (*terms, *data, *state, *width.astype(np.float64), parts, *size)
    for_elements(device, "admm/tv_residual", "imbalance", count, *own)
    return device.get(device.xp.sum(parts, axis=1))


def renew(
    device: Device,
    root: DeviceArray,
    smooth: DeviceArray,
    plate: DeviceArray,
    excess: DeviceArray,
    pull: DeviceArray,
    free: DeviceArray,
    u: DeviceArray,
    base: DeviceArray,
    rho: DeviceArray,
    v: DeviceArray,
    out: DeviceArray,
    e: DeviceArray,
    factor: Array,
    relaxation: float,
) -> None:
    """Add ``factor`` times e to u, update v as `shrink` does, and do what `imbalance` does."""
    if given(e):
        move(device, u, e, factor)
    shrink(device, root, rho, v, relaxation, u, base if given(base) else None)
    own = (root, smooth, plate, excess, pull, free, u, base, rho, v, out)
    imbalance(device, *own, np.ones(2))


def stiffen(
    device: Device,
    plate: DeviceArray,
    extra: DeviceArray,
    free: DeviceArray,
    p: DeviceArray,
    out: DeviceArray,
) -> Array:
    """Add L'L p less what the weights ``extra`` make of p to ``out``, zero at given pixels.

    Returns the dot products of what is added with p, channel by channel.
    """
    count, shape = pixels_of(p), shape_of(p)
    bends, parts = device.zeros(p.shape), room_for_parts(device, 2, count)
    for_pixels(device, "admm/tv_residual", "bend_briefly", shape, plate, p, bends, *size_of(shape))
    own = (plate, extra, free, p, bends, out, parts, *size_of(shape))
    for_elements(device, "admm/tv_residual", "stiffen", count, *own)
    return device.get(device.xp.sum(parts, axis=1))


def plate_less(device: Device, plate: DeviceArray, extra: DeviceArray, p: DeviceArray) -> Array:
    """Return |L p|^2 less the energy that the weights ``extra`` give p, channel by channel."""
    count, shape = pixels_of(p), shape_of(p)
    parts = room_for_parts(device, 2, count)
    for_elements(
        device, "admm/tv_residual", "plate_less", count, plate, extra, p, parts, *size_of(shape)
    )
    return device.get(device.xp.sum(parts, axis=1))
