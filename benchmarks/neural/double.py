"""A simulated network: the truth with smooth errors, wrong regions and an honest distribution.

It stands in where no weights are: its errors at a pixel are normal with a standard deviation that
it knows and tells by its distribution, ``quiet`` over most of the picture and ``wrong`` in blobs
over a part of it; they do not depend on hints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.neural.networks.bins import grid_bins
from varcolor.prior.features import resized
from varcolor.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedNetwork:
    """What a prior calls: `chroma` and `distribution`, of one picture."""

    answer: FloatArray
    """(H, W, 2): a*, b*."""
    sigma: FloatArray
    """(H, W): standard deviation of its errors in a* and in b*."""
    calls: list[tuple[int, int]]
    """Sizes that it was run at."""
    has_distribution: bool = True
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        truth: FloatArray,
        seed: int,
        *,
        quiet: float = 5.0,
        wrong: float = 30.0,
        part: float = 0.15,
        length: float = 6.0,
    ) -> SimulatedNetwork:
        """Return the network of a picture with these a*, b* (H, W, 2).

        ``part`` of the picture is wrong; errors are smooth over ``length`` pixels.
        """
        rng = np.random.default_rng(seed)
        shape = truth.shape[:2]
        field = _smooth(rng, shape, 12.0)
        sigma = np.where(field > np.quantile(field, 1 - part), wrong, quiet)
        noise = np.stack([_smooth(rng, shape, length) for _ in range(2)], axis=2)
        return cls(truth + sigma[..., None] * noise, sigma, [])

    def chroma(self, L: Array, ab: Array | None = None, mask: Array | None = None) -> FloatArray:
        """Return the answer at the size of L."""
        self.calls.append((L.shape[0], L.shape[1]))
        return np.stack([_at(self.answer[..., k], L.shape) for k in range(2)], axis=2)

    def distribution(
        self, L: Array, ab: Array | None = None, mask: Array | None = None
    ) -> FloatArray:
        """Return shares (h, w, 529): normal about the answer, integrated over the bins."""
        from scipy.special import ndtr

        cells = (L.shape[0] // 4, L.shape[1] // 4)
        sigma = _at(self.sigma, cells)
        line = (np.arange(24) - 11.5) * 10
        parts = []
        for k in range(2):
            middle = _at(self.answer[..., k], cells)
            edges = ndtr((line - middle[..., None]) / sigma[..., None])
            edges[..., 0], edges[..., -1] = 0, 1
            parts.append(np.diff(edges, axis=-1))
        shares = parts[0][..., :, None] * parts[1][..., None, :]
        return shares.reshape(*cells, len(grid_bins()))


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], length: float) -> FloatArray:
    """Return a smooth normal field of mean 0 and standard deviation 1."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(rng.normal(size=shape), length, mode="wrap")
    return np.asarray((field - field.mean()) / field.std())


def _at(plane: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    return resized(plane, (shape[0], shape[1]))
