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
``base`` (2, H + 2, W + 2) or (2, 1, 1) float64
    A picture that fluxes take differences from: K (u - base) instead of K u; none in the second
    case.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, fast_helper, kernel
from varcolor.typing import Array

D3, D2 = "float64[:,:,::1]", "float64[:,::1]"
_ONE, _TINY = np.float32(1), np.float32(1e-30)


@kernel(f"void({A3}, {D3}, {ROW}, {D2})")
def edges_row(root: Array, u: Array, r: int, out: Array) -> None:
    """Write K u on row r, both channels of the four edges, to ``out`` (8, W + 2)."""
    n = root.shape[2] - 2
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        weight, to0, to1 = root[k, r, 1:], out[2 * k, 1:], out[2 * k + 1, 1:]
        here0, there0 = u[0, r, 1:], u[0, r + dr, 1 + dc :]
        here1, there1 = u[1, r, 1:], u[1, r + dr, 1 + dc :]
        for c in range(n):
            to0[c] = weight[c] * (there0[c] - here0[c])
            to1[c] = weight[c] * (there1[c] - here1[c])


@kernel(f"void({A3}, {D3}, {ROW}, {D2})")
def less_edges_row(root: Array, base: Array, r: int, out: Array) -> None:
    """Subtract K base on row r, if there is one, from ``out`` (8, W + 2)."""
    n = root.shape[2] - 2
    if base.shape[1] == 1:
        return
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        weight = root[k, r, 1:]
        for i in range(2):
            to, here, there = out[2 * k + i, 1:], base[i, r, 1:], base[i, r + dr, 1 + dc :]
            for c in range(n):
                to[c] -= weight[c] * (there[c] - here[c])


@kernel(f"void({A3}, {ROW}, {A2})")
def lengths_row(v: Array, r: int, out: Array) -> None:
    """Write the lengths of the groups of row r to row 0 of ``out`` (2, W + 2)."""
    n, to = v.shape[2], out[0]
    to[:] = 0
    for k in range(0, v.shape[0], 2):
        row0, row1 = v[k, r], v[k + 1, r]
        for c in range(n):
            to[c] += row0[c] * row0[c] + row1[c] * row1[c]
    for c in range(n):
        to[c] = np.sqrt(to[c])


@kernel(f"void({A2}, {A3}, {ROW}, {A2}, {D2})")
def flux_row(rho: Array, v: Array, r: int, length: Array, out: Array) -> None:
    """Replace K u on row r in ``out`` (8, W + 2) by y + rho (K u - z).

    In double precision: divergences of fluxes are small differences of large numbers. ``length``
    comes from `lengths_row` and is overwritten.
    """
    n, penalty, held = rho.shape[1] - 2, rho[r], length[0]
    for c in range(1, n + 1):
        share = min(penalty[c], _ONE / max(held[c], _TINY))
        held[c] = share - (penalty[c] - share)
    for k in range(0, v.shape[0], 2):
        row0, row1, to0, to1 = v[k, r], v[k + 1, r], out[k], out[k + 1]
        for c in range(1, n + 1):
            to0[c] = penalty[c] * to0[c] + held[c] * row0[c]
            to1[c] = penalty[c] * to1[c] + held[c] * row1[c]


@kernel(f"void({A3}, {A2}, {A3}, {D3}, {D3}, {ROW}, {A2}, {D2})")
def fluxes_row(
    root: Array, rho: Array, v: Array, u: Array, base: Array, r: int, length: Array, out: Array
) -> None:
    """Write y + rho (K (u - base) - z) on row r to ``out`` (8, W + 2); ``length`` is scratch."""
    edges_row(root, u, r, out)
    less_edges_row(root, base, r, out)
    lengths_row(v, r, length)
    flux_row(rho, v, r, length, out)


@kernel(f"void({A2}, {A3}, float64, {ROW}, {A2}, {D2})")
def shrink_row(
    rho: Array, v: Array, relaxation: float, r: int, length: Array, edges: Array
) -> None:
    """Update z and y, that is v, on row r for a new K u; set ``length`` as `lengths_row` does."""
    a, b = np.float32(relaxation), np.float32(1 - relaxation)
    lengths_row(v, r, length)
    n, penalty, kept, to = rho.shape[1] - 2, rho[r], length[1], length[0]
    for c in range(1, n + 1):  # y / rho = share v
        share = min(_ONE, _ONE / max(penalty[c] * to[c], _TINY))
        kept[c] = b * (_ONE - share) + share
    to[:] = 0
    for k in range(0, v.shape[0], 2):
        row0, row1, to0, to1 = edges[k], edges[k + 1], v[k, r], v[k + 1, r]
        for c in range(1, n + 1):
            value0 = np.float32(a * row0[c] + kept[c] * to0[c])
            value1 = np.float32(a * row1[c] + kept[c] * to1[c])
            to0[c] = value0
            to1[c] = value1
            to[c] += value0 * value0 + value1 * value1
    for c in range(n + 2):
        to[c] = np.sqrt(to[c])


