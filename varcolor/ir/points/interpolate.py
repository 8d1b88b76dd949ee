"""From cues to pixels in a bounded time: the harmonic interpolation, by a few multigrid steps.

Every picture takes the same number of steps, also one of noise; on photographs more steps change
the PSNR by hundredths of a decibel.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.stencil.matvec import cg_update, product, scale_and_add
from varcolor.backend.thread_pool import strips_of
from varcolor.energy.weights import default
from varcolor.image.color import yuv
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.typing import Array

#: Steps of conjugate gradients, with one V-cycle each.
STEPS = 6
_NO_SLOPE = np.zeros((1, 2), np.float32)


class Interpolation:
    """The map M from the chroma of the cues to that of all pixels, and its transpose.

    Parameters
    ----------
    gray : ndarray, shape (H, W)
        Grey levels, uint8 or uint16.
    at : ndarray, shape (n, 2)
        Row and column of the cues, at least one.
    steps : int
        Steps of conjugate gradients.
    """

    def __init__(self, gray: Array, at: Array, steps: int = STEPS) -> None:
        white = 255 if gray.dtype == np.uint8 else 65535
        luma = yuv.luma_of_gray(gray / white)
        backend = CpuBackend()
        self._team, self._shape, self._steps = backend.team, gray.shape, steps
        self._w = default(luma, None, 0.03, None).planes(backend)
        self._strips = strips_of(gray.shape[0], gray.size)
        self._at = (at[:, 0] + 1, at[:, 1] + 1)
        unknown = np.ones(gray.shape, bool)
        unknown[at[:, 0], at[:, 1]] = False
        self._free, self._all = bordered(gray.shape), bordered(gray.shape)
        self._free[1:-1, 1:-1], self._all[1:-1, 1:-1] = unknown, 1
        self._none = bordered(gray.shape)
        self._solver = Hierarchy(self._w, self._none, unknown, self._team)

    def forward(self, values: Array) -> Array:
        """Return M c (2, H, W) of c (n, 2)."""
        u = bordered(self._shape, 2)
        u[:, self._at[0], self._at[1]] = values.T
        r = bordered(self._shape, 2)
        self._run(product, self._free, u, r)
        u += self._solve(-r)
        return np.ascontiguousarray(u[:, 1:-1, 1:-1])

    def backward(self, pixels: Array) -> Array:
        """Return M' p (n, 2) of p (2, H, W)."""
        p = bordered(self._shape, 2)
        p[:, 1:-1, 1:-1] = pixels
        e = self._solve(p)
        # M' p at a cue: p there, plus the flow that the solution sends into it: -(A e) there.
        flow = bordered(self._shape, 2)
        self._run(product, self._all, e, flow)
        return np.asarray((p - flow)[:, self._at[0], self._at[1]].T, np.float64)

    def _run(self, kernel: object, free: Array, *arrays: Array) -> list[Array]:
        return self._team.run(kernel, self._strips, self._w, self._none, free, *arrays)  # type: ignore[arg-type]

    def _solve(self, b: Array) -> Array:
        """Return about A^-1 b over the pixels without a cue."""
        r, e = b * self._free, bordered(self._shape, 2)
        z, p, q = (bordered(self._shape, 2) for _ in range(3))
        before = np.zeros(2)
        for _ in range(self._steps):
            rz, _ = self._solver.cycle(r, z, q, _NO_SLOPE)
            beta = np.divide(rz, before, out=np.zeros(2), where=before > 0)
            self._team.run(scale_and_add, self._strips, p, z, beta.astype(np.float32))
            pq = np.sum(self._run(product, self._free, p, q), axis=0)
            alpha = np.divide(rz, pq, out=np.zeros(2), where=pq > 0).astype(np.float32)
            self._team.run(cg_update, self._strips, e, p, r, q, alpha)
            before = rz
        return e
