"""The smoother: diagonal incomplete Cholesky (DIC), M = (D - L) D^-1 (D - L').

L holds the lower neighbours' weights and D the pivots d_r = a_rr - sum_s w_rs^2 / d_s over the
neighbours s before r in raster order. The pivots are summed without cancellation; where a coarse
grid has negative weights, their absolute values are taken, which keeps M above half of A. Rows are
treated in strips that do not see each other, so that threads can share them and the result does not
depend on how many there are.

Reference: O. Axelsson, "Iterative Solution Methods", ch. 7 (modified: no fill, diagonal only).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.typing import Array


@kernel(f"void({A3}, {A2}, {A2}, {ROW}, {ROW})")
def factor(w: Array, excess: Array, inverse: Array, top: int, bottom: int) -> None:
    """Replace ``inverse``, non-zero at unknown pixels, by the inverse pivots of one strip."""
    n = w.shape[2] - 2
    for r in range(top, bottom):
        for c in range(1, n + 1):
            if inverse[r, c] == 0:
                continue
            after = abs(w[0, r, c]) + abs(w[1, r, c]) + abs(w[2, r, c]) + abs(w[3, r, c])
            after += max(excess[r, c], np.float32(0))
            left, ul = abs(w[0, r, c - 1]), abs(w[3, r - 1, c - 1])
            above, ur = abs(w[2, r - 1, c]), abs(w[1, r - 1, c + 1])
            pivot = after + left * (1 - left * inverse[r, c - 1])
            if r > top:
                pivot += ul * (1 - ul * inverse[r - 1, c - 1])
                pivot += above * (1 - above * inverse[r - 1, c])
                pivot += ur * (1 - ur * inverse[r - 1, c + 1])
            else:
                pivot += ul + above + ur
            whole = after + left + ul + above + ur
            if whole < 1e-30:  # a coarse pixel that nothing depends on
                inverse[r, c] = 0
            else:
                inverse[r, c] = 1 / max(pivot, np.float32(1e-7) * whole)


@kernel(f"void({A3}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def smooth(w: Array, inverse: Array, b: Array, z: Array, top: int, bottom: int) -> None:
    """Write M^-1 b to z, which may be b itself, in one strip: a sweep down, a sweep up."""
    n = w.shape[2] - 2
    rows = np.empty((2, n), np.float32)
    first, second = rows[0], rows[1]
    for r in range(top, bottom):
        pivot, left = inverse[r, 1 : n + 1], w[0, r, :n]
        for k in range(2):
            row, source = rows[k], b[k, r, 1 : n + 1]
            if r > top:
                above, ul, ur = w[2, r - 1, 1 : n + 1], w[3, r - 1, :n], w[1, r - 1, 2 : n + 2]
                z_above, z_ul, z_ur = (
                    z[k, r - 1, 1 : n + 1],
                    z[k, r - 1, :n],
                    z[k, r - 1, 2 : n + 2],
                )
                for c in range(n):
                    row[c] = source[c] + above[c] * z_above[c] + ul[c] * z_ul[c] + ur[c] * z_ur[c]
            else:
                for c in range(n):
                    row[c] = source[c]
        # Written so that the chain from pixel to pixel is a single multiplication and addition.
        out0, out1 = z[0, r, 1 : n + 1], z[1, r, 1 : n + 1]
        value0 = value1 = np.float32(0)
        for c in range(n):
            link = pivot[c] * left[c]
            value0 = pivot[c] * first[c] + link * value0
            value1 = pivot[c] * second[c] + link * value1
            out0[c] = value0
            out1[c] = value1
    for r in range(bottom - 1, top - 1, -1):
        pivot, right = inverse[r, 1 : n + 1], w[0, r, 1 : n + 1]
        for k in range(2):
            row, source = rows[k], z[k, r, 1 : n + 1]
            if r < bottom - 1:
                below, lr, ll = w[2, r, 1 : n + 1], w[3, r, 1 : n + 1], w[1, r, 1 : n + 1]
                z_below, z_lr, z_ll = (
                    z[k, r + 1, 1 : n + 1],
                    z[k, r + 1, 2 : n + 2],
                    z[k, r + 1, :n],
                )
                for c in range(n):
                    row[c] = source[c] + pivot[c] * (
                        below[c] * z_below[c] + lr[c] * z_lr[c] + ll[c] * z_ll[c]
                    )
            else:
                for c in range(n):
                    row[c] = source[c]
        out0, out1 = z[0, r, 1 : n + 1], z[1, r, 1 : n + 1]
        value0 = value1 = np.float32(0)
        for c in range(n - 1, -1, -1):
            link = pivot[c] * right[c]
            value0 = first[c] + link * value0
            value1 = second[c] + link * value1
            out0[c] = value0
            out1[c] = value1
