"""The kernels of total generalised variation on a device.

Names and meanings are those of `varcolor.backend.kernels.admm.tgv` and `block3`, with the device
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
    room_for_parts,
    shape_of,
    size_of,
)
from varcolor.backend.cuda.triples import (
    blend,
    collect,
    couple,
    dot,
    invert,
    light,
    move,
    note,
    spread,
    weigh,
)
from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Array

__all__ = [
    "blend",
    "change_penalties",
    "collect",
    "couple",
    "dot",
    "excesses",
    "gradient",
    "hold",
    "invert",
    "light",
    "move",
    "norms",
    "note",
    "product",
    "spread",
    "weigh",
]


def product(
    device: Device,
    root: DeviceArray,
    bend: DeviceArray,
    rho: DeviceArray,
    excess: DeviceArray,
    free: DeviceArray,
    x: DeviceArray,
    own: float,
    factor: float,
    out: DeviceArray,
) -> None:
    """Replace ``out`` by ``own`` times it plus ``factor`` A x, A = K' rho K + 2 excess."""
    shape, by = shape_of(x), (np.float32(own), np.float32(factor))
    matrix = root, bend, rho, excess, given(excess), free
    for_pixels(device, "admm/tgv", "slopes_product", shape, *matrix, x, *by, out, *size_of(shape))


def gradient(
    device: Device,
    root: DeviceArray,
    bend: DeviceArray,
    rho: DeviceArray,
    excess: DeviceArray,
    pull: DeviceArray,
    free: DeviceArray,
    x: DeviceArray,
    base: DeviceArray,
    v: DeviceArray,
    out: DeviceArray,
    relaxation: float,
    width: Array,
) -> Array:
    """Write minus the gradient of what x minimises to ``out``; ``relaxation``: update v first.

    Returns the sums of the absolute values of this and of the soft cues' gradient, both times
    ``width`` (6,), and the energy of the soft cues.
    """
    shape, count = shape_of(rho), pixels_of(rho)
    size, data = size_of(shape), (x, base, given(base))
    if relaxation:
        own = root, bend, rho, v, np.float32(relaxation), *data
        for_pixels(device, "admm/tgv", "slopes_shrink", shape, *own, *size)
    held, parts = _held(device, rho, v), room_for_parts(device, 3, count)
    energy = root, bend, rho, excess, pull, given(pull), free
    rest = v, held, out, device.put(np.asarray(width, np.float64)), parts
    for_elements(device, "admm/tgv", "slopes_gradient", count, *energy, *data, *rest, *size)
    return device.get(device.xp.sum(parts, axis=1))


def hold(
    device: Device,
    root: DeviceArray,
    bend: DeviceArray,
    rho: DeviceArray,
    x: DeviceArray,
    base: DeviceArray,
    again: bool,
    v: DeviceArray,
) -> None:
    """Set v to flux / rho, or ``again`` to K base + flux / rho."""
    shape, how = shape_of(rho), (given(base), np.int32(again))
    own = root, bend, rho, x, base, *how, v, _held(device, rho, v)
    for_pixels(device, "admm/tgv", "slopes_hold", shape, *own, *size_of(shape))


def excesses(
    device: Device,
    root: DeviceArray,
    bend: DeviceArray,
    rho: DeviceArray,
    x: DeviceArray,
    base: DeviceArray,
    v: DeviceArray,
    diameter: float,
    levels: Array,
) -> Array:
    """Return what a lower bound of the energy is made of."""
    count = pixels_of(rho)
    parts = room_for_parts(device, 2 + len(levels), count, FEW)
    own = root, bend, rho, x, base, given(base), v, _held(device, rho, v)
    how = np.float64(diameter), device.put(levels), np.int32(len(levels)), parts
    size = size_of(shape_of(rho))
    for_elements(device, "admm/tgv", "slopes_excesses", count, *own, *how, *size, most=FEW)
    return device.get(device.xp.sum(parts, axis=1))


def norms(
    device: Device, root: DeviceArray, bend: DeviceArray, x: DeviceArray, out: DeviceArray
) -> Array:
    """Write the lengths of steps and of bends to ``out`` (2, H + 2, W + 2); return their sums."""
    count = pixels_of(out)
    parts = room_for_parts(device, 2, count)
    own = root, bend, x, out, parts, *size_of(shape_of(out))
    for_elements(device, "admm/tgv", "slopes_norms", count, *own)
    return device.get(device.xp.sum(parts, axis=1))


def change_penalties(device: Device, rho: DeviceArray, v: DeviceArray, new: DeviceArray) -> None:
    """Set rho to ``new``, which is above 0; z and y stay as they are."""
    shape = shape_of(rho)
    for_pixels(device, "admm/tgv", "slopes_change", shape, rho, v, new, *size_of(shape))


def _held(device: Device, rho: DeviceArray, v: DeviceArray) -> DeviceArray:
    """Return by what v enters the fluxes, (2, H + 2, W + 2)."""
    shape, held = shape_of(rho), device.zeros(rho.shape)
    for_pixels(device, "admm/tgv", "slopes_held", shape, rho, v, held, *size_of(shape))
    return held
