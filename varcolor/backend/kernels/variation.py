"""Total variation on a grid by alternating directions: its inner loops.

``root`` (4, H + 2, W + 2) float32
    Square roots of the weights, times the strength of the norm; edges as in `w`.
``smooth`` (4, H + 2, W + 2) or (4, 1, 1) float32
    Weights of quadratic differences, none in the second case.
``excess`` (H + 2, W + 2) float32, ``pull`` (2, H + 2, W + 2) float64
    Weights of soft cues and what they pull to; (1, 1) and (2, 1, 1) without soft cues.
``rho`` (H + 2, W + 2) float32
    The penalty of every group: the four edges of a pixel, both channels.
``v`` (8, H + 2, W + 2) float32
    For every edge both channels of z + y / rho, from which z and the dual y follow: y is as much of
    rho v as is no longer than 1.
``u`` (2, H + 2, W + 2) float64
    The picture: chroma may vary by less than single precision tells.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.typing import Array

_D3, _D2 = "float64[:,:,::1]", "float64[:,::1]"
_ONE, _TINY = np.float32(1), np.float32(1e-30)


@kernel(f"void({A3}, {_D3}, {ROW}, {_D2})")
def edges_row(root: Array, u: Array, r: int, out: Array) -> None:
    """Write K u on row r, both channels of the four edges, to ``out`` (8, W + 2)."""
    n = root.shape[2] - 2
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        weight = root[k, r, 1 : n + 1]
        for i in range(2):
            here, there = u[i, r, 1 : n + 1], u[i, r + dr, 1 + dc : 1 + dc + n]
            to = out[2 * k + i, 1 : n + 1]
            for c in range(n):
                to[c] = weight[c] * (there[c] - here[c])


@kernel(f"void({A3}, {ROW}, {A2})")
def lengths_row(v: Array, r: int, out: Array) -> None:
    """Write the lengths of the groups of row r to row 0 of ``out`` (2, W + 2)."""
    n = v.shape[2]
    to = out[0]
    to[:] = 0
    for k in range(8):
        row = v[k, r]
        for c in range(n):
            to[c] += row[c] * row[c]
    for c in range(n):
        to[c] = np.sqrt(to[c])


@kernel(f"void({A3}, {A2}, {A3}, {_D3}, {ROW}, {A2}, {_D2})")
def flux_row(
    root: Array, rho: Array, v: Array, u: Array, r: int, length: Array, out: Array
) -> None:
    """Write y + rho (K u - z) on row r to ``out`` (8, W + 2).

    In double precision: divergences of fluxes are small differences of large numbers.
    """
    n = root.shape[2] - 2
    edges_row(root, u, r, out)
    lengths_row(v, r, length)
    share, held = length[0], length[1]
    for c in range(1, n + 1):
        penalty = rho[r, c]
        share[c] = min(penalty, _ONE / max(share[c], _TINY))
        held[c] = share[c] - (penalty - share[c])
    for k in range(8):
        row, to = v[k, r], out[k]
        for c in range(1, n + 1):
            to[c] = rho[r, c] * to[c] + held[c] * row[c]


@kernel(f"void({A3}, {A2}, {A3}, float64, {_D3}, {ROW}, {ROW})")
def shrink(
    root: Array, rho: Array, v: Array, relaxation: float, u: Array, top: int, bottom: int
) -> None:
    """Update z and y, that is v, for a new u."""
    n = root.shape[2] - 2
    edges, length = np.zeros((8, n + 2)), np.zeros((2, n + 2), np.float32)
    a, b = np.float32(relaxation), np.float32(1 - relaxation)
    for r in range(top, bottom):
        edges_row(root, u, r, edges)
        lengths_row(v, r, length)
        share = length[0]
        for c in range(1, n + 1):  # y / rho = share v
            share[c] = min(_ONE, _ONE / max(rho[r, c] * share[c], _TINY))
        for k in range(8):
            row, to = edges[k], v[k, r]
            for c in range(1, n + 1):
                to[c] = a * row[c] + (b * (_ONE - share[c]) + share[c]) * to[c]


@kernel(f"void({A2}, {A3}, float64, {ROW}, {ROW})")
def change_penalty(rho: Array, v: Array, factor: float, top: int, bottom: int) -> None:
    """Multiply rho by a factor; z and y stay as they are."""
    n = rho.shape[1] - 2
    length = np.zeros((2, n + 2), np.float32)
    by, over = np.float32(factor), np.float32(1 / factor - 1)
    for r in range(top, bottom):
        lengths_row(v, r, length)
        share = length[0]
        for c in range(1, n + 1):
            share[c] = min(_ONE, _ONE / max(rho[r, c] * share[c], _TINY))
            rho[r, c] *= by
        for k in range(8):
            to = v[k, r]
            for c in range(1, n + 1):
                to[c] *= _ONE + over * share[c]


@kernel(
    f"float64[:]({A3}, {A2}, {A3}, {A3}, {A2}, {_D3}, {A2}, {_D3}, {A3}, float64[::1],{ROW}, {ROW})"
)
def imbalance(
    root: Array,
    rho: Array,
    v: Array,
    smooth: Array,
    excess: Array,
    pull: Array,
    free: Array,
    u: Array,
    out: Array,
    width: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write minus half the gradient of what u minimises, zero at given pixels.

    Returns the sums over free pixels of the absolute values of this and of the quadratic terms'
    half gradient, both times ``width`` (2,), and the energy of the quadratic terms.
    """
    n = root.shape[2] - 2
    fluxes, length = np.zeros((2, 8, n + 2)), np.zeros((2, n + 2), np.float32)
    with_smooth, with_excess = smooth.shape[1] > 1, excess.shape[0] > 1
    row, own = np.zeros(n), np.zeros(n)
    sums = np.zeros(3)
    if top > 1:
        flux_row(root, rho, v, u, top - 1, length, fluxes[(top - 1) % 2])
    for r in range(top, bottom):
        here, above = fluxes[r % 2], fluxes[(r - 1) % 2]
        flux_row(root, rho, v, u, r, length, here)
        for i in range(2):
            row[:] = 0
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, flux = root[k, r, 1 : n + 1], here[2 * k + i, 1 : n + 1]
                before = root[k, r - dr, 1 - dc : n + 1 - dc]
                from_ = (here if k == 0 else above)[2 * k + i, 1 - dc : n + 1 - dc]
                for c in range(n):
                    row[c] += weight[c] * flux[c] - before[c] * from_[c]
            own[:] = 0
            if with_smooth:
                for k in range(4):
                    dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                    for c in range(1, n + 1):
                        step = u[i, r + dr, c + dc] - u[i, r, c]
                        own[c - 1] += smooth[k, r, c] * step
                        sums[2] += smooth[k, r, c] * step * step
                        step = u[i, r - dr, c - dc] - u[i, r, c]
                        own[c - 1] += smooth[k, r - dr, c - dc] * step
            if with_excess:
                for c in range(1, n + 1):
                    step = pull[i, r, c] - u[i, r, c]
                    own[c - 1] += excess[r, c] * step
                    sums[2] += excess[r, c] * step * step
            to, inside = out[i, r, 1 : n + 1], free[r, 1 : n + 1]
            both, alone = 0.0, 0.0
            for c in range(n):
                value = 0.5 * row[c] + own[c] if inside[c] != 0 else 0.0
                to[c] = value
                both += abs(value)
                alone += abs(own[c]) if inside[c] != 0 else 0.0
            sums[0] += width[i] * both
            sums[1] += width[i] * alone
    return sums


