"""Sparse factorisation of symmetric positive definite matrices (SuperLU)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from varcolor.typing import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def factorised(matrix: csr_array) -> Callable[[Array], Array]:
    """Return the function that solves with a symmetric positive definite matrix."""
    from scipy.sparse.linalg import splu

    options: dict[str, Any] = {"SymmetricMode": True}
    factor = splu(
        matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
    )
    return factor.solve
