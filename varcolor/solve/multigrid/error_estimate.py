"""Error estimate from the Lanczos eigenvalues and contraction rates of the iteration.

With r the residual and V the multigrid cycle, z = V r is an approximation of the error e = A^-1 r:
e = (V A)^-1 z. Two things tell by how much e can exceed z, less the part that is added at last. In
conjugate gradients the smallest eigenvalue mu of V A is approached from above by that of the
tridiagonal matrix (Lanczos) that the lengths of the steps and the shares of the directions make
up. And what falls to rho times itself in a step, as z did in the last one, will add up to
z / (1 - rho).
The estimate is a multiple of

    (1 + 1.5 / n) max|z| / ((1 - rho) sqrt(mu))

after n steps: small eigenvalues show late. Before the first, the error is at most a few max|z|. It
is less than the worst case of either and holds because modes that cycles do not see at all are
taken out exactly, on islands or clusters of pixels (`varcolor.solve.multigrid.deflation_islands`).
Where there are many of these there are others that nearly are such modes: both say by how much
larger the estimate is to be.

Conjugate residuals, for non-symmetric matrices, let z fall so evenly that every pixel tells for
itself how slow its part of the error is: what falls to rho times itself in a step will add up to z
/ (1 - rho). The estimate is a multiple of the largest such number, rho being the smaller one of the
last two steps, at most 0.9 (`varcolor.backend.kernels.multigrid.contraction_rate`). Where that
number itself has fallen more slowly than this in some steps, it is multiplied by what the slower
fall adds up to. Searches that take long are those with small eigenvalues, for which that is too
little: the multiple grows with the steps. It is larger again once more than one direction is kept,
and still larger where they are from the beginning: a search that began with a single one got stuck.
Those of hundred steps can be at the limit of single precision, where z says little: regions that
are tied to the rest by a millionth.

The multiples were calibrated against direct solutions (`benchmarks/estimator`).

Reference: G. Meurant, "The Lanczos and Conjugate Gradient Algorithms", SIAM 2006, ch. 2.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.backend.kernels.multigrid.contraction_rate import MOST
from varcolor.solve.multigrid.krylov import PreconditionedKrylov
from varcolor.typing import Array

#: Multiples of max|z| / ((1 - rho) sqrt(mu)), and of max|z / (1 - rho)| of the pixels.
_BY_MODES, _BY_PIXEL = 1.45, 2.05
#: After n steps they are raised by these over n.
_EARLY, _EARLY_PIXEL = 1.5, 1.3
#: Multiple of max|z|, twice of max|z| / mu, where no fall is known or z is nothing but rounding.
_BY_EIGENVALUE = 3.0
#: The largest rho to believe in.
_SLOWEST = 0.9
#: Steps for a non-symmetric matrix that double the multiple, which grows with their third power,
#: and by how much it grows at most.
_LATE, _GROWTH = 22, 20.0
#: The slowest fall of all pixels' largest number that counts, and the steps in which it is seen.
_CREEPING, _SEEN = 0.97, 4
#: By how much more where several directions are kept: after some steps, from the beginning.
_WIDENED, _WIDE = 1.4, 3.0
#: Smallest eigenvalue to believe in.
_LEAST = 1e-6
#: Halvings of the interval in which the eigenvalue is searched.
_HALVINGS = 36


def estimated_error(search: PreconditionedKrylov, known: float = 0.0) -> float:
    """Return the estimated largest error after ``search.finish``, in the units of ``search.level``.

    If the matrix is not symmetric, infinite before the first step, unless nothing is left to do, or
    ``known`` is given: `amplification` at the end of an earlier search with almost the same matrix.
    """
    if not search.level:
        return 0.0
    if not math.isfinite(search.level) or not (search.steps or known or search.symmetric):
        return math.inf
    if not search.symmetric:
        factor = 1 + _EARLY_PIXEL / max(search.steps, 1)
        factor += min((search.steps / _LATE) ** 3, _GROWTH)
        factor *= _WIDE if search.kept > 1 else _WIDENED if search.widened else 1.0
        return (
            _BY_PIXEL * factor * (amplification(search) if search.steps else known) * search.level
        )
    if not search.steps:
        return _BY_EIGENVALUE * max(2 * known, 1.0) * search.level
    far = max(amplification(search), known)
    if search.stuck:
        return _BY_EIGENVALUE * (1 + 1 / search.steps) * far * search.level
    rho = min(search.level / max(search.levels[-2], search.level), _SLOWEST)
    factor = 1 + _EARLY / search.steps
    return _BY_MODES * factor * search.level * math.sqrt(far) / (1 - rho)


def amplification(search: PreconditionedKrylov) -> float:
    """Return how much larger than max|z| the error may be, but for a constant factor."""
    if not search.symmetric:
        if not search.level:
            return 1.0  # nothing is left to tell
        return _creeping(search.error_indicators) * search.error_indicators[-1] / search.level
    seen = [*search.earlier, (search.alphas, search.betas)]
    return 1 / min(smallest_eigenvalue(*steps, channel) for steps in seen for channel in range(2))


def _creeping(numbers: list[float]) -> float:
    """Return by how much too little the numbers of all steps tell, since they fall slowly."""
    most = 1.0
    for before, now in zip(numbers[1:], numbers[1 + _SEEN :], strict=False):
        if now > 0:
            fall = min((now / before) ** (1 / _SEEN), _CREEPING) if before > 0 else _CREEPING
            most = max(most, (1 - float(MOST)) / (1 - fall))
    return most


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
