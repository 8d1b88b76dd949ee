"""Second-order total generalised variation (TGV) on a grid: the operator K and its inner loops.

``x`` (6, H + 2, W + 2)
    A picture with its slopes: both channels of the chroma, of the slope to the right, and of the
    slope downwards.
``root`` (2, H + 2, W + 2) float32
    Square roots of the weights to the right and downwards, times the strength of the norm.
``second_weights`` (2, H + 2, W + 2) float32
    Weights of the second differences to the right and downwards; 0 where there is no neighbour.
``rho`` (2, H + 2, W + 2) float32
    The penalties of a pixel's first and of its second differences.
``v`` (10, H + 2, W + 2) float32
    z + y / rho as in `varcolor.backend.kernels.admm.tv`, for K x: both channels of the first
    differences to the right and downwards, and of the second ones: right, down, mixed.
``reaction``, ``target``, ``base``
    As there; ``target`` is (2, ...), ``base`` (6, ...).
``free`` (H + 2, W + 2) float32
    1 at pixels whose chroma is unknown, else 0.

Formulas: `varcolor.energy.tgv`.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.admm.tv import D3, change_row, lengths, to_flux, update
from varcolor.backend.kernels.admm.tv_tiles import flux_coefficients
from varcolor.typing import Array

#: The mixed second_weights is the mean of both times the root of 2.
_HALF = 0.5**0.5
_TINY = np.float32(1e-30)
#: How many of the planes of K x are first differences.
FIRST_PLANES = 4


@fast_helper
def images_row(root: Array, second_weights: Array, x: Array, r: int, out: Array) -> None:
    """Write K x on row r to ``out`` (10, W + 2)."""
    n = root.shape[2] - 2
    right, down = root[0, r, 1:], root[1, r, 1:]
    across, along = second_weights[0, r, 1:], second_weights[1, r, 1:]
    for i in range(2):
        u, beside, below = x[i, r, 1:], x[i, r, 2:], x[i, r + 1, 1:]
        p, p_beside, p_below = x[2 + i, r, 1:], x[2 + i, r, 2:], x[2 + i, r + 1, 1:]
        q, q_beside, q_below = x[4 + i, r, 1:], x[4 + i, r, 2:], x[4 + i, r + 1, 1:]
        to0, to1 = out[i, 1:], out[2 + i, 1:]
        to2, to3, to4 = out[4 + i, 1:], out[6 + i, 1:], out[8 + i, 1:]
        for c in range(n):
            to0[c] = right[c] * (beside[c] - u[c] - p[c])
            to1[c] = down[c] * (below[c] - u[c] - q[c])
            to2[c] = across[c] * (p_beside[c] - p[c])
            to3[c] = along[c] * (q_below[c] - q[c])
            mixed = along[c] * (p_below[c] - p[c]) + across[c] * (q_beside[c] - q[c])
            to4[c] = _HALF * mixed


@fast_helper
def transposed_row(
    root: Array, second_weights: Array, above: Array, here: Array, r: int, out: Array
) -> None:
    """Write row r of K' f to ``out`` (6, W + 2), f (10, W + 2) on that row and the one above."""
    n = root.shape[2] - 2
    right, back, down, up = root[0, r, 1:], root[0, r], root[1, r, 1:], root[1, r - 1, 1:]
    across, before = second_weights[0, r, 1:], second_weights[0, r]
    along, over = second_weights[1, r, 1:], second_weights[1, r - 1, 1:]
    for i in range(2):
        f0, l0, f1, a1 = here[i, 1:], here[i], here[2 + i, 1:], above[2 + i, 1:]
        f2, l2 = here[4 + i, 1:], here[4 + i]
        f3, a3 = here[6 + i, 1:], above[6 + i, 1:]
        f4, l4, a4 = here[8 + i, 1:], here[8 + i], above[8 + i, 1:]
        to0, to1, to2 = out[i, 1:], out[2 + i, 1:], out[4 + i, 1:]
        for c in range(n):
            flow, fall = right[c] * f0[c], down[c] * f1[c]
            to0[c] = back[c] * l0[c] - flow + up[c] * a1[c] - fall
            mixed = over[c] * a4[c] - along[c] * f4[c]
            to1[c] = before[c] * l2[c] - across[c] * f2[c] - flow + _HALF * mixed
            mixed = before[c] * l4[c] - across[c] * f4[c]
            to2[c] = over[c] * a3[c] - along[c] * f3[c] - fall + _HALF * mixed


