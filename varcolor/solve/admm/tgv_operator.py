"""The operator A of a step of TGV, and its preconditioner: multigrid for picture and slopes.

For K of `varcolor.backend.kernels.admm.tgv` it approximates the inverse of A = K' rho K + 2
reaction: of second order in the slopes, and of fourth order in what the picture does with slopes
that follow it. One application is symmetric and goes

    picture alone, slopes alone, both on coarse grids, slopes alone, picture alone,

each for what the ones before have left. Alone, both kinds of slopes without each other, they are
scalar equations, for which `varcolor.solve.multigrid.hierarchy` has a cycle that copes with any
weights. What these are too stiff for are waves in which slopes follow the picture:
`varcolor.solve.admm.smoothed_aggregation`. Such a row of exact corrections would have no eigenvalue
of the product with A above 1, and with cycles in their place it has hardly any.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.kernels.admm import block3
from varcolor.backend.kernels.admm import tgv as tgv_kernels
from varcolor.solve.admm.smoothed_aggregation import COARSEST, Level, PlaneGrids, coarser
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy, hierarchy_of
from varcolor.typing import Array, BoolArray

_U, _P, _Q = slice(0, 2), slice(2, 4), slice(4, 6)


class TgvOperator:
    """A and its preconditioner; arrays are those of the backend.

    Parameters
    ----------
    root, second_weights : array, shape (2, H + 2, W + 2)
        The operator K.
    reaction : array, shape (H + 2, W + 2)
        Weights of soft cues.
    free : array, shape (H + 2, W + 2)
        Where chroma is unknown.
    backend : Backend
        Where they are.
    """

    def __init__(
        self, root: Any, second_weights: Any, reaction: Any, free: Any, backend: Backend
    ) -> None:
        self.root, self.second_weights, self.reaction, self.free = (
            root,
            second_weights,
            reaction,
            free,
        )
        shape = free.shape[0] - 2, free.shape[1] - 2
        self.backend = backend
        zeros, plane = self.backend.zeros, free.shape
        self.rho = 1 + zeros(root.shape)
        """The penalties; after a change `refactor` is due."""
        self._r, self._z, self._e = (zeros((6, *plane)) for _ in range(3))
        self._work = zeros((2, *plane))
        self._weights = [(zeros((4, *plane)), zeros(plane)) for _ in range(3)]
        self._alone: list[Hierarchy | TiledHierarchy] = []
        large = shape[0] * shape[1] > COARSEST
        self._coarse = PlaneGrids(coarser(shape), backend) if large else None

    def refactor(self) -> None:
        """Make all grids for the penalties."""
        self._refactor_alone()
        if self._coarse is not None:
            self._coarse.refactor(self._seen)

    def _refactor_alone(self) -> None:
        """Make the grids of the picture alone, and of both kinds of slopes alone."""
        for k, (w, reaction) in enumerate(self._weights):
            for g, plane in enumerate((0, 2)):
                kind, own = (1, self.second_weights) if k else (0, self.root)
                w[plane, ...] = self.rho[kind, ...] * own[g, ...] ** 2
            if k:
                w[2 if k == 1 else 0, ...] *= 0.5
                reaction[...] = self.rho[0, ...] * self.root[k - 1, ...] ** 2
            else:
                reaction[...] = 2 * self.reaction
            if len(self._alone) == k:
                self._alone.append(hierarchy_of(self.backend, w, reaction, self._open(k)))
            else:
                _update(self._alone[k], self.backend, self._open(k))

    def _open(self, k: int) -> BoolArray:
        """Return (H, W) on the host: where the picture, or slopes of a kind, are unknown.

        Slopes that nothing ties to anything are not.
        """
        get = self.backend.to_numpy
        if not k:
            return np.asarray(get(self.free)[1:-1, 1:-1] > 0)
        w, reaction = self._weights[k]
        held = reaction + w[0, ...] + w[2, ...]
        held[:, 1:] += w[0, :, :-1]
        held[1:, :] += w[2, :-1, :]
        return np.asarray(get(held)[1:-1, 1:-1] > 0)

    def apply(self, x: Any, out: Any) -> Array:
        """Write A x to ``out`` and return the dot products with x."""
        self._times(x, 0.0, 1.0, out)
        return self.dot(x, out)

    def dot(self, a: Any, b: Any) -> Array:
        """Return the dot products of both channels."""
        return self.backend.run(block3.dot, a, b)

    def blend(self, a: Any, own: Array, scale: Array, b: Any) -> None:
        """Replace a by ``own`` a + ``scale`` b, channel by channel."""
        self.backend.run(block3.blend, a, own, scale, b)

    def cycle(self, r: Any) -> Any:
        """Return a picture that is about A^-1 r; it is overwritten by the next cycle."""
        left, z, e = self._r, self._z, self._e
        left[...] = r
        e[...] = 0
        self._alone[0].apply(left[_U, ...], e[_U, ...], self._work)
        z[...] = e
        self._times(e, 1.0, -1.0, left)
        self._slopes_alone()
        z += e
        self._times(e, 1.0, -1.0, left)
        if self._coarse is not None:
            self._restrict(left, self._coarse.first)
            self._coarse.cycle()
            self._prolong(self._coarse.first, e)
            z += e
            self._times(e, 1.0, -1.0, left)
        self._slopes_alone()
        z += e
        self._times(e, 1.0, -1.0, left)
        self._alone[0].apply(left[_U, ...], e[_U, ...], self._work)
        z[_U, ...] += e[_U, ...]
        return z

    def _slopes_alone(self) -> None:
        """Write what slopes alone make of the residual to e."""
        self._e[_U, ...] = 0
        for scalar, own in zip(self._alone[1:], (_P, _Q), strict=True):
            scalar.apply(self._r[own, ...], self._e[own, ...], self._work)

    def _times(self, x: Any, own: float, factor: float, out: Any) -> None:
        matrix = self.root, self.second_weights, self.rho, self.reaction, self.free
        self.backend.run(tgv_kernels.product, *matrix, x, own, factor, out)

    def _restrict(self, r: Any, coarse: Level) -> None:
        """Write what coarse pixels get from a residual to r of the first coarse grid."""
        coarse.backend.run(block3.restrict, r, coarse.r)

    def _prolong(self, coarse: Level, e: Any) -> None:
        """Write z of the first coarse grid, interpolated, to e."""
        self.backend.run(block3.prolong, coarse.z, self.free, e)

    def _seen(self, coarse: Level) -> None:
        """Write what the matrix of the first coarse grid would make of its z to its r."""
        self._prolong(coarse, self._e)
        self._times(self._e, 0.0, 1.0, self._r)
        self._restrict(self._r, coarse)


def _update(hierarchy: Hierarchy | TiledHierarchy, backend: Backend, free_mask: BoolArray) -> None:
    """Rebuild a hierarchy for weights that have been overwritten."""
    if isinstance(hierarchy, TiledHierarchy):
        hierarchy.update(backend.asarray(np.pad(free_mask, 1).astype(np.float32)))
    else:
        hierarchy.update(free_mask, (1, len(free_mask) + 1))
