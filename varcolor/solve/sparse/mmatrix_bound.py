"""Rigorous error bound of a solution, since the matrix is an M-matrix.

The systems are non-singular M-matrices: A^-1 has no negative entry. So for any vector v with
s = A v > 0,

    |e| = |A^-1 r| <= A^-1 |r| <= max_j(|r_j| / s_j) A^-1 s = max_j(|r_j| / s_j) v,

with r = b - A x the residual and e the error of x: a rigorous bound for every pixel. v is found by
solving A v = diag(A) roughly with the same method as the system itself.

Reference: A. Berman, R. Plemmons, "Nonnegative Matrices in the Mathematical Sciences", ch. 6.
"""

from __future__ import annotations

import numpy as np

from varcolor.solve.sparse.krylov import Apply, method_for
from varcolor.solve.sparse.linear_system import LinearSystem
from varcolor.typing import FloatArray

#: s must be at least this part of diag(A) everywhere; less would make the bound needlessly wide.
_ENOUGH = 0.25


class Certificate:
    """The vector v of the bound, found when it is first asked for."""

    def __init__(self, system: LinearSystem, precondition: Apply, max_steps: int) -> None:
        self._system, self._matrix = system, system.matrix
        self._precondition, self._max_steps = precondition, max_steps
        self._diagonal = np.asarray(system.matrix.diagonal())
        self._vector: FloatArray | None = None
        self._image: FloatArray | None = None
        self.steps = 0

    def _find(self) -> None:
        start = np.zeros((len(self._diagonal), 1))
        target = self._diagonal[:, None]
        method = method_for(self._system.problem.symmetric)
        for x, _ in method(self._matrix, target, start, self._precondition):
            self.steps += 1
            image = self._matrix @ x[:, 0]
            if (image >= _ENOUGH * self._diagonal).all() or self.steps >= self._max_steps:
                self._vector, self._image = x[:, 0].copy(), image
                return

    def bound(self, x: FloatArray, values: FloatArray) -> tuple[FloatArray, float]:
        """Return a bound (F, C) of the error of x for cue values (N, C), and the largest residual.

        Infinite if no v could be found. Rounding errors of the residual are included.
        """
        signed, rounding = self._system.residual(x, values)
        residual = np.abs(signed)
        largest = float(residual.max(initial=0.0))
        if largest == 0 and not rounding.any():
            return np.zeros_like(x), largest
        if self._vector is None:
            self._find()
        if self._vector is None or self._image is None or not (self._image > 0).all():
            return np.full_like(x, np.inf), largest
        residual += rounding
        factor = (residual / self._image[:, None]).max(axis=0, initial=0.0)
        return self._vector[:, None] * factor, largest