@fast_helper
def weighed_row(
    root: Array, second_weights: Array, rho: Array, x: Array, r: int, out: Array
) -> None:
    """Write rho K x on row r to ``out`` (10, W + 2)."""
    images_row(root, second_weights, x, r, out)
    n = root.shape[2] - 2
    for k in range(10):
        penalty, to = rho[0 if k < FIRST_PLANES else 1, r], out[k]
        for c in range(1, n + 1):
            to[c] *= penalty[c]


@kernel(f"void({A3}, {A3}, {A3}, {A2}, {A2}, {A3}, float64, float64, {A3}, {ROW}, {ROW})")
def product(
    root: Array,
    second_weights: Array,
    rho: Array,
    reaction: Array,
    free: Array,
    x: Array,
    own: float,
    factor: float,
    out: Array,
    top: int,
    bottom: int,
) -> None:
    """Replace ``out`` by ``own`` times it plus ``factor`` A x, A = K' rho K + 2 reaction.

    fixed pixels have empty rows.
    """
    n, held, by = root.shape[2] - 2, np.float32(own), np.float32(factor)
    flux, row = np.zeros((2, 10, n + 2), np.float32), np.zeros((6, n + 2), np.float32)
    weighed_row(root, second_weights, rho, x, top - 1, flux[(top - 1) % 2])
    for r in range(top, bottom):
        weighed_row(root, second_weights, rho, x, r, flux[r % 2])
        transposed_row(root, second_weights, flux[(r - 1) % 2], flux[r % 2], r, row)
        for k in range(6):
            to, some, open_ = out[k, r], row[k], free[r]
            if k < 2:
                if reaction.shape[0] > 1:
                    for c in range(1, n + 1):
                        some[c] += np.float32(2) * reaction[r, c] * x[k, r, c]
                for c in range(1, n + 1):
                    some[c] *= open_[c]
            for c in range(1, n + 1):
                to[c] = held * to[c] + by * some[c]


@fast_helper
def less_images_row(
    root: Array, second_weights: Array, base: Array, r: int, less: Array, out: Array
) -> None:
    """Subtract K base on row r, if there is one, from ``out`` (10, W + 2); ``less`` is scratch."""
    if base.shape[1] > 1:
        images_row(root, second_weights, base, r, less)
        out -= less


@fast_helper
def fluxes_row(rho: Array, v: Array, r: int, held: Array, out: Array) -> None:
    """Replace K x on row r in ``out`` (10, W + 2) by y + rho (K x - z); ``held`` is scratch."""
    for g in range(2):
        part, own = (
            (v[FIRST_PLANES:], out[FIRST_PLANES:]) if g else (v[:FIRST_PLANES], out[:FIRST_PLANES])
        )
        lengths(part, r, 1, out.shape[1] - 1, held)
        flux_coefficients(rho[g, r, 1:-1], held[1:-1])
        to_flux(rho[g], part, r, 1, out.shape[1] - 1, held, own)


@fast_helper
def shrinks_row(rho: Array, v: Array, relaxation: float, r: int, held: Array, out: Array) -> None:
    """Update z and y on row r for a new K x in ``out``, and replace this by y + rho (K x - z)."""
    for g in range(2):
        part, own = (
            (v[FIRST_PLANES:], out[FIRST_PLANES:]) if g else (v[:FIRST_PLANES], out[:FIRST_PLANES])
        )
        update(rho[g], part, relaxation, r, 1, out.shape[1] - 1, own, held)
        to_flux(rho[g], part, r, 1, out.shape[1] - 1, held[0], own)


