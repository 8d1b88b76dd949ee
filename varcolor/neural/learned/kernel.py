"""The covariance of the prior `learned` in PyTorch, and the regression for many numbers of cues.

With C C' = K the factor for the cues in an order drawn at random, W = C^-1 k(H, X) and
r = C^-1 (y - m): the answer to the first n cues alone is m + W[:n]' r[:n], its variance
k(x, x) - sum W[:n]^2. So one factorisation scores every number of cues.
`varcolor.prior.learned.covariance` and `.regression` are the same on NumPy for one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from varcolor.prior.kernel import fitted_kernel
from varcolor.prior.learned.covariance import EACH

_JITTER, _LEAST, _LEAST_SQUARE = 1e-4, 1e-3, 1e-5


@cache
def kernel_class() -> Any:
    """Return the class of the covariance, a ``torch.nn.Module`` of logarithms of its parameters."""
    import torch
    from torch import nn

    class LearnedKernel(nn.Module):  # type: ignore[misc]
        """It begins as the kernel of the prior `gp`, with a mean that is drawn."""

        def __init__(self) -> None:
            super().__init__()
            own = fitted_kernel()

            def logarithm(values: Any) -> Any:
                tensor = torch.as_tensor(values, dtype=torch.float32)
                return nn.Parameter(torch.log(tensor))

            self.shares = logarithm([0.6, own.luma_share, *own.shares, 0.05])
            self.scale = logarithm([0.4])
            self.luma_length = logarithm([own.luma_length])
            self.lengths = logarithm(own.lengths)
            self.learned = logarithm([0.15, 0.15, 1.0])
            self.noise = logarithm([6e-3])
            self.degrees = logarithm([8.0])

        def correlation(self, x: Any, y: Any) -> Any:
            """Return the covariance without v and amplitudes, (B, N, M).

            Both sides are (B, N, 17 + 48): hand-made features with the position, learned ones.
            """
            shares, learned = self.shares.exp(), self.learned.exp()
            cut = self.lengths.shape[1]
            gap = (x[:, :, None, 0] - y[:, None, :, 0]).abs()
            result = shares[0] + shares[1] * torch.exp(-gap / self.luma_length.exp())
            for k in range(3):
                columns = slice(cut + k * EACH, cut + (k + 1) * EACH)
                sides = []
                for side in (x, y):
                    parts = [side[..., columns] * learned[k]]
                    if k < 2:
                        parts.insert(0, side[..., :cut] * torch.exp(-self.lengths[k]))
                    sides.append(torch.cat(parts, -1))
                result = result + shares[2 + k] * torch.exp(-_distance(*sides))
            return result

        def predicted(
            self, points: Any, values: Any, noise: Any, places: Any, counts: Sequence[int]
        ) -> list[tuple[Any, Any]]:
            """Return mean (B, M, 2) and variance (B, M) at places for the first n of the points.

            Parameters
            ----------
            points, places : tuple of (features, amplitude, mean)
                (B, N, .), (B, N) and (B, N, 2), of the points and of the places.
            values : Tensor, shape (B, N, 2)
                Chroma of the points, in the network's units.
            noise : Tensor, shape (B, N)
                In units of the kernel's.
            counts : sequence of int
                Numbers of points, ascending.
            """
            (own, amplitude, mean), (features, size, answer) = points, places
            n = values.shape[1]
            k = self.correlation(own, torch.cat([own, features], 1)) * amplitude[:, :, None]
            k = k * torch.cat([amplitude, size], 1)[:, None, :]
            diagonal = torch.diag_embed(self.noise.exp() * noise + _JITTER)
            factor = torch.linalg.cholesky(k[:, :, :n] + diagonal)
            sides = torch.cat([k[:, :, n:], values - mean], 2)
            solved = torch.linalg.solve_triangular(factor, sides, upper=False)
            weights, known = solved[..., :-2], solved[..., -2:]
            total = self.shares.exp().sum() * size**2
            degrees, scale = self.degrees.exp(), self.scale.exp()
            variance, evidence, last = total, torch.zeros_like(values[:, 0, 0]), 0
            found = []
            for count in counts:
                part = slice(last, count)
                answer = answer + weights[:, part].transpose(1, 2) @ known[:, part]
                variance = variance - (weights[:, part] ** 2).sum(1)
                evidence = evidence + (known[:, part] ** 2).sum((1, 2))
                size_now = (degrees * scale + evidence) / (degrees + 2 * count)
                bounded = torch.maximum(variance, _LEAST * total)
                found.append((answer, bounded * size_now[:, None]))
                last = count
            return found

    def _distance(x: Any, y: Any) -> Any:
        middle = y.mean(1, keepdim=True)
        x, y = x - middle, y - middle
        square = (x * x).sum(-1)[:, :, None] + (y * y).sum(-1)[:, None] - 2 * x @ y.transpose(1, 2)
        return (square.clamp(min=0) + _LEAST_SQUARE).sqrt()

    return LearnedKernel
