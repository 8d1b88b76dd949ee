"""One frame of a film as a system: its own weights and keys, and what is tied to its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.backend.blas import single_thread
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.stencil.matvec import product
from varcolor.energy.prior import Data
from varcolor.energy.problem import Problem
from varcolor.energy.stencil import Stencil
from varcolor.methods import Method
from varcolor.solve.grid_cues import GridCues
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.stencil_weights import Weights
from varcolor.typing import Array, BoolArray, FloatArray, Shape

#: What weights within a frame without keys count: a key's colours come to it by links first of all,
#: and spread in it where there are none.
SHARE = 0.1
#: Weight of the tie to what is expected (neutral, or a prior) at every pixel of such frames. It
#: decides where nothing else does: on what has no link and little in common with what is beside it.
REST = 3e-6
#: Of frames that are not told another.
ONE_THREAD = CpuBackend(1)


@dataclass(slots=True, eq=False)
class Frame:
    """What a frame brings to the system of a shot."""

    luma: FloatArray
    """(H, W)."""
    planes: Array
    """(4, H + 2, W + 2): weights between neighbours."""
    data: Data
    """Keys on this frame."""
    rest: float = 0.0
    """Weight of the tie of every pixel to what is expected there."""
    expected: Array | None = None
    """(2, H + 2, W + 2): what is expected; None = neutral."""
    source: Array | None = None
    """(2, H + 2, W + 2): what the weights are to balance, `flux` of a frame with keys that came
    along the links; None = nothing."""
    share: float = 1.0
    """What the weights are multiplied with."""
    backend: CpuBackend = ONE_THREAD
    """Threads that solve it."""

    @classmethod
    def of(
        cls,
        luma: FloatArray,
        method: Method,
        data: Data,
        share: float = SHARE,
        rest: float = REST,
        expected: Array | None = None,
        backend: CpuBackend = ONE_THREAD,
    ) -> Frame:
        """Return a frame.

        Parameters
        ----------
        luma : ndarray, shape (H, W)
            0..1.
        method : Method
            Its weights: symmetric, in a 3x3 window.
        data : Data
            Known chroma on the frame; may be empty.
        share, rest : float
            `SHARE` and `REST`; for frames without keys only.
        expected : ndarray, shape (2, H + 2, W + 2), optional
            What frames without keys are expected to be; default: neutral.
        backend : CpuBackend
            Threads that solve it.
        """
        stencils: list[Stencil] = [term.stencil for term in method.terms(luma, None)]
        planes = stencils[0].planes(backend)
        for stencil in stencils[1:]:
            planes += stencil.planes(backend)
        if len(data.at):
            return cls(luma, planes, data, backend=backend)
        planes *= np.float32(share)
        return cls(luma, planes, data, rest, expected, None, share, backend)

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return (self.luma.shape[0], self.luma.shape[1])

    @property
    def free(self) -> BoolArray:
        """(H, W): where the value is to be found."""
        free = np.ones(self.shape, bool)
        free.reshape(-1)[self.data.at[np.isinf(self.data.weight)]] = False
        return free

    def soft(self) -> tuple[Array, Array]:
        """Return weights (H + 2, W + 2) of soft keys and of the rest, and weights times values."""
        height, width = self.shape
        weight = np.zeros((height + 2, width + 2), np.float32)
        pull = np.zeros((2, height + 2, width + 2), np.float32)
        weight[1:-1, 1:-1] = self.rest
        if self.expected is not None:
            pull += np.float32(self.rest) * self.expected
        if self.source is not None:
            pull += np.float32(self.share) * self.source
        kept = np.isfinite(self.data.weight)
        if kept.any():
            rows, columns = np.divmod(self.data.at[kept], width)
            weight[rows + 1, columns + 1] += self.data.weight[kept]
            own = self.data.weight[kept, None] * self.data.values[kept]
            pull[:, rows + 1, columns + 1] += own.T
        return weight, pull

    def put_keys(self, u: Array) -> None:
        """Write the exact keys into a picture (2, H + 2, W + 2)."""
        exact = np.isinf(self.data.weight)
        rows, columns = np.divmod(self.data.at[exact], self.shape[1])
        u[:, rows + 1, columns + 1] = self.data.values[exact].T

    def flux(self, u: Array) -> Array:
        """Return L u (2, H + 2, W + 2), L the Laplacian of the full weights: what keys feed in."""
        none, out = np.zeros(u.shape[1:], np.float32), np.zeros_like(u)
        inside = np.zeros_like(none)
        inside[1:-1, 1:-1] = 1
        product(self.planes, none, inside, u, out, 1, u.shape[1] - 1)
        out /= np.float32(self.share)
        return out

    def matrix(self, degree: Array) -> Matrix | None:
        """Return the frame's own block of the system: weights, and ``degree`` on the diagonal.

        Parameters
        ----------
        degree : ndarray, shape (H + 2, W + 2)
            Weights of all links and soft keys.

        Returns
        -------
        Matrix or None
            None if every pixel is known.
        """
        free = self.free
        if not free.any():
            return None
        weight = degree[1:-1, 1:-1].astype(np.float64).reshape(-1)
        weight[~free.reshape(-1)] = np.inf
        problem = Problem(self.shape, None, (), np.arange(free.size), weight)
        cues = GridCues(self.backend, problem, free, np.zeros(self.shape, bool))
        with single_thread():  # the coarsest grid's inverse: threads of LAPACK would only spin
            return Matrix(Weights(self.planes, None), cues, Islands)