@kernel(
    f"float64[:]({A3}, {A3}, {A3}, {A2}, {D3}, {A2}, {D3}, {D3}, {A3}, {A3}, float64, "
    f"float64[::1], {ROW}, {ROW})"
)
def gradient(
    root: Array,
    second_weights: Array,
    rho: Array,
    reaction: Array,
    target: Array,
    free: Array,
    x: Array,
    base: Array,
    v: Array,
    out: Array,
    relaxation: float,
    width: Array,
    top: int,
    bottom: int,
) -> Array:
    """Write minus the gradient of what x minimises to ``out``, zero at fixed pixels.

    With a ``relaxation`` v is updated first, for the new x. The first row is then left out: it
    depends on a row of v that may be another thread's.

    Returns the sums of the absolute values of this and of the soft cues' gradient, both times
    ``width`` (6,), and the energy of the soft cues.
    """
    n, sums, shrinks = root.shape[2] - 2, np.zeros(3), relaxation != 0
    fluxes, held = np.zeros((2, 10, n + 2)), np.zeros((2, n + 2), np.float32)
    row, less = np.zeros((6, n + 2)), np.zeros((10, n + 2))
    if top > 1 and not shrinks:
        first = fluxes[(top - 1) % 2]
        images_row(root, second_weights, x, top - 1, first)
        less_images_row(root, second_weights, base, top - 1, less, first)
        fluxes_row(rho, v, top - 1, held[0], first)
    for r in range(top, bottom):
        here, above = fluxes[r % 2], fluxes[(r - 1) % 2]
        images_row(root, second_weights, x, r, here)
        less_images_row(root, second_weights, base, r, less, here)
        if shrinks:
            shrinks_row(rho, v, relaxation, r, held, here)
        else:
            fluxes_row(rho, v, r, held[0], here)
        if shrinks and r == top:
            continue
        transposed_row(root, second_weights, above, here, r, row)
        for k in range(6):
            to, some, residual, own = out[k, r], row[k], 0.0, 0.0
            if k < 2:
                if reaction.shape[0] > 1:
                    for c in range(1, n + 1):
                        gap = x[k, r, c] - target[k, r, c]
                        slope = 2 * reaction[r, c] * gap * free[r, c]
                        sums[2] += reaction[r, c] * gap * gap
                        own += abs(slope)
                        some[c] += slope
                for c in range(1, n + 1):
                    some[c] *= free[r, c]
            for c in range(1, n + 1):
                to[c] = -some[c]
                residual += abs(some[c])
            sums[0] += width[k] * residual
            sums[1] += width[k] * own
    return sums


@kernel(f"void({A3}, {A3}, {A3}, {D3}, {D3}, boolean, {A3}, {ROW}, {ROW})")
def shift_base(
    root: Array,
    second_weights: Array,
    rho: Array,
    x: Array,
    base: Array,
    again: bool,
    v: Array,
    top: int,
    bottom: int,
) -> None:
    """Set v to flux / rho, or ``again`` to K base + flux / rho.

    As `varcolor.backend.kernels.admm.tv.shift_base` does.
    """
    n = root.shape[2] - 2
    flux, images, less = np.zeros((10, n + 2)), np.zeros((10, n + 2)), np.zeros((10, n + 2))
    held = np.zeros(n + 2, np.float32)
    for r in range(top, bottom):
        images_row(root, second_weights, x, r, flux)
        less_images_row(root, second_weights, base, r, less, flux)
        fluxes_row(rho, v, r, held, flux)
        if again:
            images_row(root, second_weights, base, r, images)
        for k in range(10):
            to, penalty = v[k, r], rho[0 if k < FIRST_PLANES else 1, r]
            for c in range(1, n + 1):
                to[c] = flux[k, c] / max(penalty[c], _TINY) + images[k, c]


@kernel(f"void({A3}, {A3}, {A3}, {ROW}, {ROW})")
def change_penalties(rho: Array, v: Array, new: Array, top: int, bottom: int) -> None:
    """Set rho to ``new``, which is above 0; z and y stay as they are."""
    length = np.zeros(rho.shape[2], np.float32)
    for r in range(top, bottom):
        change_row(rho[0], v[:FIRST_PLANES], new[0], r, length)
        change_row(rho[1], v[FIRST_PLANES:], new[1], r, length)
