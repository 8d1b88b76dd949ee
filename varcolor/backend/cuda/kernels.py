"""The kernels on a device, with the names and meanings of `varcolor.backend.kernels`.

The first argument is the device, and there are no rows to choose: a call treats a whole grid. What
depends on sums or maxima comes back to the host.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda.launch import (
    LINE,
    blocks_of,
    for_elements,
    for_pixels,
    pixels_of,
    plane_of,
    room_for_parts,
    shape_of,
    size_of,
)
from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Array

_int, _float, _long = np.int32, np.float32, np.int64

#: Side of the smoother's tiles, and their threads: a row and channel each.
TILE = 32
_TILE = (32, 2)


# operator


def product(
    device: Device,
    w: DeviceArray,
    excess: DeviceArray,
    inverse: DeviceArray,
    u: DeviceArray,
    out: DeviceArray,
) -> Array:
    """Write A u, zero at given pixels, to ``out``; return the channels' dot products with u.

    ``w`` has 4 planes, or 8 if directed.
    """
    kernel = "product" if w.shape[0] == 4 else "directed_product"
    parts = room_for_parts(device, 2, pixels_of(excess))
    own = (w, excess, inverse, u, out, parts, *size_of(shape_of(excess)))
    for_elements(device, "stencil/matvec", kernel, pixels_of(excess), *own)
    return device.get(device.xp.sum(parts, axis=1))


def dot(device: Device, a: DeviceArray, b: DeviceArray) -> Array:
    """Return the dot products of both channels."""
    n = plane_of(a)
    parts = room_for_parts(device, 2, n)
    for_elements(device, "stencil/matvec", "dot", n, a, b, parts, _long(n))
    return device.get(device.xp.sum(parts, axis=1))


def add_scaled(device: Device, a: DeviceArray, b: DeviceArray, scale: Array) -> None:
    """Add ``scale[k] * b[k]`` to ``a[k]``."""
    n = plane_of(a)
    for_elements(device, "stencil/matvec", "add_scaled", n, a, b, *scale.astype(_float), _long(n))


def scale_and_add(device: Device, a: DeviceArray, b: DeviceArray, scale: Array) -> None:
    """Replace ``a[k]`` by ``scale[k] * a[k] + b[k]``."""
    n = plane_of(a)
    for_elements(
        device, "stencil/matvec", "scale_and_add", n, a, b, *scale.astype(_float), _long(n)
    )


def advance(
    device: Device,
    e: DeviceArray,
    p: DeviceArray,
    r: DeviceArray,
    q: DeviceArray,
    scale: Array,
) -> Array:
    """Add ``scale[k] * p[k]`` to e and subtract ``scale[k] * q[k]`` from r; return r's squares."""
    n = plane_of(e)
    parts = room_for_parts(device, 2, n)
    own = (e, p, r, q, *scale.astype(_float), parts, _long(n))
    for_elements(device, "stencil/matvec", "advance", n, *own)
    return device.get(device.xp.sum(parts, axis=1))


def finish(
    device: Device, z: DeviceArray, work: DeviceArray, r: DeviceArray, slope: DeviceArray
) -> tuple[Array, float]:
    """Add ``work`` to z; return the dot products of z and r, and the largest of slope |z|."""
    n, xp = plane_of(z), device.xp
    parts = room_for_parts(device, 3, n)
    for_elements(
        device,
        "stencil/matvec",
        "finish",
        n,
        z,
        work,
        r,
        slope,
        _int(slope.shape[0]),
        parts,
        _long(n),
    )
    found = device.get(xp.stack((xp.sum(parts, axis=1), xp.max(parts, axis=1))))
    return found[0, :2], float(found[1, 2])


# exact


