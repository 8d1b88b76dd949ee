"""The system of several frames as one sparse matrix, and algebraic multigrid on it.

What converges slowest when frames are relaxed one after the other is constant along trajectories of
small patches that edges cut off from the rest of their frames: no coarse grid of a frame holds
it. So coarse unknowns are chosen in space and time at once, by the weights: classical algebraic
multigrid. One V-cycle with Gauss-Seidel forward and back is symmetric and positive definite.

Reference: J. Ruge, K. Stueben, "Algebraic multigrid", in: Multigrid methods, SIAM 1987.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.film.frame import Frame
from varcolor.film.motion.links import Directed, Links
from varcolor.typing import Array, BoolArray, Shape

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Links of the four planes of weights: rows and columns from a pixel to its neighbour.
_PLANES = ((0, 1), (1, -1), (1, 0), (1, 1))
#: A weight is strong if it is at least this part of the largest one of its pixel.
_STRONG = 0.5
#: Most unknowns that are solved directly.
_COARSEST = 400


class SpaceTime:
    """About the inverse of the matrix of some frames.

    Parameters
    ----------
    frames : sequence of Frame
        T frames.
    links : sequence of Links or None
        T - 1: between them.
    degrees : sequence of ndarray, shape (H + 2, W + 2)
        What every pixel's diagonal has beside the weights of its frame.
    """

    def __init__(
        self, frames: Sequence[Frame], links: Sequence[Links | None], degrees: Sequence[Array]
    ) -> None:
        from pyamg import ruge_stuben_solver
        from scipy.sparse import csr_matrix

        self.shape = frames[0].shape
        self.free = np.array([frame.free for frame in frames])
        self._v: Any = None
        if not self.free.any():
            return
        matrix = csr_matrix(assembled(frames, links, degrees, self.free))
        levels = ruge_stuben_solver(
            matrix,
            strength=("classical", {"theta": _STRONG}),
            presmoother=("gauss_seidel", {"sweep": "symmetric"}),
            postsmoother=("gauss_seidel", {"sweep": "symmetric"}),
            max_coarse=_COARSEST,
        )
        self._v = levels.aspreconditioner(cycle="V")

    def apply(self, r: Array, z: Array) -> None:
        """Write about A^-1 r to z, both (T, 2, H + 2, W + 2)."""
        z[...] = 0
        if self._v is None:
            return
        for k in range(2):
            right = r[:, k, 1:-1, 1:-1][self.free]
            if right.any():
                z[:, k, 1:-1, 1:-1][self.free] = self._v @ right


def assembled(
    frames: Sequence[Frame],
    links: Sequence[Links | None],
    degrees: Sequence[Array],
    free: BoolArray,
) -> csr_array:
    """Return the matrix of the free pixels, float32, in the order of frames, rows and columns.

    Parameters are those of `SpaceTime`, ``free`` (T, H, W).
    """
    from scipy.sparse import block_array, csr_array

    count, shape = len(frames), frames[0].shape
    kept = [np.flatnonzero(own.reshape(-1)) for own in free]
    blocks: list[list[Any]] = [[None] * count for _ in range(count)]
    for t, frame in enumerate(frames):
        own = _within(frame.planes, degrees[t], shape)
        blocks[t][t] = own[kept[t]][:, kept[t]]
        link = links[t] if t + 1 < count else None
        if link is not None:
            both = _between(link.forward, shape) + _between(link.backward, shape).T
            ahead = -csr_array(both)[kept[t]][:, kept[t + 1]]
            blocks[t][t + 1], blocks[t + 1][t] = ahead, ahead.T
    whole: Any = block_array(blocks, format="csr")
    return csr_array(whole.astype(np.float32))


def _within(planes: Array, degree: Array, shape: Shape) -> Any:
    from scipy.sparse import diags_array

    height, width = shape
    at = np.arange(height * width, dtype=np.int32).reshape(shape)
    rows, columns, values = [], [], []
    for plane, (down, right) in zip(planes, _PLANES, strict=True):
        here = np.s_[: height - down, max(0, -right) : width - max(0, right)]
        there = np.s_[down:, max(0, right) : width - max(0, -right)]
        rows.append(at[here].ravel())
        columns.append(at[there].ravel())
        values.append(plane[1:-1, 1:-1][here].ravel())
    half = _sparse(rows, columns, values, at.size)
    both = half + half.T
    diagonal = np.asarray(both.sum(axis=1)).ravel() + degree[1:-1, 1:-1].ravel()
    whole: Any = diags_array(diagonal)
    return (whole - both).tocsr()


def _between(links: Directed, shape: Shape) -> Any:
    """Return the weights (N, N) of directed links, from where they begin."""
    height, width = shape
    at = np.arange(height * width, dtype=np.int32).reshape(shape)
    rows, columns, values = [], [], []
    for weight, move in zip(links.w, (0, 1, width + 2, width + 3), strict=True):
        own = weight[1:-1, 1:-1]
        tied = own > 0
        down, right = np.divmod(links.base[1:-1, 1:-1][tied] + move, width + 2)
        rows.append(at[tied])
        columns.append((down - 1) * width + right - 1)
        values.append(own[tied])
    return _sparse(rows, columns, values, at.size)


def _sparse(rows: list[Array], columns: list[Array], values: list[Array], size: int) -> Any:
    from scipy.sparse import csr_array

    ends = np.concatenate(rows), np.concatenate(columns).astype(np.int32)
    return csr_array((np.concatenate(values), ends), shape=(size, size))
