"""Generalised minimal residuals for both channels side by side, in single precision.

The basis of every channel is its own; fields are (4, H + 2, W + 2) as in
`varcolor.backend.kernels.biharmonic.mixed`. Bases are orthogonalised by classical Gram-Schmidt,
twice where a vector nearly lies in the space of the others.

Reference: Y. Saad, M. Schultz, "GMRES: a generalized minimal residual algorithm for solving
nonsymmetric linear systems", SIAM J. Sci. Stat. Comput. 7 (1986).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.kernels.biharmonic.mixed import dots, subtract
from varcolor.typing import Array

#: What is left of a vector without the others' part, below which rounding has spoilt it.
_SPOILT = 0.5


class Arnoldi:
    """A growing orthonormal basis and the small matrix of the operator in it.

    Parameters
    ----------
    first : array, shape (4, H + 2, W + 2)
        The residual that the basis starts from; copied.
    most : int
        Largest number of steps.
    backend : Backend
        Where fields are.
    """

    def __init__(self, first: Any, most: int, backend: Backend) -> None:
        self._backend = backend
        self._basis = backend.zeros((4 * (most + 1), *first.shape[1:]))
        self._matrix = np.zeros((2, most + 1, most))
        self.steps, self.most = 0, most
        self._basis[:4, ...] = first
        self.first = self._scale(self._field(0), self._squares(first))
        """(2,): norm of every channel's residual at the start."""

    @property
    def last(self) -> Any:
        """The newest vector, which the operator is applied to next."""
        return self._field(self.steps)

    @property
    def room(self) -> Any:
        """Where the image of `last` is to be written."""
        return self._field(self.steps + 1)

    def step(self) -> None:
        """Take the image in `room` into the basis."""
        image, count = self.room, self.steps + 1
        # An operator near the identity: without that, most vectors would be spoilt.
        self._subtract(self.last, image, np.ones((1, 2)))
        alone = self._squares(image)
        shares = self._dots(self._basis, image, count)
        squares = self._subtract(self._basis, image, shares)
        if (squares < _SPOILT**2 * alone).any():
            again = self._dots(self._basis, image, count)
            squares = self._subtract(self._basis, image, again)
            shares = shares + again
        shares[-1] += 1
        self._matrix[:, :count, self.steps] = shares.T
        self._matrix[:, count, self.steps] = self._scale(image, squares)
        self.steps += 1

    def solve(self) -> tuple[Array, Array, float]:
        """Return the coefficients (steps, 2) of the solution, and of the residual (steps + 1, 2).

        Last comes the smallest singular value of the operator on the space so far.
        """
        k = self.steps
        best, rest, least = np.zeros((k, 2)), np.zeros((k + 1, 2)), np.inf
        for channel in range(2):
            rest[0, channel] = self.first[channel]
            if not self.first[channel]:
                continue
            matrix = self._matrix[channel, : k + 1, :k]
            y, _, _, sizes = np.linalg.lstsq(matrix, rest[:, channel].copy(), rcond=None)
            best[:, channel] = y
            rest[:, channel] -= matrix @ y
            least = min(least, float(sizes[-1]))
        return best, rest, least

    def least_squares(self, field: Any) -> Array:
        """Return the coefficients (steps, 2) of what the space so far knows of the solution for it.

        Its image is nearest to the field, (4, H + 2, W + 2).
        """
        k = self.steps
        along = self._dots(self._basis, field, k + 1)
        found = [
            np.linalg.lstsq(self._matrix[c, : k + 1, :k], along[:, c].copy(), rcond=None)[0]
            for c in range(2)
        ]
        return np.column_stack(found)

    def add(self, coefficients: Array, to: Any) -> None:
        """Add a combination of the basis to a field."""
        self._subtract(self._basis, to, -coefficients)

    def _field(self, index: int) -> Any:
        return self._basis[4 * index : 4 * index + 4, ...]

    def _dots(self, basis: Any, field: Any, count: int) -> Array:
        return self._backend.run(dots, basis, field, count)

    def _subtract(self, basis: Any, field: Any, shares: Array) -> Array:
        return self._backend.run(subtract, basis, field, np.ascontiguousarray(shares, np.float32))

    def _squares(self, field: Any) -> Array:
        return np.asarray(self._dots(field, field, 1)[0])

    def _scale(self, field: Any, squares: Array) -> Array:
        """Make both channels of a field of these squares one long; return how long they were."""
        length = np.sqrt(squares)
        inverse = np.divide(1, length, out=np.zeros(2), where=length > 0)
        for k in range(4):
            field[k, ...] *= float(inverse[k % 2])
        return length