def exact_residual(
    device: Device,
    w: DeviceArray,
    excess: DeviceArray,
    free: DeviceArray,
    pull: DeviceArray,
    u: DeviceArray,
    r: DeviceArray,
) -> Array:
    """Write excess pull - A u to r, zero at given pixels; return its largest values by channel.

    ``pull`` (2, 1, 1) where there is no excess.
    """
    parts = room_for_parts(device, 2, pixels_of(excess))
    pulled = _int(pull.shape[1] > 1)
    own = (w, _int(w.shape[0] == 8), excess, free, pull, pulled, u, r, parts)
    size = size_of(shape_of(excess))
    for_elements(device, "stencil/residual", "exact_residual", pixels_of(excess), *own, *size)
    return device.get(device.xp.max(parts, axis=1))


# smoother


def factor(
    device: Device, w: DeviceArray, excess: DeviceArray, inverse: DeviceArray, v: DeviceArray
) -> None:
    """Factorise all tiles.

    ``inverse``, non-zero at unknown pixels, becomes the inverse pivots; ``v`` (as ``w``) the
    weights at the time of elimination.
    """
    shape = shape_of(excess)
    own = (w, excess, inverse, v, *size_of(shape))
    device.launch("multigrid/ic_sweep", "factor", blocks_of(shape, (TILE, TILE)), _TILE, *own)


def smooth(
    device: Device,
    w: DeviceArray,
    excess: DeviceArray,
    v: DeviceArray,
    inverse: DeviceArray,
    b: DeviceArray,
    z: DeviceArray,
    out: DeviceArray,
    first: bool,
) -> None:
    """Write M^-1 b (if ``first``) or M^-1 (b - A z) to ``out``."""
    shape = shape_of(excess)
    own = (w, excess, v, inverse, b, z, out, _int(first), *size_of(shape))
    device.launch("multigrid/ic_sweep", "smooth", blocks_of(shape, (TILE, TILE)), _TILE, *own)


# transfer


def restrict_residual(
    device: Device,
    w: DeviceArray,
    excess: DeviceArray,
    inverse: DeviceArray,
    b: DeviceArray,
    u: DeviceArray,
    p: DeviceArray,
    coarse: DeviceArray,
) -> None:
    """Write P'(b - A u) to the coarse grid."""
    own = (w, excess, inverse, b, u, p, coarse, *size_of(shape_of(excess)))
    for_pixels(device, "multigrid/transfer", "restrict_residual", shape_of(coarse), *own)


def prolong(
    device: Device, p: DeviceArray, coarse: DeviceArray, more: DeviceArray, u: DeviceArray
) -> None:
    """Add P times the sum of two coarse pictures to u."""
    own = (p, coarse, more, u, *size_of(shape_of(u)))
    for_pixels(device, "multigrid/transfer", "prolong", shape_of(coarse), *own)


# coarsen


def interpolate_sides(
    device: Device,
    w: DeviceArray,
    excess: DeviceArray,
    p: DeviceArray,
    deficit: DeviceArray,
    again: bool,
) -> None:
    """Set the rows of P of pixels between two coarse ones."""
    own = (w, excess, p, deficit, _int(again), *size_of(shape_of(excess)))
    for_pixels(device, "multigrid/coarsen", "interpolate_sides", shape_of(p), *own)


def interpolate_centres(
    device: Device, w: DeviceArray, excess: DeviceArray, p: DeviceArray, deficit: DeviceArray
) -> None:
    """Set the rows of P of pixels amid four coarse ones."""
    own = (w, excess, p, deficit, *size_of(shape_of(excess)))
    for_pixels(device, "multigrid/coarsen", "interpolate_centres", shape_of(p), *own)


def hold_given(device: Device, inverse: DeviceArray, p: DeviceArray, deficit: DeviceArray) -> None:
    """Clear the rows of P of given pixels."""
    own = (inverse, p, deficit, *size_of(shape_of(inverse)))
    for_pixels(device, "multigrid/coarsen", "hold_given", shape_of(p), *own)


def galerkin(
    device: Device,
    w: DeviceArray,
    excess: DeviceArray,
    p: DeviceArray,
    deficit: DeviceArray,
    w_coarse: DeviceArray,
    excess_coarse: DeviceArray,
) -> None:
    """Write P'AP."""
    shape = shape_of(p)
    cells = device.zeros((10, shape[0] + 2, shape[1] + 2))
    own = (w, excess, p, deficit, cells, *size_of(shape_of(excess)))
    for_pixels(device, "multigrid/coarsen", "galerkin_cells", shape, *own)
    for_pixels(
        device,
        "multigrid/coarsen",
        "galerkin",
        shape,
        cells,
        w_coarse,
        excess_coarse,
        *size_of(shape),
    )


