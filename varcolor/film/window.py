"""Several frames as one system: what a Krylov method needs of it.

With A_t the block of frame t, all weights of its pixels on the diagonal, and C_t the links to the
next frame,

    (A u)_t = A_t u_t - C_t u_(t+1) - C_(t-1)' u_(t-1).

It is assembled (`varcolor.film.space_time`), in double precision: what no key reaches is tied so
weakly that single precision would not tell how. The preconditioner of conjugate gradients is a
cycle of algebraic multigrid. What converges slowest when frames are relaxed one after the other is
constant along trajectories of small patches that edges cut off from the rest of their frames, and
no coarse grid of a frame holds it; so coarse unknowns are chosen by the weights, in space and time
at once. Cycles with Gauss-Seidel forward and back are symmetric and positive.

Reference: J. Ruge, K. Stueben, "Algebraic multigrid", in: Multigrid methods, SIAM 1987.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from varcolor.backend.kernels.multigrid.contraction_rate import UNKNOWN
from varcolor.film.frame import Frame
from varcolor.film.march import searched
from varcolor.film.motion.links import Links
from varcolor.film.space_time import assembled
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array

#: A weight is strong if it is at least this part of the largest one of its pixel.
_STRONG = 0.1
#: Most unknowns that are solved directly.
_COARSEST = 400


class Window:
    """The system of some frames that follow each other, the frames around them fixed.

    Its pictures are arrays (N, 2): both channels of all free pixels, frame by frame.

    Parameters
    ----------
    frames : sequence of Frame
        T frames.
    links : sequence of Links or None
        T + 1: those before every frame, and those after the last; None where there are none.
    around : (ndarray or None, ndarray or None)
        Chroma (2, H + 2, W + 2) of the frames before and after; None if there are no links.
    """

    symmetric = True
    safety_factor = 2.0
    """What the estimate of the error is to be multiplied with."""

    def __init__(
        self,
        frames: Sequence[Frame],
        links: Sequence[Links | None],
        around: tuple[Array | None, Array | None],
    ) -> None:
        self.frames = frames
        self.free = np.array([frame.free for frame in frames])
        degrees: list[Array] = []
        pulls: list[Array] = []
        sums = [None if link is None else link.degrees() for link in links]
        for t, frame in enumerate(frames):
            degree, pull = frame.soft()
            before, after = sums[t], sums[t + 1]
            if before is not None:
                degree += before[1]
            if after is not None:
                degree += after[0]
            own = links[0] if t == 0 else None
            if own is not None and around[0] is not None:
                own.to_second(around[0], pull)
            own = links[-1] if t == len(frames) - 1 else None
            if own is not None and around[1] is not None:
                own.to_first(around[1], pull)
            degrees.append(degree)
            pulls.append(pull)
        free = self.free.reshape(-1)
        known = np.zeros((len(frames), 2, *degrees[0].shape), np.float32)
        for t, frame in enumerate(frames):
            frame.put_keys(known[t])
        whole = assembled(frames, links[1:-1], degrees)
        rows = whole[free]
        self.matrix = rows[:, free].tocsr()
        self._right = self.packed(np.array(pulls))
        if not free.all():
            values = np.moveaxis(known[:, :, 1:-1, 1:-1], 1, -1).reshape(-1, 2)[~free]
            self._right -= rows[:, ~free] @ values
        self._v = self._multigrid() if free.any() else None

    def _multigrid(self) -> Any:
        from pyamg import ruge_stuben_solver
        from scipy.sparse import csr_matrix

        smoother = "gauss_seidel", {"sweep": "symmetric"}
        levels = ruge_stuben_solver(
            csr_matrix(self.matrix),
            strength=("classical", {"theta": _STRONG}),
            presmoother=smoother,
            postsmoother=smoother,
            max_coarse=_COARSEST,
        )
        return levels.aspreconditioner(cycle="V")

    def solve(self, u: Array, goal: Goal, slope: Array) -> tuple[Status, float, int]:
        """Solve it from a first guess u (T, 2, H + 2, W + 2), which is improved in place.

        Returns
        -------
        status, error, steps
            As of `varcolor.film.march.searched`.
        """
        for t, frame in enumerate(self.frames):
            frame.put_keys(u[t])
        if self._v is None:
            return Status.CONVERGED, 0.0, 0
        own = self.packed(u)
        found = searched(self, own[:0], own, goal, slope)
        for k in range(2):
            u[:, k, 1:-1, 1:-1][self.free] = own[:, k]
        return found

    def packed(self, u: Array) -> Array:
        """Return the free pixels (N, 2), float64, of pictures (T, 2, H + 2, W + 2)."""
        inner = np.moveaxis(u[:, :, 1:-1, 1:-1], 1, -1)
        return np.asarray(inner[self.free], np.float64)

    def apply(self, u: Array, out: Array) -> Array:
        """Write A u to ``out`` and return the dot products with u."""
        out[...] = self.matrix @ u
        return self.dot(u, out)

    def residual(self, target: Array, u: Array, r: Array) -> Array:
        """Write the residual b - A u to r; return its largest values by channel."""
        r[...] = self._right - self.matrix @ u
        return np.asarray(np.abs(r).max(axis=0))

    def cycle(self, r: Array, z: Array, work: Array, slope: Array) -> tuple[Array, float]:
        """Write about A^-1 r to z; return the dot products and the largest of slope |z|."""
        for k in range(2):
            z[:, k] = self._v @ r[:, k] if r[:, k].any() else 0.0
        return self.dot(r, z), float((np.abs(z) @ slope.T).max())

    def nested(self, r: Array, z: Array) -> bool:
        """Know nothing: the first guess is good."""
        return False

    def dot(self, a: Array, b: Array) -> Array:
        """Return the dot products of both channels."""
        return np.asarray(np.einsum("nk,nk->k", a, b))

    def add(self, a: Array, b: Array, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        a += scale * b

    def scale_and_add(self, a: Array, scale: Array, b: Array) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        a *= scale
        a += b

    def cg_update(self, u: Array, p: Array, r: Array, q: Array, scale: Array) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        u += scale * p
        r -= scale * q
        return self.dot(r, r)

    def ratio_history(self) -> Array:
        """Return a history of ratios in which none is known."""
        return np.full((1, 1, 1), UNKNOWN, np.uint16)
