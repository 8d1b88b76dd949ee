"""Krylov methods as generators: every `next` does one step on all columns.

The columns of x and b (F, C) are independent systems with one matrix. x is updated in place; each
step yields x and the recursively updated residual.

References: conjugate gradients: Hestenes & Stiefel 1952; BiCGStab: van der Vorst 1992.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from varcolor.typing import Array, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Apply: TypeAlias = Callable[[FloatArray], FloatArray]
Step: TypeAlias = tuple[FloatArray, FloatArray]
Krylov: TypeAlias = "Callable[[csr_array, FloatArray, FloatArray, Apply], Iterator[Step]]"


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("fc,fc->c", a, b))


def _ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    """Return over / under, 0 where a column is solved exactly and both vanish."""
    return np.divide(over, under, out=np.zeros_like(over), where=under != 0)


def conjugate_gradients(
    matrix: csr_array, b: FloatArray, x: FloatArray, precondition: Apply
) -> Iterator[Step]:
    """Preconditioned conjugate gradients, for symmetric positive definite matrices."""
    r = b - matrix @ x
    z = precondition(r)
    p = z.copy()
    rz = _dot(r, z)
    while True:
        q = matrix @ p
        alpha = _ratio(rz, _dot(p, q))
        x += alpha * p
        r -= alpha * q
        yield x, r
        z = precondition(r)
        rz, before = _dot(r, z), rz
        p *= _ratio(rz, before)
        p += z


def bicgstab(
    matrix: csr_array, b: FloatArray, x: FloatArray, precondition: Apply
) -> Iterator[Step]:
    """Right-preconditioned BiCGStab, for any non-singular matrix.

    A column whose recursion breaks down is restarted from its present solution.
    """
    r = b - matrix @ x
    shadow, p, v = r.copy(), np.zeros_like(r), np.zeros_like(r)
    rho = alpha = omega = np.ones(r.shape[1])
    while True:
        rho, before = _dot(shadow, r), rho
        scale = np.sqrt(_dot(shadow, shadow) * _dot(r, r))
        broken = np.abs(rho) <= 1e-14 * scale
        if broken.any():
            shadow[:, broken] = r[:, broken]
            p[:, broken] = v[:, broken] = 0
            rho = _dot(shadow, r)
        beta = np.where(broken, 0, _ratio(rho, before) * _ratio(alpha, omega))
        p = r + beta * (p - omega * v)
        p_hat = precondition(p)
        v = matrix @ p_hat
        alpha = _ratio(rho, _dot(shadow, v))
        s = r - alpha * v
        s_hat = precondition(s)
        t = matrix @ s_hat
        omega = _ratio(_dot(t, s), _dot(t, t))
        x += alpha * p_hat + omega * s_hat
        r = s - omega * t
        yield x, r


def method_for(symmetric: bool) -> Krylov:
    """Return the method that fits the matrix."""
    return conjugate_gradients if symmetric else bicgstab


def columnwise(apply: Callable[[Array], Array]) -> Apply:
    """Make a preconditioner of one vector work on (F, C)."""

    def on_columns(r: FloatArray) -> FloatArray:
        return np.stack([apply(np.ascontiguousarray(c)) for c in r.T], axis=1)

    return on_columns
