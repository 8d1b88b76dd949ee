"""SuperLU through SciPy, in symmetric mode: the minimum degree order that suits these matrices."""

from __future__ import annotations

from typing import Any

from benchmarks.rivals.linear import Answer, Linear, Stop


def symmetric_mode(system: Linear, stop: Stop) -> Answer:
    """Factorise without pivoting, as the matrix's diagonal dominance permits."""
    from scipy.sparse.linalg import splu

    options: dict[str, Any] = {"SymmetricMode": True}
    factor = splu(
        system.matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
    )
    return Answer(factor.solve(system.rhs))
