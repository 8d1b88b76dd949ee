"""Smoothed aggregation for a picture with its slopes: coarse pixels are affine functions on 3 x 3.

Affine functions, the null space of TGV, are thus exact on all grids. Matrices are Galerkin
products, 9 x 3 x 3 numbers a pixel. Interpolation is smoothed by one step of Jacobi's method for
the three unknowns of a pixel, which leaves it at nine neighbours, and the same step smooths errors
before and after: it needs no order of the pixels, and more of them, or better ones, gain nothing
here. Coarse matrices are read from their products with 27 probes, 1 at every third pixel.

Reference: P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation for second
and fourth order elliptic problems", Computing 56 (1996).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.backend.kernels.admm import block3
from varcolor.typing import Array, Shape

#: Pixels of the coarsest grid, at most.
COARSEST = 100
#: Steps of the power method, and what its result is multiplied with.
_POWERS, _MARGIN = 12, 1.05
#: The damping of Jacobi's method, as a part of the largest eigenvalue's inverse.
_DAMPING = 4 / 3
#: Eigenvalues of the coarsest matrix below this part of the largest are nothing.
_NOTHING = 1e-6
#: The planes of symmetric 3 x 3 matrices in `varcolor.backend.kernels.admm.block3.invert`.
_PAIRS = (0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)


@dataclass(slots=True, eq=False)
class Level:
    """A coarse grid; arrays as in `varcolor.backend.kernels.admm.block3`, where its backend run."""

    backend: Backend
    matrix: Any
    inverse: Any
    r: Any
    z: Any
    d: Any
    work: Any
    largest: float = 1.0
    """Eigenvalue of the matrix times ``inverse``."""

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.r.shape[1] - 2, self.r.shape[2] - 2


def _level_of(shape: Shape, backend: Backend) -> Level:
    """Return a level without content."""
    matrix, *pictures = (backend.zeros((k, shape[0] + 2, shape[1] + 2)) for k in (81, *[6] * 5))
    return Level(backend, matrix, *pictures)


class PlaneGrids:
    """The grids below the finest one.

    Parameters
    ----------
    shape : (int, int)
        The first of them.
    backend : Backend
        Where they are.
    """

    def __init__(self, shape: Shape, backend: Backend) -> None:
        self._levels = [_level_of(shape, backend)]
        while shape[0] * shape[1] > COARSEST:
            shape = coarser(shape)
            self._levels.append(_level_of(shape, backend))
        self._every = self.first.backend.asarray(np.ones((1, 1), np.float32))
        self._last: Any = None

    @property
    def first(self) -> Level:
        """The first grid."""
        return self._levels[0]

    def refactor(self, seen: Callable[[Level], None]) -> None:
        """Make all matrices; ``seen`` writes what the first grid's would make of its z to its r."""
        for k, level in enumerate(self._levels):
            self._coarsen(level, seen if k == 0 else self._seen)
            for plane, (i, j) in enumerate(_PAIRS):
                level.inverse[plane, ...] = level.matrix[(12 + i) * 3 + j, ...]
            level.backend.run(block3.invert, level.inverse)
            _find_largest(level)
        coarsest = self._levels[-1]
        self._last = coarsest.backend.asarray(_inverse(coarsest))

    def cycle(self) -> None:
        """Write about the solution for the first grid's r to its z; r is overwritten."""
        self._cycle(0)

    def _cycle(self, k: int) -> None:
        """Write about A^-1 r to z of a level; r is overwritten."""
        level = self._levels[k]
        if k == len(self._levels) - 1:
            _solve(self._last, level)
            return
        level.z[...] = 0
        _smooth(level)
        _matvec(level, level.z, 1.0, -1.0, level.r)
        self._restrict(k)
        self._cycle(k + 1)
        self._prolong(k)
        level.z += level.d
        _matvec(level, level.d, 1.0, -1.0, level.r)
        _smooth(level)

    def _restrict(self, k: int) -> None:
        """Write the residual of level k, smoothed, to that of the next; d is overwritten."""
        level, coarse = self._levels[k], self._levels[k + 1]
        level.backend.run(block3.block_diagonal, level.inverse, level.r, 0.0, 1.0, level.d)
        level.work[...] = level.r
        _matvec(level, level.d, 1.0, -_DAMPING / level.largest, level.work)
        coarse.backend.run(block3.restrict, level.work, coarse.r)

    def _prolong(self, k: int) -> None:
        """Write z of level k + 1, interpolated and smoothed, to d of level k."""
        level, coarse = self._levels[k], self._levels[k + 1]
        level.backend.run(block3.prolong, coarse.z, self._every, level.d)
        _matvec(level, level.d, 0.0, 1.0, level.work)
        factor = -_DAMPING / level.largest
        level.backend.run(block3.block_diagonal, level.inverse, level.work, 1.0, factor, level.d)

    def _seen(self, level: Level) -> None:
        """Write what the matrix of a coarser level would make of its z to its r."""
        k = self._levels.index(level)
        fine = self._levels[k - 1]
        self._prolong(k - 1)
        _matvec(fine, fine.d, 0.0, 1.0, fine.r)
        self._restrict(k - 1)

    def _coarsen(self, level: Level, seen: Callable[[Level], None]) -> None:
        """Find the matrix of a level from its products with probes, two at a time."""
        for first, second in zip(range(0, 27, 2), [*range(1, 27, 2), 26], strict=True):
            level.backend.run(block3.set_probe, first, second, level.z)
            seen(level)
            level.backend.run(block3.read_probe, level.r, first, second, level.matrix)


