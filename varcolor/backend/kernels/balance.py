"""What is left of the gradient of the picture's step in `varcolor.backend.kernels.variation`.

Arrays as there, and

``plate`` (4, H + 2, W + 2) or (4, 1, 1) float32
    Weights of L in a term |L u|^2 of fourth order, none in the second case.
``free`` (H + 2, W + 2) float32
    Zero at given pixels.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.variation import (
    D2,
    D3,
    edges_row,
    flux_row,
    fluxes_row,
    less_edges_row,
    shrink_row,
)
from varcolor.typing import Array

_STATE = f"{A3}, {A3}, {A3}, {A2}, {D3}, {A2}, {D3}"


@kernel(f"void({A3}, {D3}, {ROW}, {D3})")
def bend_row(plate: Array, u: Array, r: int, bends: Array) -> None:
    """Write L u on row r to ``bends[r % 3]`` (3, 2, W + 2); zeros outside the picture."""
    n, here = plate.shape[2] - 2, bends[r % 3]
    here[:] = 0
    if r < 1 or r > plate.shape[1] - 2:
        return
    for i in range(2):
        to = here[i, 1 : n + 1]
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            weight, before = plate[k, r, 1 : n + 1], plate[k, r - dr, 1 - dc : n + 1 - dc]
            own, there = u[i, r, 1 : n + 1], u[i, r + dr, 1 + dc : n + 1 + dc]
            back = u[i, r - dr, 1 - dc : n + 1 - dc]
            for c in range(n):
                to[c] += weight[c] * (own[c] - there[c]) + before[c] * (own[c] - back[c])


@fast_helper
def _divergence(root: Array, r: int, here: Array, above: Array, out: Array) -> None:
    """Write K' flux, negative, on row r of both channels to ``out`` (2, W)."""
    n = root.shape[2] - 2
    right, ll, down, lr = root[0, r, 1:], root[1, r, 1:], root[2, r, 1:], root[3, r, 1:]
    left, ur, up, ul = root[0, r], root[1, r - 1, 2:], root[2, r - 1, 1:], root[3, r - 1]
    for i in range(2):
        along, to = here[i], out[i]
        to_ll, to_down, to_lr = here[2 + i, 1:], here[4 + i, 1:], here[6 + i, 1:]
        from_ur, from_up, from_ul = above[2 + i, 2:], above[4 + i, 1:], above[6 + i]
        for c in range(n):
            total = right[c] * along[c + 1] - left[c] * along[c]
            total += ll[c] * to_ll[c] - ur[c] * from_ur[c]
            total += down[c] * to_down[c] - up[c] * from_up[c]
            to[c] = total + lr[c] * to_lr[c] - ul[c] * from_ul[c]


@kernel(f"void({_STATE}, {ROW}, {D2}, {D2}, {D3}, float64[::1], {A3}, float64[::1])")
def balance_row(
    root: Array,
    smooth: Array,
    plate: Array,
    excess: Array,
    pull: Array,
    free: Array,
    u: Array,
    r: int,
    here: Array,
    above: Array,
    bends: Array,
    width: Array,
    out: Array,
    sums: Array,
) -> None:
    """Do row r of `imbalance`, the fluxes of it and of the row above given; add to its sums."""
    n = root.shape[2] - 2
    rows, own = np.zeros((2, n)), np.zeros(n)
    _divergence(root, r, here, above, rows)
    for i in range(2):
        row = rows[i]
        own[:] = 0
        if smooth.shape[1] > 1:
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                for c in range(1, n + 1):
                    step = u[i, r + dr, c + dc] - u[i, r, c]
                    own[c - 1] += smooth[k, r, c] * step
                    sums[2] += smooth[k, r, c] * step * step
                    step = u[i, r - dr, c - dc] - u[i, r, c]
                    own[c - 1] += smooth[k, r - dr, c - dc] * step
        if plate.shape[1] > 1:
            bent, total = bends[r % 3, i, 1 : n + 1], 0.0
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                below = bends[(r + dr) % 3, i, 1 + dc : n + 1 + dc]
                over = bends[(r - dr) % 3, i, 1 - dc : n + 1 - dc]
                weight, before = plate[k, r, 1 : n + 1], plate[k, r - dr, 1 - dc : n + 1 - dc]
                for c in range(n):
                    own[c] += weight[c] * (below[c] - bent[c]) + before[c] * (over[c] - bent[c])
            for c in range(n):
                total += bent[c] * bent[c]
            sums[2] += total
        if excess.shape[0] > 1:
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


@kernel(f"float64[:]({_STATE}, {D3}, {A2}, {A3}, {A3}, float64, float64[::1], {ROW}, {ROW})")
def imbalance(
    root: Array,
    smooth: Array,
    plate: Array,
    excess: Array,
    pull: Array,
    free: Array,
    u: Array,
    base: Array,
    rho: Array,
    v: Array,
    out: Array,
    relaxation: float,
    width: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write minus half the gradient of what u minimises, zero at given pixels.

    With a ``relaxation`` v is updated first, as by `shrink`. The first row is then left out: it
    depends on a row of v that may be another thread's.

    Returns the sums over free pixels of the absolute values of this and of the quadratic terms'
    half gradient, both times ``width`` (2,), and the energy of the quadratic terms.
    """
    n = root.shape[2] - 2
    fluxes, length = np.zeros((2, 8, n + 2)), np.zeros((2, n + 2), np.float32)
    bends, sums = np.zeros((3, 2, n + 2)), np.zeros(3)
    if plate.shape[1] > 1:
        bend_row(plate, u, top - 1, bends)
        bend_row(plate, u, top, bends)
    shrinks = relaxation != 0
    if top > 1 and not shrinks:
        fluxes_row(root, rho, v, u, base, top - 1, length, fluxes[(top - 1) % 2])
    for r in range(top, bottom):
        here, above = fluxes[r % 2], fluxes[(r - 1) % 2]
        if shrinks:
            edges_row(root, u, r, here)
            less_edges_row(root, base, r, here)
            shrink_row(rho, v, relaxation, r, length, here)
            flux_row(rho, v, r, length, here)
        else:
            fluxes_row(root, rho, v, u, base, r, length, here)
        if plate.shape[1] > 1:
            bend_row(plate, u, r + 1, bends)
        if shrinks and r == top:
            continue
        balance_row(
            root, smooth, plate, excess, pull, free, u, r, here, above, bends, width, out, sums
        )
    return sums


@kernel(f"float64[:]({A3}, {A3}, {A3}, {ROW}, {ROW})")
def plate_less(plate: Array, extra: Array, p: Array, top: int, bottom: int) -> Array:
    """Return |L p|^2 less the energy that the weights ``extra`` give p, channel by channel."""
    n, sums = plate.shape[2] - 2, np.zeros(2)
    bent = np.zeros(n, np.float32)
    for r in range(top, bottom):
        for i in range(2):
            bent[:] = 0
            less, total = np.float32(0), np.float32(0)
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, before = plate[k, r, 1 : n + 1], plate[k, r - dr, 1 - dc : n + 1 - dc]
                own, there = p[i, r, 1 : n + 1], p[i, r + dr, 1 + dc : n + 1 + dc]
                back, known = p[i, r - dr, 1 - dc : n + 1 - dc], extra[k, r, 1 : n + 1]
                for c in range(n):
                    step = own[c] - there[c]
                    less += known[c] * step * step
                    bent[c] += weight[c] * step + before[c] * (own[c] - back[c])
            for c in range(n):
                total += bent[c] * bent[c]
            sums[i] += total - less
    return sums