@kernel(f"void({A3}, {A2}, {A3}, float64, {D3}, {ROW}, {ROW})")
def shrink(
    root: Array, rho: Array, v: Array, relaxation: float, u: Array, top: int, bottom: int
) -> None:
    """Update z and y, that is v, for a new u."""
    n = root.shape[2] - 2
    edges, length = np.zeros((8, n + 2)), np.zeros((2, n + 2), np.float32)
    for r in range(top, bottom):
        edges_row(root, u, r, edges)
        shrink_row(rho, v, relaxation, r, length, edges)


@fast_helper
def change_row(rho: Array, v: Array, new: Array, r: int, length: Array) -> None:
    """Set rho on row r to ``new``, above 0; z and y stay as they are. ``length`` is scratch."""
    n = rho.shape[1] - 2
    lengths_row(v, r, length)
    by, penalty, to = length[0], rho[r], new[r]
    for c in range(1, n + 1):
        share = min(_ONE, _ONE / max(penalty[c] * by[c], _TINY))  # y / rho = share v
        by[c] = _ONE + (penalty[c] / to[c] - _ONE) * share
        penalty[c] = to[c]
    for k in range(v.shape[0]):
        own = v[k, r]
        for c in range(1, n + 1):
            own[c] *= by[c]


@kernel(f"void({A2}, {A3}, {A2}, {ROW}, {ROW})")
def change_penalty(rho: Array, v: Array, new: Array, top: int, bottom: int) -> None:
    """Set rho to ``new``, which is above 0; z and y stay as they are."""
    length = np.zeros((2, rho.shape[1]), np.float32)
    for r in range(top, bottom):
        change_row(rho, v, new, r, length)


@kernel(f"void({A3}, {A2}, {A3}, {D3}, {D3}, boolean, {ROW}, {ROW})")
def hold(
    root: Array, rho: Array, v: Array, u: Array, base: Array, again: bool, top: int, bottom: int
) -> None:
    """Set v to flux / rho, or ``again`` to K base + flux / rho.

    So the flux is the same as before (but for what is too long of it) if K (u - base) is zero, and,
    ``again``, if u is what ``base`` is now, and is the base no more.
    """
    n = root.shape[2] - 2
    flux, edges = np.zeros((8, n + 2)), np.zeros((8, n + 2))
    length = np.zeros((2, n + 2), np.float32)
    for r in range(top, bottom):
        fluxes_row(root, rho, v, u, base, r, length, flux)
        if again:
            edges_row(root, base, r, edges)
        for k in range(8):
            to = v[k, r]
            for c in range(1, n + 1):
                to[c] = flux[k, c] / max(rho[r, c], _TINY) + edges[k, c]


@kernel(f"float64[:]({A3}, {A2}, {A3}, {D3}, {D3}, float64, float64[::1], {ROW}, {ROW})")
def excesses(
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
    """Return what a lower bound of the energy is made of (`varcolor.solve.alternation`).

    That is the sums of |K u| and of flux times K u, and for every one of the ascending ``levels``
    t the sum of (|flux| - 1 - t) |K d| where positive, |K d| what differences up to ``diameter``
    between neighbours make at most.
    """
    n = root.shape[2] - 2
    flux, edges, row = np.zeros((8, n + 2)), np.zeros((8, n + 2)), np.zeros((2, n + 2))
    length = np.zeros((2, n + 2), np.float32)
    size, long = row[0], row[1]
    sums = np.zeros(2 + len(levels))
    for r in range(top, bottom):
        edges_row(root, u, r, edges)
        fluxes_row(root, rho, v, u, base, r, length, flux)
        row[:] = 0
        along = 0.0
        for k in range(8):
            own, other = edges[k], flux[k]
            for c in range(n + 2):
                size[c] += own[c] * own[c]
                along += own[c] * other[c]
                long[c] += other[c] * other[c]
        sums[1] += along
        total = 0.0
        for c in range(n + 2):
            total += np.sqrt(size[c])
        sums[0] += total
        for c in range(1, n + 1):
            if long[c] > 1:
                over, most = np.sqrt(long[c]) - 1, 0.0
                for k in range(4):
                    most += root[k, r, c] * root[k, r, c]
                most = np.sqrt(most) * diameter
                for j in range(len(levels)):
                    if over <= levels[j]:
                        break
                    sums[2 + j] += (over - levels[j]) * most
    return sums


@kernel(f"float64({A3}, {D3}, {A2}, {ROW}, {ROW})")
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


@kernel(f"void({D3}, {A3}, float64[::1], {ROW}, {ROW})")
def move(u: Array, e: Array, factor: Array, top: int, bottom: int) -> None:
    """Add ``factor`` (2,) times e (2, H + 2, W + 2), float32, to u, and clear e."""
    for i in range(2):
        for r in range(top, bottom):
            to, by = u[i, r], e[i, r]
            for c in range(to.shape[0]):
                to[c] += factor[i] * by[c]
                by[c] = 0
