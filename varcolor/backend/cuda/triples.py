"""The kernels of grids with three unknowns a pixel on a device.

Names and meanings are those of `varcolor.backend.kernels.admm.block3`, with the device as the first
argument and no rows to choose; what depends on sums comes back to the host.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda.launch import (
    for_elements,
    for_pixels,
    given,
    plane_of,
    room_for_parts,
    shape_of,
    size_of,
)
from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.kernels.admm.block3 import SINGULAR
from varcolor.typing import Array


def weigh(
    device: Device,
    inverse: DeviceArray,
    x: DeviceArray,
    own: float,
    factor: float,
    out: DeviceArray,
) -> None:
    """Replace ``out`` by ``own`` times it plus ``factor`` times the pixels' matrices times x."""
    n, by = plane_of(x), (np.float32(own), np.float32(factor))
    for_elements(device, "admm/block3", "triples_weigh", n, inverse, x, *by, out, np.int64(n))


def couple(
    device: Device,
    matrix: DeviceArray,
    x: DeviceArray,
    own: float,
    factor: float,
    out: DeviceArray,
) -> None:
    """Replace ``out`` by ``own`` times it plus ``factor`` times the matrix times x."""
    shape, by = shape_of(x), (np.float32(own), np.float32(factor))
    for_pixels(device, "admm/block3", "triples_couple", shape, matrix, x, *by, out, *size_of(shape))


def invert(device: Device, blocks: DeviceArray) -> None:
    """Invert every pixel's matrix in place; unknowns that nothing holds get nothing."""
    n = plane_of(blocks)
    own = blocks, np.float32(SINGULAR), np.int64(n)
    for_elements(device, "admm/block3", "triples_invert", n, *own)


def collect(device: Device, fine: DeviceArray, coarse: DeviceArray) -> None:
    """Write what coarse pixels get from a fine residual to ``coarse``."""
    shape, sizes = shape_of(coarse), (*size_of(shape_of(fine)), *size_of(shape_of(coarse)))
    for_pixels(device, "admm/block3", "triples_collect", shape, fine, coarse, *sizes)


def spread(device: Device, coarse: DeviceArray, free: DeviceArray, fine: DeviceArray) -> None:
    """Write the planes of coarse pixels to ``fine``, zero where chroma is given."""
    shape, sizes = shape_of(fine), (*size_of(shape_of(coarse)), *size_of(shape_of(fine)))
    for_pixels(
        device, "admm/block3", "triples_spread", shape, coarse, free, given(free), fine, *sizes
    )


def light(device: Device, first: int, second: int, x: DeviceArray) -> None:
    """Set x to one where a place of 3 x 3 recurs, in one unknown, and to zero elsewhere."""
    shape, places = shape_of(x), (np.int32(first), np.int32(second))
    for_pixels(device, "admm/block3", "triples_light", shape, *places, x, *size_of(shape))


def note(device: Device, r: DeviceArray, first: int, second: int, matrix: DeviceArray) -> None:
    """Write the columns of a matrix that r shows, what it makes of x of `light`."""
    shape, places = shape_of(r), (np.int32(first), np.int32(second))
    for_pixels(device, "admm/block3", "triples_note", shape, r, *places, matrix, *size_of(shape))


def dot(device: Device, a: DeviceArray, b: DeviceArray) -> Array:
    """Return the dot products of both channels."""
    n = plane_of(a)
    parts = room_for_parts(device, 2, n)
    for_elements(device, "admm/block3", "triples_dot", n, a, b, parts, np.int64(n))
    return device.get(device.xp.sum(parts, axis=1))


def blend(device: Device, a: DeviceArray, own: Array, scale: Array, b: DeviceArray) -> None:
    """Replace a by ``own`` (2,) times a plus ``scale`` (2,) times b, channel by channel."""
    n, by = plane_of(a), (*own.astype(np.float32), *scale.astype(np.float32))
    for_elements(device, "admm/block3", "triples_blend", n, a, *by, b, np.int64(n))


def move(device: Device, x: DeviceArray, e: DeviceArray, scale: Array) -> None:
    """Add ``scale`` (2,) times e to x, channel by channel."""
    n, by = plane_of(x), scale.astype(np.float64)
    for_elements(device, "admm/block3", "triples_move", n, x, e, *by, np.int64(n))
