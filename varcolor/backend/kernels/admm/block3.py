"""Block stencils with three unknowns a pixel, chroma and two slopes: kernels of their multigrid.

Pictures (6, H + 2, W + 2) float32 have both channels of each, one after the other.

``inverse`` (6, H + 2, W + 2) float32
    For every pixel a symmetric matrix: uu, up, uq, pp, pq, qq.
``matrix`` (81, H + 2, W + 2) float32
    Plane (3 k + i) 3 + j: what unknown i of a pixel takes from unknown j of neighbour k, of the
    nine about it, row by row.

A coarse pixel stands for 3 x 3, and its unknowns for a plane there: its height in the middle, and
by how much it rises from one coarse pixel to the next.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.admm.tv import D3
from varcolor.typing import Array

_THIRD, _ZERO, _ONE = np.float32(1 / 3), np.float32(0), np.float32(1)
#: Pivots below this part of the diagonal are rounding: that unknown is left alone.
SINGULAR = 1e-5


@fast_helper
def block_diagonal_row(inverse: Array, x: Array, r: int, out: Array) -> None:
    """Write the pixels' matrices times x on row r to ``out`` (6, W + 2)."""
    n = x.shape[2]
    uu, up, uq = inverse[0, r], inverse[1, r], inverse[2, r]
    pp, pq, qq = inverse[3, r], inverse[4, r], inverse[5, r]
    for i in range(2):
        u, p, q = x[i, r], x[2 + i, r], x[4 + i, r]
        to0, to1, to2 = out[i], out[2 + i], out[4 + i]
        for c in range(n):
            to0[c] = uu[c] * u[c] + up[c] * p[c] + uq[c] * q[c]
            to1[c] = up[c] * u[c] + pp[c] * p[c] + pq[c] * q[c]
            to2[c] = uq[c] * u[c] + pq[c] * p[c] + qq[c] * q[c]


@kernel(f"void({A3}, {A3}, float64, float64, {A3}, {ROW}, {ROW})")
def block_diagonal(
    inverse: Array, x: Array, own: float, factor: float, out: Array, top: int, bottom: int
) -> None:
    """Replace ``out`` by ``own`` times it plus ``factor`` times the pixels' matrices times x."""
    row, held, by = np.zeros((6, x.shape[2]), np.float32), np.float32(own), np.float32(factor)
    for r in range(top, bottom):
        block_diagonal_row(inverse, x, r, row)
        for k in range(6):
            to, some = out[k, r], row[k]
            for c in range(to.shape[0]):
                to[c] = held * to[c] + by * some[c]


@kernel(f"void({A3}, {A3}, float64, float64, {A3}, {ROW}, {ROW})")
def matvec(
    matrix: Array, x: Array, own: float, factor: float, out: Array, top: int, bottom: int
) -> None:
    """Replace ``out`` by ``own`` times it plus ``factor`` times the matrix times x."""
    n, held, by = x.shape[2] - 2, np.float32(own), np.float32(factor)
    row = np.zeros((2, n), np.float32)
    for r in range(top, bottom):
        for i in range(3):
            row[:] = _ZERO
            sum0, sum1 = row[0], row[1]
            for k in range(9):
                line, first = r + k // 3 - 1, k % 3
                for j in range(3):
                    weight = matrix[(3 * k + i) * 3 + j, r, 1 : n + 1]
                    from0 = x[2 * j, line, first : first + n]
                    from1 = x[2 * j + 1, line, first : first + n]
                    for c in range(n):
                        sum0[c] += weight[c] * from0[c]
                        sum1[c] += weight[c] * from1[c]
            for half in range(2):
                to, some = out[2 * i + half, r, 1 : n + 1], row[half]
                for c in range(n):
                    to[c] = held * to[c] + by * some[c]


@kernel(f"void({A3}, {ROW}, {ROW})")
def invert(blocks: Array, top: int, bottom: int) -> None:
    """Invert every pixel's matrix in place; unknowns that nothing holds get nothing."""
    for r in range(top, bottom):
        for c in range(blocks.shape[2]):
            a, b, d = float(blocks[0, r, c]), float(blocks[1, r, c]), float(blocks[2, r, c])
            e, f, g = float(blocks[3, r, c]), float(blocks[4, r, c]), float(blocks[5, r, c])
            # Slopes first, then what they leave of the chroma.
            at_e = 1 / e if e > 0 else 0.0
            turn = f * at_e
            rest = g - f * turn
            at_g = 1 / rest if rest > SINGULAR * g and g > 0 else 0.0
            by_q = (d - b * turn) * at_g
            by_p = b * at_e - turn * by_q
            left = a - b * by_p - d * by_q
            at_a = 1 / left if left > SINGULAR * a and a > 0 else 0.0
            blocks[0, r, c] = at_a
            blocks[1, r, c] = -by_p * at_a
            blocks[2, r, c] = -by_q * at_a
            blocks[3, r, c] = at_e + turn * turn * at_g + by_p * by_p * at_a
            blocks[4, r, c] = -turn * at_g + by_p * by_q * at_a
            blocks[5, r, c] = at_g + by_q * by_q * at_a