def _matvec(level: Level, x: Any, own: float, factor: float, out: Any) -> None:
    level.backend.run(block3.matvec, level.matrix, x, own, factor, out)


def _smooth(level: Level) -> None:
    """Add a step of Jacobi's method for r to z."""
    factor = _DAMPING / level.largest
    level.backend.run(block3.block_diagonal, level.inverse, level.r, 1.0, factor, level.z)


def _find_largest(level: Level) -> None:
    """Set the largest eigenvalue, by the power method."""
    backend, x, size = level.backend, level.work, 1.0
    random = np.random.default_rng(0).standard_normal((6, *level.shape), np.float32)
    x[...] = backend.asarray(np.pad(random, ((0, 0), (1, 1), (1, 1))))
    for _ in range(_POWERS):
        _matvec(level, x, 0.0, 1.0, level.d)
        backend.run(block3.block_diagonal, level.inverse, level.d, 0.0, 1.0, x)
        size = math.sqrt(backend.run(block3.dot, x, x).sum()) or 1.0
        x *= 1 / size
    level.largest = _MARGIN * size


def _inverse(level: Level) -> Array:
    """Return the pseudo-inverse of the coarsest matrix, (3 H W, 3 H W)."""
    height, width = level.shape
    count = height * width
    planes = level.backend.to_numpy(level.matrix)[:, 1:-1, 1:-1].reshape(9, 3, 3, count)
    index = np.full((height + 2, width + 2), -1)
    index[1:-1, 1:-1] = np.arange(count).reshape(height, width)
    matrix = np.zeros((3, count, 3, count))
    for k, (i, j) in itertools.product(range(9), np.ndindex(3, 3)):
        down, right = divmod(k, 3)
        there = index[down : down + height, right : right + width].ravel()
        held = there >= 0
        matrix[i, np.flatnonzero(held), j, there[held]] = planes[k, i, j, held]
    flat = matrix.reshape(3 * count, 3 * count)
    return np.linalg.pinv((flat + flat.T) / 2, rcond=_NOTHING, hermitian=True)


def _solve(inverse: Any, level: Level) -> None:
    """Set z to the inverse times r."""
    xp, inner = level.backend.xp, level.r[:, 1:-1, 1:-1]
    for channel in range(2):
        right = xp.reshape(xp.asarray(inner[channel::2, ...], dtype=xp.float64), (-1,))
        found = xp.reshape(inverse @ right, (3, *level.shape))
        level.z[channel::2, 1:-1, 1:-1] = xp.asarray(found, dtype=xp.float32)


def coarser(shape: Shape) -> Shape:
    """Return the shape of the next grid."""
    return -(-shape[0] // 3), -(-shape[1] // 3)
