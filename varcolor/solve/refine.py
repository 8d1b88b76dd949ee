"""Krylov steps with a multigrid cycle as preconditioner, in single precision.

Every step ends with a cycle z = V r of the new residual, which serves three ends: it is the next
direction, an estimate of the error that is left, and a last correction when the search stops.

Symmetric matrices: conjugate gradients. Others, whose symmetric part is positive and outweighs the
rest: conjugate directions, each made conjugate to the last two (p_i'A p_k = 0 for i < k), so that
residuals are orthogonal to them; p'A p > 0 always, so it cannot break down.

References: Hestenes & Stiefel 1952; D. Young, K. Jea, "Generalized conjugate-gradient
acceleration of nonsymmetrizable iterative methods", Linear Algebra Appl. 34 (1980), truncated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.device import zeros_like
from varcolor.solve.operator import Operator
from varcolor.typing import Array

#: Single precision is good for this reduction of a residual.
DIGITS = 1e-4
#: Squares of residuals may have drifted by this part; else the search begins anew.
_DRIFT = 0.1


@dataclass(slots=True, eq=False)
class _Direction:
    """A direction p of a non-symmetric matrix."""

    p: Any
    q: Any
    """A p."""
    size: Array
    """p'A p."""
    cross: Array
    """The product p'A of the direction before."""


class Search:
    """The way to a solution, step by step.

    Parameters
    ----------
    matrix : Operator
        The matrix.
    pull : ndarray, shape (2, H + 2, W + 2) or (2, 1, 1)
        What soft cues pull to.
    u : ndarray, shape (2, H + 2, W + 2)
        First guess, float32, with the given pixels in it. It is improved in place.
    slope : ndarray, shape (C, 2)
        What an error of both channels means: C numbers per pixel, of which the largest counts.
    """

    def __init__(self, matrix: Operator, pull: Array, u: Array, slope: Array) -> None:
        self._matrix, self._pull, self.u, self._slope = matrix, pull, u, slope
        self.r, self._z, self._q = (zeros_like(u) for _ in range(3))
        self.steps = 0
        self.alphas: list[Array] = []
        self.betas: list[Array] = []
        """Lengths of the steps and shares of the last direction, since the search began anew."""
        self.earlier: list[tuple[list[Array], list[Array]]] = []
        """The same of the searches before."""
        self.stuck = False
        """Whether single precision can do no more, or the matrix is not positive."""
        self.largest = math.inf
        """Largest value of the residual when it was last computed."""
        self.levels: list[float] = []
        """Largest value of slope |z| after every step."""
        self._p: Any = None
        self._last_rz = np.zeros(2)
        self._older: _Direction | None = None
        self._last: _Direction | None = None
        self._renew()
        self._look()

    def _renew(self) -> None:
        """Compute the residual of the present solution itself, and see if it got smaller."""
        before = self.largest
        residual = self._matrix.residual(self._pull, self.u, self.r)
        self.largest = float(residual.max())
        self.stuck = not self.largest < 0.5 * before
        self._first = float(self._matrix.dot(self.r, self.r).sum())

    def _look(self) -> None:
        own = (self.r, self._z, self._q, self._slope)
        self._rz, level = self._matrix.cycle(*own)
        self.levels.append(level)

    @property
    def level(self) -> float:
        """The last of ``levels``."""
        return self.levels[-1]

    @property
    def symmetric(self) -> bool:
        """Whether the steps are those of conjugate gradients."""
        return self._matrix.symmetric

    def step(self) -> None:
        """Do one step, or begin anew where rounding has spoilt the directions."""
        p, q, rp, pq = self._conjugate() if self._matrix.symmetric else self._made_conjugate()
        alpha = _ratio(rp, pq)
        if not (np.isfinite(alpha).all() and (alpha >= 0).all()):
            self.betas.pop()
            self._renew()
            self._forget()
            self._look()
            return
        squares = self._matrix.advance(self.u, p, self.r, q, alpha)
        self.alphas.append(alpha)
        self.steps += 1
        if not squares.sum() > DIGITS**2 * self._first:
            self._renew()
            if not abs(self._first - squares.sum()) < _DRIFT * self._first:
                self._forget()
        self._look()

    def _forget(self) -> None:
        """Drop the directions; what conjugate gradients have told of the matrix is kept."""
        if self.symmetric:
            self.earlier.append((self.alphas, self.betas))
        self.alphas, self.betas, self._p, self._last = [], [], None, None

    def _conjugate(self) -> tuple[Array, Array, Array, Array]:
        """Return the next direction p of conjugate gradients, A p, r'p and p'A p."""
        beta = np.zeros(2)
        if self._p is None:
            self._p = zeros_like(self._z)
        else:
            beta = _ratio(self._rz, self._last_rz)
        self._matrix.scale_and_add(self._p, beta, self._z)
        pq = self._matrix.apply(self._p, self._q)
        self.betas.append(beta)
        self._last_rz = self._rz
        return self._p, self._q, self._rz, pq

    def _made_conjugate(self) -> tuple[Array, Array, Array, Array]:
        """Return the same for a non-symmetric matrix.

        The products of A z with the two last directions, and of these with one another, tell the
        shares of both at once: so the rest is one pass, in which p takes the place of the older.
        """
        if self._last is None or self._older is None:
            self._older, self._last = (
                _Direction(zeros_like(self._z), zeros_like(self._z), np.zeros(2), np.zeros(2))
                for _ in range(2)
            )
        older, last, q = self._older, self._last, self._q
        self._matrix.apply(self._z, q)
        first = _ratio(self._matrix.dot(older.p, q), older.size)
        second = _ratio(self._matrix.dot(last.p, q) - first * last.cross, last.size)
        shares, pairs = np.stack([first, second]), ((older.p, older.q), (last.p, last.q))
        pq, rp, cross = self._matrix.conjugate(self._z, self.r, *pairs, q, shares)
        self.betas.append(-second)
        self._older, self._last, self._q = last, _Direction(older.p, q, pq, cross), older.q
        return older.p, q, rp, pq

    def answer(self) -> Any:
        """Return what `finish` makes of u."""
        return self.u + self._z

    def finish(self) -> None:
        """Add the last correction."""
        self._matrix.add(self.u, self._z, np.ones(2))


def _ratio(over: Array, under: Array) -> Array:
    """Return over / under, 0 where a channel is solved exactly and both vanish."""
    return np.divide(over, under, out=np.zeros(2), where=np.abs(under) > 0)
