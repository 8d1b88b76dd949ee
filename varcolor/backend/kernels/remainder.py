"""R = M - A, what incomplete Cholesky leaves over: b - A z = R z where M z = b.

R holds nothing but the links that were dropped (see `varcolor.backend.kernels.factor`): whenever a
pixel was eliminated, v_s v_t / d for all pairs of its later neighbours s and t that are not
neighbours of each other. Within a strip these are its right and its lower left, and its lower left
and its lower right neighbour. Nothing cancels in R z, unlike in b - A z, and there is less to read.

The matrix A = M - R is that whose weights are cut as those of M are.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.factor import STARTS
from varcolor.backend.kernels.jit import A2, A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.kernels.short import wide
from varcolor.typing import Array

_ZERO = np.float32(0)


@kernel(f"void({SHORT3}, {A2}, {A3}, {STARTS}, {ROW}, {A2})")
def remainder_row(v: Array, inverse: Array, z: Array, starts: Array, r: int, out: Array) -> None:
    """Write (R z) on row r of both channels to ``out`` (2, W + 2 or more), borders being zero."""
    joint = first = second = False
    for start in starts[1:]:
        joint |= r == start - 1
        first |= r == start
        second |= r == start + 1
    out[:] = _ZERO
    if not joint:
        _pairs_of_the_row(v, inverse, z, r, out)
    if not first:
        _pairs_of_the_row_above(v, inverse, z, r, out)
    else:
        _first_row(v, inverse, z, r, out)
    if second:
        _second_row(v, inverse, z, r, out)
    if joint:
        _joint(v, inverse, z, r, out)


@fast_helper
def _pairs_of_the_row(v: Array, inverse: Array, z: Array, r: int, out: Array) -> None:
    """Add what pixels of row r link as right neighbours, with the lower left ones."""
    n = inverse.shape[1] - 2
    right, ll, pivot = v[0, r, 1:n], v[1, r, 1:n], inverse[r, 1:n]
    z0, z1, out0, out1 = z[0, r + 1], z[1, r + 1], out[0, 2:], out[1, 2:]
    for c in range(n - 1):
        link = wide(right[c]) * wide(ll[c]) * pivot[c]
        out0[c] += link * z0[c]
        out1[c] += link * z1[c]


@fast_helper
def _pairs_of_the_row_above(v: Array, inverse: Array, z: Array, r: int, out: Array) -> None:
    """Add what pixels of the row above link: lower left ones with right and lower right ones."""
    n = inverse.shape[1] - 2
    ll, lr, pivot = v[1, r - 1, 1:n], v[3, r - 1, 1:n], inverse[r - 1, 1:n]
    z0, z1, out0, out1 = z[0, r], z[1, r], out[0, 2:], out[1, 2:]
    for c in range(n - 1):
        link = wide(ll[c]) * wide(lr[c]) * pivot[c]
        out0[c] += link * z0[c]
        out1[c] += link * z1[c]
    right, pivot = v[0, r - 1, 2 : n + 1], inverse[r - 1, 2 : n + 1]
    ll, lr = v[1, r - 1, 2 : n + 1], v[3, r - 1, 2 : n + 1]
    above0, above1 = z[0, r - 1, 3 : n + 2], z[1, r - 1, 3 : n + 2]
    z0, z1, out0, out1 = z[0, r, 3 : n + 2], z[1, r, 3 : n + 2], out[0, 1:], out[1, 1:]
    for c in range(n - 1):
        from_ll = wide(ll[c]) * pivot[c]
        with_right, with_lr = from_ll * wide(right[c]), from_ll * wide(lr[c])
        out0[c] += with_right * above0[c] + with_lr * z0[c]
        out1[c] += with_right * above1[c] + with_lr * z1[c]


@fast_helper
def _first_row(v: Array, inverse: Array, z: Array, r: int, out: Array) -> None:
    """Add what pixels of a strip's first row link as right neighbours, with the upper left ones."""
    n = inverse.shape[1] - 2
    for c in range(n - 1):
        link = wide(v[0, r, c + 1]) * wide(v[3, r - 1, c]) * inverse[r, c + 1]
        for k in range(2):
            out[k, c + 2] += link * z[k, r - 1, c]


@fast_helper
def _second_row(v: Array, inverse: Array, z: Array, r: int, out: Array) -> None:
    """Add what pixels of a strip's first row link: lower neighbours with upper ones."""
    n = inverse.shape[1] - 2
    for c in range(1, n + 1):
        ul, above, ur = wide(v[3, r - 2, c - 1]), wide(v[2, r - 2, c]), wide(v[1, r - 2, c + 1])
        ll, lower, lr = wide(v[1, r - 1, c]), wide(v[2, r - 1, c]), wide(v[3, r - 1, c])
        for k in range(2):
            near = z[k, r - 2]
            up = inverse[r - 1, c] * (ul * near[c - 1] + above * near[c] + ur * near[c + 1])
            out[k, c - 1] += ll * up
            out[k, c] += lower * up
            out[k, c + 1] += lr * up


@fast_helper
def _joint(v: Array, inverse: Array, z: Array, r: int, out: Array) -> None:
    """Add what pixels of the first row below a joint link: upper neighbours with others."""
    n = inverse.shape[1] - 2
    for c in range(1, n + 1):
        ul, above, ur = wide(v[3, r, c - 1]), wide(v[2, r, c]), wide(v[1, r, c + 1])
        right = wide(v[0, r + 1, c])
        ll, lower, lr = wide(v[1, r + 1, c]), wide(v[2, r + 1, c]), wide(v[3, r + 1, c])
        for k in range(2):
            here, below = z[k, r], z[k, r + 2]
            down = ll * below[c - 1] + lower * below[c] + lr * below[c + 1]
            beside = right * z[k, r + 1, c + 1] + ur * here[c + 1]
            out[k, c - 1] += ul * inverse[r + 1, c] * (beside + down)
            out[k, c] += above * inverse[r + 1, c] * down
            out[k, c + 1] += ur * inverse[r + 1, c] * (ul * here[c - 1] + down)
