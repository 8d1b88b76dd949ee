"""How large the error still is: an estimate from what the search computes anyway.

With r the residual and V the multigrid cycle, z = V r is an approximation of the error e = A^-1 r:
e = (V A)^-1 z. Two things tell by how much e can exceed z, less the part that is added at last. In
conjugate gradients the smallest eigenvalue mu of V A is approached from above by that of the
tridiagonal matrix (Lanczos) that the lengths of the steps and the shares of the directions make
up. And what falls to rho times itself in a step, as z did in the last one, will add up to
z / (1 - rho).
The estimate is a multiple of

    (1 + 1.6 / n) max|z| / ((1 - rho) sqrt(mu))

after n steps: small eigenvalues show late. It is less than the worst case of either and holds
because modes that cycles do not see at all are taken out exactly, on islands or clusters of pixels
(`varcolor.solve.islands`). Where there are many of these there are others that nearly are such
modes: both say by how much larger the estimate is to be.

Conjugate residuals, for non-symmetric matrices, let z fall so evenly that every pixel tells for
itself how slow its part of the error is: what falls to rho times itself in a step will add up to
z / (1 - rho). The estimate is a multiple of the largest such number, rho being the smaller one of
the last two steps (`varcolor.backend.kernels.trail`). Searches that take long are those with small
eigenvalues, for which that is too little: the multiple grows with the steps. It is larger again
once more than one direction is kept, and still larger where they are from the beginning: a search
that began with a single one got stuck. Those of hundred steps can be at the limit of single
precision, where z says little: regions that are tied to the rest by a millionth.

The multiples were calibrated against direct solutions (`benchmarks/estimator`).

Reference: G. Meurant, "The Lanczos and Conjugate Gradient Algorithms", SIAM 2006, ch. 2.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.solve.refine import Search
from varcolor.typing import Array

#: Multiples of max|z| / ((1 - rho) sqrt(mu)), and of max|z / (1 - rho)| of the pixels.
_BY_MODES, _BY_PIXEL = 1.6, 2.2
#: After n steps they are raised by these over n.
_EARLY, _EARLY_PIXEL = 1.6, 1.0
#: Multiple of max|z| / mu where no fall is known, or z nothing but rounding.
_BY_EIGENVALUE = 3.0
#: The largest rho to believe in.
_SLOWEST = 0.9
#: Steps for a non-symmetric matrix that double the multiple, which grows with their third power,
#: and by how much it grows at most.
_LATE, _GROWTH = 17, 20.0
#: By how much more where several directions are kept: after some steps, from the beginning.
_WIDENED, _WIDE = 1.4, 3.0
#: Smallest eigenvalue to believe in.
_LEAST = 1e-6
#: Halvings of the interval in which the eigenvalue is searched.
_HALVINGS = 36


def estimated_error(search: Search, known: float = 0.0) -> float:
    """Return the estimated largest error, after `Search.finish`, as ``search.level`` measures.

    Infinite before the first step, unless nothing is left to do, or ``known`` is given: `reach` at
    the end of an earlier search with almost the same matrix.
    """
    if not search.level:
        return 0.0
    if not math.isfinite(search.level) or not (search.steps or known):
        return math.inf
    if not search.symmetric:
        factor = 1 + _EARLY_PIXEL / max(search.steps, 1)
        factor += min((search.steps / _LATE) ** 3, _GROWTH)
        factor *= _WIDE if search.kept > 1 else _WIDENED if search.widened else 1.0
        return _BY_PIXEL * factor * (search.lasting if search.steps else known * search.level)
    far = max(reach(search), known)
    if search.stuck or not search.steps:
        return _BY_EIGENVALUE * (1 + 1 / max(search.steps, 1)) * far * search.level
    rho = min(search.level / max(search.levels[-2], search.level), _SLOWEST)
    factor = 1 + _EARLY / search.steps
    return _BY_MODES * factor * search.level * math.sqrt(far) / (1 - rho)


def reach(search: Search) -> float:
    """Return how much larger than max|z| the error may be, but for a constant factor."""
    if not search.symmetric:
        return search.lasting / search.level
    seen = [*search.earlier, (search.alphas, search.betas)]
    return 1 / min(smallest_eigenvalue(*steps, channel) for steps in seen for channel in range(2))


def smallest_eigenvalue(alphas: list[Array], betas: list[Array], channel: int) -> float:
    """Return the smallest eigenvalue of the tridiagonal matrix of one channel, at most 1."""
    diagonal, beside = _lanczos(alphas, betas, channel)
    if not len(diagonal):
        return 1.0
    return max(_bisected(diagonal.tolist(), (beside * beside).tolist()), _LEAST)


def largest_eigenvalue(alphas: list[Array], betas: list[Array]) -> float:
    """Return the largest eigenvalue of the tridiagonal matrices of both channels.

    0 if there is none: channels that are solved exactly, or steps that are no numbers.
    """
    largest = 0.0
    for channel in range(2):
        diagonal, beside = _lanczos(alphas, betas, channel)
        if len(diagonal) and np.isfinite(diagonal).all() and np.isfinite(beside).all():
            matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
            largest = max(largest, float(np.linalg.eigvalsh(matrix)[-1]))
    return largest


def _lanczos(alphas: list[Array], betas: list[Array], channel: int) -> tuple[Array, Array]:
    """Return the diagonal of a channel's tridiagonal matrix, and what is beside it."""
    alpha = np.array([a[channel] for a in alphas])
    beta = np.array([b[channel] for b in betas])
    done = np.flatnonzero(alpha <= 0)
    count = int(done[0]) if len(done) else len(alpha)  # a channel that is solved exactly
    alpha, beta = alpha[:count], np.abs(beta[:count])
    diagonal = 1 / alpha
    diagonal[1:] += beta[1:] / alpha[:-1]
    return diagonal, np.sqrt(beta[1:]) / alpha[:-1]


def _bisected(diagonal: list[float], squares: list[float]) -> float:
    """Return the smallest eigenvalue of a positive definite tridiagonal matrix, at most 1.

    ``squares`` are those of the entries beside the diagonal. A number is below the eigenvalues if
    elimination of the matrix less that number on the diagonal meets positive pivots only.
    """
    low, high = 0.0, min(1.0, *diagonal)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        pivot = diagonal[0] - middle
        for entry, square in zip(diagonal[1:], squares, strict=True):
            if pivot <= 0:
                break
            pivot = entry - middle - square / pivot
        if pivot > 0:
            low = middle
        else:
            high = middle
    return low
