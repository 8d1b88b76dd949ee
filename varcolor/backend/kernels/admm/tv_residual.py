"""What is left of the gradient of the picture's step in `varcolor.backend.kernels.admm.tv`.

Arrays as there, and

``plate`` (4, H + 2, W + 2) or (4, 1, 1) float32
    Weights of L in a term |L u|^2 of fourth order, none in the second case.
``free`` (H + 2, W + 2) float32
    1 at unknown pixels, 0 at given ones.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.admm.tv import D3, move_row
from varcolor.backend.kernels.admm.tv_tiles import (
    EDGES,
    PIECE,
    flows,
    keep,
    less,
    shares,
    sizes,
    steps,
    update,
)
from varcolor.typing import Array

_TERMS = f"{A3}, {A3}, {A3}, {A2}, {D3}, {A2}"


@fast_helper
def _bend(plate: Array, u: Array, r: int, bends: Array) -> None:
    """Write L u on row r to ``bends[r % 3]`` (3, 2, W + 2); zeros outside the picture."""
    n, here, kind = plate.shape[2] - 2, bends[r % 3], bends.dtype.type
    here[:] = 0
    if r < 1 or r > plate.shape[1] - 2:
        return
    e, sw, s, se = plate[0, r], plate[1, r], plate[2, r], plate[3, r]
    ne, north, nw = plate[1, r - 1], plate[2, r - 1], plate[3, r - 1]
    for i in range(2):
        to, above, own, below = here[i], u[i, r - 1], u[i, r], u[i, r + 1]
        for c in range(1, n + 1):
            x = own[c]
            bent = e[c] * kind(x - own[c + 1]) + e[c - 1] * kind(x - own[c - 1])
            bent += sw[c] * kind(x - below[c - 1]) + ne[c + 1] * kind(x - above[c + 1])
            bent += s[c] * kind(x - below[c]) + north[c] * kind(x - above[c])
            to[c] = bent + se[c] * kind(x - below[c + 1]) + nw[c - 1] * kind(x - above[c - 1])


@fast_helper
def _bend_again(plate: Array, r: int, bends: Array, i: int, out: Array) -> None:
    """Add minus L times `_bend`'s row r of one channel to ``out`` (W + 2)."""
    n = plate.shape[2] - 2
    e, sw, s, se = plate[0, r], plate[1, r], plate[2, r], plate[3, r]
    ne, north, nw = plate[1, r - 1], plate[2, r - 1], plate[3, r - 1]
    above, own, below = bends[(r - 1) % 3, i], bends[r % 3, i], bends[(r + 1) % 3, i]
    for c in range(1, n + 1):
        x = own[c]
        back = e[c] * (own[c + 1] - x) + e[c - 1] * (own[c - 1] - x)
        back += sw[c] * (below[c - 1] - x) + ne[c + 1] * (above[c + 1] - x)
        back += s[c] * (below[c] - x) + north[c] * (above[c] - x)
        out[c] += back + se[c] * (below[c + 1] - x) + nw[c - 1] * (above[c - 1] - x)


@fast_helper
def _divergence(here: Array, above: Array, out: Array) -> None:
    """Write K' flux, negative, to ``out`` (2, W + 2), the flows of a row and of that above."""
    n = out.shape[1] - 2
    for i in range(2):
        right, ll, down, lr = here[i, 1:], here[2 + i, 1:], here[4 + i, 1:], here[6 + i, 1:]
        left, ur, up, ul = here[i], above[2 + i, 2:], above[4 + i, 1:], above[6 + i]
        to = out[i, 1:]
        for c in range(n):
            along, across = right[c] - left[c], down[c] - up[c]
            to[c] = along + (ll[c] - ur[c]) + across + (lr[c] - ul[c])


