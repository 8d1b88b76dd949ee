"""The covariance of chroma between two pixels, as a function of their features.

    k(x, y) = a_0 exp(-|x_0 - y_0| / l_0) + sum_i a_i exp(-|D_i (x - y)|),    D_i = diag(1 / l_i),

one exponential of the luma alone and anisotropic ones of all features (a wide one for regions that
are alike anywhere in the photo, a narrow one for the surroundings of a cue). Variances are parts of
the chroma's own, so that one kernel serves every colour space.

Reference: C. Rasmussen, C. Williams, "Gaussian Processes for Machine Learning", 2006, ch. 4.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from varcolor.typing import Array, FloatArray

_FILE = "gp_kernel.json"


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """The parameters of the covariance."""

    luma_share: float
    """a_0: variance of the exponential of the luma."""
    luma_length: float
    """l_0."""
    shares: FloatArray
    """(K,) a_i: variances of the anisotropic exponentials."""
    lengths: FloatArray
    """(K, F) l_i: length of every feature."""
    noise: float
    """Variance of a cue of `CUE_PIXELS` reference pixels."""

    @property
    def variance(self) -> float:
        """k(x, x), without noise."""
        return self.luma_share + float(self.shares.sum())

    def covariance(self, x: Array, y: Array) -> Array:
        """Return k between all pairs of features x (N, F) and y (M, F), (N, M), in x's dtype."""
        kind = x.dtype
        result = np.subtract.outer(x[:, 0], y[:, 0])
        np.abs(result, out=result)
        result *= kind.type(-1 / self.luma_length)
        np.exp(result, out=result)
        result *= kind.type(self.luma_share)
        for share, lengths in zip(self.shares, self.lengths, strict=True):
            scale = (1 / lengths).astype(kind)
            part = squared_distances(x * scale, y * scale)
            np.sqrt(part, out=part)
            np.negative(part, out=part)
            np.exp(part, out=part)
            part *= kind.type(share)
            result += part
        return np.asarray(result)


def squared_distances(x: Array, y: Array) -> Array:
    """Return |x_i - y_j|^2 of all pairs (N, M); rounding leaves nothing negative."""
    middle = y.mean(axis=0)  # products of small numbers cancel less
    x, y = x - middle, y - middle
    result = x @ (-2 * y.T)
    result += np.einsum("nf,nf->n", x, x)[:, None]
    result += np.einsum("mf,mf->m", y, y)
    np.maximum(result, 0, out=result)
    return np.asarray(result)


@cache
def fitted_kernel() -> Kernel:
    """Return the kernel that was fitted on training pictures (``python -m benchmarks.gp fit``)."""
    text = (resources.files("varcolor.prior") / _FILE).read_text(encoding="utf-8")
    data = json.loads(text)
    return Kernel(
        float(data["luma_share"]),
        float(data["luma_length"]),
        np.array(data["shares"]),
        np.array(data["lengths"]),
        float(data["noise"]),
    )
