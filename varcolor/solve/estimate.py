"""How large the error still is: an estimate from what the search computes anyway.

With r the residual and V the multigrid cycle, z = V r is an approximation of the error e = A^-1 r:
e = (V A)^-1 z. The smallest eigenvalue of V A tells by how much e can exceed z. In conjugate
gradients it is approached from above by that of the tridiagonal matrix (Lanczos) that the lengths
of the steps and the shares of the directions make up; the estimate is a multiple of max|z| over
that eigenvalue, as much larger again as the eigenvalue has fallen over the last steps, and larger
in the first steps, since small eigenvalues show late. A z that no longer gets smaller is the part
of the error for whose eigenvalue 1 - rho is a guess, rho being by how much it fell last: the
estimate is at least a multiple of max|z| / (1 - rho).

Conjugate residuals, for non-symmetric matrices, let z fall so evenly that every pixel tells for
itself how slow its part of the error is: what falls to rho times itself in a step will add up to
z / (1 - rho). The estimate is a multiple of the largest such number, rho being the smaller one of
the last two steps (`varcolor.backend.kernels.trail`). Searches that take long are those with small
eigenvalues, for which that is too little: the multiple grows with the steps. It is larger again
once more than one direction is kept, and still larger where they are from the beginning: a search
that began with a single one got stuck. Those of hundred steps can be at the limit of single
precision, where z says little: regions that are tied to the rest by a millionth.

There are modes of symmetric matrices that nothing of this tells: a few flat pixels without a coarse
one among them can have an eigenvalue of 1/40 and a small part of the first error, which then shows
when all else is gone. So the estimate is not below that part, until max|z| is too small for such a
mode.

The multiples were calibrated against direct solutions (`benchmarks/estimator`).

Reference: G. Meurant, "The Lanczos and Conjugate Gradient Algorithms", SIAM 2006, ch. 2.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.solve.refine import Search
from varcolor.typing import Array

#: Multiples of max|z| over the smallest eigenvalue, and of max|z / (1 - rho)|.
_BY_EIGENVALUE, _BY_PIXEL = 3.0, 3.2
#: After n steps they are raised by this over n: small eigenvalues show late.
_EARLY = 1.0
#: Steps for a non-symmetric matrix that double the multiple, which grows with their square, and by
#: how much it grows at most.
_LATE, _GROWTH = 20, 20.0
#: By how much more where several directions are kept: after some steps, from the beginning.
_WIDENED, _WIDE = 1.25, 3.0
#: Multiple of max|z| / (1 - rho) for symmetric matrices, and the largest rho to believe in.
_BY_LAST_FALL, _SLOWEST = 4.0, 0.9
#: What a hidden mode has of the first max|z|, and by how much it may exceed the present one.
_FAINT, _HIDDEN = 0.025, 40.0
#: Steps over which the fall of the eigenvalue is taken.
_LAG = 3
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
    factor = 1 + _EARLY / max(search.steps, 1)
    if not search.symmetric:
        factor += min((search.steps / _LATE) ** 2, _GROWTH)
        factor *= _WIDE if search.kept > 1 else _WIDENED if search.widened else 1.0
        return _BY_PIXEL * factor * (search.lasting if search.steps else known * search.level)
    now = reach(search) if search.steps else 0.0
    if not known:
        now *= now * _smallest(search, _LAG)
    estimate = _BY_EIGENVALUE * factor * search.level * max(now, known)
    if search.steps and not search.stuck:  # else z is nothing but rounding
        rho = min(search.level / max(search.levels[-2], search.level), _SLOWEST)
        estimate = max(estimate, _BY_LAST_FALL * search.level / (1 - rho))
        estimate = max(estimate, min(_FAINT * search.levels[0], _HIDDEN * search.level))
    return estimate


def reach(search: Search) -> float:
    """Return how much larger than max|z| the error may be, but for a constant factor."""
    return 1 / _smallest(search) if search.symmetric else search.lasting / search.level


def _smallest(search: Search, lag: int = 0) -> float:
    """Return the smallest eigenvalue of both channels that was seen ``lag`` steps ago."""
    count = max(len(search.alphas) - lag, 0)
    seen = [*search.earlier, (search.alphas[:count], search.betas[:count])]
    return min(smallest_eigenvalue(*steps, channel) for steps in seen for channel in range(2))


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
