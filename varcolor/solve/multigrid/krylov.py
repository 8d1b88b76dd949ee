"""Preconditioned conjugate gradients and residuals, z = V r a multigrid cycle, float32.

Every step ends with a cycle z = V r of the new residual, which serves three ends: it is the next
direction, an estimate of the error that is left, and a last correction when the search stops.

Symmetric matrices: conjugate gradients. Others, whose symmetric part is positive and outweighs the
rest: generalised conjugate residuals (`varcolor.solve.multigrid.gcr`).

Reference: M. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems",
J. Res. NBS 49 (1952).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from varcolor.backend.base import zeros_like
from varcolor.solve.multigrid.gcr import Directions, ratio
from varcolor.solve.multigrid.protocols import Operator
from varcolor.typing import Array

#: Single precision is good for this reduction of a residual.
DIGITS = 1e-4
#: Squares of residuals may have drifted by this part; else the search restarts.
_DRIFT = 0.1
#: Steps in which squares of residuals must halve if the matrix is not symmetric.
_PATIENCE = 8
#: Steps after which a search for such a matrix keeps more directions, and how many.
_LONG, _MORE = 12, 5


class PreconditionedKrylov:
    """CG for symmetric matrices, truncated GCR for others, step by step.

    Parameters
    ----------
    matrix : Operator
        The matrix.
    target : ndarray, shape (2, H + 2, W + 2) or (2, 1, 1)
        Values of the soft cues.
    u : ndarray, shape (2, H + 2, W + 2)
        First guess, float32, with the fixed pixels in it. It is improved in place.
    slope : ndarray, shape (C, 2)
        What an error of both channels means: C numbers per pixel, of which the largest counts.
    kept : int
        Directions that are kept from the beginning if the matrix is not symmetric.
    nested : bool
        Whether the search begins on coarse grids, which pays unless what they know is in ``u``.
    """

    def __init__(
        self,
        matrix: Operator,
        target: Array,
        u: Array,
        slope: Array,
        kept: int = 1,
        nested: bool = True,
    ) -> None:
        self._matrix, self._target, self.u, self._slope = matrix, target, u, slope
        self.kept = kept
        self.r, self._z, self._q = (zeros_like(u) for _ in range(3))
        self.steps = 0
        self.alphas: list[Array] = []
        self.betas: list[Array] = []
        """Of conjugate gradients: lengths of the steps and shares of the last directions, since the
        search restarted."""
        self.earlier: list[tuple[list[Array], list[Array]]] = []
        """The same of the searches before."""
        self.stuck = False
        """Whether single precision can do no more, or the matrix is not positive."""
        self.largest = math.inf
        """Largest value of the residual when it was last computed."""
        self._first = math.inf  # squares of the residual then
        self.levels: list[float] = []
        """Largest value of slope |z| after every step."""
        self.error_indicators: list[float] = []
        """Largest slope |z| / (1 - rho) after every step, if the matrix is not symmetric."""
        self._ratio_history: Any = None
        self._p: Any = None
        self._last_rz = np.zeros(2)
        self._directions = None if matrix.symmetric else Directions(matrix, u, kept)
        self._recompute_residual()
        if nested:
            self._begin()
        self._precondition(restarted=True)

    def _begin(self) -> None:
        """Go as far as is best towards what coarse grids know of the solution."""
        if not self._matrix.nested(self.r, self._z):
            return
        along = self._matrix.apply(self._z, self._q)
        if self.symmetric:
            length = ratio(self._matrix.dot(self.r, self._z), along)
        else:
            image = self._q[None, ...]
            along, square = (self._matrix.products(image, 1, x)[0] for x in (self.r, self._q))
            length = ratio(along, square)
        if np.isfinite(length).all():
            self._matrix.cg_update(self.u, self._z, self.r, self._q, length)

    def _recompute_residual(self) -> None:
        """Compute the residual of the present solution itself, and see if it got smaller."""
        before = self.largest, self._first
        residual = self._matrix.residual(self._target, self.u, self.r)
        self.largest = float(residual.max())
        if self.symmetric:
            self._first = float(self._matrix.dot(self.r, self.r).sum())
            self.stuck = not self.largest < 0.5 * before[0]
        else:
            self._first = float(self._matrix.products(self.r[None, ...], 1, self.r).sum())
            self.stuck = not self._first < 0.25 * before[1]
        self._seen = self.steps, self._first

    def _precondition(self, restarted: bool = False) -> None:
        """Apply the preconditioner; ``restarted``: this z does not follow from the one before."""
        own = (self.r, self._z, self._q, self._slope)
        self._rz, level = self._matrix.cycle(*own)
        self.levels.append(level)
        if self.symmetric:
            return
        if restarted:
            self._ratio_history = self._matrix.ratio_history()
        self.error_indicators.append(
            self._matrix.error_indicator(self._z, self._ratio_history, self._slope)
        )

    @property
    def level(self) -> float:
        """The last of ``levels``."""
        return self.levels[-1]

    @property
    def symmetric(self) -> bool:
        """Whether the steps are those of conjugate gradients."""
        return self._matrix.symmetric

    @property
    def widened(self) -> bool:
        """Whether more directions are kept than at the beginning."""
        return self._directions is not None and self._directions.kept > self.kept

    def step(self) -> None:
        """Do one step, or restart where rounding has spoilt the directions."""
        turned = self._directions is not None and self._directions.in_vain
        beta = np.zeros(2)
        if self._directions is None:
            p, q, alpha, beta = self._conjugate()
        else:
            if self.steps == _LONG:
                self._directions.widen(_MORE)
            p, q, alpha = self._directions.follow(self._z, self._q, self.r)
        backwards = self.symmetric and bool((alpha < 0).any())
        if backwards or not np.isfinite(alpha).all():
            self._recompute_residual()
            self._forget()
            self._precondition()
            return
        plain = self._matrix.cg_update(self.u, p, self.r, q, alpha)
        squares = (plain if self._directions is None else self._directions.left).sum()
        self.steps += 1
        if self.symmetric:
            self.alphas.append(alpha)
            self.betas.append(beta)
        if turned:  # the direction after next has nothing to do with z
            self._forget()
        if self._slow(squares) or not squares > DIGITS**2 * self._first:
            self._recompute_residual()
            if not abs(self._first - squares) < _DRIFT * self._first:
                self._forget()
        self._precondition(restarted=turned)

    def _slow(self, squares: float) -> bool:
        """Tell whether the last steps for a non-symmetric matrix were in vain."""
        if self._directions is None or self.steps < self._seen[0] + _PATIENCE:
            return False
        before, self._seen = self._seen[1], (self.steps, squares)
        return not squares < 0.5 * before

    def _forget(self) -> None:
        """Drop the directions; what they have told of the matrix is kept."""
        if self._directions is not None:
            self._directions.forget()
        self.earlier.append((self.alphas, self.betas))
        self.alphas, self.betas, self._p = [], [], None

    def _conjugate(self) -> tuple[Array, Array, Array, Array]:
        """Return the next direction p of conjugate gradients, A p, how far to go, and beta."""
        beta = np.zeros(2)
        if self._p is None:
            self._p, self._z = self._z, zeros_like(self._z)
        else:
            beta = ratio(self._rz, self._last_rz)
            self._matrix.scale_and_add(self._p, beta, self._z)
        alpha = ratio(self._rz, self._matrix.apply(self._p, self._q))
        self._last_rz = self._rz
        return self._p, self._q, alpha, beta

    def answer(self) -> Any:
        """Return what `finish` makes of u."""
        return self.u + self._z

    def finish(self) -> None:
        """Add the last correction."""
        self._matrix.add(self.u, self._z, np.ones(2))
