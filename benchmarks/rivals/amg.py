"""PyAMG's two hierarchies as preconditioners of conjugate gradients, or of BiCGStab."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.rivals.krylov import krylov
from benchmarks.rivals.linear import Answer, Linear, Stop


def smoothed_aggregation(system: Linear, stop: Stop) -> Answer:
    """Aggregate with the strength that took the fewest iterations on Levin's affinity."""
    import pyamg

    levels = pyamg.smoothed_aggregation_solver(
        _matrix(system),
        symmetry="hermitian" if system.symmetric else "nonsymmetric",
        strength=("symmetric", {"theta": 0.08}),
        improve_candidates=None,
        max_coarse=500,
    )
    return krylov(system, levels.aspreconditioner("V"), stop)


def ruge_stuben(system: Linear, stop: Stop) -> Answer:
    """Coarsen classically, with the package's defaults."""
    import pyamg

    levels = pyamg.ruge_stuben_solver(_matrix(system), max_coarse=500)
    return krylov(system, levels.aspreconditioner("V"), stop)


def _matrix(system: Linear) -> Any:
    """Return the matrix in the type that PyAMG's compiled parts take."""
    from scipy.sparse import csr_matrix

    matrix = csr_matrix(system.matrix)
    matrix.indices = matrix.indices.astype(np.int32, copy=False)
    matrix.indptr = matrix.indptr.astype(np.int32, copy=False)
    return matrix
