"""Intel's PARDISO through pypardiso.

`general` is what `pypardiso.spsolve` does: an LU factorisation that knows of no symmetry.
`definite` tells it that the matrix is symmetric and positive definite, and gives it one triangle.
"""

from __future__ import annotations

from typing import Any

from benchmarks.rivals.linear import Answer, Linear, Stop


def general(system: Linear, stop: Stop) -> Answer:
    """Factorise as `pypardiso.spsolve` does."""
    from scipy.sparse import csr_matrix

    return _solve(csr_matrix(system.matrix), system, 11)


def definite(system: Linear, stop: Stop) -> Answer:
    """Factorise the upper triangle of a positive definite matrix."""
    from scipy.sparse import csr_matrix, triu

    return _solve(triu(csr_matrix(system.matrix), format="csr"), system, 2)


def _solve(matrix: Any, system: Linear, kind: int) -> Answer:
    from pypardiso import PyPardisoSolver

    solver = PyPardisoSolver(mtype=kind)
    try:
        solver.factorize(matrix)
        return Answer(solver.solve(matrix, system.rhs))
    finally:
        solver.free_memory(everything=True)  # MKL keeps it otherwise
