"""The grids of a hierarchy: their arrays, how rows are shared, and the coarsest one's inverse."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from varcolor.backend.kernels.multigrid.incomplete_cholesky import CHECKPOINT
from varcolor.backend.thread_pool import ONE_STRIP_BELOW, Strips, strips_of
from varcolor.energy.stencil import FORWARD, neighbours
from varcolor.typing import Array, Shape

#: Most rows of a pair of the smoother's strips.
_PAIR = 1024
#: Pivots below this part of the diagonal may be nothing but rounding.
_SINGULAR = 1e-12


def bordered(shape: Shape, *planes: int) -> Array:
    """Return zeros (*planes, H + 2, W + 2), float32."""
    return np.zeros((*planes, shape[0] + 2, shape[1] + 2), np.float32)


@dataclass(slots=True, eq=False)
class Grid:
    """One level; arrays as in `varcolor.backend.kernels`."""

    w: Array
    reaction: Array
    inverse: Array
    v: Array
    """The smoother's weights, uint16."""
    strip_bounds: Array
    """(2 P + 1,): first row and separator of every pair of the smoother's strips, and the end."""
    separator_updates: Array
    """(2 P, 2, W + 2): Schur complement updates, what a strip adds to its separator."""
    checkpoints: Array
    """State of the elimination at every 32nd row: where it can restart, and end early."""
    strips: Strips
    """What threads share."""
    pair_strips: Strips
    """What they share of the smoother: pairs of strips, or one strip."""
    coarse_strips: Strips = field(default_factory=list)
    """Strips of the next coarser grid."""
    galerkin_patches: Strips = field(default_factory=list)
    """Shorter ones, of which a few are rebuilt."""
    p: Array | None = None
    """Interpolation from there."""
    deficit: Array | None = None
    patch_seams: Array | None = None
    """Edges to the right and reaction: of the first row of each patch of the Galerkin product, and
    what the patch adds to those of the next one."""
    seam_diagonals: Array | None = None
    """What cells between patches take from their diagonals."""

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.inverse.shape[0] - 2, self.inverse.shape[1] - 2


def entries(w: Array, reaction: Array) -> tuple[Array, Array, Array]:
    """Return rows, columns and values of a matrix, flat indices; values at one place add."""
    shape = reaction.shape[0] - 2, reaction.shape[1] - 2
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    rows, columns = [index.ravel()], [index.ravel()]
    values = [reaction[1:-1, 1:-1].astype(np.float64).ravel()]
    for k, one, other in neighbours(shape, FORWARD):
        here, there = index[one].ravel(), index[other].ravel()
        weight = w[k, 1:-1, 1:-1][one].ravel().astype(np.float64)
        rows += [here, there, here, there]
        columns += [here, there, there, here]
        values += [weight, weight, -weight, -weight]
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def within(picture: Array, shape: Shape, place: int = 0) -> Array:
    """Return a smaller picture (2, h + 2, w + 2), its border zero, in the memory of another.

    Of up to three side by side, at ``place``; where that many do not fit, a new one.
    """
    bordered_shape = 2, shape[0] + 2, shape[1] + 2
    size = math.prod(bordered_shape)
    if (place + 1) * size > picture.size:
        return bordered(shape, 2)
    result = picture.reshape(-1)[place * size : (place + 1) * size].reshape(bordered_shape)
    clear_border(result)
    return result


def clear_border(picture: Array) -> None:
    """Set what lies around a picture (2, H + 2, W + 2) to zero."""
    for edge in (picture[:, 0], picture[:, -1], picture[..., 0], picture[..., -1]):
        edge[...] = 0


def grid_of(w: Array, reaction: Array) -> Grid:
    """Return a level with this matrix, its smoother not made yet."""
    shape = reaction.shape[0] - 2, reaction.shape[1] - 2
    strip_bounds, large = _strip_bounds(shape[0]), shape[0] * shape[1] >= ONE_STRIP_BELOW
    separator_updates = np.zeros((len(strip_bounds) - 1, 2, reaction.shape[1]), np.float32)
    checkpoints = len(separator_updates) * (int(np.diff(strip_bounds).max()) // CHECKPOINT + 1)
    v = np.zeros((6, *reaction.shape), np.uint16)
    cuts = (
        strip_bounds + np.arange(len(strip_bounds)) % 2 if large else strip_bounds[::2]
    )  # after separators
    pair_strips = [(int(a), int(b)) for a, b in itertools.pairwise(cuts)]
    strips = strips_of(shape[0], shape[0] * shape[1])
    marked = np.zeros((checkpoints, *separator_updates.shape[1:]), np.float32)
    return Grid(
        w,
        reaction,
        bordered(shape),
        v,
        strip_bounds,
        separator_updates,
        marked,
        strips,
        pair_strips,
    )


def _strip_bounds(rows: int) -> Array:
    """Divide rows 1 to ``rows`` into pairs of strips; see `incomplete_cholesky`."""
    count = -(-rows // _PAIR)
    starts = 1 + rows * np.arange(count + 1) // count
    separators = (starts[:-1] + starts[1:]) // 2
    return np.append(np.column_stack([starts[:-1], separators]).ravel(), starts[-1])


def touched(strips: Strips, top: int, bottom: int) -> Strips:
    """Return the strips that have rows from ``top`` to ``bottom``, at least one."""
    return [s for s in strips if s[0] < bottom and s[1] > top] or strips[-1:]


def dense_inverse(grid: Grid) -> Array:
    """Return the inverse of the coarsest matrix; pixels that nothing depends on get zero."""
    rows, columns, values = entries(grid.w, grid.reaction)
    matrix = np.zeros((grid.shape[0] * grid.shape[1],) * 2)
    np.add.at(matrix, (rows, columns), values)
    used = (grid.inverse[1:-1, 1:-1].ravel() != 0) & (np.diag(matrix) > 1e-30)
    result = np.zeros_like(matrix)
    block = np.ix_(used, used)
    result[block] = _inverse(matrix[block])
    return result.astype(np.float32)


def _inverse(matrix: Array) -> Array:
    """Return the inverse of a symmetric matrix; of what is singular, the pseudo-inverse."""
    try:
        pivots = np.diag(np.linalg.cholesky(matrix)) ** 2
    except np.linalg.LinAlgError:
        pivots = np.zeros(1)
    if (pivots > _SINGULAR * np.diag(matrix)).all():
        return np.linalg.inv(matrix)  # eigenvalues wake threads of LAPACK, which then spin
    return np.linalg.pinv(matrix, hermitian=True)
