"""How large the error still is: an estimate from what the search computes anyway.

With r the residual and V the multigrid cycle, z = V r is an approximation of the error e = A^-1 r:
e = (V A)^-1 z. The smallest eigenvalue of V A tells by how much e can exceed z. In conjugate
gradients it is approached from above by that of the tridiagonal matrix (Lanczos) that the lengths
of the steps and the shares of the directions make up; the estimate is a multiple of max|z| over
that eigenvalue, as much larger again as the eigenvalue has fallen over the last steps, and larger
in the first steps, since small eigenvalues show late. A z that no longer gets smaller is the part
of the error for whose eigenvalue 1 - rho is a guess, rho being by how much it fell last: the
estimate is at least a multiple of max|z| / (1 - rho).

For non-symmetric matrices steps and shares make up a Hessenberg matrix, whose smallest eigenvalue
tells less: the estimate is a multiple of max|z| over its square root and over 1 - rho, rho being
how fast max|z| has fallen lately. Searches that take long are those with small eigenvalues, so that
the multiple grows with the steps.

There are modes of symmetric matrices that nothing of this tells: a few flat pixels without a coarse
one among them can have an eigenvalue of 1/40 and a small part of the first error, which then shows
when all else is gone. So the estimate is not below that part, until max|z| is too small for such a
mode.

The multiples were calibrated against direct solutions (`benchmarks/estimator`).

Reference: G. Meurant, "The Lanczos and Conjugate Gradient Algorithms", SIAM 2006, ch. 2.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np

from varcolor.solve.refine import Search
from varcolor.typing import Array

#: Multiples of max|z| over the smallest eigenvalue, and over its root times 1 - rho.
_BY_EIGENVALUE, _BY_BOTH = 3.0, 4.5
#: After n steps they are raised by this over n: small eigenvalues show late.
_EARLY = 1.0
#: Steps for a non-symmetric matrix that double the multiple, which grows with their square, and by
#: how much it grows at most.
_LATE, _GROWTH = 10, 2.0
#: Multiple of max|z| / (1 - rho) for symmetric matrices, and the largest rho to believe in.
_BY_LAST_FALL, _SLOWEST = 4.0, 0.9
#: What a hidden mode has of the first max|z|, and by how much it may exceed the present one.
_FAINT, _HIDDEN = 0.025, 40.0
#: Steps over which the fall of the eigenvalue and the rate are taken.
_LAG, _WINDOW = 3, 8
#: Steps for a non-symmetric matrix that eigenvalues are taken of, the first ones.
_MOST = 80
#: Smallest eigenvalue to believe in, and shortest step that tells something.
_LEAST, _SHORTEST = 1e-6, 1e-30
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
    factor = _BY_EIGENVALUE if search.symmetric else _BY_BOTH
    growth = 0.0 if search.symmetric else min((search.steps / _LATE) ** 2, _GROWTH)
    factor *= 1 + _EARLY / max(search.steps, 1) + growth
    now = reach(search) if search.steps else 0.0
    if search.symmetric and not known:
        now *= now * _smallest(search, _LAG)
    estimate = factor * search.level * max(now, known)
    if search.symmetric and search.steps and not search.stuck:  # else z is nothing but rounding
        rho = min(search.level / max(search.levels[-2], search.level), _SLOWEST)
        estimate = max(estimate, _BY_LAST_FALL * search.level / (1 - rho))
        estimate = max(estimate, min(_FAINT * search.levels[0], _HIDDEN * search.level))
    return estimate


def reach(search: Search) -> float:
    """Return how much larger than max|z| the error may be, but for a constant factor."""
    least = _smallest(search)
    if search.symmetric:
        return 1 / least
    levels = search.levels
    peaks = [max(pair) for pair in itertools.pairwise([levels[0], *levels[-_WINDOW - 2 :]])]
    rate = (peaks[-1] / peaks[0]) ** (1 / (len(peaks) - 1))
    return float(1 / (math.sqrt(least) * max(1 - rate, 1e-9)))


def _smallest(search: Search, lag: int = 0) -> float:
    """Return the smallest eigenvalue of both channels that was seen ``lag`` steps ago."""
    count = max(len(search.alphas) - lag, 0)
    seen = [*search.earlier, (search.alphas[:count], search.betas[:count])]
    find = smallest_eigenvalue if search.symmetric else smallest_of_hessenberg
    return min(find(*steps, channel) for steps in seen for channel in range(2))


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


def smallest_of_hessenberg(alphas: list[Array], betas: list[Array], channel: int) -> float:
    """Return the smallest absolute value of an eigenvalue, at most 1, for a non-symmetric matrix.

    A step along p_j = z_j - sum_i s_ij p_i, i < j, leaves z_{j+1} = z_j - alpha_j V A p_j: as
    matrices V A Z = Z T S, but for the last z, with the lower bidiagonal T of 1 / alpha_j and
    -1 / alpha_j, and the unit upper triangle S of s_ij.
    """
    lengths = tuple(float(a[channel]) for a in alphas[:_MOST])
    count = lengths.index(0.0) if 0.0 in lengths else len(lengths)  # solved exactly from there on
    shares = tuple(tuple(b[:, channel].tolist()) for b in betas[:count])
    return _least_of_hessenberg(lengths[:count], shares)


@lru_cache(maxsize=32)  # steps beyond `_MOST`, and searches begun anew, ask for the same again
def _least_of_hessenberg(
    lengths: tuple[float, ...], shares: tuple[tuple[float, ...], ...]
) -> float:
    if not lengths:
        return 1.0
    alpha, upper = np.array(lengths), np.eye(len(lengths))
    if np.abs(alpha).min() < _SHORTEST:
        return _LEAST
    for j, before in enumerate(shares):
        for k, share in enumerate(before):
            upper[j - 1 - k, j] = share
    matrix = (np.diag(1 / alpha) - np.diag(1 / alpha[:-1], -1)) @ upper
    return float(np.clip(np.abs(np.linalg.eigvals(matrix)).min(), _LEAST, 1))


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
