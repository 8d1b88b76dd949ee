"""Steps of a random walk along directed flows, for the stationary distribution."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.typing import Array

#: The part of the mass that moves in a step: if all did, it could go back and forth for ever.
MOVES = 0.8
_MOVES, _STAYS = np.float32(MOVES), np.float32(1 - MOVES)


@kernel(f"void({A3}, {A2}, {A2}, {A2}, {ROW}, {ROW})")
def markov_step(flows: Array, q: Array, y: Array, out: Array, top: int, bottom: int) -> None:
    """Write y after a step to ``out``: q y is the mass of every pixel (H + 2, W + 2).

    ``flows`` (8, H + 2, W + 2) are q times the weights from every pixel to its neighbours in raster
    order, so that plane k of one pixel leads to where plane 7 - k leads back.
    """
    n = q.shape[1] - 2
    for r in range(top, bottom):
        to, here, mass = out[r, 1 : n + 1], y[r, 1 : n + 1], q[r, 1 : n + 1]
        for c in range(n):
            to[c] = 0
        for k in range(8):
            slot = k if k < 4 else k + 1
            row, first = r - (slot // 3 - 1), 1 - (slot % 3 - 1)
            flow, there = flows[k, row, first : first + n], y[row, first : first + n]
            for c in range(n):
                to[c] += flow[c] * there[c]
        for c in range(n):
            to[c] = _STAYS * here[c] + _MOVES * to[c] / mass[c]
