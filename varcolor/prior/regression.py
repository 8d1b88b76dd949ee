"""Gaussian-process regression with an unknown mean: values from points, with their variance.

With K the covariance of the points (noise included), k(x) that of x with them and 1 a vector of
ones, the best linear unbiased guess and its variance are

    p(x) = m + k(x)' K^-1 (y - m),                              m = 1' K^-1 y / (1' K^-1 1),
    v(x) = k(x, x) - k(x)' K^-1 k(x) + (1 - 1' K^-1 k(x))^2 / (1' K^-1 1).

Points of one value give this value everywhere.

Reference: C. Rasmussen, C. Williams, "Gaussian Processes for Machine Learning", 2006, eq. 2.25 f.
and 2.41 f. with a flat prior of the mean (universal kriging).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from varcolor.prior.kernel import Kernel
from varcolor.typing import Array, FloatArray

#: Pixels that are predicted at a time.
_BLOCK = 1 << 13
#: Added to the diagonal: points of equal features leave the matrix positive definite.
_JITTER = 1e-8


def _quiet() -> np.errstate:
    """Let products of finite numbers raise no warning: OpenBLAS does it now and then."""
    return np.errstate(invalid="ignore")  # numpy/numpy#24067, OpenMathLib/OpenBLAS#1924


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A kernel conditioned on points."""

    kernel: Kernel
    points: Array
    """(M, F) float32: their features."""
    mean: FloatArray
    """(C,)."""
    alpha: Array
    """(M, C) float32: K^-1 (y - mean)."""
    root: Array
    """(M, M) float32: lower triangular R with R K R' = 1."""
    ones: Array
    """(M,) float32: K^-1 1."""
    middle: float
    """1' K^-1 1."""

    @classmethod
    def of(
        cls, kernel: Kernel, features: FloatArray, values: FloatArray, noise: FloatArray
    ) -> Regression:
        """Condition a kernel.

        Parameters
        ----------
        kernel : Kernel
            The covariance.
        features : ndarray, shape (M, F)
            Of the points.
        values : ndarray, shape (M, C)
            At the points.
        noise : ndarray, shape (M,)
            Variances of the values' errors.
        """
        from scipy.linalg import cholesky, solve_triangular

        matrix = kernel.covariance(features, features) + np.diag(noise + _JITTER)
        factor = cholesky(matrix, lower=True)
        root = solve_triangular(factor, np.eye(len(factor)), lower=True)
        ones = root.T @ root.sum(axis=1)
        middle = float(ones.sum())
        # The mean is taken about the first value, so that equal values give it without rounding.
        offset = values - values[0]
        mean = ones @ offset / middle
        alpha = root.T @ (root @ (offset - mean))
        return cls(
            kernel,
            features.astype(np.float32),
            values[0] + mean,
            alpha.astype(np.float32),
            root.astype(np.float32),
            ones.astype(np.float32),
            middle,
        )

    def predict(self, features: FloatArray) -> FloatArray:
        """Return the values (N, C) at features (N, F)."""
        values = np.empty((len(features), self.alpha.shape[1]))
        for block, k in self._covariances(features):
            with _quiet():
                values[block] = self.mean + k @ self.alpha
        return values

    def variance(self, features: FloatArray) -> FloatArray:
        """Return the variances (N,) of the values at features (N, F), above zero."""
        variances = np.empty(len(features))
        for block, k in self._covariances(features):
            with _quiet():
                known = np.einsum("nm,nm->n", *[k @ self.root.T] * 2)
                missing = (1 - k @ self.ones) ** 2 / self.middle
            variances[block] = self.kernel.variance - known + missing
        return np.maximum(variances, 1e-4 * self.kernel.variance)

    def _covariances(self, features: FloatArray) -> Iterator[tuple[slice, Array]]:
        """Yield parts of the pixels and their covariances (n, M) with the points."""
        for begin in range(0, len(features), _BLOCK):
            block = slice(begin, begin + _BLOCK)
            yield block, self.kernel.covariance(features[block].astype(np.float32), self.points)
