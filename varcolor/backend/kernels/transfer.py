"""Between grids: restriction of what is left over, prolongation of the correction."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.factor import STARTS
from varcolor.backend.kernels.jit import A2, A3, ROW, SHORT3, kernel
from varcolor.backend.kernels.remainder import remainder_row
from varcolor.typing import Array


@kernel(f"void({SHORT3}, {A2}, {A3}, {A3}, {STARTS}, {A3}, {ROW}, {ROW})")
def restrict_remainder(
    v: Array,
    inverse: Array,
    z: Array,
    p: Array,
    starts: Array,
    coarse: Array,
    top: int,
    bottom: int,
) -> None:
    """Write P'R z to rows ``top`` to ``bottom`` of the coarse grid: P'(b - A z) if M z = b."""
    height, n = inverse.shape[0] - 2, inverse.shape[1] - 2
    # What is left over on the three fine rows around a coarse one; columns past the end are zero.
    near = np.zeros((3, 2, n + 4), np.float32)
    last = p.shape[2] - 1
    for rc in range(top, bottom):
        r = 2 * rc - 1
        for j in range(3):
            fine, to = r - 1 + j, near[(2 * rc + j) % 3]
            if j == 0 and rc > top:
                continue  # it was the last row of the coarse row above
            if 1 <= fine <= height:
                remainder_row(v, inverse, z, starts, fine, to)
            else:
                to[:] = 0
        p0, p1, p2, p3, p4 = p[0, rc], p[1, rc], p[2, rc], p[3, rc - 1], p[4, rc]
        p5, p6, p7, p8 = p[5, rc], p[6, rc - 1], p[7, rc - 1], p[8, rc]
        for k in range(2):
            above, here = near[2 * rc % 3, k], near[(2 * rc + 1) % 3, k]
            below, out = near[(2 * rc + 2) % 3, k], coarse[k, rc]
            for c in range(1, last):
                f = 2 * c - 1
                out[c] = (
                    p8[c] * here[f]
                    + p0[c] * here[f + 1]
                    + p1[c - 1] * here[f - 1]
                    + p2[c] * below[f]
                    + p3[c] * above[f]
                    + p4[c] * below[f + 1]
                    + p5[c - 1] * below[f - 1]
                    + p6[c] * above[f + 1]
                    + p7[c - 1] * above[f - 1]
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
