"""CHOLMOD through scikit-sparse: supernodal Cholesky factorisation."""

from __future__ import annotations

from benchmarks.rivals.linear import Answer, Linear, Stop


def cholesky(system: Linear, stop: Stop) -> Answer:
    """Factorise with the package's own choice of the order."""
    from scipy.sparse import csc_matrix
    from sksparse.cholmod import cholesky as factorise

    # The matrix is symmetric: its rows are its columns, and nothing need be moved.
    matrix = system.matrix
    factor = factorise(csc_matrix((matrix.data, matrix.indices, matrix.indptr), matrix.shape))
    return Answer(factor(system.rhs))
