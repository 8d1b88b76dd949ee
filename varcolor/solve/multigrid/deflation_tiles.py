"""Clusters of pixels that strong links connect: what a multigrid cycle leaves to them.

Where weights differ a lot between neighbours, errors that are constant on each of many small and
oddly shaped regions are too many for the next coarser grid. They are what a few weak links decide,
so they are taken out exactly: with Q the matrix of the clusters' indicator functions,

    C = Q (Q'AQ)^-1 Q',    z = V r + C (r - A V r),

V the multigrid cycle. Clusters end at the edges of small tiles: where a thin bridge connects two
parts of a region, the error is constant on neither of both together. A pixel without strong links
is a cluster of its own; joining those to their neighbours costs many times the steps. Q'AQ is the
matrix of a graph with usually a twentieth as many vertices as there are pixels, and is factorised.

If the search begins with u + C r, all its residuals have Q'r = 0; then z is what a symmetric
positive definite preconditioner makes of r, and conjugate gradients stay what they are.

Reference: J. Tang, R. Nabben, C. Vuik, Y. Erlangga, "Comparison of two-level preconditioners
derived from deflation, domain decomposition and multigrid methods", J. Sci. Comput. 39 (2009).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.deflation.tile_components import (
    count_links,
    label,
    list_links,
    offset_labels,
)
from varcolor.backend.kernels.deflation.tile_sums import prolong_from_tiles, restrict_to_tiles
from varcolor.backend.launch import DeviceBackend
from varcolor.backend.thread_pool import strips_of
from varcolor.errors import InputError
from varcolor.solve.multigrid.deflation_islands import NO_SLOPE, GraphFactor, Islands
from varcolor.solve.multigrid.stencil_weights import CONTRAST, too_much_contrast
from varcolor.typing import Array

#: A link is strong if it has this share of the strongest one of both of its ends. The second is
#: for pictures where there are more clusters than this part of the pixels.
_SHARES, _MANY = (0.1, 0.01), 0.4
#: Rows and columns of the tiles that clusters keep to, and of large pictures, whose graphs would
#: take long to factorise.
_TILES, _LARGE = (12, 16), 2_000_000
#: Rows and columns of the tiles of pieces, and the part that a weight has left where no border is.
_PIECES, _LEFT = 64, 0.2
#: What the estimate of the error is multiplied with: modes that are slow in spite of clusters are
#: few and weak, and show late.
_SAFETY_FACTOR = 2.2


def check_contrast(planes: Array) -> None:
    """Refuse weights that differ by more than single precision can bear.

    Raises
    ------
    InputError
        If one is less than 1e-8 of the largest.
    """
    largest, least = float(planes.max()), np.inf
    for plane in planes:
        if plane.any():
            least = min(least, float(np.min(plane, where=plane > 0, initial=np.inf)))
    if least < 0.99 * CONTRAST * largest:
        raise InputError(too_much_contrast(least, largest))


class Clusters:
    """The clusters of one photo, and the exact solution on them.

    Parameters
    ----------
    w, symmetric_part : ndarray
        The weights, which are symmetric: the same array.
    backend : CpuBackend
        Threads.
    """

    safety_factor = _SAFETY_FACTOR
    """What the estimate of the error is to be multiplied with."""

    def __init__(self, w: Array, symmetric_part: Array, backend: CpuBackend) -> None:
        self._w, self._team = w, backend.team
        self._strips = strips_of(w.shape[1] - 2, (w.shape[1] - 2) * (w.shape[2] - 2))
        self.labels = np.zeros(w.shape[1:], np.int32)
        """The cluster of every pixel, from 1; 0 where the value is fixed, and on the border."""
        self.count = 0
        """Number of clusters."""

    def update(self, reaction: Array, free: Array) -> None:
        """Rebuild all for other fixed pixels and another reaction."""
        self._reaction = reaction
        self._mark(free)
        self._sums, self._values = np.zeros((2, self.count + 1, 2))
        self.factor = GraphFactor(*self._graph())
        """That of clusters, of which number 0 is none."""

    def _mark(self, free: Array) -> None:
        """Find `labels` and `count`."""
        tile = _TILES[free.size >= _LARGE]
        for share in _SHARES:
            if self._components(self._w, free, tile, share) < _MANY * free.size:
                break

    def _components(self, w: Array, free: Array, tile: int, share: float) -> int:
        """Number the components of strong links of weights ``w``; return how many there are."""
        run, strips = self._team.run, self._strips
        counts = run(label, strips, w, free, tile, share, self.labels)
        before = dict(zip(strips, itertools.accumulate(counts, initial=0), strict=False))
        run(
            lambda top, bottom: offset_labels(self.labels, before[top, bottom], top, bottom), strips
        )
        self.count = sum(counts)
        return self.count

    def _graph(self) -> tuple[Array, Array, Array, Array]:
        """Return the graph of the clusters as `eliminate` takes it."""
        count, extra = np.zeros(self.count + 1, np.int64), np.zeros(self.count + 1)
        own = self._w, self._reaction, self.labels
        self._team.run(count_links, self._strips, *own, count, extra)
        first = np.concatenate([[0], np.cumsum(count)])
        to, weight = np.empty(first[-1], np.int32), np.empty(first[-1])
        place = first[:-1].copy()
        self._team.run(list_links, self._strips, self._w, self.labels, place, to, weight)
        return first, to, weight, extra

    def correct(self, r: Array, z: Array, slope: Array = NO_SLOPE, level: float = 0.0) -> float:
        """Add C (r - A z) to z; return the largest entry of ``slope`` (C, 2) times |z|.

        ``level`` is that of before, and not needed.
        """
        self._sums[:] = 0
        own = self._w, self._reaction, r, z, self.labels, self._sums
        self._team.run(restrict_to_tiles, self._strips, *own)
        self.factor.solve(self._sums, self._values)
        parts = self._team.run(
            prolong_from_tiles, self._strips, z, self.labels, self._values, slope
        )
        return float(np.max(parts))


class Pieces(Clusters):
    """The pieces that borders of objects make of a picture, and its islands.

    Where weights are low along a border, errors that are constant on each side of it, and on the
    lines of pixels beside it where weights fall off, are almost free, and coarse grids do not
    follow a border for long. Pieces are the connected components of links that borders have left a
    fifth of, inside large tiles, whatever the photo's own weights are; islands
    (`varcolor.solve.multigrid.deflation_islands`) are pieces of their own.

    Parameters
    ----------
    w, symmetric_part : ndarray
        The weights, which are symmetric: the same array.
    backend : CpuBackend
        Threads.
    kept : callable
        Returns what part of the weights borders have left, (4, H + 2, W + 2) float32.
    """

    def __init__(
        self, w: Array, symmetric_part: Array, backend: CpuBackend, kept: Callable[[], Array]
    ) -> None:
        super().__init__(w, symmetric_part, backend)
        self._kept, self._islands = kept, Islands(w, symmetric_part, backend)
        self.safety_factor = max(self.safety_factor, self._islands.safety_factor)

    def _mark(self, free: Array) -> None:
        """Find `labels` and `count`; islands are divided where threads share rows."""
        self._components(self._kept(), free, _PIECES, _LEFT)
        flat, (pixels, first) = self.labels.reshape(-1), self._islands.pixels
        pixels = pixels.astype(np.int64)
        edges = np.array([top for top, _ in self._strips])
        strip = np.searchsorted(edges, pixels // free.shape[1], side="right")
        island = np.repeat(np.arange(len(first) - 1, dtype=np.int64), np.diff(first))
        own = flat[pixels] > 0
        numbers = (island * (len(edges) + 1) + strip)[own]
        _, number = np.unique(numbers, return_inverse=True)
        flat[pixels[own]] = self.count + 1 + number.reshape(-1)
        used = np.bincount(flat) > 0
        used[0] = False
        renumbered = np.cumsum(used, dtype=np.int32) * used
        self.labels[:] = renumbered.astype(np.int32)[self.labels]
        self.count = int(np.count_nonzero(used))


class ClustersOnDevice:
    """The clusters of a matrix on a GPU, with the exact solution on the host.

    They are found and their graph is factorised on the host, once per photo and set of cues. In
    every cycle the GPU sums the residual over clusters, the host solves for the sums, some ten
    thousand numbers, and the GPU adds the solution.

    Parameters
    ----------
    w, symmetric_part : array
        As of `Clusters`, on the GPU.
    backend : DeviceBackend
        The GPU.
    apply : callable
        Writes A z to an array like z.
    """

    def __init__(
        self,
        w: Any,
        symmetric_part: Any,
        backend: DeviceBackend,
        apply: Callable[[Any, Any], object],
    ) -> None:
        self._backend, self._apply, host = backend, apply, backend.to_numpy(w)
        self._found = Clusters(host, host, CpuBackend())
        self._image = backend.zeros((2, *w.shape[1:]))

    def update(self, reaction: Any, free: Any) -> None:
        """Rebuild all for other fixed pixels and another reaction."""
        own, found = self._backend, self._found
        found.update(own.to_numpy(reaction), own.to_numpy(free))
        flat = found.labels.ravel()
        pixels = np.argsort(flat, kind="stable")[np.count_nonzero(flat == 0) :]
        sizes = np.bincount(flat, minlength=found.count + 1)[1:]
        first = np.concatenate([[0], np.cumsum(sizes)])
        self._sums, self._values = np.zeros((2, found.count + 1, 2))
        self._labels = own.asarray(found.labels)
        self._pixels, self._first = (own.asarray(x.astype(np.int32)) for x in (pixels, first))

    def correct(self, r: Any, z: Any, slope: Any = None, level: float = 0.0) -> float:
        """Do what `Clusters.correct` does; without a ``slope`` the number returned is ``level``."""
        own, count = self._backend, len(self._sums) - 1
        if count:
            self._apply(z, self._image)
            sums = own.zeros((count, 2), np.float64)
            own.start("restrict_to_tiles", r, self._image, self._pixels, self._first, sums)
            self._sums[1:] = own.to_numpy(sums)
            self._found.factor.solve(self._sums, self._values)
            own.start("prolong_from_tiles", self._labels, own.asarray(self._values), z)
        return level if slope is None else largest_of(own, z, slope)


def largest_of(backend: Backend, z: Any, slope: Any) -> float:
    """Return the largest entry of ``slope`` (C, 2) times |z|, of arrays of any backend."""
    xp, size = backend.xp, abs(z)
    rows = [s[0] * size[0, ...] + s[1] * size[1, ...] for s in backend.to_numpy(slope).tolist()]
    return float(np.max([float(xp.max(row)) for row in rows]))
