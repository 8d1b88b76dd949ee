"""What is left of the gradient of the picture's step in `varcolor.backend.kernels.variation`.

Arrays as there, and

``plate`` (4, H + 2, W + 2) or (4, 1, 1) float32
    Weights of L in a term |L u|^2 of fourth order, none in the second case.
``free`` (H + 2, W + 2) float32
    1 at unknown pixels, 0 at given ones.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.variation import (
    D3,
    PIECE,
    differences,
    fluxes,
    less_differences,
    update,
    weigh,
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
    for i in range(2):
        to = here[i, 1 : n + 1]
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            weight, before = plate[k, r, 1 : n + 1], plate[k, r - dr, 1 - dc : n + 1 - dc]
            own, there = u[i, r, 1 : n + 1], u[i, r + dr, 1 + dc : n + 1 + dc]
            back = u[i, r - dr, 1 - dc : n + 1 - dc]
            for c in range(n):
                forth = weight[c] * kind(own[c] - there[c])
                to[c] += forth + before[c] * kind(own[c] - back[c])


@fast_helper
def _divergence(root: Array, r: int, here: Array, above: Array, out: Array) -> None:
    """Write K' flux, negative, on row r to ``out`` (2, W + 2), fluxes of both rows given."""
    n = root.shape[2] - 2
    right, ll, down, lr = root[0, r, 1:], root[1, r, 1:], root[2, r, 1:], root[3, r, 1:]
    left, ur, up, ul = root[0, r], root[1, r - 1, 2:], root[2, r - 1, 1:], root[3, r - 1]
    for i in range(2):
        along, to = here[i], out[i, 1:]
        to_ll, to_down, to_lr = here[2 + i, 1:], here[4 + i, 1:], here[6 + i, 1:]
        from_ur, from_up, from_ul = above[2 + i, 2:], above[4 + i, 1:], above[6 + i]
        for c in range(n):
            total = right[c] * along[c + 1] - left[c] * along[c]
            total += ll[c] * to_ll[c] - ur[c] * from_ur[c]
            total += down[c] * to_down[c] - up[c] * from_up[c]
            to[c] = total + lr[c] * to_lr[c] - ul[c] * from_ul[c]


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
                weight, before = plate[k, r, 1 : n + 1], plate[k, r - dr, 1 - dc : n + 1 - dc]
                bent = bends[r % 3, i, 1 : n + 1]
                below = bends[(r + dr) % 3, i, 1 + dc : n + 1 + dc]
                over = bends[(r - dr) % 3, i, 1 - dc : n + 1 - dc]
                for c in range(n):
                    to[c] += weight[c] * (below[c] - bent[c]) + before[c] * (over[c] - bent[c])
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
    flux, images, size = np.zeros((2, 8, n + 2)), np.zeros((8, n + 2)), np.zeros(n + 2)
    bends, flow, own = np.zeros((3, 2, n + 2)), np.zeros((2, n + 2)), np.zeros((2, n + 2))
    held = np.zeros(n + 2, np.float32)
    if plate.shape[1] > 1:
        _bend(plate, u, top - 1, bends)
        _bend(plate, u, top, bends)
    if top > 1:
        fluxes(root, rho, v, u, base, top - 1, held, flux[(top - 1) % 2])
    for r in range(top, bottom):
        here, along, total = flux[r % 2], 0.0, 0.0
        fluxes(root, rho, v, u, base, r, held, here)
        for first in range(1, n + 1, PIECE):
            last = min(first + PIECE, n + 1)
            differences(root, u, r, first, last, images)
            to = size[first:last]
            to[:] = 0
            for k in range(8):
                image, part = images[k, first:last], here[k, first:last]
                for c in range(last - first):
                    to[c] += image[c] * image[c]
                    along += image[c] * part[c]
            for c in range(last - first):
                total += np.sqrt(to[c])
        if plate.shape[1] > 1:
            _bend(plate, u, r + 1, bends)
        _divergence(root, r, here, flux[(r - 1) % 2], flow)
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


@kernel(f"void({_TERMS}, {D3}, {D3}, {A2}, {A3}, {A3}, float64, {ROW}, {ROW})")
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
    relaxation: float,
    top: int,
    bottom: int,
) -> None:
    """Update v for a new u, as `shrink` does, and do what `imbalance` does, but for its sums.

    In single precision: what rounding makes of the residual is no more than what it makes of v. The
    first row of the residual is left out: it depends on a row of v that may be another thread's.
    """
    n, half = root.shape[2] - 2, np.float32(0.5)
    flux, bends = np.zeros((2, 8, n + 2), np.float32), np.zeros((3, 2, n + 2), np.float32)
    flow, own = np.zeros((2, n + 2), np.float32), np.zeros((2, n + 2), np.float32)
    held = np.zeros((2, n + 2), np.float32)
    if plate.shape[1] > 1:
        _bend(plate, u, top, bends)
    for r in range(top, bottom):
        here = flux[r % 2]
        for first in range(1, n + 1, PIECE):
            last = min(first + PIECE, n + 1)
            differences(root, u, r, first, last, here)
            less_differences(root, base, r, first, last, here)
            update(rho, v, relaxation, r, first, last, here, held)
            weigh(rho, v, r, first, last, held[0], here)
        if plate.shape[1] > 1:
            _bend(plate, u, r + 1, bends)
        if r == top:
            continue
        _divergence(root, r, here, flux[(r - 1) % 2], flow)
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
