"""How well a kernel explains the cues of a picture, and the gradient by its parameters.

Two criteria, both for chroma with unknown mean and scale. With K the covariance of the points
(noise included) and P = K^-1 - K^-1 1 1' K^-1 / (1' K^-1 1):

- `restricted`: minus the logarithm of the restricted likelihood, the scale of every channel
  profiled out (Rasmussen & Williams 2006, ch. 5.4, and D. Harville 1977);
- `left_out`: the logarithm of the mean square error when every point is predicted from the others,
  e_i = (P y)_i / P_ii (Dubrule 1983).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from varcolor.prior.kernel import Kernel, squared_distances
from varcolor.prior.points import Points
from varcolor.typing import FloatArray

#: (P, log |K| + log 1'K^-1 1, y) -> value, and the matrix G with d value = sum_ij G_ij dK_ij.
Criterion = Callable[[FloatArray, float, FloatArray], tuple[float, FloatArray]]


def restricted(P: FloatArray, determinant: float, y: FloatArray) -> tuple[float, FloatArray]:
    """Return minus the restricted log-likelihood per point."""
    n, channels = y.shape
    alpha = P @ y
    size = np.einsum("nc,nc->c", y, alpha) + 1e-12
    value = channels * determinant / 2 + (n - 1) / 2 * np.log(size).sum()
    G = channels / 2 * P - (n - 1) / 2 * (alpha / size) @ alpha.T
    return value / n, G / n


def left_out(P: FloatArray, determinant: float, y: FloatArray) -> tuple[float, FloatArray]:
    """Return the log of the mean square error of points left out."""
    alpha, diagonal = P @ y, np.diag(P)[:, None]
    error = alpha / diagonal
    total = float((error**2).sum()) + 1e-9
    q = 2 * error / diagonal / total
    cross = alpha @ (P @ q).T
    G = (P * (q * error).sum(axis=1)) @ P - (cross + cross.T) / 2
    return float(np.log(total / y.size)), G


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each parameter stands in the vector of logarithms."""

    kernels: int
    features: int

    def kernel(self, theta: FloatArray) -> Kernel:
        """Return the kernel of a vector, with variances that sum to 1."""
        values, k = np.exp(theta), self.kernels
        total = values[0] + values[2 : 2 + k].sum()
        lengths = values[3 + k :].reshape(k, self.features)
        return Kernel(
            values[0] / total, values[1], values[2 : 2 + k] / total, lengths, values[2 + k] / total
        )

    def vector(self, kernel: Kernel) -> FloatArray:
        """Return the vector of a kernel."""
        head = [kernel.luma_share, kernel.luma_length, *kernel.shares, kernel.noise]
        return np.log(np.concatenate([head, kernel.lengths.ravel()]))


def cost(kernel: Kernel, points: Points, criterion: Criterion) -> tuple[float, FloatArray]:
    """Return a criterion and its gradient by the logarithms of the parameters."""
    x = points.features
    gap = np.abs(np.subtract.outer(x[:, 0], x[:, 0]))
    parts = [kernel.luma_share * np.exp(-gap / kernel.luma_length)]
    radii = []
    for share, lengths in zip(kernel.shares, kernel.lengths, strict=True):
        squares = squared_distances(x / lengths, x / lengths)
        np.fill_diagonal(squares, 0)  # a point is at no distance from itself, but for rounding
        radius = np.sqrt(squares)
        radii.append(radius)
        parts.append(share * np.exp(-radius))
    noise = kernel.noise * points.noise
    K = np.add.reduce(parts) + np.diag(noise + 1e-9)
    inverse = np.linalg.inv(K)
    ones = inverse.sum(axis=1)
    P = inverse - np.outer(ones, ones) / ones.sum()
    determinant = float(np.linalg.slogdet(K)[1] + np.log(ones.sum()))
    value, G = criterion(P, determinant, points.values)
    head = [(G * parts[0]).sum(), (G * parts[0] * gap).sum() / kernel.luma_length]
    head += [(G * part).sum() for part in parts[1:]]
    head.append((np.diag(G) * noise).sum())
    for part, radius, lengths in zip(parts[1:], radii, kernel.lengths, strict=True):
        M = G * part / np.maximum(radius, 1e-9)
        np.fill_diagonal(M, 0)
        scaled = x / lengths
        sums = M.sum(axis=0) + M.sum(axis=1)
        head.extend(
            (scaled**2 * sums[:, None]).sum(axis=0) - 2 * ((M @ scaled) * scaled).sum(axis=0)
        )
    return value, np.array(head)
