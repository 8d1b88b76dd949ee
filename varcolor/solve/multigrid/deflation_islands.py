"""Islands: small regions whose links to the rest are weak, and which a cycle may not see.

A speck of dust, three pixels of which none belongs to the next coarser grid, is not represented
there, and smoothing moves the mean of its error by no more than its weak links ask for: a hundredth
of it a cycle, where all else is a tenth of what it was. A search ends long before. So what is
constant on every island is taken out exactly, as with `varcolor.solve.multigrid.deflation_tiles`:

    C = Q (Q'AQ)^-1 Q',    z = V r + C (r - A V r),

Q the islands' indicator functions. A hundredth of a photo's pixels lie on islands, of posters and
scans up to six. They depend on the photo alone: a fixed pixel is one that an island has no more.

Where A is not symmetric, Q'AQ is not, either. A graph takes its place that has the same diagonal
and the mean of both weights of a link.

What is weak is a matter of the weights: a tenth of the strongest link of either end where contrasts
are low, less where everything would be an island.

Reference: as for clusters (Tang, Nabben, Vuik, Erlangga 2009).
"""

from __future__ import annotations

from copy import copy

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.deflation.minimum_degree_cholesky import eliminate, substitute
from varcolor.backend.kernels.deflation.weak_components import count_seeds, find, mark_strong_links
from varcolor.backend.kernels.deflation.weak_links import (
    links,
    prolong_from_islands,
    restrict_to_islands,
)
from varcolor.backend.thread_pool import Strips, Team, strips_of
from varcolor.typing import Array

#: A link is strong if it has this share of the strongest one of either end, if that makes no more
#: seeds than this part of the pixels, or than a few: else the next one is tried. The third number
#: is by how much more an error is estimated: cycles are left with islands whose links are not as
#: weak as that.
_SHARES, _FEW = ((0.1, 0.06, 1.0), (0.02, 0.16, 1.35), (0.005, 1.0, 1.8)), 4000
#: Entries of the factor per vertex that there is room for at first.
_ROOM = 24
#: For those who do not ask for the largest value.
NO_SLOPE = np.zeros((1, 2), np.float32)
#: Islands that threads share at a time.
_SHARED = 512
#: The same per part of the pixels that are in islands, for symmetric weights and for others, and
#: the largest part that counts: where there are many, there are others that are nearly islands.
_SAFETY_FACTOR, _DIRECTED_SAFETY_FACTOR, _PART = 20.0, 10.0, 0.15


