"""The smoother: incomplete Cholesky without new entries, M = (D + L) D^-1 (D + L').

Pixels are eliminated in raster order. Eliminating one links its later neighbours s and t with the
weight v_s v_t / d (v its present weights, d its pivot). Links between direct neighbours are kept;
the others leave the picture: their weight goes to the excess of both ends. Nothing is ever
subtracted, so nothing cancels. Negative weights, which coarse grids may have, count as positive.
Rows are treated in strips that do not see each other, so that threads can share them and the result
does not depend on how many there are.

Reference: J. Meijerink, H. van der Vorst, "An iterative solution method for linear systems of which
the coefficient matrix is a symmetric M-matrix", Math. Comp. 31 (1977).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.backend.kernels.operator import product_row
from varcolor.typing import Array

_ZERO = np.float32(0)


@kernel(f"void({A3}, {A2}, {A2}, {A3}, {ROW}, {ROW})")
def factor(w: Array, excess: Array, inverse: Array, v: Array, top: int, bottom: int) -> None:
    """Factorise one strip.

    ``inverse``, non-zero at unknown pixels, becomes the inverse pivots; ``v`` (as ``w``) the
    weights at the time of elimination.
    """
    n = w.shape[2] - 2
    below = np.zeros((2, n + 2), np.float32)
    for r in range(top, bottom):
        for c in range(1, n + 1):
            free = inverse[r, c] != 0
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                inside = free and r + dr < bottom and inverse[r + dr, c + dc] != 0
                v[k, r, c] = abs(w[k, r, c]) if inside else _ZERO
    for r in range(top, bottom):
        # What earlier rows have added to the excess of this one, and what this adds to the next.
        here, after = below[r % 2], below[(r + 1) % 2]
        after[:] = 0
        for c in range(1, n + 1):
            if inverse[r, c] == 0:
                continue
            e = abs(excess[r, c]) + here[c]
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                if r + dr >= bottom or inverse[r + dr, c + dc] == 0:
                    e += abs(w[k, r, c])
                if r - dr < top or inverse[r - dr, c - dc] == 0:
                    e += abs(w[k, r - dr, c - dc])
            right, ll, lower, lr = v[0, r, c], v[1, r, c], v[2, r, c], v[3, r, c]
            d = e + right + ll + lower + lr
            if d < 1e-30:  # a coarse pixel that nothing depends on
                inverse[r, c] = 0
                continue
            i = 1 / d
            inverse[r, c] = i
            far = right + lr  # not neighbours of the one at the lower left
            here[c + 1] += right * i * (e + ll)
            after[c - 1] += ll * i * (e + far)
            after[c] += lower * i * e
            after[c + 1] += lr * i * (e + ll)
            v[1, r, c + 1] += right * i * lower
            v[2, r, c + 1] += right * i * lr
            if r + 1 < bottom:
                v[0, r + 1, c - 1] += ll * i * lower
                v[0, r + 1, c] += lower * i * lr


@kernel(f"void({A3}, {A2}, {A3}, {A2}, {A3}, {A3}, {A3}, boolean, {ROW}, {ROW})")
def smooth(
    w: Array,
    excess: Array,
    v: Array,
    inverse: Array,
    b: Array,
    z: Array,
    out: Array,
    first: bool,
    top: int,
    bottom: int,
) -> None:
    """Write M^-1 b (if ``first``) or M^-1 (b - A z) to ``out``: a sweep down and one up."""
    n = w.shape[2] - 2
    rows = np.empty((2, n), np.float32)
    row0, row1 = rows[0], rows[1]
    for r in range(top, bottom):
        pivot, left = inverse[r, 1 : n + 1], v[0, r, :n]
        for k in range(2):
            row, given = rows[k], b[k, r, 1 : n + 1]
            if first:
                for c in range(n):
                    row[c] = given[c]
            else:
                product_row(w, excess, z[k], r, row)
                for c in range(n):
                    row[c] = given[c] - row[c]
            if r > top:
                above, ul, ur = v[2, r - 1, 1 : n + 1], v[3, r - 1, :n], v[1, r - 1, 2 : n + 2]
                near = out[k, r - 1]
                for c in range(n):
                    row[c] += above[c] * near[c + 1] + ul[c] * near[c] + ur[c] * near[c + 2]
        # Written so that the chain from pixel to pixel is a single multiplication and addition.
        out0, out1 = out[0, r, 1 : n + 1], out[1, r, 1 : n + 1]
        value0 = value1 = _ZERO
        for c in range(n):
            link = pivot[c] * left[c]
            value0 = pivot[c] * row0[c] + link * value0
            value1 = pivot[c] * row1[c] + link * value1
            out0[c] = value0
            out1[c] = value1
    for r in range(bottom - 1, top - 1, -1):
        pivot, right = inverse[r, 1 : n + 1], v[0, r, 1 : n + 1]
        out0, out1 = out[0, r, 1 : n + 1], out[1, r, 1 : n + 1]
        if r < bottom - 1:
            below, lr, ll = v[2, r, 1 : n + 1], v[3, r, 1 : n + 1], v[1, r, 1 : n + 1]
            for k in range(2):
                row, near = out[k, r, 1 : n + 1], out[k, r + 1]
                for c in range(n):
                    total = below[c] * near[c + 1] + lr[c] * near[c + 2] + ll[c] * near[c]
                    row[c] += pivot[c] * total
        value0 = value1 = _ZERO
        for c in range(n - 1, -1, -1):
            link = pivot[c] * right[c]
            value0 = out0[c] + link * value0
            value1 = out1[c] + link * value1
            out0[c] = value0
            out1[c] = value1