@kernel(f"void({A3}, {A3}, {ROW}, {ROW})")
def restrict(fine: Array, coarse: Array, top: int, bottom: int) -> None:
    """Write P' times a fine residual to rows of ``coarse``."""
    height, width = fine.shape[1] - 2, fine.shape[2] - 2
    n = coarse.shape[2] - 2
    for r in range(top, bottom):
        for i in range(2):
            for c in range(1, n + 1):
                u = p = q = _ZERO
                for dr in range(3):
                    y = 3 * (r - 1) + 1 + dr
                    if y > height:
                        break
                    for dc in range(3):
                        x = 3 * (c - 1) + 1 + dc
                        if x > width:
                            break
                        own = fine[i, y, x]
                        u += own
                        p += np.float32(dc - 1) * own * _THIRD + _THIRD * fine[2 + i, y, x]
                        q += np.float32(dr - 1) * own * _THIRD + _THIRD * fine[4 + i, y, x]
                coarse[i, r, c] = u
                coarse[2 + i, r, c] = p
                coarse[4 + i, r, c] = q


@kernel(f"void({A3}, {A2}, {A3}, {ROW}, {ROW})")
def prolong(coarse: Array, free: Array, fine: Array, top: int, bottom: int) -> None:
    """Write P times ``coarse`` to rows of ``fine``; chroma is zero where it is fixed.

    ``free`` as in `varcolor.backend.kernels.admm.tgv`, or (1, 1).
    """
    n = fine.shape[2] - 2
    for r in range(top, bottom):
        y, dy = (r - 1) // 3 + 1, np.float32((r - 1) % 3 - 1) * _THIRD
        for i in range(2):
            for x in range(coarse.shape[2] - 2):
                u, p, q = coarse[i, y, x + 1], coarse[2 + i, y, x + 1], coarse[4 + i, y, x + 1]
                for dc in range(3):
                    c = 3 * x + 1 + dc
                    if c > n:
                        break
                    own = _ONE if free.shape[0] == 1 else free[r, c]
                    fine[i, r, c] = own * (u + np.float32(dc - 1) * _THIRD * p + dy * q)
                    fine[2 + i, r, c] = _THIRD * p
                    fine[4 + i, r, c] = _THIRD * q


@kernel(f"void(int64, int64, {A3}, {ROW}, {ROW})")
def set_probe(first: int, second: int, x: Array, top: int, bottom: int) -> None:
    """Set x to one where a place of 3 x 3 recurs, in one unknown, and to zero elsewhere.

    ``first`` and ``second``, of the channels, are 3 times the place's number plus the unknown's.
    """
    for r in range(top, bottom):
        for k in range(6):
            place, to = second if k % 2 else first, x[k, r]
            to[:] = _ZERO
            if place % 3 == k // 2 and place // 9 == (r - 1) % 3:
                for c in range(1 + place // 3 % 3, x.shape[2] - 1, 3):
                    to[c] = _ONE


@kernel(f"void({A3}, int64, int64, {A3}, {ROW}, {ROW})")
def read_probe(r: Array, first: int, second: int, matrix: Array, top: int, bottom: int) -> None:
    """Write the columns of A that r = A x shows, x of `set_probe`, to ``matrix``."""
    for row in range(top, bottom):
        for channel in range(2):
            place = second if channel else first
            down = (place // 9 + 4 - (row - 1) % 3) % 3
            for i in range(3):
                for right in range(3):
                    to = matrix[((3 * down + right) * 3 + i) * 3 + place % 3, row]
                    some = r[2 * i + channel, row]
                    for c in range(1 + (place // 3 + 1 - right) % 3, r.shape[2] - 1, 3):
                        to[c] = some[c]


@kernel(f"float64[:]({A3}, {A3}, {ROW}, {ROW})")
def dot(a: Array, b: Array, top: int, bottom: int) -> Array:
    """Return the dot products of both channels."""
    sums = np.zeros(2)
    for r in range(top, bottom):
        for k in range(6):
            one, other, total = a[k, r], b[k, r], 0.0
            for c in range(one.shape[0]):
                total += one[c] * other[c]
            sums[k % 2] += total
    return sums


@kernel(f"void({A3}, float64[::1], float64[::1], {A3}, {ROW}, {ROW})")
def blend(a: Array, own: Array, scale: Array, b: Array, top: int, bottom: int) -> None:
    """Replace a by ``own`` (2,) times a plus ``scale`` (2,) times b, channel by channel."""
    for r in range(top, bottom):
        for k in range(6):
            to, some = a[k, r], b[k, r]
            held, by = np.float32(own[k % 2]), np.float32(scale[k % 2])
            for c in range(to.shape[0]):
                to[c] = held * to[c] + by * some[c]


@kernel(f"void({D3}, {A3}, float64[::1], {ROW}, {ROW})")
def move(x: Array, e: Array, scale: Array, top: int, bottom: int) -> None:
    """Add ``scale`` (2,) times e to x, channel by channel."""
    for r in range(top, bottom):
        for k in range(6):
            to, some, by = x[k, r], e[k, r], scale[k % 2]
            for c in range(to.shape[0]):
                to[c] += by * some[c]
