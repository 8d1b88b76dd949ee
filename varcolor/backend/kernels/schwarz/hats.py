"""The Galerkin matrix P' A P of bilinear hats P on a coarse grid of nodes.

A node lies at every ``step``-th row and column of the whole picture; between nodes P is bilinear,
and zero at pixels that are given. With edges of weight w_rs, (A u)_r = sum_s w_rs (u_r - u_s) +
excess_r u_r, so that pixel r adds P_r (sum_s w_rs (P_r - P_s) + excess_r P_r) to 3 x 3 entries
around its nodes.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.typing import Array

_OUT = "float64[:,:,:,:,::1]"


@kernel(f"void({A3}, {A2}, {A2}, {_OUT}, {ROW}, {ROW}, {ROW}, {ROW}, {ROW}, {ROW}, {ROW})")
def add_galerkin(
    w: Array,
    excess: Array,
    free: Array,
    out: Array,
    step: int,
    row0: int,
    column0: int,
    left: int,
    right: int,
    top: int,
    bottom: int,
) -> None:
    """Add the rows top..bottom, columns left..right (of bordered pictures) to ``out``.

    Parameters
    ----------
    w, excess, free : ndarray
        As for `varcolor.backend.kernels.stencil.residual.exact_residual`.
    out : ndarray, shape (R, C, 3, 3, 1)
        Entries from node (i, j) of the window to its neighbours; node (0, 0) is that at or above
        and left of the window's pixel (0, 0).
    step : int
        Pixels from node to node.
    row0, column0 : int
        Place of the window's pixel (0, 0) from node (0, 0), below ``step``.
    """
    directed = w.shape[0] == 8
    here, there, edge = np.zeros(4), np.zeros(4), np.zeros(8)
    for y in range(top, bottom):
        for x in range(left, right):
            if free[y, x] == 0:
                continue
            py, px = y - 1 + row0, x - 1 + column0
            ny, nx = py // step, px // step
            fy, fx = (py - ny * step) / step, (px - nx * step) / step
            here[0], here[1] = (1 - fy) * (1 - fx), (1 - fy) * fx
            here[2], here[3] = fy * (1 - fx), fy * fx
            if directed:
                for k in range(8):
                    edge[k] = w[k, y, x]
            else:
                edge[0], edge[1], edge[2] = w[3, y - 1, x - 1], w[2, y - 1, x], w[1, y - 1, x + 1]
                edge[3], edge[4] = w[0, y, x - 1], w[0, y, x]
                edge[5], edge[6], edge[7] = w[1, y, x], w[2, y, x], w[3, y, x]
            total = float(excess[y, x])
            for k in range(8):
                total += edge[k]
            for a in range(4):
                for b in range(4):
                    value = total * here[a] * here[b]
                    out[ny + a // 2, nx + a % 2, 1 + b // 2 - a // 2, 1 + b % 2 - a % 2, 0] += value
            for k in range(8):
                if edge[k] == 0:
                    continue
                number = k if k < 4 else k + 1
                dy, dx = number // 3 - 1, number % 3 - 1
                if free[y + dy, x + dx] == 0:
                    continue
                qy, qx = py + dy, px + dx
                my, mx = qy // step, qx // step
                gy, gx = (qy - my * step) / step, (qx - mx * step) / step
                there[0], there[1] = (1 - gy) * (1 - gx), (1 - gy) * gx
                there[2], there[3] = gy * (1 - gx), gy * gx
                for a in range(4):
                    ay, ax = ny + a // 2, nx + a % 2
                    for b in range(4):
                        value = edge[k] * here[a] * there[b]
                        if value != 0:
                            by, bx = my + b // 2 - ay, mx + b % 2 - ax
                            out[ay, ax, 1 + by, 1 + bx, 0] -= value