@fast_helper
def _pull_back(
    smooth: Array,
    plate: Array,
    excess: Array,
    pull: Array,
    u: Array,
    r: int,
    bends: Array,
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
        if plate.shape[1] > 1:
            _bend_again(plate, r, bends, i, out[i])
        if excess.shape[0] > 1:
            weight, aim = excess[r, 1 : n + 1], pull[i, r, 1 : n + 1]
            for c in range(n):
                to[c] += weight[c] * kind(aim[c] - own[c])


@fast_helper
def _energy(
    smooth: Array, plate: Array, excess: Array, pull: Array, u: Array, r: int, bends: Array
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
        if plate.shape[1] > 1:
            bent = bends[r % 3, i]
            for c in range(1, n + 1):
                total += bent[c] * bent[c]
        if excess.shape[0] > 1:
            weight, aim = excess[r, 1 : n + 1], pull[i, r, 1 : n + 1]
            for c in range(n):
                total += weight[c] * (aim[c] - own[c]) ** 2
    return total


@kernel(f"float64[:]({_TERMS}, {D3}, {D3}, {A2}, {A3}, {A3}, float64[::1], {ROW}, {ROW})")
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
    width: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write minus half the gradient of what u minimises, zero at given pixels.

    In double precision: divergences of fluxes are small differences of large numbers.

    Returns the sums over free pixels of the absolute values of this and of the quadratic terms'
    half gradient, both times ``width`` (2,), the energy of the quadratic terms, and the sums of
    |K u| and of flux times K u.
    """
    n, sums = root.shape[2] - 2, np.zeros(5)
    flux, step, other = np.zeros((2, 8, n + 2)), np.zeros(EDGES * PIECE), np.zeros(EDGES * PIECE)
    bends, flow, own = np.zeros((3, 2, n + 2)), np.zeros((2, n + 2)), np.zeros((2, n + 2))
    size, held = np.zeros(PIECE), np.zeros(PIECE, np.float32)
    if plate.shape[1] > 1:
        _bend(plate, u, top - 1, bends)
        _bend(plate, u, top, bends)
    for r in range(max(top - 1, 1), bottom):
        here, along, total = flux[r % 2], 0.0, 0.0
        for first in range(1, n + 1, PIECE):
            count = min(PIECE, n + 1 - first)
            steps(u, r, first, count, step)
            sizes(v, r, first, count, held)
            shares(rho[r, first : first + count], held)
            if base.shape[1] > 1:
                steps(base, r, first, count, other)
                less(step, other, other)
                flows(root, rho, v, r, first, count, other, held, here)
            else:
                flows(root, rho, v, r, first, count, step, held, here)
            if r < top:
                continue
            size[:] = 0
            for k in range(4):
                weight = root[k, r, first:]
                step0, step1 = step[2 * k * PIECE :], step[(2 * k + 1) * PIECE :]
                flow0, flow1 = here[2 * k, first:], here[2 * k + 1, first:]
                for c in range(count):
                    squares = step0[c] * step0[c] + step1[c] * step1[c]
                    size[c] += weight[c] * weight[c] * squares
                    along += step0[c] * flow0[c] + step1[c] * flow1[c]
            for c in range(count):
                total += np.sqrt(size[c])
        if r < top:
            continue
        if plate.shape[1] > 1:
            _bend(plate, u, r + 1, bends)
        _divergence(here, flux[(r - 1) % 2], flow)
        _pull_back(smooth, plate, excess, pull, u, r, bends, own)
        sums[2] += _energy(smooth, plate, excess, pull, u, r, bends)
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
def renew(
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
    e: Array,
    factor: Array,
    relaxation: float,
    top: int,
    bottom: int,
) -> None:
    """Add ``factor`` (2,) times e to u, update v as `shrink` does, and compute what is left.

    That is what `imbalance` does, but for its sums. ``e``: (2, H + 2, W + 2) or, if u is new
    already, (2, 1, 1). The first two rows and the last one are: other threads need them.

    In single precision: what rounding makes of the residual is no more than what it makes of v. The
    first row of the residual is left out: it depends on a row of v that may be another thread's.
    """
    n, half = root.shape[2] - 2, np.float32(0.5)
    flux, bends = np.zeros((2, 8, n + 2), np.float32), np.zeros((3, 2, n + 2), np.float32)
    flow, own = np.zeros((2, n + 2), np.float32), np.zeros((2, n + 2), np.float32)
    step, other = np.zeros(EDGES * PIECE, np.float32), np.zeros(EDGES * PIECE, np.float32)
    kept, size = np.zeros(PIECE, np.float32), np.zeros(PIECE, np.float32)
    if plate.shape[1] > 1:
        _bend(plate, u, top, bends)
    for r in range(top, bottom):
        if e.shape[1] > 1 and r + 2 < bottom - 1:
            move_row(u, e, factor, r + 2)
        here = flux[r % 2]
        for first in range(1, n + 1, PIECE):
            count = min(PIECE, n + 1 - first)
            steps(u, r, first, count, step)
            if base.shape[1] > 1:
                steps(base, r, first, count, other)
                less(step, other, step)
            sizes(v, r, first, count, kept)
            keep(rho, relaxation, r, first, count, kept)
            update(root, v, relaxation, r, first, count, step, kept, size)
            shares(rho[r, first : first + count], size)
            flows(root, rho, v, r, first, count, step, size, here)
        if plate.shape[1] > 1:
            _bend(plate, u, r + 1, bends)
        if r == top:
            continue
        _divergence(here, flux[(r - 1) % 2], flow)
        _pull_back(smooth, plate, excess, pull, u, r, bends, own)
        for i in range(2):
            to, inside, part, more = out[i, r, 1 : n + 1], free[r, 1:], flow[i, 1:], own[i, 1:]
            for c in range(n):
                to[c] = inside[c] * (half * part[c] + more[c])


@kernel(f"float64[:]({A3}, {A3}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def stiffen(
    plate: Array, extra: Array, free: Array, p: Array, out: Array, top: int, bottom: int
) -> Array:
    """Add L'L p less what the weights ``extra`` make of p to ``out``, zero at given pixels.

    Returns the dot products of what is added with p, channel by channel.
    """
    n, sums = plate.shape[2] - 2, np.zeros(2)
    bends, own = np.zeros((3, 2, n + 2), np.float32), np.zeros(n, np.float32)
    _bend(plate, p, top - 1, bends)
    _bend(plate, p, top, bends)
    for r in range(top, bottom):
        _bend(plate, p, r + 1, bends)
        for i in range(2):
            own[:] = 0
            bent, here = bends[r % 3, i, 1 : n + 1], p[i, r, 1 : n + 1]
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, before = plate[k, r, 1 : n + 1], plate[k, r - dr, 1 - dc : n + 1 - dc]
                less, less_before = extra[k, r, 1 : n + 1], extra[k, r - dr, 1 - dc : n + 1 - dc]
                below = bends[(r + dr) % 3, i, 1 + dc : n + 1 + dc]
                over = bends[(r - dr) % 3, i, 1 - dc : n + 1 - dc]
                there, back = p[i, r + dr, 1 + dc : n + 1 + dc], p[i, r - dr, 1 - dc : n + 1 - dc]
                for c in range(n):
                    own[c] += weight[c] * (bent[c] - below[c]) - less[c] * (here[c] - there[c])
                    own[c] += before[c] * (bent[c] - over[c]) - less_before[c] * (here[c] - back[c])
            to, inside, total = out[i, r, 1 : n + 1], free[r, 1 : n + 1], np.float32(0)
            for c in range(n):
                value = inside[c] * own[c]
                to[c] += value
                total += value * here[c]
            sums[i] += total
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
