"""Levin's colorization by optimisation, as published, and its weights.

A. Levin, D. Lischinski, Y. Weiss, "Colorization using optimization", SIGGRAPH 2004, in the form of
the authors' program. With Y the luma (0..1), N(r) the pixels of the window around r that exist and
are visible, without r:

    var_r = population variance of Y over N(r) and r
    c_r   = max(0.6 var_r, -min_s (Y_r - Y_s)^2 / ln 0.01, 2e-6)
    w_rs  = exp(-(Y_r - Y_s)^2 / c_r), normalised to sum_s w_rs = 1

and u_r = sum_s w_rs u_s at every pixel without a cue, u_r = c_r at the cues. Boundary rule: windows
are truncated. The system is not symmetric, so its solution is not the minimiser of this energy or
of the paper's equation 1. Null space without cues: constants per connected part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.energy.problem import TermSummary
from varcolor.energy.stencil import Offset, Stencil, differences, presence, window
from varcolor.typing import Array, BoolArray, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def levin_weights(
    guide: FloatArray,
    visible: BoolArray | None = None,
    radius: int = 1,
    variance_scale: float = 0.6,
    smallest_weight: float = 0.01,
    floor: float = 2e-6,
) -> Stencil:
    """Return Levin's row-normalised weights.

    Parameters
    ----------
    guide : ndarray, shape (H, W)
        Luma, 0..1, float64.
    visible : ndarray of bool, shape (H, W), optional
        False where a pixel is transparent: it is nobody's neighbour.
    radius : int
        1 = 3x3 window.
    variance_scale, smallest_weight, floor : float
        0.6, 0.01 and 2e-6 of the formula above.

    Returns
    -------
    Stencil
        Not symmetric; rows sum to 1, or to 0 where a pixel has no neighbour.
    """
    guide = np.ascontiguousarray(guide, dtype=np.float64)
    settings = (variance_scale, smallest_weight, floor)

    def weights() -> FloatArray:
        return _weights(guide, visible, window(radius), *settings)

    def fused(backend: Backend) -> Any:
        return directed_planes(guide, visible, backend, *settings)

    if radius > 1:
        return Stencil(window(radius), weights, False, guide.shape)
    return Stencil(window(1), weights, False, guide.shape, fused)


def directed_planes(
    guide: FloatArray,
    visible: BoolArray | None,
    backend: Backend,
    variance_scale: float = 0.6,
    smallest_weight: float = 0.01,
    floor: float = 2e-6,
) -> Any:
    """Return the weights in a 3x3 window, (8, H + 2, W + 2) float32, by a compiled loop."""
    from varcolor.backend.kernels.stencil.edge_weights import levin

    planes = backend.zeros((8, guide.shape[0] + 2, guide.shape[1] + 2))
    seen = np.ones(guide.shape, bool) if visible is None else visible
    own = backend.asarray(guide), backend.asarray(seen), planes
    backend.run(levin, *own, variance_scale, -1 / math.log(smallest_weight), floor)
    return planes


def _weights(
    guide: FloatArray,
    visible: BoolArray | None,
    offsets: tuple[Offset, ...],
    variance_scale: float,
    smallest_weight: float,
    floor: float,
) -> FloatArray:
    """Return the weights (K, H, W), as the formula says."""
    present = presence(guide.shape, offsets, visible)
    squares = differences(guide, offsets)
    squares *= present
    # Moments of the differences to the centre: exact where shifted sums of Y^2 would cancel.
    members = present.sum(axis=0) + 1
    mean = squares.sum(axis=0) / members
    np.square(squares, out=squares)
    variance = squares.sum(axis=0) / members - mean**2
    nearest = np.where(present, squares, np.inf).min(axis=0)
    nearest[~np.isfinite(nearest)] = 0
    scale = np.maximum(variance_scale * variance, -nearest / np.log(smallest_weight))
    scale = np.maximum(scale, floor)
    squares /= -scale
    weights = np.exp(squares, out=squares)
    weights *= present
    total = weights.sum(axis=0)
    weights /= np.where(total > 0, total, 1)
    return weights


@dataclass(frozen=True, slots=True, eq=False)
class LevinEquation:
    """The linear equations u_r = sum_s w_rs u_s: a quadratic term by form, not an energy."""

    stencil: Stencil
    quadratic: bool = True
    symmetric: bool = False

    @property
    def summary(self) -> TermSummary:
        """Directed weights of first differences."""
        return TermSummary(directed=True, energy=False, offsets=self.stencil.offsets)

    def value(self, u: Array) -> float:
        """Return sum_r |u_r - sum_s w_rs u_s|^2: how far u is from solving the equations."""
        residual = self.matrix() @ u.reshape(-1, u.shape[-1])
        return float((residual**2).sum())

    def matrix(self) -> csr_array:
        """Return the (N, N) matrix I - W."""
        return self.stencil.laplacian()