@kernel(f"float64[:]({A3}, {A2}, {A3}, {_D3}, float64, float64[::1], {ROW}, {ROW})")
def excesses(
    root: Array,
    rho: Array,
    v: Array,
    u: Array,
    diameter: float,
    levels: Array,
    top: int,
    bottom: int,
) -> Array:
    """Return what a lower bound of the energy is made of (`varcolor.solve.variation`).

    That is the sums of |K u| and of flux times K u, and for every one of the ascending ``levels``
    t the sum of (|flux| - 1 - t) |K d| where positive, |K d| what differences up to ``diameter``
    between neighbours make at most.
    """
    n = root.shape[2] - 2
    flux, edges = np.zeros((8, n + 2)), np.zeros((8, n + 2))
    length = np.zeros((2, n + 2), np.float32)
    sums = np.zeros(2 + len(levels))
    for r in range(top, bottom):
        flux_row(root, rho, v, u, r, length, flux)
        edges_row(root, u, r, edges)
        for c in range(1, n + 1):
            size, along, long = 0.0, 0.0, 0.0
            for k in range(8):
                size += edges[k, c] * edges[k, c]
                along += edges[k, c] * flux[k, c]
                long += flux[k, c] * flux[k, c]
            sums[0] += np.sqrt(size)
            sums[1] += along
            if long > 1:
                over, most = np.sqrt(long) - 1, 0.0
                for k in range(4):
                    most += root[k, r, c] * root[k, r, c]
                most = np.sqrt(most) * diameter
                for j in range(len(levels)):
                    if over <= levels[j]:
                        break
                    sums[2 + j] += (over - levels[j]) * most
    return sums


@kernel(f"float64({A3}, {_D3}, {A2}, {ROW}, {ROW})")
def norms(root: Array, u: Array, out: Array, top: int, bottom: int) -> float:
    """Write the lengths of the groups of K u to ``out`` (H + 2, W + 2); return their sum."""
    n = root.shape[2] - 2
    edges, total = np.zeros((8, n + 2)), 0.0
    for r in range(top, bottom):
        edges_row(root, u, r, edges)
        for c in range(1, n + 1):
            size = 0.0
            for k in range(8):
                size += edges[k, c] * edges[k, c]
            size = np.sqrt(size)
            out[r, c] = size
            total += size
    return total


@kernel(f"void({A3}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def combine(root: Array, rho: Array, smooth: Array, w: Array, top: int, bottom: int) -> None:
    """Write the weights rho root^2 / 2 + smooth of half of what u minimises."""
    n = root.shape[2] - 2
    for r in range(top, bottom):
        for k in range(4):
            for c in range(1, n + 1):
                value = np.float32(0.5) * rho[r, c] * root[k, r, c] * root[k, r, c]
                if smooth.shape[1] > 1:
                    value += smooth[k, r, c]
                w[k, r, c] = value


@kernel(f"void({_D3}, {A3}, float64, {ROW}, {ROW})")
def move(u: Array, e: Array, factor: float, top: int, bottom: int) -> None:
    """Add ``factor`` times e (2, H + 2, W + 2), float32, to u, and clear e."""
    for i in range(2):
        for r in range(top, bottom):
            to, by = u[i, r], e[i, r]
            for c in range(to.shape[0]):
                to[c] += factor * by[c]
                by[c] = 0
