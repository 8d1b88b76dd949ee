"""Sparse factorisation without pivoting (SuperLU)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from varcolor.typing import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def factorised(matrix: csr_array) -> Callable[[Array], Array]:
    """Return the function that solves with a positive definite or diagonally dominant matrix.

    Neither needs pivoting, so that the minimum-degree order of the symmetric pattern keeps the
    factor as sparse as it can be.
    """
    from scipy.sparse.linalg import splu

    options: dict[str, Any] = {"SymmetricMode": True}
    factor = splu(
        matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
    )
    return factor.solve
