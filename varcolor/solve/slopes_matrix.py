"""A multigrid for a picture and its slopes together.

For K of `varcolor.backend.kernels.slopes` it approximates the inverse of A = K' rho K + 2 excess:
of second order in the slopes, and of fourth order in what the picture does with slopes that follow
it. One application is symmetric and goes

    picture alone, slopes alone, both on coarse grids, slopes alone, picture alone,

each for what the ones before have left. Alone, both kinds of slopes without each other, they are
scalar equations, for which `varcolor.solve.hierarchy` has a cycle that copes with any weights. What
these are too stiff for are waves in which slopes follow the picture: `varcolor.solve.plane_grids`.
Such a row of exact corrections would have no eigenvalue of the product with A above 1, and with
cycles in their place it has hardly any.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels import slopes, triples
from varcolor.backend.threads import Team
from varcolor.solve.grids import bordered, strips_of
from varcolor.solve.hierarchy import Hierarchy
from varcolor.solve.plane_grids import COARSEST, Level, PlaneGrids, coarser
from varcolor.typing import Array, BoolArray

_U, _P, _Q = slice(0, 2), slice(2, 4), slice(4, 6)


class SlopesMatrix:
    """A and the approximation of its inverse.

    Parameters
    ----------
    root, bend : ndarray, shape (2, H + 2, W + 2)
        The operator K.
    excess : ndarray, shape (H + 2, W + 2)
        Weights of soft cues.
    free : ndarray, shape (H + 2, W + 2)
        Where chroma is unknown.
    team : Team
        Threads.
    """

    def __init__(self, root: Array, bend: Array, excess: Array, free: Array, team: Team) -> None:
        self.root, self.bend, self.excess, self.free = root, bend, excess, free
        self.team = team
        self.rho = np.ones_like(root)
        """The penalties; after a change `renew` is due."""
        shape = free.shape[0] - 2, free.shape[1] - 2
        self._strips = strips_of(shape[0], shape[0] * shape[1])
        self._r, self._z, self._e = (bordered(shape, 6) for _ in range(3))
        self._work = bordered(shape, 2)
        self._weights = [(bordered(shape, 4), bordered(shape)) for _ in range(3)]
        self._alone: list[Hierarchy] = []
        large = shape[0] * shape[1] > COARSEST
        self._coarse = PlaneGrids(coarser(shape), team) if large else None

    def renew(self) -> None:
        """Make all grids for the penalties."""
        self._renew_alone()
        if self._coarse is not None:
            self._coarse.renew(self._seen)

    def _renew_alone(self) -> None:
        """Make the grids of the picture alone, and of both kinds of slopes alone."""
        steps = self.rho[0] * self.root**2
        bends = self.rho[1] * self.bend**2
        for k, (w, excess) in enumerate(self._weights):
            if k:
                w[0], w[2] = bends[0], bends[1]
                w[2 if k == 1 else 0] *= 0.5
                excess[...] = steps[k - 1]
            else:
                w[0], w[2] = steps
                excess[...] = 2 * self.excess
        for k, (w, excess) in enumerate(self._weights):
            if len(self._alone) == k:
                self._alone.append(Hierarchy(w, excess, self._open(k), self.team))
            else:
                self._alone[k].update(self._open(k), (1, len(excess) - 1))

    def _open(self, k: int) -> BoolArray:
        """Return (H, W): where the picture, or slopes of a kind, are unknown and not alone."""
        if not k:
            return np.asarray(self.free[1:-1, 1:-1] > 0)
        w, excess = self._weights[k]
        held = (excess > 0) | (w[0] > 0) | (w[2] > 0)
        held[:, 1:] |= w[0][:, :-1] > 0
        held[1:] |= w[2][:-1] > 0
        return np.asarray(held[1:-1, 1:-1])

    def apply(self, x: Array, out: Array) -> Array:
        """Write A x to ``out`` and return the dot products with x."""
        self._times(x, 0.0, 1.0, out)
        return self.dot(x, out)

    def dot(self, a: Array, b: Array) -> Array:
        """Return the dot products of both channels."""
        return np.asarray(np.sum(self.team.run(triples.dot, self._strips, a, b), axis=0))

    def blend(self, a: Array, own: Array, scale: Array, b: Array) -> None:
        """Replace a by ``own`` a + ``scale`` b, channel by channel."""
        self.team.run(triples.blend, self._strips, a, own, scale, b)

    def cycle(self, r: Array) -> Array:
        """Return a picture that is about A^-1 r; it is overwritten by the next cycle."""
        left, z, e = self._r, self._z, self._e
        left[...] = r
        e[...] = 0
        self._alone[0].apply(left[_U], e[_U], self._work)
        z[...] = e
        self._times(e, 1.0, -1.0, left)
        self._slopes_alone()
        z += e
        self._times(e, 1.0, -1.0, left)
        if self._coarse is not None:
            self._collect(left, self._coarse.first)
            self._coarse.cycle()
            self._spread(self._coarse.first, e)
            z += e
            self._times(e, 1.0, -1.0, left)
        self._slopes_alone()
        z += e
        self._times(e, 1.0, -1.0, left)
        self._alone[0].apply(left[_U], e[_U], self._work)
        z[_U] += e[_U]
        return z

    def _slopes_alone(self) -> None:
        """Write what slopes alone make of the residual to e."""
        self._e[_U] = 0
        for hierarchy, own in zip(self._alone[1:], (_P, _Q), strict=True):
            hierarchy.apply(self._r[own], self._e[own], self._work)

    def _times(self, x: Array, own: float, factor: float, out: Array) -> None:
        matrix = self.root, self.bend, self.rho, self.excess, self.free
        self.team.run(slopes.product, self._strips, *matrix, x, own, factor, out)

    def _collect(self, r: Array, coarse: Level) -> None:
        """Write what coarse pixels get from a residual to r of the first coarse grid."""
        self.team.run(triples.collect, coarse.strips, r, coarse.r)

    def _spread(self, coarse: Level, e: Array) -> None:
        """Write z of the first coarse grid, interpolated, to e."""
        self.team.run(triples.spread, self._strips, coarse.z, self.free, e)

    def _seen(self, coarse: Level) -> None:
        """Write what the matrix of the first coarse grid would make of its z to its r."""
        self._spread(coarse, self._e)
        self._times(self._e, 0.0, 1.0, self._r)
        self._collect(self._r, coarse)
