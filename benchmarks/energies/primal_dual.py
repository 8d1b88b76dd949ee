"""Total variation by the primal-dual hybrid gradient method, as good as it gets.

With K scaled by diagonal step sizes, steps balanced by their residuals, over-relaxed by the usual
extrapolation, projected to the cues' range, and started anew from the running mean wherever that
has closed the gap further.

References: A. Chambolle, T. Pock, J. Math. Imaging Vision 40 (2011); T. Pock, A. Chambolle,
"Diagonal preconditioning", ICCV 2011; T. Goldstein et al., "Adaptive primal-dual splitting
methods", NIPS 2015; restarts: D. Applegate et al., "Practical large-scale linear programming",
NeurIPS 2021.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numba import njit

from varcolor.backend.thread_pool import Team, bands
from varcolor.energy.stencil import FORWARD
from varcolor.typing import Array, FloatArray

#: Residuals may differ by this factor; how much the balance changes then at first, and how that
#: dies out.
_UNEVEN, _CHANGE, _DYING = 1.5, 0.5, 0.95
#: The mean replaces the iterate once the gap is this part of that at the last restart.
_ENOUGH = 0.3
#: Steps between two looks at the residuals.
_LOOK = 10


@njit(nogil=True, fastmath=True, cache=True)
def _raise_dual(
    root: Array, sigma: Array, scale: float, v: Array, y: Array, mean: Array, top: int, bottom: int
) -> None:
    """Do y <- groups of y + sigma K v, no longer than 1, and add it to ``mean``."""
    n = root.shape[2] - 2
    length = np.empty(n, np.float32)
    for r in range(top, bottom):
        length[:] = 0
        step = sigma[r, 1 : n + 1]
        for k in range(4):
            dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
            weight = root[k, r, 1 : n + 1]
            for i in range(2):
                here, there = v[i, r, 1 : n + 1], v[i, r + dr, 1 + dc : 1 + dc + n]
                to = y[2 * k + i, r, 1 : n + 1]
                for c in range(n):
                    to[c] += np.float32(scale * step[c] * weight[c] * (there[c] - here[c]))
                    length[c] += to[c] * to[c]
        for c in range(n):
            length[c] = np.float32(1) / max(np.sqrt(length[c]), np.float32(1))
        for k in range(8):
            to, total = y[k, r, 1 : n + 1], mean[k, r, 1 : n + 1]
            for c in range(n):
                to[c] *= length[c]
                total[c] += to[c]


@njit(nogil=True, fastmath=True, cache=True)
def _lower_primal(
    root: Array,
    tau: Array,
    scale: float,
    y: Array,
    u: Array,
    v: Array,
    mean: Array,
    low: Array,
    high: Array,
    top: int,
    bottom: int,
) -> None:
    """Do u <- u - tau K' y inside the box, v <- 2 u - its old value, and add u to ``mean``."""
    n = root.shape[2] - 2
    row = np.empty(n)
    for r in range(top, bottom):
        step = tau[r, 1 : n + 1]
        for i in range(2):
            row[:] = 0
            for k in range(4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                weight, flux = root[k, r, 1 : n + 1], y[2 * k + i, r, 1 : n + 1]
                before = root[k, r - dr, 1 - dc : n + 1 - dc]
                from_ = y[2 * k + i, r - dr, 1 - dc : n + 1 - dc]
                for c in range(n):
                    row[c] += weight[c] * flux[c] - before[c] * from_[c]
            own, to, total = u[i, r, 1 : n + 1], v[i, r, 1 : n + 1], mean[i, r, 1 : n + 1]
            for c in range(n):
                new = min(max(own[c] + scale * step[c] * row[c], low[i]), high[i])
                if step[c] == 0:
                    new = own[c]
                to[c] = 2 * new - own[c]
                own[c] = new
                total[c] += new


def edges(root: Array, u: FloatArray) -> FloatArray:
    """Return K u (8, H, W): both channels of a pixel's four edges."""
    height, width = u.shape[1] - 2, u.shape[2] - 2
    found = np.empty((4, 2, height, width))
    for k, (dr, dc) in enumerate(FORWARD):
        there = u[:, 1 + dr : height + 1 + dr, 1 + dc : width + 1 + dc]
        found[k] = root[k, 1:-1, 1:-1] * (there - u[:, 1:-1, 1:-1])
    return found.reshape(8, height, width)


def divergence(root: Array, y: Array) -> FloatArray:
    """Return K'y (2, H, W) of fluxes (8, H, W)."""
    height, width = y.shape[1:]
    total = np.zeros((2, height + 2, width + 2))
    for k, (dr, dc) in enumerate(FORWARD):
        flux = root[k, 1:-1, 1:-1] * y[2 * k : 2 * k + 2]
        total[:, 1:-1, 1:-1] -= flux
        total[:, 1 + dr : height + 1 + dr, 1 + dc : width + 1 + dc] += flux
    return total[:, 1:-1, 1:-1]


class Gap:
    """E(u) - min E is at most |K u| - <y, K u> + max <K'y, u - z>, z in the box.

    Parameters
    ----------
    root : ndarray, shape (4, H + 2, W + 2)
        Roots of the weights.
    free : ndarray of bool, shape (H, W)
        True at unknown pixels.
    low, high : ndarray, shape (2,)
        The box.
    """

    def __init__(self, root: Array, free: Array, low: FloatArray, high: FloatArray) -> None:
        self._root, self._free, self._low, self._high = root, free, low, high
        self.seconds = 0.0

    def __call__(self, u: FloatArray, y: Array) -> tuple[float, float]:
        """Return E(u) and the gap of u and a flux y (8, H, W), whose groups are shortened.

        What that takes is added to ``seconds``.
        """
        begin = time.perf_counter()
        image = edges(self._root, u)
        y = y / np.maximum(np.sqrt((y.astype(np.float64) ** 2).sum(axis=0)), 1)
        energy = float(np.sqrt((image**2).sum(axis=0)).sum())
        pull = divergence(self._root, y) * self._free
        low, high = self._low[:, None, None], self._high[:, None, None]
        most = float((pull * (u[:, 1:-1, 1:-1] - np.where(pull > 0, low, high))).sum())
        gap = energy - float((y * image).sum()) + most
        self.seconds += time.perf_counter() - begin
        return energy, gap


def primal_dual(
    root: Array, free: Array, u: FloatArray, low: FloatArray, high: FloatArray, gap: Gap, team: Team
) -> Iterator[tuple[FloatArray, Array]]:
    """Yield u (2, H + 2, W + 2) and the flux (8, H, W) every few steps, beginning with a guess."""
    strips = bands(u.shape[1] - 2)
    widest = 2 * root.max(axis=0)
    sigma = np.divide(1, widest, out=np.zeros_like(widest), where=widest > 0)
    total = _row_sums(root)
    tau = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
    tau[1:-1, 1:-1] *= free
    image = edges(root, u)
    y = np.zeros((8, *u.shape[1:]), np.float32)
    norms = np.sqrt((image**2).sum(axis=0))
    y[:, 1:-1, 1:-1] = image / np.maximum(norms, 1e-2 * norms.mean())
    balance, change = float(norms.mean()) * 10, _CHANGE
    v, mean_u, mean_y, count = u.copy(), np.zeros_like(u), np.zeros_like(y), 0
    last = gap(u, y[:, 1:-1, 1:-1])[1]
    while True:
        for step in range(_LOOK):
            if step == _LOOK - 1:
                old_u, old_y = u.copy(), y.copy()
            team.run(_raise_dual, strips, root, sigma, 1 / balance, v, y, mean_y)
            team.run(_lower_primal, strips, root, tau, balance, y, u, v, mean_u, low, high)
            count += 1
        du, dy = old_u - u, (old_y - y)[:, 1:-1, 1:-1].astype(np.float64)
        inside, span = tau[1:-1, 1:-1], sigma[1:-1, 1:-1]
        own = du[:, 1:-1, 1:-1] / np.maximum(balance * inside, 1e-30)
        primal = np.abs((own + divergence(root, dy)) * (inside > 0)).sum()
        dual = np.abs(dy / np.maximum(span / balance, 1e-30) * (span > 0) + edges(root, du)).sum()
        if primal > _UNEVEN * dual:
            balance *= 1 + change
            change *= _DYING
        elif dual > _UNEVEN * primal:
            balance /= 1 + change
            change *= _DYING
        yield u, y[:, 1:-1, 1:-1]
        middle = mean_u / count, mean_y[:, 1:-1, 1:-1] / count
        yield middle
        now = gap(*middle)[1]
        if now < _ENOUGH * last:
            last = now
            u[:], v[:] = middle[0], middle[0]
            y[:, 1:-1, 1:-1] = middle[1]
            mean_u[:], mean_y[:], count = 0, 0, 0


def _row_sums(root: Array) -> Array:
    """Return the sums of a pixel's roots over its edges."""
    height, width = root.shape[1] - 2, root.shape[2] - 2
    total = root.sum(axis=0)
    for k, (dr, dc) in enumerate(FORWARD):
        total[1 + dr : height + 1 + dr, 1 + dc : width + 1 + dc] += root[k, 1:-1, 1:-1]
    return total