class Islands:
    """The islands of one photo, and the exact solution on them.

    Parameters
    ----------
    w : ndarray
        The weights, (4 or 8, H + 2, W + 2).
    symmetric_part : ndarray
        Their symmetric part, (4, ...).
    backend : CpuBackend
        Threads.
    """

    def __init__(self, w: Array, symmetric_part: Array, backend: CpuBackend) -> None:
        self._w, self._team = w, backend.team
        strips = strips_of(w.shape[1] - 2, (w.shape[1] - 2) * (w.shape[2] - 2))
        self._pixels, self._first, safety_factor = _found(symmetric_part, strips, self._team)
        part = min(len(self._pixels) / ((w.shape[1] - 2) * (w.shape[2] - 2)), _PART)
        self.safety_factor = safety_factor * (
            1 + (_SAFETY_FACTOR if w is symmetric_part else _DIRECTED_SAFETY_FACTOR) * part
        )
        """What the estimate of the error is to be multiplied with."""

    @property
    def count(self) -> int:
        """Number of islands."""
        return len(self._own[1]) - 1

    @property
    def pixels(self) -> tuple[Array, Array]:
        """Flat indices of the islands' pixels, in (H + 2, W + 2), and where each one's begin."""
        return self._pixels, self._first

    def update(self, reaction: Array, free: Array) -> None:
        """Rebuild all for other fixed pixels and another reaction."""
        kept = free.reshape(-1)[self._pixels] != 0
        island = np.repeat(np.arange(len(self._first) - 1), np.diff(self._first))[kept]
        sizes = np.bincount(island, minlength=len(self._first) - 1)
        pixels = self._pixels[kept]
        first = np.concatenate([[0], np.cumsum(sizes[sizes > 0])])
        labels = np.zeros(free.shape, np.int32)
        labels.reshape(-1)[pixels] = np.repeat(np.arange(1, len(first)), np.diff(first))
        self._reaction, self._own, count = reaction, (pixels, first), len(first) - 1
        begin, extra = np.empty(count + 1, np.int64), np.zeros(count)
        to, weight = np.empty(8 * len(pixels), np.int32), np.empty(8 * len(pixels))
        links(self._w, reaction, labels, pixels, first, begin, to, weight, extra)
        self._factor = GraphFactor(begin, to[: begin[-1]], weight[: begin[-1]], extra)
        self._sums, self._values = np.zeros((2, count, 2))
        edges = range(0, count, _SHARED)
        self._ranges = [(start, min(start + _SHARED, count)) for start in edges]

    def of_transpose(self, w: Array, reaction: Array) -> Islands:
        """Return the same for the transpose, after `update`: it has the same graph."""
        other = copy(self)
        other._w, other._reaction = w, reaction
        return other

    def correct(self, r: Array, z: Array, slope: Array = NO_SLOPE, level: float = 0.0) -> float:
        """Add C (r - A z) to z; return ``level`` or the largest ``slope`` (C, 2) |z| on islands."""
        if not self.count:
            return level
        self._team.run(
            restrict_to_islands, self._ranges, self._w, self._reaction, r, z, *self._own, self._sums
        )
        self._factor.solve(self._sums, self._values)
        parts = self._team.run(
            prolong_from_islands, self._ranges, z, *self._own, self._values, slope
        )
        return float(np.max([level, *parts]))


def _found(symmetric_part: Array, strips: Strips, team: Team) -> tuple[Array, Array, float]:
    """Return the islands' pixels, where those of each begin, and the safety_factor of `_SHARES`."""
    height, width = symmetric_part.shape[1] - 2, symmetric_part.shape[2] - 2
    link_bits = np.zeros((height + 2, width + 2), np.uint8)
    for share, part, safety_factor in _SHARES:  # noqa: B007
        team.run(mark_strong_links, strips, symmetric_part, share, link_bits)
        if sum(team.run(count_seeds, strips, link_bits)) <= max(part * height * width, _FEW):
            break

    flat = link_bits.reshape(-1)

    def search(top: int, bottom: int) -> tuple[Array, Array]:
        room = (bottom - top) * width
        pixels, ends = np.empty(room, np.int32), np.empty(room // 2 + 1, np.int32)
        count = find(symmetric_part, link_bits, flat, pixels, ends, top, bottom)
        return pixels[: ends[count - 1] if count else 0].copy(), ends[:count].copy()

    found = team.run(search, strips)
    sizes = np.concatenate([np.diff(ends, prepend=0) for _, ends in found])
    first = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    return np.concatenate([pixels for pixels, _ in found]), first, safety_factor


class GraphFactor:
    """A factorised graph, as `minimum_degree_cholesky.eliminate` takes it.

    Parameters
    ----------
    first, to, weight : ndarray
        The links of every vertex.
    extra : ndarray, shape (K,)
        What the diagonal has beside them.
    """

    def __init__(self, first: Array, to: Array, weight: Array, extra: Array) -> None:
        count = len(extra)
        order, begin = np.empty(count, np.int64), np.empty(count + 1, np.int64)
        inverse, room = np.empty(count), _ROOM * count
        while True:
            index, share = np.empty(room, np.int32), np.empty(room)
            own = order, begin, index, share, inverse
            entries = eliminate(first, to, weight, extra.copy(), *own)
            if entries >= 0:
                break
            room *= 2
        self._factor = order, begin, index[:entries].copy(), share[:entries].copy(), inverse

    def solve(self, sums: Array, values: Array) -> None:
        """Write the solution for ``sums`` (K, 2) to ``values`` (K, 2)."""
        substitute(*self._factor, sums, values)
