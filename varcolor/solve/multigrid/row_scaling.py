"""The scale of the rows of a non-symmetric system I - W: the stationary distribution of the walk W.

With that scale q, as much flows into every pixel as out of it: the columns of diag(q) (I - W) sum
to zero as its rows do, and its symmetric part, whose weights are the mean flows along the edges, is
an M-matrix. Where q is wrong by a factor between large regions, that part is not positive: searches
then take several times the steps, or get stuck.

Steps of the walk balance a pixel with those near it. Then q is multiplied by e^t, where t solves
what is left: for factors that vary slowly the net inflow of q e^t is e^t times that of q less L t,
L the matrix of the mean flows. What its hierarchy knows of t on coarse grids is enough, and a few
more steps make it smooth. Twice, since the first t may be far off where flows are one-sided. Frames
and letters of posters and scans, hardly tied to the rest, can take more rounds of more steps: where
the second t is still large, or when a search has got stuck.

Steps to half a level for 28 problems of Levin's (14 photos, 5 and 20 pixels): 453 and none that got
stuck; with 20 steps of a lazy walk alone and products that were not weighed 2045, and five.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from varcolor.backend.base import Backend, zeros_like
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.multigrid.markov_step import MOVES, markov_step
from varcolor.backend.launch import DeviceBackend
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.stencil_weights import Weights, symmetrise
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy

#: Steps of the walk before corrections, and after each; the latter where these do not do.
_BEFORE, _AFTER, _AGAIN = 10, (10, 5), (30,) * 6
#: They do not if the root mean square of the last t, weighed by q, is above this.
_FAR = 0.8
#: What ties t to zero, as a part of the flow through a pixel: without it no constant is ruled out.
_TIED = 1e-6
#: Largest |t|, and the smallest q; its mean is 1.
_STEEPEST, _LEAST = 2.0, 1e-4


class _Correction:
    """Returns about the t of `scale_rows`, by a hierarchy that is kept on the host."""

    def __init__(self, backend: Backend, planes: Any) -> None:
        self._backend, plane = backend, planes.shape[1:]
        self._reaction, self._symmetric_part = backend.zeros(plane), backend.zeros((4, *plane))
        self._b, self._t = (backend.zeros((2, *plane)) for _ in range(2))
        self._everywhere = np.ones((plane[0] - 2, plane[1] - 2), bool)
        self._hierarchy: Hierarchy | None = None

    def __call__(self, planes: Any, q: Any, inside: Any, moved: Any) -> Any:
        own = self._backend
        own.map_rows(net_inflow, q, inside, moved, self._b[0, ...], self._reaction)
        own.run(symmetrise, planes, self._symmetric_part)
        if isinstance(own, DeviceBackend):
            TiledHierarchy(own, self._symmetric_part, self._reaction, inside).nested(
                self._b, self._t
            )
            return self._t[0, ...]
        if self._hierarchy is None:
            assert isinstance(own, CpuBackend)
            matrix = self._symmetric_part, self._reaction, self._everywhere, own.team
            self._hierarchy = Hierarchy(*matrix, rough=True)
        else:
            self._hierarchy.update(self._everywhere, (1, len(self._everywhere) + 1))
        self._hierarchy.nested(self._b, self._t)
        return self._t[0]


def weights_of(planes: Any, backend: Backend) -> Weights:
    """Return the weights for a matrix; directed ``planes`` are scaled in place."""
    if planes.shape[0] == 4:
        return Weights(planes, None)
    return Weights(planes, scale_rows(backend, planes))


def scale_again(weights: Weights, backend: Backend) -> None:
    """Make the scale of directed weights better in place; rebuild a matrix of them."""
    scale_rows_again(backend, weights.planes, weights.scale)


def scale_rows(own: Backend, planes: Any) -> Any:
    """Scale directed weights (8, H + 2, W + 2), whose rows sum to 1 or 0, in place; return q."""
    inside = _inside(planes)
    q = 1 * inside
    y, _ = _smoothed(own, planes, q, 1 * inside, zeros_like(inside), _BEFORE)
    _multiply(own, planes, q, y, inside)
    corrected = _Correction(own, planes)
    if _correct(own, planes, q, inside, corrected, _AFTER) > _FAR:
        _correct(own, planes, q, inside, corrected, _AGAIN)
    return q


def scale_rows_again(own: Backend, planes: Any, q: Any) -> None:
    """Make the scale q of directed weights, and them, better in place; it takes long."""
    _correct(own, planes, q, _inside(planes), _Correction(own, planes), _AGAIN)


def _inside(planes: Any) -> Any:
    """Return 1 at all pixels, and 0 around them."""
    inside = zeros_like(planes[0, ...])
    inside[1:-1, 1:-1] = 1
    return inside


def _correct(
    own: Backend,
    planes: Any,
    q: Any,
    inside: Any,
    corrected: _Correction,
    rounds: tuple[int, ...],
) -> float:
    """Do corrections, and so many steps after each; return the root mean square of the last t."""
    y, moved, size = 1 * inside, zeros_like(inside), 0.0
    for steps in rounds:
        own.run(markov_step, planes, q, inside, moved)
        t = corrected(planes, q, inside, moved)
        sums = own.map_rows(partial(_factors, own.xp), t, inside, y, q)
        size = sum(float(x) for x in sums) / ((q.shape[0] - 2) * (q.shape[1] - 2))
        y, moved = _smoothed(own, planes, q, y, moved, steps)
        _multiply(own, planes, q, y, inside)
    return math.sqrt(size)


def _smoothed(own: Backend, planes: Any, q: Any, y: Any, other: Any, steps: int) -> tuple[Any, Any]:
    """Return y after some steps, and an array to overwrite; both fixed ones may be either."""
    for _ in range(steps):
        own.run(markov_step, planes, q, y, other)
        y, other = other, y
    return y, other


def _factors(xp: Any, t: Any, inside: Any, y: Any, q: Any) -> Any:
    """Write e^t to y; return the sum of q t^2."""
    y[...] = inside * xp.exp(xp.clip(t, -_STEEPEST, _STEEPEST))
    return xp.sum(q * t * t)


def _multiply(own: Backend, planes: Any, q: Any, y: Any, inside: Any) -> None:
    """Multiply rows and q by y, but for a factor that makes the mean of q 1."""
    xp = own.xp
    mass = sum(float(x) for x in own.map_rows(lambda q, y: xp.sum(q * y), q, y))
    count = (q.shape[0] - 2) * (q.shape[1] - 2)

    def rows(planes: Any, q: Any, y: Any, inside: Any) -> None:
        # A pixel without neighbours loses its mass; any positive scale serves it.
        wanted = inside * xp.clip(q * y * (count / mass), _LEAST, None)
        planes *= wanted / (q + (1 - inside))
        q[...] = wanted

    own.map_rows(rows, planes, q, y, inside)


def net_inflow(q: Any, inside: Any, moved: Any, b: Any, reaction: Any) -> None:
    """Write what is left to be balanced, and what ties t to zero."""
    b[...] = (q / MOVES) * (moved - inside)
    reaction[...] = _TIED * q
