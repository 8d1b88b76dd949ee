"""Fourth order in its mixed form, and a Krylov basis: their inner loops.

The term is |root^-1 N u|^2. Of matrices, `varcolor.solve.biharmonic.mixed_form` says more.

``w`` (4 or 8, H + 2, W + 2) float32
    Weights of N, or of its transpose N'; symmetric or directed.
``rest`` (H + 2, W + 2) float32
    What N' has on its diagonal beside the sum of its weights.
``root`` (H + 2, W + 2) float32
    As in the term; positive inside the picture.
``x``, ``q``, ``r`` (4, H + 2, W + 2) float32
    v = root^-1 N u, both channels, at all pixels; then u, zero at fixed pixels.
``y`` (2, H + 2, W + 2) float32
    v / root.
``soft`` (H + 2, W + 2) float32
    At heavy soft cues 1 / weight, else zero: such a u is what its cue says less ``soft`` N'y.
``reaction`` (H + 2, W + 2) float32
    Weights of the other soft cues, which are free pixels.
``basis`` (4 * vectors, H + 2, W + 2) float32
    Such fields, one after the other.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.stencil.matvec import directed_row, product_row
from varcolor.typing import Array


@fast_helper
def any_row(w: Array, rest: Array, u: Array, r: int, out: Array) -> None:
    """Write the product with u on row r of one channel to ``out`` (W,), for weights of any kind."""
    if w.shape[0] == 8:
        directed_row(w, rest, u, r, out)
    else:
        product_row(w, rest, u, r, out)


@kernel(f"void({A3}, {A2}, {A2}, {A2}, {A2}, {A3}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def first_product(
    w: Array,
    rest: Array,
    free: Array,
    soft: Array,
    reaction: Array,
    y: Array,
    x: Array,
    q: Array,
    u: Array,
    top: int,
    bottom: int,
) -> None:
    """Write N'y + reaction u at free pixels to the first half of q, all of u to ``u``."""
    n = w.shape[2] - 2
    row = np.empty(n, np.float32)
    for r in range(top, bottom):
        for k in range(2):
            any_row(w, rest, y[k], r, row)
            from_, to, out = x[2 + k, r, 1 : n + 1], q[k, r, 1 : n + 1], u[k, r, 1 : n + 1]
            known, give, hold = free[r, 1 : n + 1], soft[r, 1 : n + 1], reaction[r, 1 : n + 1]
            for c in range(n):
                to[c] = row[c] + hold[c] * from_[c] if known[c] != 0 else np.float32(0)
                out[c] = from_[c] - give[c] * row[c]


@kernel(f"void({A3}, {A2}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def second_product(
    w: Array, zero: Array, root: Array, u: Array, x: Array, q: Array, top: int, bottom: int
) -> None:
    """Write N u - root v to the second half of q."""
    n = w.shape[2] - 2
    row = np.empty(n, np.float32)
    for r in range(top, bottom):
        scale = root[r, 1 : n + 1]
        for k in range(2):
            any_row(w, zero, u[k], r, row)
            v, to = x[k, r, 1 : n + 1], q[2 + k, r, 1 : n + 1]
            for c in range(n):
                to[c] = row[c] - scale[c] * v[c]


@kernel(f"void({A3}, {A2}, {A2}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def fixed_rows(
    w: Array,
    zero: Array,
    root: Array,
    free: Array,
    r: Array,
    u: Array,
    out: Array,
    top: int,
    bottom: int,
) -> None:
    """Write (N u - r) / root to ``out`` (2, ...) at fixed pixels."""
    n = w.shape[2] - 2
    row = np.empty(n, np.float32)
    for y in range(top, bottom):
        known, scale = free[y, 1 : n + 1], root[y, 1 : n + 1]
        count = 0
        for c in range(n):
            count += known[c] == 0
        if not count:
            continue
        for k in range(2):
            any_row(w, zero, u[k], y, row)
            right, to = r[k, y, 1 : n + 1], out[k, y, 1 : n + 1]
            for c in range(n):
                if known[c] == 0:
                    to[c] = (row[c] - right[c]) / scale[c]


@kernel(f"void({A3}, {A3}, {A2}, {A3}, {ROW}, {ROW})")
def add_scaled_y(r: Array, y: Array, root: Array, out: Array, top: int, bottom: int) -> None:
    """Write the second half of r plus root^2 y to ``out`` (2, ...)."""
    for k in range(2):
        for row in range(top, bottom):
            a, b, scale, to = r[2 + k, row], y[k, row], root[row], out[k, row]
            for c in range(to.shape[0]):
                to[c] = a[c] + scale[c] * scale[c] * b[c]


@kernel(f"float64[:,:]({A3}, {A3}, {ROW}, {ROW}, {ROW})")
def dots(basis: Array, w: Array, count: int, top: int, bottom: int) -> Array:
    """Return the dot products (count, 2) of w with the first fields of the basis, by channel."""
    result = np.zeros((count, 2))
    for y in range(top, bottom):
        for j in range(count):
            for f in range(4):
                a, b = basis[4 * j + f, y], w[f, y]
                total = np.float32(0)
                for c in range(a.shape[0]):
                    total += a[c] * b[c]
                result[j, f % 2] += total
    return result


@kernel(f"float64[:]({A3}, {A3}, {A2}, {ROW}, {ROW})")
def subtract(basis: Array, w: Array, shares: Array, top: int, bottom: int) -> Array:
    """Take ``shares`` (count, 2) of the basis from w; return the channels' sums of squares."""
    squares = np.zeros(2)
    for y in range(top, bottom):
        for f in range(4):
            to = w[f, y]
            for j in range(shares.shape[0]):
                a, share = basis[4 * j + f, y], shares[j, f % 2]
                for c in range(to.shape[0]):
                    to[c] -= share * a[c]
            total = np.float32(0)
            for c in range(to.shape[0]):
                total += to[c] * to[c]
            squares[f % 2] += total
    return squares
