"""Directions for non-symmetric matrices, whose images under A are orthogonal to the last ones.

A step along such a direction makes the residual as small as it can: the method is that of
generalised conjugate residuals, truncated. It cannot break down while the symmetric part of A times
the approximate inverse is positive, which the scale of the rows sees to
(`varcolor.solve.multigrid.row_scaling`). Then the part that is not symmetric matters so little that
a single direction does. Searches that take long get more of them and half as many steps: 112
solves of posters and old photos to half a level took 2447 steps with one, 1816 with five from step
12 on.

Reference: S. Eisenstat, H. Elman, M. Schultz, "Variational iterative methods for nonsymmetric
systems of linear equations", SIAM J. Numer. Anal. 20 (1983): Orthomin(k).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.base import zeros_like
from varcolor.solve.multigrid.protocols import Operator
from varcolor.typing import Array

#: A step that takes less than this part of the squares of a channel's residual is in vain.
_IN_VAIN = 1e-3


class Directions:
    """The last directions p of a search and their images A p.

    Parameters
    ----------
    matrix : Operator
        A.
    like : ndarray, shape (2, H + 2, W + 2)
        A picture of the kind to come.
    kept : int
        How many are kept.
    """

    def __init__(self, matrix: Operator, like: Any, kept: int = 1) -> None:
        self._matrix, self.kept = matrix, kept
        self._p, self._images = (zeros_like(like, kept) for _ in range(2))
        self._squares = np.zeros((kept, 2))
        self._found = 0  # since the search restarted
        self.left = np.zeros(2)
        """Squares of the residual after the last step, weighed as images are."""
        self.in_vain = False
        """Whether the last step did nothing: the image is orthogonal to the residual."""

    def follow(self, z: Any, q: Any, r: Any) -> tuple[Any, Any, Array]:
        """Return the direction p that z gives, A p, and how far to go along p.

        ``q`` is overwritten. After a step in vain, z would be the same again, and is overwritten by
        what the last image gives: in the plane of both there is a way on.
        """
        count, new = min(self._found, self.kept), self._found % self.kept
        if self.in_vain:
            self._matrix.approximate(self._images[(self._found - 1) % self.kept, ...], z, q)
        self._matrix.apply(z, q)
        products = self._matrix.products(self._images, count, q)
        shares = ratio(products, self._squares[:count])
        own = self._p, self._images, z, q, r, shares, new
        self._squares[new], product, before = self._matrix.orthogonalise(*own)
        self._found += 1
        length = ratio(product, self._squares[new])
        gain = length * product
        self.left = before - gain
        self.in_vain = bool((gain < _IN_VAIN * before).any())
        return self._p[new, ...], self._images[new, ...], length

    def widen(self, kept: int) -> None:
        """Keep more from now on."""
        if kept <= self.kept:
            return
        last, before = (self._found - 1) % self.kept, (self._p, self._images, self._squares)
        self._p, self._images = (zeros_like(self._p[0, ...], kept) for _ in range(2))
        self._squares = np.zeros((kept, 2))
        for to, of in zip((self._p, self._images, self._squares), before, strict=True):
            to[0, ...] = of[last, ...]
        self.kept, self._found = kept, min(self._found, 1)

    def forget(self) -> None:
        """Restart."""
        self._found, self.in_vain = 0, False


def ratio(over: Array, under: Array) -> Array:
    """Return over / under, 0 where a channel is solved exactly and both vanish."""
    return np.divide(over, under, out=np.zeros(over.shape), where=np.abs(under) > 0)
