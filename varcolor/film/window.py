"""Several frames as one system: what a Krylov method needs of it.

With A_t the block of frame t, all weights of its pixels on the diagonal, and C_t the links to the
next frame,

    (A u)_t = A_t u_t - C_t u_(t+1) - C_(t-1)' u_(t-1).

The preconditioner is a cycle of algebraic multigrid in space and time
(`varcolor.film.space_time`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from varcolor.backend.kernels.multigrid.contraction_rate import UNKNOWN
from varcolor.backend.kernels.stencil.matvec import (
    add_scaled,
    cg_update,
    dot,
    product,
    scale_and_add,
)
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.backend.thread_pool import Team
from varcolor.film.frame import Frame
from varcolor.film.motion.links import Links
from varcolor.film.space_time import SpaceTime
from varcolor.typing import Array


class Window:
    """The system of some frames that follow each other, the frames around them fixed.

    Parameters
    ----------
    frames : sequence of Frame
        T frames.
    links : sequence of Links or None
        T + 1: those before every frame, and those after the last; None where there are none.
    around : (ndarray or None, ndarray or None)
        Chroma (2, H + 2, W + 2) of the frames before and after; None if there are no links.
    team : Team
        Threads, which share the frames.
    """

    symmetric = True
    safety_factor = 2.0
    """What the estimate of the error is to be multiplied with."""

    def __init__(
        self,
        frames: Sequence[Frame],
        links: Sequence[Links | None],
        around: tuple[Array | None, Array | None],
        team: Team,
    ) -> None:
        self.frames, self.links, self.around, self.team = frames, links, around, team
        self.degrees: list[Array] = []
        self.pulls: list[Array] = []
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
            self.degrees.append(degree)
            self.pulls.append(pull)
        self._free = [np.pad(frame.free, 1).astype(np.float32) for frame in frames]
        self._coarse = SpaceTime(frames, links[1:-1], self.degrees)

    def zeros(self) -> Array:
        """Return a picture of every frame, (T, 2, H + 2, W + 2)."""
        height, width = self.frames[0].shape
        return np.zeros((len(self.frames), 2, height + 2, width + 2), np.float32)

    def neighbours(self, u: Array, t: int, out: Array, sign: float) -> None:
        """Add what comes to frame t from the frames beside it in the window to ``out``."""
        before, after = self.links[t], self.links[t + 1]
        if before is not None and t > 0:
            before.to_second(u[t - 1], out, sign)
        if after is not None and t + 1 < len(self.frames):
            after.to_first(u[t + 1], out, sign)

    def each(self, work: Callable[[int], Any]) -> list[Any]:
        """Do something for every frame, on all threads."""

        def several(first: int, last: int) -> list[Any]:
            return [work(t) for t in range(first, last)]

        parts = [(t, t + 1) for t in range(len(self.frames))]
        return [own for part in self.team.run(several, parts) for own in part]

    def apply(self, u: Array, out: Array) -> Array:
        """Write A u to ``out`` and return the dot products with u."""

        def one(t: int) -> Array:
            own = self.frames[t].planes, self.degrees[t], self._free[t]
            product(*own, u[t], out[t], 1, out.shape[2] - 1)
            self.neighbours(u, t, out[t], -1.0)
            out[t] *= self._free[t]
            return np.asarray(dot(u[t], out[t], 0, out.shape[2]))

        return np.asarray(np.sum(self.each(one), axis=0))

    def residual(self, target: Array, u: Array, r: Array) -> Array:
        """Write the residual b - A u to r; return its largest values by channel.

        It is that of pictures with the weighted mean of all linked pixels as a soft cue, so that
        differences are taken before they are weighed.
        """

        def one(t: int) -> Array:
            mean = self.pulls[t].copy()
            self.neighbours(u, t, mean, 1.0)
            degree = self.degrees[t]
            mean /= np.where(degree > 0, degree, 1)
            own = self.frames[t].planes, degree, self._free[t]
            return np.asarray(exact_residual(*own, mean, u[t], r[t], 1, r.shape[2] - 1))

        return np.asarray(np.max(self.each(one), axis=0))

    def cycle(self, r: Array, z: Array, work: Array, slope: Array) -> tuple[Array, float]:
        """Write about A^-1 r to z; return the dot products and the largest of slope |z|."""
        self._coarse.apply(r, z)
        dots, level = np.zeros(2), 0.0
        rows = z.shape[2]
        for t in range(len(self.frames)):
            dots += dot(r[t], z[t], 0, rows)
            most = np.abs(z[t]).reshape(2, -1).max(axis=1)
            level = max(level, float((slope @ most).max()))
        return dots, level

    def nested(self, r: Array, z: Array) -> bool:
        """Know nothing of coarse grids of several frames."""
        return False

    def dot(self, a: Array, b: Array) -> Array:
        """Return the dot products of both channels."""
        rows = a.shape[2]
        return np.asarray(np.sum(self.each(lambda t: dot(a[t], b[t], 0, rows)), axis=0))

    def add(self, a: Array, b: Array, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        self._plain(add_scaled, scale, a, b)

    def scale_and_add(self, a: Array, scale: Array, b: Array) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        self._plain(scale_and_add, scale, a, b)

    def cg_update(self, u: Array, p: Array, r: Array, q: Array, scale: Array) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        return np.asarray(np.sum(self._plain(cg_update, scale, u, p, r, q), axis=0))

    def _plain(self, kernel: Any, scale: Array, *pictures: Array) -> list[Any]:
        factors, rows = scale.astype(np.float32), pictures[0].shape[2]

        def one(t: int) -> Any:
            return kernel(*(own[t] for own in pictures), factors, 0, rows)

        return self.each(one)

    def ratio_history(self) -> Array:
        """Return a history of ratios in which none is known."""
        return np.full((1, 1, 1), UNKNOWN, np.uint16)