# affinity and walk


def levin(
    device: Device,
    guide: DeviceArray,
    visible: DeviceArray,
    variance_scale: float,
    reach: float,
    floor: float,
) -> DeviceArray:
    """Return Levin's row-normalised weights (8, H + 2, W + 2)."""
    shape = guide.shape
    w = device.zeros((8, shape[0] + 2, shape[1] + 2))
    own = (guide, visible, w, _float(variance_scale), _float(reach), _float(floor))
    for_pixels(device, "stencil/edge_weights", "levin", shape, *own, *size_of(shape))
    return w


def mean_of_both(device: Device, directed: DeviceArray, floor: float) -> DeviceArray:
    """Return the mean of both directions' weights plus ``floor`` (4, H + 2, W + 2)."""
    shape = shape_of(directed)
    w = device.zeros((4, shape[0] + 2, shape[1] + 2))
    own = (directed, w, _float(floor), *size_of(shape))
    for_pixels(device, "stencil/edge_weights", "mean_of_both", shape, *own)
    return w


def two_scales(
    device: Device,
    guide: DeviceArray,
    wide: DeviceArray,
    visible: DeviceArray,
    sharpness: float,
    share: float,
    halved: bool,
    floor: float,
) -> DeviceArray:
    """Return (1 + sharpness (dY^2 + share dG^2))^-power + floor, (4, H + 2, W + 2).

    The power is 1.5 or, if ``halved``, 0.75.
    """
    shape = guide.shape
    w = device.zeros((4, shape[0] + 2, shape[1] + 2))
    how = (_float(sharpness), _float(share), _int(halved), _float(floor))
    own = (guide, wide, visible, w, *how, *size_of(shape))
    for_pixels(device, "stencil/edge_weights", "two_scales", shape, *own)
    return w


def blur(device: Device, guide: DeviceArray, taps: Array) -> DeviceArray:
    """Return the guide (H, W), blurred by symmetric ``taps`` (from the centre on)."""
    shape, own = guide.shape, device.put(taps)
    for down in (True, False):
        out = device.zeros(shape, np.float64)
        how = (own, _int(len(taps) - 1), _int(down))
        for_pixels(device, "stencil/edge_weights", "blur", shape, guide, *how, out, *size_of(shape))
        guide = out
    return guide


def walk(
    device: Device, flows: DeviceArray, q: DeviceArray, y: DeviceArray, out: DeviceArray
) -> None:
    """Write y after a step to ``out`` (H + 2, W + 2); see `markov_step`."""
    for_pixels(
        device,
        "multigrid/markov_step",
        "walk",
        shape_of(q),
        flows,
        q,
        y,
        out,
        *size_of(shape_of(q)),
    )


# cues


def hold(
    device: Device,
    at: DeviceArray,
    weight: DeviceArray,
    heaviest: float,
    excess: DeviceArray,
    free: DeviceArray,
) -> None:
    """Add soft cues to the excess, and clear ``free`` at exact ones."""
    count = at.shape[0]
    own = (at, weight, _float(heaviest), excess, free, _long(count), _int(shape_of(free)[1]))
    device.launch("stencil/cues", "hold", (max(1, -(-count // LINE[0])), 1), LINE, *own)


def place(
    device: Device,
    at: DeviceArray,
    weight: DeviceArray,
    values: DeviceArray,
    u: DeviceArray,
    pull: DeviceArray,
) -> None:
    """Write values (N, 2) of exact cues to u, of soft ones to ``pull``."""
    count = at.shape[0]
    own = (at, weight, values, u, pull, _long(count), *size_of(shape_of(u)))
    device.launch("stencil/cues", "place", (max(1, -(-count // LINE[0])), 1), LINE, *own)
