"""Krylov steps in single precision towards a solution in double precision.

Corrections e of A e = r are found in float32 by conjugate gradients (BiCGStab for non-symmetric
matrices) with a multigrid cycle as preconditioner; solution and residual are in float64.

References: iterative refinement: C. Moler 1967; conjugate gradients: Hestenes & Stiefel 1952;
BiCGStab: van der Vorst 1992.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from varcolor.backend.kernels.exact import exact_residual, image_of
from varcolor.backend.kernels.operator import (
    add_scaled,
    directed_product,
    dot,
    product,
    scale_and_add,
)
from varcolor.backend.threads import Team
from varcolor.solve.hierarchy import Hierarchy, Strips
from varcolor.typing import Array, FloatArray, Shape

#: Single precision is good for this reduction of a residual.
DIGITS = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A right-hand side: b, the same for both channels, and what the soft cues pull to."""

    b: FloatArray
    """(H + 2, W + 2)."""
    pull: FloatArray
    """(2, H + 2, W + 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A matrix in both precisions and its hierarchy; arrays as in `varcolor.backend.kernels`."""

    exact: FloatArray
    """(8, H, W) float64: the weights."""
    diagonal: FloatArray
    """(H + 2, W + 2) float64: weights of the soft cues."""
    weights: Array
    """(4, ...) symmetric or (8, ...) directed, float32."""
    excess: Array
    """(H + 2, W + 2) float32."""
    free: Array
    """(H + 2, W + 2) float32: 1 at unknown pixels, else 0."""
    scale: Array | None
    """(H + 2, W + 2): what scales the rows of a non-symmetric matrix for the hierarchy."""
    hierarchy: Hierarchy
    team: Team
    strips: Strips

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.exact.shape[1], self.exact.shape[2]

    def cycle(self, r: Array, z: Array) -> None:
        """Write about A^-1 r to z."""
        self.hierarchy.cycle(r if self.scale is None else r * self.scale, z)

    def apply(self, u: Array, out: Array) -> Array:
        """Write A u to ``out`` and return the dot products with u."""
        kernel = product if len(self.weights) == 4 else directed_product
        parts = self.team.run(kernel, self.strips, self.weights, self.excess, self.free, u, out)
        return np.asarray(np.sum(parts, axis=0))

    def dot(self, a: Array, b: Array) -> Array:
        """Return the dot products of both channels."""
        return np.asarray(np.sum(self.team.run(dot, self.strips, a, b), axis=0))

    def add(self, a: Array, b: Array, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        self.team.run(add_scaled, self.strips, a, b, scale.astype(np.float32))

    def scale_and_add(self, a: Array, scale: Array, b: Array) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        self.team.run(scale_and_add, self.strips, a, b, scale.astype(np.float32))

    def residual(self, given: Given, u: Array, r: Array, image: Array) -> tuple[Array, Array]:
        """Write b - A u to r; return, by channel, the largest |r| / image and the largest |r|."""
        own = (self.exact, self.diagonal, self.free)
        parts = self.team.run(exact_residual, self.strips, *own, given.b, given.pull, u, r, image)
        most = np.max(parts, axis=0)
        return most[:2], most[2:]

    def image(self, v: Array, image: Array) -> float:
        """Write A v to ``image`` and return its smallest part of the diagonal."""
        own = (self.exact, self.diagonal, self.free)
        return float(min(self.team.run(image_of, self.strips, *own, v, image)))


class Search:
    """The way to a solution, step by step.

    Parameters
    ----------
    matrix : Matrix
        The matrix.
    u, r : ndarray, shape (2, H + 2, W + 2)
        First guess, float64, with the given pixels in it, and its residual, float32.
    """

    def __init__(self, matrix: Matrix, u: Array, r: Array) -> None:
        self._matrix, self._u = matrix, u
        self.steps = 0
        self.norm = 1.0
        """Euclidean norm of the residual, as a part of the first one."""
        self._begin(r)
        self._whole = self._size or 1.0

    def _begin(self, r: Array) -> None:
        unit = np.abs(r).max(axis=(1, 2), keepdims=True)
        unit[unit == 0] = 1
        self._unit, self._r, self._e = unit, r / unit, np.zeros_like(r)
        self._size = self._first = self._norm_of_r()
        method = conjugate_gradients if len(self._matrix.weights) == 4 else bicgstab
        self._method = method(self._matrix, self._r, self._e)

    def _norm_of_r(self) -> float:
        squares = self._matrix.dot(self._r, self._r) * self._unit.ravel().astype(float) ** 2
        return float(np.sqrt(squares.sum()))

    def step(self) -> None:
        """Do one step."""
        next(self._method)
        self.steps += 1
        self._size = self._norm_of_r()
        self.norm = self._size / self._whole

    def value(self) -> Array:
        """Return the present solution, float64."""
        return np.asarray(self._u + self._e * self._unit)

    def refresh(self, u: Array, r: Array) -> None:
        """Go on from u and its residual r if single precision has done what it can."""
        if self._size < DIGITS * self._first or not math.isfinite(self._size):
            self._u = u
            self._begin(r)
            self.norm = self._size / self._whole


def conjugate_gradients(matrix: Matrix, r: Array, e: Array) -> Iterator[None]:
    """Improve e, a step at a time; r becomes the residual that is left."""
    z, q, p = np.zeros_like(r), np.zeros_like(r), np.zeros_like(r)
    before = np.zeros(2)
    while True:
        matrix.cycle(r, z)
        rz = matrix.dot(r, z)
        matrix.scale_and_add(p, _ratio(rz, before), z)
        alpha = _ratio(rz, matrix.apply(p, q))
        matrix.add(e, p, alpha)
        matrix.add(r, q, -alpha)
        before = rz
        yield


def bicgstab(matrix: Matrix, r: Array, e: Array) -> Iterator[None]:
    """Improve e, a step at a time; r becomes the residual that is left."""
    shadow = r.copy() if matrix.scale is None else r * matrix.scale
    p, v, t, y, z = (np.zeros_like(r) for _ in range(5))
    rho = alpha = omega = np.ones(2)
    while True:
        rho, before = matrix.dot(shadow, r), rho
        matrix.add(p, v, -omega)
        matrix.scale_and_add(p, _ratio(rho, before) * _ratio(alpha, omega), r)
        matrix.cycle(p, y)
        matrix.apply(y, v)
        alpha = _ratio(rho, matrix.dot(shadow, v))
        matrix.add(r, v, -alpha)
        matrix.cycle(r, z)
        matrix.apply(z, t)
        omega = _ratio(matrix.dot(t, r), matrix.dot(t, t))
        matrix.add(e, y, alpha)
        matrix.add(e, z, omega)
        matrix.add(r, t, -omega)
        yield


def _ratio(over: Array, under: Array) -> Array:
    """Return over / under, 0 where a channel is solved exactly and both vanish."""
    return np.divide(over, under, out=np.zeros(2), where=np.abs(under) > 0)
