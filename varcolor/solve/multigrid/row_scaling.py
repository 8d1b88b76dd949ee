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
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from varcolor.backend.device import zeros_like
from varcolor.backend.kernels.multigrid.markov_step import MOVES

#: Steps of the walk before corrections, and after each; the latter where these do not do.
_BEFORE, _AFTER, _AGAIN = 10, (10, 5), (30,) * 6
#: They do not if the root mean square of the last t, weighed by q, is above this.
_FAR = 0.8
#: What ties t to zero, as a part of the flow through a pixel: without it no constant is ruled out.
_TIED = 1e-6
#: Largest |t|, and the smallest q; its mean is 1.
_STEEPEST, _LEAST = 2.0, 1e-4


class Place(Protocol):
    """What the scale takes of the host or a device."""

    @property
    def xp(self) -> Any:
        """The library of the arrays."""
        ...

    def walk(self, planes: Any, q: Any, y: Any, out: Any) -> None:
        """Do what `varcolor.backend.kernels.multigrid.markov_step.walk` does."""
        ...

    def rows(self, work: Callable[..., Any], *arrays: Any) -> list[Any]:
        """Call ``work`` for inner rows of arrays (..., H + 2, W + 2); return its results."""
        ...

    def corrected(self, planes: Any, q: Any, inside: Any, moved: Any) -> Any:
        """Return about the t of `scale_rows`, (H + 2, W + 2)."""
        ...


def scale_rows(place: Place, planes: Any) -> Any:
    """Scale directed weights (8, H + 2, W + 2), whose rows sum to 1 or 0, in place; return q."""
    inside = _inside(planes)
    q = 1 * inside
    y, _ = _settled(place, planes, q, 1 * inside, zeros_like(inside), _BEFORE)
    _multiply(place, planes, q, y, inside)
    if _correct(place, planes, q, inside, _AFTER) > _FAR:
        _correct(place, planes, q, inside, _AGAIN)
    return q


def scale_rows_again(place: Place, planes: Any, q: Any) -> None:
    """Make the scale q of directed weights, and them, better in place; it takes long."""
    _correct(place, planes, q, _inside(planes), _AGAIN)


def _inside(planes: Any) -> Any:
    """Return 1 at all pixels, and 0 around them."""
    inside = zeros_like(planes[0, ...])
    inside[1:-1, 1:-1] = 1
    return inside


def _correct(place: Place, planes: Any, q: Any, inside: Any, rounds: tuple[int, ...]) -> float:
    """Do corrections, and so many steps after each; return the root mean square of the last t."""
    y, moved, size = 1 * inside, zeros_like(inside), 0.0
    for steps in rounds:
        place.walk(planes, q, inside, moved)
        t = place.corrected(planes, q, inside, moved)
        sums = place.rows(partial(_factors, place.xp), t, inside, y, q)
        size = sum(float(x) for x in sums) / ((q.shape[0] - 2) * (q.shape[1] - 2))
        y, moved = _settled(place, planes, q, y, moved, steps)
        _multiply(place, planes, q, y, inside)
    return math.sqrt(size)


def _settled(place: Place, planes: Any, q: Any, y: Any, other: Any, steps: int) -> tuple[Any, Any]:
    """Return y after some steps, and an array to overwrite; both given ones may be either."""
    for _ in range(steps):
        place.walk(planes, q, y, other)
        y, other = other, y
    return y, other


def _factors(xp: Any, t: Any, inside: Any, y: Any, q: Any) -> Any:
    """Write e^t to y; return the sum of q t^2."""
    y[...] = inside * xp.exp(xp.clip(t, -_STEEPEST, _STEEPEST))
    return xp.sum(q * t * t)


def _multiply(place: Place, planes: Any, q: Any, y: Any, inside: Any) -> None:
    """Multiply rows and q by y, but for a factor that makes the mean of q 1."""
    xp = place.xp
    mass = sum(float(x) for x in place.rows(lambda q, y: xp.sum(q * y), q, y))
    count = (q.shape[0] - 2) * (q.shape[1] - 2)

    def rows(planes: Any, q: Any, y: Any, inside: Any) -> None:
        # A pixel without neighbours loses its mass; any positive scale serves it.
        wanted = inside * xp.clip(q * y * (count / mass), _LEAST, None)
        planes *= wanted / (q + (1 - inside))
        q[...] = wanted

    place.rows(rows, planes, q, y, inside)


def net_inflow(q: Any, inside: Any, moved: Any, b: Any, excess: Any) -> None:
    """Write what is left to be balanced, and what ties t to zero."""
    b[...] = (q / MOVES) * (moved - inside)
    excess[...] = _TIED * q
