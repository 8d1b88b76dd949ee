"""Between grids: restriction of the residual, prolongation of the correction."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, kernel
from varcolor.backend.kernels.operator import product_row
from varcolor.typing import Array


@kernel(f"void({A3}, {A2}, {A2}, {A3}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def restrict_residual(
    w: Array,
    excess: Array,
    inverse: Array,
    b: Array,
    u: Array,
    p: Array,
    coarse: Array,
    top: int,
    bottom: int,
) -> None:
    """Write P'(b - A u) to rows ``top`` to ``bottom`` of the coarse grid."""
    height, n = w.shape[1] - 2, w.shape[2] - 2
    row = np.empty(n, np.float32)
    # The residual on the three fine rows around a coarse one; columns past the end stay zero.
    near = np.zeros((6, n + 4), np.float32)
    for rc in range(top, bottom):
        r = 2 * rc - 1
        for k in range(2):
            for j in range(3):
                if j == 0 and rc > top:
                    first, last = near[3 * k], near[3 * k + 2]
                    for c in range(n + 4):
                        first[c] = last[c]
                    continue
                fine, to = r - 1 + j, near[3 * k + j, 1 : n + 1]
                if fine < 1 or fine > height:
                    to[:] = 0
                    continue
                product_row(w, excess, u[k], fine, row)
                from_, free = b[k, fine, 1 : n + 1], inverse[fine, 1 : n + 1]
                for c in range(n):
                    to[c] = from_[c] - row[c] if free[c] != 0 else np.float32(0)
            above, here, below = near[3 * k], near[3 * k + 1], near[3 * k + 2]
            out = coarse[k, rc]
            for c in range(1, p.shape[2] - 1):
                f = 2 * c - 1
                out[c] = (
                    p[8, rc, c] * here[f]
                    + p[0, rc, c] * here[f + 1]
                    + p[1, rc, c - 1] * here[f - 1]
                    + p[2, rc, c] * below[f]
                    + p[3, rc - 1, c] * above[f]
                    + p[4, rc, c] * below[f + 1]
                    + p[5, rc, c - 1] * below[f - 1]
                    + p[6, rc - 1, c] * above[f + 1]
                    + p[7, rc - 1, c - 1] * above[f - 1]
                )


@kernel(f"void({A3}, {A3}, {A3}, {ROW}, {ROW})")
def prolong(p: Array, coarse: Array, u: Array, top: int, bottom: int) -> None:
    """Add P times the coarse picture to u, for coarse rows ``top`` to ``bottom``."""
    height = u.shape[1] - 2
    for rc in range(top, bottom):
        r = 2 * rc - 1
        for k in range(2):
            here, below, out = coarse[k, rc], coarse[k, rc + 1], u[k, r]
            for c in range(1, p.shape[2] - 1):
                f = 2 * c - 1
                out[f] += p[8, rc, c] * here[c]
                out[f + 1] += p[0, rc, c] * here[c] + p[1, rc, c] * here[c + 1]
            if r + 1 > height:
                continue
            out = u[k, r + 1]
            for c in range(1, p.shape[2] - 1):
                f = 2 * c - 1
                out[f] += p[2, rc, c] * here[c] + p[3, rc, c] * below[c]
                out[f + 1] += (
                    p[4, rc, c] * here[c]
                    + p[5, rc, c] * here[c + 1]
                    + p[6, rc, c] * below[c]
                    + p[7, rc, c] * below[c + 1]
                )
