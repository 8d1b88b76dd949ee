"""Between grids: restriction P'r of the residual, prolongation P z of the correction."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.kernels.multigrid.ic_remainder import remainder_row
from varcolor.backend.kernels.multigrid.incomplete_cholesky import STRIP_BOUNDS
from varcolor.typing import Array


@fast_helper
def _split_parity(row: Array, to: Array) -> None:
    """Write even and odd columns of both channels (2, W + 2 or more) to the rows of ``to``."""
    for k in range(2):
        pixels, even, odd = row[k], to[2 * k], to[2 * k + 1]
        for c in range(even.shape[0]):
            even[c] = pixels[2 * c]
            odd[c] = pixels[2 * c + 1]


@fast_helper
def _restrict_row(p: Array, near: Array, rc: int, coarse: Array) -> None:
    """Write row rc of P' times what is ``near``: three fine rows after `_split_parity`."""
    p0, p1, p2, p3, p4 = p[0, rc, 1:], p[1, rc], p[2, rc, 1:], p[3, rc - 1, 1:], p[4, rc, 1:]
    p5, p6, p7, p8 = p[5, rc], p[6, rc - 1, 1:], p[7, rc - 1], p[8, rc, 1:]
    above, here, below = near[2 * rc % 3], near[(2 * rc + 1) % 3], near[(2 * rc + 2) % 3]
    for k in range(2):
        even0, odd0, even1, odd1 = above[2 * k], above[2 * k + 1], here[2 * k], here[2 * k + 1]
        even2, odd2, out = below[2 * k], below[2 * k + 1], coarse[k, rc, 1:]
        for c in range(p.shape[2] - 2):
            out[c] = (
                p8[c] * odd1[c]
                + p0[c] * even1[c + 1]
                + p1[c] * even1[c]
                + p2[c] * odd2[c]
                + p3[c] * odd0[c]
                + p4[c] * even2[c + 1]
                + p5[c] * even2[c]
                + p6[c] * even0[c + 1]
                + p7[c] * even0[c]
            )


@kernel(f"void({A3}, {A3}, {A3}, {ROW}, {ROW})")
def restrict(p: Array, b: Array, coarse: Array, top: int, bottom: int) -> None:
    """Write P'b to rows ``top`` to ``bottom`` of the coarse grid."""
    height, n = b.shape[1] - 2, b.shape[2] - 2
    last = p.shape[2] - 1
    near, row = np.zeros((3, 4, last), np.float32), np.zeros((2, n + 4), np.float32)
    for rc in range(top, bottom):
        for j in range(3):
            fine = 2 * rc - 2 + j
            if j == 0 and rc > top:
                continue  # it was the last row of the coarse row above
            for k in range(2):
                to = row[k]
                for c in range(1, n + 1):
                    to[c] = b[k, fine, c] if 1 <= fine <= height else np.float32(0)
            _split_parity(row, near[(2 * rc + j) % 3])
        _restrict_row(p, near, rc, coarse)


@kernel(f"void({SHORT3}, {A3}, {A3}, {STRIP_BOUNDS}, {A3}, {ROW}, {ROW})")
def restrict_remainder(
    v: Array, z: Array, p: Array, strip_bounds: Array, coarse: Array, top: int, bottom: int
) -> None:
    """Write P'R z to rows ``top`` to ``bottom`` of the coarse grid: P'(b - A z) if M z = b."""
    height, n = v.shape[1] - 2, v.shape[2] - 2
    last = p.shape[2] - 1
    # What is left over on the three fine rows around a coarse one, even columns and odd ones;
    # columns past the end are zero.
    near, row = np.zeros((3, 4, last), np.float32), np.zeros((2, n + 4), np.float32)
    for rc in range(top, bottom):
        r = 2 * rc - 1
        for j in range(3):
            fine, to = r - 1 + j, near[(2 * rc + j) % 3]
            if j == 0 and rc > top:
                continue  # it was the last row of the coarse row above
            row[:] = 0
            if 1 <= fine <= height:
                remainder_row(v, z, strip_bounds, fine, row)
            _split_parity(row, to)
        _restrict_row(p, near, rc, coarse)


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
