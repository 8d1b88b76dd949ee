"""Residual of the u step of ADMM for total variation (`varcolor.backend.kernels.admm.tv`).

Arrays as there, and

``laplacian_weights`` (4, H + 2, W + 2) or (4, 1, 1) float32
    Weights of L in a term |L u|^2 of fourth order, none in the second case.
``free`` (H + 2, W + 2) float32
    1 at free pixels, 0 at fixed ones.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.admm.bilaplacian import laplacian_again_row, laplacian_row
from varcolor.backend.kernels.admm.tv import D3, move_row
from varcolor.backend.kernels.admm.tv_tiles import (
    EDGES,
    TILE,
    first_differences,
    flux_coefficients,
    keep,
    sizes,
    subtract,
    update,
    weighted_fluxes,
)
from varcolor.typing import Array

_TERMS = f"{A3}, {A3}, {A3}, {A2}, {D3}, {A2}"


@fast_helper
def _divergence(here: Array, above: Array, out: Array) -> None:
    """Write -K' f of a row to ``out`` (2, W + 2), f the weighted fluxes of it and of that above."""
    n = out.shape[1] - 2
    for i in range(2):
        right, ll, down, lr = here[i, 1:], here[2 + i, 1:], here[4 + i, 1:], here[6 + i, 1:]
        left, ur, up, ul = here[i], above[2 + i, 2:], above[4 + i, 1:], above[6 + i]
        to = out[i, 1:]
        for c in range(n):
            along, across = right[c] - left[c], down[c] - up[c]
            to[c] = along + (ll[c] - ur[c]) + across + (lr[c] - ul[c])


@fast_helper
def _quadratic_gradient(
    smooth: Array,
    laplacian_weights: Array,
    reaction: Array,
    target: Array,
    u: Array,
    r: int,
    laplacian: Array,
    out: Array,
) -> None:
    """Write minus half the gradient of the quadratic terms on row r to ``out`` (2, W + 2)."""
    n, kind = u.shape[2] - 2, out.dtype.type
    out[:] = 0
    for i in range(2):
        to, own = out[i, 1 : n + 1], u[i, r, 1 : n + 1]
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            if smooth.shape[1] > 1:
                weight, before = smooth[k, r, 1 : n + 1], smooth[k, r - dr, 1 - dc : n + 1 - dc]
                there = u[i, r + dr, 1 + dc : n + 1 + dc]
                back = u[i, r - dr, 1 - dc : n + 1 - dc]
                for c in range(n):
                    forth = weight[c] * kind(there[c] - own[c])
                    to[c] += forth + before[c] * kind(back[c] - own[c])
        if laplacian_weights.shape[1] > 1:
            laplacian_again_row(laplacian_weights, r, laplacian, i, out[i])
        if reaction.shape[0] > 1:
            weight, aim = reaction[r, 1 : n + 1], target[i, r, 1 : n + 1]
            for c in range(n):
                to[c] += weight[c] * kind(aim[c] - own[c])


@fast_helper
def _energy(
    smooth: Array,
    laplacian_weights: Array,
    reaction: Array,
    target: Array,
    u: Array,
    r: int,
    laplacian: Array,
) -> float:
    """Return the energy of the quadratic terms on row r."""
    n, total = u.shape[2] - 2, 0.0
    for i in range(2):
        own = u[i, r, 1 : n + 1]
        if smooth.shape[1] > 1:
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, there = smooth[k, r, 1 : n + 1], u[i, r + dr, 1 + dc : n + 1 + dc]
                for c in range(n):
                    total += weight[c] * (there[c] - own[c]) ** 2
        if laplacian_weights.shape[1] > 1:
            curvature = laplacian[r % 3, i]
            for c in range(1, n + 1):
                total += curvature[c] * curvature[c]
        if reaction.shape[0] > 1:
            weight, aim = reaction[r, 1 : n + 1], target[i, r, 1 : n + 1]
            for c in range(n):
                total += weight[c] * (aim[c] - own[c]) ** 2
    return total


