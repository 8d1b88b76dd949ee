"""Coarse grids of a picture with its slopes: a pixel has a plane for 3 x 3 of the finer grid.

That costs no more in an energy that leaves planes alone than it should, which one unknown a pixel
would. Matrices are Galerkin products, 9 x 3 x 3 numbers a pixel. Interpolation is smoothed by one
step of Jacobi's method for the three unknowns of a pixel, which leaves it at nine neighbours, and
the same step smooths errors before and after: it needs no order of the pixels, and more of them, or
better ones, gain nothing here. Coarse matrices are found by looking at what they do to 27 pictures
that light up every third pixel.

Reference: P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation for second
and fourth order elliptic problems", Computing 56 (1996).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.kernels import triples
from varcolor.backend.threads import Team
from varcolor.solve.grids import Strips, bordered, strips_of
from varcolor.typing import Array, Shape

#: Pixels of the coarsest grid, at most.
COARSEST = 100
#: Steps of the power method, and what its result is multiplied with.
_POWERS, _MARGIN = 12, 1.05
#: The damping of Jacobi's method, as a part of the largest eigenvalue's inverse.
_DAMPING = 4 / 3
#: Eigenvalues of the coarsest matrix below this part of the largest are nothing.
_NOTHING = 1e-6
#: The planes of symmetric 3 x 3 matrices in `varcolor.backend.kernels.triples.invert`.
_PAIRS = (0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)


@dataclass(slots=True, eq=False)
class Level:
    """A coarse grid; arrays as in `varcolor.backend.kernels.triples`."""

    matrix: Array
    inverse: Array
    r: Array
    z: Array
    d: Array
    work: Array
    strips: Strips
    largest: float = 1.0
    """Eigenvalue of the matrix times ``inverse``."""

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.r.shape[1] - 2, self.r.shape[2] - 2


def _level_of(shape: Shape) -> Level:
    """Return a level without content."""
    inverse, r, z, d, work = (bordered(shape, 6) for _ in range(5))
    strips = strips_of(shape[0], shape[0] * shape[1])
    return Level(bordered(shape, 81), inverse, r, z, d, work, strips)


class PlaneGrids:
    """The grids below the finest one.

    Parameters
    ----------
    shape : (int, int)
        The first of them.
    team : Team
        Threads.
    """

    def __init__(self, shape: Shape, team: Team) -> None:
        self._team, self._every = team, np.ones((1, 1), np.float32)
        self._levels = [_level_of(shape)]
        while shape[0] * shape[1] > COARSEST:
            shape = coarser(shape)
            self._levels.append(_level_of(shape))
        self._last = np.zeros((0, 0))

    @property
    def first(self) -> Level:
        """The first grid."""
        return self._levels[0]

    def renew(self, seen: Callable[[Level], None]) -> None:
        """Make all matrices; ``seen`` writes what the first grid's would make of its z to its r."""
        for k, level in enumerate(self._levels):
            self._coarsen(level, seen if k == 0 else self._seen)
            for plane, (i, j) in enumerate(_PAIRS):
                level.inverse[plane] = level.matrix[(12 + i) * 3 + j]
            self._run(level, triples.invert, level.inverse)
            self._find_largest(level)
        self._last = self._invert(self._levels[-1])

    def cycle(self) -> None:
        """Write about the solution for the first grid's r to its z; r is overwritten."""
        self._cycle(0)

    def _run(self, level: Level, kernel: Callable[..., Any], *arguments: Any) -> None:
        self._team.run(kernel, level.strips, *arguments)

    def _product(self, level: Level, x: Array, own: float, factor: float, out: Array) -> None:
        self._run(level, triples.product, level.matrix, x, own, factor, out)

    def _cycle(self, k: int) -> None:
        """Write about A^-1 r to z of a level; r is overwritten."""
        level = self._levels[k]
        if k == len(self._levels) - 1:
            level.z[:, 1:-1, 1:-1] = _solved(self._last, level.r)
            return
        level.z[...] = 0
        self._smooth(level)
        self._product(level, level.z, 1.0, -1.0, level.r)
        self._collect(k)
        self._cycle(k + 1)
        self._spread(k)
        level.z += level.d
        self._product(level, level.d, 1.0, -1.0, level.r)
        self._smooth(level)

    def _smooth(self, level: Level) -> None:
        """Add a step of Jacobi's method for r to z."""
        factor = _DAMPING / level.largest
        self._run(level, triples.weigh, level.inverse, level.r, 1.0, factor, level.z)

    def _collect(self, k: int) -> None:
        """Write the residual of level k, smoothed, to that of the next; d is overwritten."""
        level, coarse = self._levels[k], self._levels[k + 1]
        self._run(level, triples.weigh, level.inverse, level.r, 0.0, 1.0, level.d)
        level.work[...] = level.r
        self._product(level, level.d, 1.0, -_DAMPING / level.largest, level.work)
        self._run(coarse, triples.collect, level.work, coarse.r)

    def _spread(self, k: int) -> None:
        """Write z of level k + 1, interpolated and smoothed, to d of level k."""
        level, coarse = self._levels[k], self._levels[k + 1]
        self._run(level, triples.spread, coarse.z, self._every, level.d)
        self._product(level, level.d, 0.0, 1.0, level.work)
        factor = -_DAMPING / level.largest
        self._run(level, triples.weigh, level.inverse, level.work, 1.0, factor, level.d)

    def _seen(self, level: Level) -> None:
        """Write what the matrix of a coarser level would make of its z to its r."""
        k = self._levels.index(level)
        fine = self._levels[k - 1]
        self._spread(k - 1)
        self._product(fine, fine.d, 0.0, 1.0, fine.r)
        self._collect(k - 1)

    def _coarsen(self, level: Level, seen: Callable[[Level], None]) -> None:
        """Find the matrix of a level from what it does to pictures."""
        at = level.matrix.reshape(9, 3, 3, *level.matrix.shape[1:])[..., 1:-1, 1:-1]
        tries = [(a, b, j) for a in range(3) for b in range(3) for j in range(3)]
        for both in zip(tries[::2], [*tries[1::2], tries[-1]], strict=True):
            level.z[...] = 0
            for i, (a, b, j) in enumerate(both):
                level.z[2 * j + i, 1:-1, 1:-1][a::3, b::3] = 1
            seen(level)
            for i, (a, b, j) in enumerate(both):
                made = level.r[i::2, 1:-1, 1:-1]
                for n in range(9):
                    rows, columns = (a - n // 3 + 1) % 3, (b - n % 3 + 1) % 3
                    at[n, :, j, rows::3, columns::3] = made[:, rows::3, columns::3]

    def _find_largest(self, level: Level) -> None:
        """Set the largest eigenvalue, by the power method."""
        x, size = level.work, 1.0
        random = np.random.default_rng(0)
        x[:, 1:-1, 1:-1] = random.standard_normal((6, *level.shape), np.float32)
        for _ in range(_POWERS):
            self._product(level, x, 0.0, 1.0, level.d)
            self._run(level, triples.weigh, level.inverse, level.d, 0.0, 1.0, x)
            size = float(np.linalg.norm(x)) or 1.0
            x /= np.float32(size)
        level.largest = _MARGIN * size

    def _invert(self, level: Level) -> Array:
        """Return the pseudo-inverse of the coarsest matrix, (3 H W, 3 H W)."""
        height, width = level.shape
        size = 3 * height * width
        matrix = np.zeros((size, size))
        for n in range(0, size, 2):
            level.z[...] = 0
            for i in range(min(2, size - n)):
                field, place = divmod(n + i, height * width)
                level.z[2 * field + i, 1 + place // width, 1 + place % width] = 1
            self._product(level, level.z, 0.0, 1.0, level.r)
            for i in range(min(2, size - n)):
                matrix[:, n + i] = level.r[i::2, 1:-1, 1:-1].ravel()
        return np.linalg.pinv((matrix + matrix.T) / 2, rcond=_NOTHING, hermitian=True)


def coarser(shape: Shape) -> Shape:
    """Return the shape of the next grid."""
    return -(-shape[0] // 3), -(-shape[1] // 3)


def _solved(inverse: Array, r: Array) -> Array:
    """Return the inverse times both channels of r (6, h + 2, w + 2), without the border."""
    inner = r[:, 1:-1, 1:-1]
    channels = inner.reshape(3, 2, -1).transpose(1, 0, 2).reshape(2, -1)
    found = channels @ inverse.T
    return np.asarray(found.reshape(2, 3, -1).transpose(1, 0, 2).reshape(inner.shape))
