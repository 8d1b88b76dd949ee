"""Conjugate gradients (BiCGStab) with the diagonal as preconditioner: what everybody has."""

from __future__ import annotations

from benchmarks.rivals.krylov import as_operator, krylov
from benchmarks.rivals.linear import Answer, Linear, Stop


def jacobi(system: Linear, stop: Stop) -> Answer:
    """Iterate with diagonal scaling."""
    inverse = 1 / system.matrix.diagonal()
    return krylov(system, as_operator(system, lambda r: r.ravel() * inverse), stop)
