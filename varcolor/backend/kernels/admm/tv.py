"""ADMM for total variation on a grid: its inner loops.

``root`` (4, H + 2, W + 2) float32
    Square roots of the weights, times the strength of the norm; edges as in `w`.
``smooth`` (4, H + 2, W + 2) or (4, 1, 1) float32
    Weights of quadratic differences, none in the second case.
``reaction`` (H + 2, W + 2) float32, ``target`` (2, H + 2, W + 2) float64
    Weights and values of soft cues; (1, 1) and (2, 1, 1) without soft cues.
``rho`` (H + 2, W + 2) float32
    The penalty of every group: the four edges of a pixel, both channels.
``v`` (8, H + 2, W + 2) float32
    For every edge both channels of z + y / rho, from which z and the dual y follow: y is as much of
    rho v as is no longer than 1.
``u`` (2, H + 2, W + 2) float64
    The picture: chroma may vary by less than single precision tells.
``base`` (2, H + 2, W + 2) or (2, 1, 1) float64
    A picture that fluxes take differences from: K (u - base) instead of K u; none in the second
    case.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.admm.tv_tiles import TILE, flux_coefficients
from varcolor.typing import Array

D3 = "float64[:,:,::1]"
_ONE, _TINY = np.float32(1), np.float32(1e-30)


@fast_helper
def differences(root: Array, u: Array, r: int, first: int, last: int, out: Array) -> None:
    """Write K u on row r, columns ``first`` to ``last``, to those of ``out`` (8, W + 2)."""
    n, kind = last - first, out.dtype.type
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        weight = root[k, r, first:last]
        to0, to1 = out[2 * k, first:last], out[2 * k + 1, first:last]
        here0, here1 = u[0, r, first:last], u[1, r, first:last]
        there0 = u[0, r + dr, first + dc : last + dc]
        there1 = u[1, r + dr, first + dc : last + dc]
        for c in range(n):
            to0[c] = weight[c] * kind(there0[c] - here0[c])
            to1[c] = weight[c] * kind(there1[c] - here1[c])


@fast_helper
def less_differences(root: Array, base: Array, r: int, first: int, last: int, out: Array) -> None:
    """Subtract K base, if there is one, from what `differences` writes."""
    n, kind = last - first, out.dtype.type
    if base.shape[1] == 1:
        return
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        weight = root[k, r, first:last]
        for i in range(2):
            to, here = out[2 * k + i, first:last], base[i, r, first:last]
            there = base[i, r + dr, first + dc : last + dc]
            for c in range(n):
                to[c] -= weight[c] * kind(there[c] - here[c])


@fast_helper
def lengths(v: Array, r: int, first: int, last: int, out: Array) -> None:
    """Write the lengths of groups of row r to ``out`` (W + 2,)."""
    n, to = last - first, out[first:last]
    to[:] = 0
    for k in range(0, v.shape[0], 2):
        v0, v1 = v[k, r, first:last], v[k + 1, r, first:last]
        for c in range(n):
            to[c] += v0[c] * v0[c] + v1[c] * v1[c]
    for c in range(n):
        to[c] = np.sqrt(to[c])


@fast_helper
def to_flux(rho: Array, v: Array, r: int, first: int, last: int, held: Array, out: Array) -> None:
    """Replace K u on row r in ``out`` by y + rho (K u - z); ``held``: `flux_coefficients`."""
    n, penalty, share = last - first, rho[r, first:last], held[first:last]
    for k in range(0, v.shape[0], 2):
        v0, v1 = v[k, r, first:last], v[k + 1, r, first:last]
        to0, to1 = out[k, first:last], out[k + 1, first:last]
        for c in range(n):
            to0[c] = penalty[c] * to0[c] + share[c] * v0[c]
            to1[c] = penalty[c] * to1[c] + share[c] * v1[c]


@fast_helper
def fluxes(
    root: Array, rho: Array, v: Array, u: Array, base: Array, r: int, held: Array, out: Array
) -> None:
    """Write y + rho (K (u - base) - z) on row r to ``out`` (8, W + 2); ``held`` is scratch."""
    for first in range(1, root.shape[2] - 1, TILE):
        last = min(first + TILE, root.shape[2] - 1)
        differences(root, u, r, first, last, out)
        less_differences(root, base, r, first, last, out)
        lengths(v, r, first, last, held)
        flux_coefficients(rho[r, first:last], held[first:last])
        to_flux(rho, v, r, first, last, held, out)


@fast_helper
def update(
    rho: Array,
    v: Array,
    relaxation: float,
    r: int,
    first: int,
    last: int,
    images: Array,
    held: Array,
) -> None:
    """Update z and y, that is v, on row r for a new K u in ``images``; set ``held`` for `to_flux`.

    ``held`` (2, W + 2): row 1 is scratch.
    """
    lengths(v, r, first, last, held[1])
    n, penalty, size, kept = (
        last - first,
        rho[r, first:last],
        held[0, first:last],
        held[1, first:last],
    )
    a, b = np.float32(relaxation), np.float32(1 - relaxation)
    for c in range(n):  # y / rho = share v
        share = min(_ONE, _ONE / max(penalty[c] * kept[c], _TINY))
        kept[c] = b * (_ONE - share) + share
    size[:] = 0
    for k in range(0, v.shape[0], 2):
        v0, v1 = v[k, r, first:last], v[k + 1, r, first:last]
        image0, image1 = images[k, first:last], images[k + 1, first:last]
        for c in range(n):
            value0 = np.float32(a * image0[c] + kept[c] * v0[c])
            value1 = np.float32(a * image1[c] + kept[c] * v1[c])
            v0[c] = value0
            v1[c] = value1
            size[c] += value0 * value0 + value1 * value1
    for c in range(n):
        size[c] = np.sqrt(size[c])
    flux_coefficients(rho[r, first:last], held[0, first:last])


@kernel(f"void({A3}, {A2}, {A3}, float64, {D3}, {ROW}, {ROW})")
def shrink(
    root: Array, rho: Array, v: Array, relaxation: float, u: Array, top: int, bottom: int
) -> None:
    """Update z and y, that is v, for a new u."""
    n = root.shape[2] - 2
    images, held = np.zeros((8, n + 2)), np.zeros((2, n + 2), np.float32)
    for r in range(top, bottom):
        differences(root, u, r, 1, n + 1, images)
        update(rho, v, relaxation, r, 1, n + 1, images, held)


@fast_helper
def change_row(rho: Array, v: Array, new: Array, r: int, length: Array) -> None:
    """Set rho on row r to ``new``, above 0; z and y stay as they are. ``length`` is scratch."""
    n = rho.shape[1] - 2
    lengths(v, r, 1, n + 1, length)
    penalty, to = rho[r], new[r]
    for c in range(1, n + 1):
        share = min(_ONE, _ONE / max(penalty[c] * length[c], _TINY))  # y / rho = share v
        length[c] = _ONE + (penalty[c] / to[c] - _ONE) * share
        penalty[c] = to[c]
    for k in range(v.shape[0]):
        own = v[k, r]
        for c in range(1, n + 1):
            own[c] *= length[c]


@kernel(f"void({A2}, {A3}, {A2}, {ROW}, {ROW})")
def change_penalty(rho: Array, v: Array, new: Array, top: int, bottom: int) -> None:
    """Set rho to ``new``, which is above 0; z and y stay as they are."""
    length = np.zeros(rho.shape[1], np.float32)
    for r in range(top, bottom):
        change_row(rho, v, new, r, length)


@kernel(f"void({A3}, {A2}, {A3}, {D3}, {D3}, boolean, {ROW}, {ROW})")
def shift_base(
    root: Array, rho: Array, v: Array, u: Array, base: Array, again: bool, top: int, bottom: int
) -> None:
    """Set v to flux / rho, or ``again`` to K base + flux / rho.

    So the flux is the same as before (but for what is too long of it) if K (u - base) is zero, and,
    ``again``, if u is what ``base`` is now, and is the base no more.
    """
    n = root.shape[2] - 2
    flux, images, held = np.zeros((8, n + 2)), np.zeros((8, n + 2)), np.zeros(n + 2, np.float32)
    for r in range(top, bottom):
        fluxes(root, rho, v, u, base, r, held, flux)
        if again:
            differences(root, base, r, 1, n + 1, images)
        for k in range(8):
            to = v[k, r]
            for c in range(1, n + 1):
                to[c] = flux[k, c] / max(rho[r, c], _TINY) + images[k, c]


@kernel(f"float64[:]({A3}, {A2}, {A3}, {D3}, {D3}, float64, float64[::1], {ROW}, {ROW})")
def infeasibility(
    root: Array,
    rho: Array,
    v: Array,
    u: Array,
    base: Array,
    diameter: float,
    levels: Array,
    top: int,
    bottom: int,
) -> Array:
    """Return what fluxes that are too long cost a lower bound (`varcolor.solve.admm.base`).

    For every one of the ascending ``levels`` t that is the sum of (|flux| - 1 - t) |K d| where
    positive, |K d| what differences up to ``diameter`` between neighbours make at most.
    """
    n = root.shape[2] - 2
    flux, long, held = np.zeros((8, n + 2)), np.zeros(n + 2), np.zeros(n + 2, np.float32)
    sums = np.zeros(len(levels))
    for r in range(top, bottom):
        fluxes(root, rho, v, u, base, r, held, flux)
        long[:] = 0
        for k in range(8):
            own = flux[k]
            for c in range(n + 2):
                long[c] += own[c] * own[c]
        for c in range(1, n + 1):
            if long[c] > 1:
                over, most = np.sqrt(long[c]) - 1, 0.0
                for k in range(4):
                    most += root[k, r, c] * root[k, r, c]
                most = np.sqrt(most) * diameter
                for j in range(len(levels)):
                    if over <= levels[j]:
                        break
                    sums[j] += (over - levels[j]) * most
    return sums


@kernel(f"float64({A3}, {D3}, {A2}, {ROW}, {ROW})")
def norms(root: Array, u: Array, out: Array, top: int, bottom: int) -> float:
    """Write the lengths of the groups of K u to ``out`` (H + 2, W + 2); return their sum."""
    n = root.shape[2] - 2
    images, total = np.zeros((8, n + 2)), 0.0
    for r in range(top, bottom):
        differences(root, u, r, 1, n + 1, images)
        for c in range(1, n + 1):
            size = 0.0
            for k in range(8):
                size += images[k, c] * images[k, c]
            size = np.sqrt(size)
            out[r, c] = size
            total += size
    return total


@kernel(f"void({A3}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def combine(
    root: Array, rho: Array, smooth: Array, extra: Array, w: Array, top: int, bottom: int
) -> None:
    """Write the weights rho root^2 / 2 + smooth + extra, the last two where they are given."""
    n = root.shape[2] - 2
    for r in range(top, bottom):
        for k in range(4):
            for c in range(1, n + 1):
                value = np.float32(0.5) * rho[r, c] * root[k, r, c] * root[k, r, c]
                if smooth.shape[1] > 1:
                    value += smooth[k, r, c]
                if extra.shape[1] > 1:
                    value += extra[k, r, c]
                w[k, r, c] = value


@fast_helper
def move_row(u: Array, e: Array, factor: Array, r: int) -> None:
    """Add ``factor`` (2,) times e to u on row r."""
    for i in range(2):
        to, by, part = u[i, r], e[i, r], factor[i]
        for c in range(to.shape[0]):
            to[c] += part * by[c]


@kernel(f"void({D3}, {A3}, float64[::1], {ROW}, {ROW})")
def move(u: Array, e: Array, factor: Array, top: int, bottom: int) -> None:
    """Add ``factor`` (2,) times e (2, H + 2, W + 2), float32, to u, and clear e."""
    for r in range(top, bottom):
        move_row(u, e, factor, r)
        e[0, r] = 0
        e[1, r] = 0
