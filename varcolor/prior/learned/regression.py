"""Gaussian-process regression with a learned mean, and a variance that looks at the cues.

With m(x) the network's mean chroma, K the covariance of the points (noise included) in parts of the
photo's variance v, y their chroma,

    p(x) = m(x) + k(x)' K^-1 (y - m),    t = (d v + |r|^2) / (d + 2 n),
    v(x) = t (k(x, x) - k(x)' K^-1 k(x)),    r = C^-1 (y - m), C C' = K:

the n points with two channels each tell the photo's own variance t, beside d degrees of freedom of
what is known before, so that points that agree with what was expected make everything more certain.

Beside it, with M_1 and M_2 the regression of y and of y^2 with a flat prior of their means
(`varcolor.prior.regression`), M_2 - M_1^2, summed over both channels, is the spread of colour among
the cues that a place resembles.

Reference: C. Rasmussen, C. Williams, "Gaussian Processes for Machine Learning", 2006, ch. 2.7 and
9.9 (Student-t processes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.prior.learned.covariance import Covariance
from varcolor.typing import Array, FloatArray

#: Places that are predicted at a time.
_BLOCK = 1 << 13
#: Added to the diagonal, as in training.
_JITTER = 1e-4
#: Least variance, in parts of that without cues.
_LEAST = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where values are known or wanted."""

    embedded: Array
    """(N, F) float32: see `Covariance.embedded`."""
    amplitude: Array
    """(N,) float32: s."""
    mean: Array
    """(N, 2) float32: m."""


def predicted(
    covariance: Covariance, points: Places, values: FloatArray, noise: FloatArray, at: Places
) -> tuple[Array, Array, Array]:
    """Return the chroma (N, 2), its variance (N,) and the spread (N,) of the cues alike at places.

    All in the network's units; the spread is a variance.

    Parameters
    ----------
    covariance : Covariance
        Of the chroma.
    points : Places
        The M known ones; none leave the mean as it is.
    values : ndarray, shape (M, 2)
        Their chroma.
    noise : ndarray, shape (M,)
        Variances of their errors, in parts of v.
    at : Places
        The N wanted ones.
    """
    total = covariance.variance * at.amplitude**2
    if not len(values):
        return at.mean, covariance.scale * total, np.zeros_like(total)
    from scipy.linalg import cholesky, solve_triangular

    matrix = covariance.correlation(
        points.embedded.astype(np.float64), points.embedded.astype(np.float64)
    )
    matrix *= np.multiply.outer(points.amplitude, points.amplitude)
    matrix[np.diag_indices(len(matrix))] += noise + _JITTER
    factor = cholesky(matrix, lower=True)
    root = solve_triangular(factor, np.eye(len(factor)), lower=True)
    known = root @ (values - points.mean)
    evidence = covariance.degrees * covariance.scale + float((known**2).sum())
    scale = evidence / (covariance.degrees + 2 * len(values))
    weights = root.T @ known
    middle, more = _moments(root, values)
    weights = np.concatenate([weights, more], axis=1).astype(np.float32)
    root = (root.T * points.amplitude[:, None]).astype(np.float32)
    weights *= points.amplitude[:, None]
    chroma, variance, spread = at.mean.copy(), np.empty_like(total), np.empty_like(total)
    for begin in range(0, len(total), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        k = covariance.correlation(at.embedded[block], points.embedded)
        k *= at.amplitude[block, None]
        with np.errstate(invalid="ignore"):  # numpy/numpy#24067: OpenBLAS raises it for nothing
            found = k @ weights
            part = k @ root
        chroma[block] += found[:, :2]
        moments = middle + found[:, 2:]
        spread[block] = (moments[:, 2:] - moments[:, :2] ** 2).sum(axis=1)
        variance[block] = total[block] - np.einsum("nm,nm->n", part, part)
    return chroma, scale * np.maximum(variance, _LEAST * total), np.maximum(spread, 0.0)


def _moments(root: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the means (4,) and weights (M, 4) of the regression of values and their squares."""
    targets = np.concatenate([values, values**2], axis=1)
    ones = root.T @ root.sum(axis=1)
    offset = targets - targets[0]
    middle = ones @ offset / ones.sum()
    return targets[0] + middle, root.T @ (root @ (offset - middle))
