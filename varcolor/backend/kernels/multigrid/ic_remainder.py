"""R = M - A, what incomplete Cholesky leaves over: b - A z = R z where M z = b.

R holds nothing but the links that were dropped (see
`varcolor.backend.kernels.multigrid.incomplete_cholesky`): whenever a pixel was eliminated, v_s v_t
/ d for all pairs of its later neighbours s and t that are not neighbours of each other; links
between pairs of strips; and the surplus of both on the diagonal. Nothing cancels in R z, unlike in
b - A z, and there is less to read. The former are known to 16 bits, which for every vector means an
error of less than 0.8 % of M z.

The matrix A = M - R is that whose weights are cut as those of M are.
"""

from __future__ import annotations

from varcolor.backend.jit.kernel import A2, A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.kernels.bfloat16 import from_bf16
from varcolor.backend.kernels.multigrid.incomplete_cholesky import (
    ACROSS,
    STRIP_BOUNDS,
    SURPLUS,
    edges_to,
    pair_of,
)
from varcolor.typing import Array


@fast_helper
def add_linked(v: Array, z: Array, r: int, step: int, out: Array) -> None:
    """Add to ``out`` (2, W + 2) what row r + ``step`` of both channels gives to row r by links."""
    n = v.shape[2] - 2
    left, near, right = edges_to(v, 1, r, step), edges_to(v, 2, r, step), edges_to(v, 3, r, step)
    z0, z1, out0, out1 = z[0, r + step], z[1, r + step], out[0, 1:], out[1, 1:]
    for c in range(n):
        a, b, d = from_bf16(left[c]), from_bf16(near[c]), from_bf16(right[c])
        out0[c] += a * z0[c] + b * z0[c + 1] + d * z0[c + 2]
        out1[c] += a * z1[c] + b * z1[c + 1] + d * z1[c + 2]


@fast_helper
def _add_across(v: Array, z: Array, r: int, step: int, out: Array) -> None:
    """Add to ``out`` what row r has dropped where its pair meets that of row r + ``step``."""
    add_linked(v, z, r, step, out)
    n = v.shape[2] - 2
    left, near, right = edges_to(v, 1, r, step), edges_to(v, 2, r, step), edges_to(v, 3, r, step)
    z0, z1, out0, out1 = z[0, r, 1:], z[1, r, 1:], out[0, 1:], out[1, 1:]
    for c in range(n):
        surplus = ACROSS * (from_bf16(left[c]) + from_bf16(near[c]) + from_bf16(right[c]))
        out0[c] += surplus * z0[c]
        out1[c] += surplus * z1[c]


@kernel(f"void({SHORT3}, {A3}, {STRIP_BOUNDS}, {ROW}, {A2})")
def remainder_row(v: Array, z: Array, strip_bounds: Array, r: int, out: Array) -> None:
    """Add (R z) on row r to ``out`` (2, W + 2 or more); the border of z is zero."""
    pair, height = pair_of(strip_bounds, r), v.shape[1] - 2
    separator, end = strip_bounds[pair + 1], strip_bounds[pair + 2]
    step = 1 if r <= separator else -1
    first = r == (strip_bounds[pair] if r <= separator else end - 1)
    if first and r != separator and 1 <= r - step <= height:  # where two pairs meet
        _add_across(v, z, r, -step, out)
    before = separator if first else r - step  # pixels of separators have dropped nothing
    for _ in range(2 if r == separator and r + 1 < end else 1):
        _add_dropped(v, z, r, before, r + step, out)
        before = r + 1


@fast_helper
def _add_dropped(v: Array, z: Array, r: int, before: int, after: int, out: Array) -> None:
    """Add what pixels of row r and of the row eliminated before have dropped.

    ``after``: the row that is eliminated next.
    """
    n = v.shape[2] - 2
    _add_at(v, z, r, before, after, 1, out)
    if n > 1:
        _add_at(v, z, r, before, after, n, out)
    own, diagonal = v[4, r, 1:], v[4, before, 3:]
    left, right = v[5, before, 1:], v[5, before, 3:]
    after0, after1, before0, before1 = z[0, after], z[1, after], z[0, before, 4:], z[1, before, 4:]
    left0, left1, right0, right1 = z[0, r], z[1, r], z[0, r, 4:], z[1, r, 4:]
    here0, here1, out0, out1 = z[0, r, 2:], z[1, r, 2:], out[0, 2:], out[1, 2:]
    for c in range(n - 2):
        to_after, to_before = from_bf16(own[c]), from_bf16(diagonal[c])
        to_left, to_right = from_bf16(left[c]), from_bf16(right[c])
        surplus = SURPLUS * (to_after + to_before + to_left + to_right)
        out0[c] += to_after * after0[c] + to_before * before0[c]
        out0[c] += to_left * left0[c] + to_right * right0[c] + surplus * here0[c]
        out1[c] += to_after * after1[c] + to_before * before1[c]
        out1[c] += to_left * left1[c] + to_right * right1[c] + surplus * here1[c]


@fast_helper
def _add_at(v: Array, z: Array, r: int, before: int, after: int, c: int, out: Array) -> None:
    """Do what `_add_dropped` does in the first or the last column."""
    n = v.shape[2] - 2
    for k in range(2):
        own = SURPLUS * z[k, r, c]
        if c > 1:
            out[k, c] += from_bf16(v[4, r, c - 1]) * (z[k, after, c - 2] + own)
            out[k, c] += from_bf16(v[5, before, c - 1]) * (z[k, r, c - 2] + own)
        if c < n:
            out[k, c] += from_bf16(v[4, before, c + 1]) * (z[k, before, c + 2] + own)
            out[k, c] += from_bf16(v[5, before, c + 1]) * (z[k, r, c + 2] + own)