@kernel(f"float64[:]({_TERMS}, {D3}, {D3}, {A2}, {A3}, {A3}, float64[::1], {ROW}, {ROW})")
def residual(
    root: Array,
    smooth: Array,
    laplacian_weights: Array,
    reaction: Array,
    target: Array,
    free: Array,
    u: Array,
    base: Array,
    rho: Array,
    v: Array,
    out: Array,
    width: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write minus half the gradient of what u minimises, zero at fixed pixels.

    In double precision: divergences of fluxes are small differences of large numbers.

    Returns the sums over free pixels of the absolute values of this and of the quadratic terms'
    half gradient, both times ``width`` (2,), the energy of the quadratic terms, and the sums of
    |K u| and of flux times K u.
    """
    n, sums = root.shape[2] - 2, np.zeros(5)
    flux, step, other = np.zeros((2, 8, n + 2)), np.zeros(EDGES * TILE), np.zeros(EDGES * TILE)
    laplacian, flow, own = np.zeros((3, 2, n + 2)), np.zeros((2, n + 2)), np.zeros((2, n + 2))
    size, held = np.zeros(TILE), np.zeros(TILE, np.float32)
    if laplacian_weights.shape[1] > 1:
        laplacian_row(laplacian_weights, u, top - 1, laplacian)
        laplacian_row(laplacian_weights, u, top, laplacian)
    for r in range(max(top - 1, 1), bottom):
        here, along, total = flux[r % 2], 0.0, 0.0
        for first in range(1, n + 1, TILE):
            count = min(TILE, n + 1 - first)
            first_differences(u, r, first, count, step)
            sizes(v, r, first, count, held)
            flux_coefficients(rho[r, first : first + count], held)
            if base.shape[1] > 1:
                first_differences(base, r, first, count, other)
                subtract(step, other, other)
                weighted_fluxes(root, rho, v, r, first, count, other, held, here)
            else:
                weighted_fluxes(root, rho, v, r, first, count, step, held, here)
            if r < top:
                continue
            size[:] = 0
            for k in range(4):
                weight = root[k, r, first:]
                step0, step1 = step[2 * k * TILE :], step[(2 * k + 1) * TILE :]
                flow0, flow1 = here[2 * k, first:], here[2 * k + 1, first:]
                for c in range(count):
                    squares = step0[c] * step0[c] + step1[c] * step1[c]
                    size[c] += weight[c] * weight[c] * squares
                    along += step0[c] * flow0[c] + step1[c] * flow1[c]
            for c in range(count):
                total += np.sqrt(size[c])
        if r < top:
            continue
        if laplacian_weights.shape[1] > 1:
            laplacian_row(laplacian_weights, u, r + 1, laplacian)
        _divergence(here, flux[(r - 1) % 2], flow)
        _quadratic_gradient(smooth, laplacian_weights, reaction, target, u, r, laplacian, own)
        sums[2] += _energy(smooth, laplacian_weights, reaction, target, u, r, laplacian)
        sums[3] += total
        sums[4] += along
        for i in range(2):
            to, part, more = out[i, r, 1 : n + 1], flow[i, 1:], own[i, 1:]
            inside, both, alone = free[r, 1:], 0.0, 0.0
            for c in range(n):
                value = inside[c] * (0.5 * part[c] + more[c])
                to[c] = value
                both += abs(value)
                alone += inside[c] * abs(more[c])
            sums[0] += width[i] * both
            sums[1] += width[i] * alone
    return sums


@kernel(f"void({_TERMS}, {D3}, {D3}, {A2}, {A3}, {A3}, {A3}, float64[::1], float64, {ROW}, {ROW})")
def fused_step(
    root: Array,
    smooth: Array,
    laplacian_weights: Array,
    reaction: Array,
    target: Array,
    free: Array,
    u: Array,
    base: Array,
    rho: Array,
    v: Array,
    out: Array,
    e: Array,
    factor: Array,
    relaxation: float,
    top: int,
    bottom: int,
) -> None:
    """Add ``factor`` (2,) times e to u, update v as `shrink` does, and compute what is left.

    That is what `residual` does, but for its sums. ``e``: (2, H + 2, W + 2) or, if u is new
    already, (2, 1, 1). The first two rows and the last one are: other threads need them.

    In single precision: what rounding makes of the residual is no more than what it makes of v. The
    first row of the residual is left out: it depends on a row of v that may be another thread's.
    """
    n, half = root.shape[2] - 2, np.float32(0.5)
    flux, laplacian = np.zeros((2, 8, n + 2), np.float32), np.zeros((3, 2, n + 2), np.float32)
    flow, own = np.zeros((2, n + 2), np.float32), np.zeros((2, n + 2), np.float32)
    step, other = np.zeros(EDGES * TILE, np.float32), np.zeros(EDGES * TILE, np.float32)
    kept, size = np.zeros(TILE, np.float32), np.zeros(TILE, np.float32)
    if laplacian_weights.shape[1] > 1:
        laplacian_row(laplacian_weights, u, top, laplacian)
    for r in range(top, bottom):
        if e.shape[1] > 1 and r + 2 < bottom - 1:
            move_row(u, e, factor, r + 2)
        here = flux[r % 2]
        for first in range(1, n + 1, TILE):
            count = min(TILE, n + 1 - first)
            first_differences(u, r, first, count, step)
            if base.shape[1] > 1:
                first_differences(base, r, first, count, other)
                subtract(step, other, step)
            sizes(v, r, first, count, kept)
            keep(rho, relaxation, r, first, count, kept)
            update(root, v, relaxation, r, first, count, step, kept, size)
            flux_coefficients(rho[r, first : first + count], size)
            weighted_fluxes(root, rho, v, r, first, count, step, size, here)
        if laplacian_weights.shape[1] > 1:
            laplacian_row(laplacian_weights, u, r + 1, laplacian)
        if r == top:
            continue
        _divergence(here, flux[(r - 1) % 2], flow)
        _quadratic_gradient(smooth, laplacian_weights, reaction, target, u, r, laplacian, own)
        for i in range(2):
            to, inside, part, more = out[i, r, 1 : n + 1], free[r, 1:], flow[i, 1:], own[i, 1:]
            for c in range(n):
                to[c] = inside[c] * (half * part[c] + more[c])
