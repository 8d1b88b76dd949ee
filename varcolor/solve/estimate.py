"""How large the error still is: an estimate from what the search computes anyway.

With r the residual and V the multigrid cycle, z = V r is an approximation of the error e = A^-1 r:
e = (V A)^-1 z. The smallest eigenvalue of V A tells by how much e can exceed z; it is approached
from above by that of the tridiagonal matrix (Lanczos) that the lengths of the steps and the shares
of the directions make up. The estimate is a multiple of max|z| over that eigenvalue; the factor was
calibrated against direct solutions (`benchmarks/estimator`).

Reference: G. Meurant, "The Lanczos and Conjugate Gradient Algorithms", SIAM 2006, ch. 2.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.solve.refine import Search
from varcolor.typing import Array

#: Above the largest ratio of true error and max|z| / smallest eigenvalue that was seen.
_FACTOR = 6.0


def estimated_error(search: Search) -> float:
    """Return the estimated largest error, after `Search.finish`, as ``search.level`` measures.

    Infinite before the first step, unless nothing is left to do.
    """
    if not search.level:
        return 0.0
    if not search.alphas:
        return math.inf
    least = min(smallest_eigenvalue(search.alphas, search.betas, k) for k in range(2))
    return _FACTOR * search.level / least


def smallest_eigenvalue(alphas: list[Array], betas: list[Array], channel: int) -> float:
    """Return the smallest eigenvalue of the tridiagonal matrix of one channel, at most 1."""
    from scipy.linalg import eigvalsh_tridiagonal

    alpha = np.array([a[channel] for a in alphas])
    beta = np.array([b[channel] for b in betas])
    done = np.flatnonzero(alpha <= 0)
    count = int(done[0]) if len(done) else len(alpha)  # a channel that is solved exactly
    if not count:
        return 1.0
    alpha, beta = alpha[:count], np.abs(beta[:count])
    diagonal = 1 / alpha
    diagonal[1:] += beta[1:] / alpha[:-1]
    beside = np.sqrt(beta[1:]) / alpha[:-1]
    least = eigvalsh_tridiagonal(diagonal, beside, select="i", select_range=(0, 0))[0]
    return float(np.clip(least, 1e-6, 1.0))
