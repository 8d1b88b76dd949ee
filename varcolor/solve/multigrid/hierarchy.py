"""Black-box multigrid on nine-point stencils: the grids, and one V-cycle over them.

Every grid takes every second pixel of the next finer one; interpolation follows the weights, coarse
matrices are Galerkin products whose few negative weights are replaced, the smoother is incomplete
Cholesky before and after. So every matrix is an M-matrix, and one cycle a symmetric positive
definite approximation of the inverse: the preconditioner of conjugate gradients. The coarsest grid
is solved exactly. When cues change, only the strips of rows near them are rebuilt, on every grid.

References: J. Dendy, "Black box multigrid", J. Comput. Phys. 48 (1982); for the nested iteration
that searches begin with, A. Brandt, "Multi-level adaptive solutions to boundary-value problems",
Math. Comp. 31 (1977).
"""

from __future__ import annotations

import itertools

import numpy as np

from varcolor.backend.kernels.multigrid.galerkin import diagonal_to_sides, galerkin, make_positive
from varcolor.backend.kernels.multigrid.ic_sweep import INWARDS, OUTWARDS, SEPARATORS, sweep
from varcolor.backend.kernels.multigrid.incomplete_cholesky import factor, factor_separators
from varcolor.backend.kernels.multigrid.interpolation import (
    interpolate_centres,
    interpolate_sides,
    zero_fixed_rows,
)
from varcolor.backend.kernels.multigrid.transfer import prolong, restrict, restrict_remainder
from varcolor.backend.kernels.stencil.matvec import add_scaled, dot_and_max, product
from varcolor.backend.thread_pool import Team, strips_of
from varcolor.solve.multigrid.levels import (
    Grid,
    bordered,
    clear_border,
    dense_inverse,
    grid_of,
    touched,
    within,
)
from varcolor.solve.multigrid.stencil_weights import REFINEMENTS
from varcolor.typing import Array, BoolArray

#: Most rows of a patch of the Galerkin product.
_PATCH = 32
#: Unknowns that are solved directly.
_COARSEST = 200
#: Coarse rows that interpolation reaches from changed rows, its improvements included.
_HALO = 1 + REFINEMENTS
#: Rows of a coarse matrix beside new rows of the interpolation that change with them.
_REACH = 3
_MINUS = np.full(2, -1, np.float32)


class Hierarchy:
    """All grids of one system.

    Parameters
    ----------
    w, reaction : ndarray
        The matrix on the finest grid; kept, not copied.
    free_mask : ndarray of bool, shape (H, W)
        False where the value is fixed.
    team : Team
        Threads.
    rough : bool
        Make what `nested` takes and nothing more, with simpler interpolation.
    """

    def __init__(
        self, w: Array, reaction: Array, free_mask: BoolArray, team: Team, rough: bool = False
    ) -> None:
        self.team, self._rough, self._last = team, rough, False
        self.grids = [grid_of(w, reaction)]
        while self.grids[-1].shape[0] * self.grids[-1].shape[1] > _COARSEST:
            grid = self.grids[-1]
            shape = (grid.shape[0] + 1) // 2, (grid.shape[1] + 1) // 2
            pixels = 4 * shape[0] * shape[1]
            grid.coarse_strips = strips_of(shape[0], pixels)
            grid.galerkin_patches = strips_of(shape[0], pixels, _PATCH)
            grid.p = bordered(shape, 9)
            grid.patch_seams = np.zeros(
                (len(grid.galerkin_patches), 2, 2, shape[1] + 2), np.float32
            )
            grid.seam_diagonals = np.zeros(
                (len(grid.galerkin_patches) + 1, shape[1] + 2), np.float32
            )
            self.grids.append(grid_of(bordered(shape, 4), bordered(shape)))
        self.update(free_mask, (1, self.grids[0].shape[0] + 1))

    def update(self, free_mask: BoolArray, rows: tuple[int, int], w: Array | None = None) -> None:
        """Rebuild what depends on the cues of the rows ``rows[0]`` to ``rows[1]``.

        Rows count a border. The reaction of the finest grid is expected to be up to date, and ``w``
        is needed after a `release`.
        """
        top, bottom = rows
        if w is not None:
            self.grids[0].w = w
        assert len(self.grids[0].w), "released, and not given again"
        for level, grid in enumerate(self.grids):
            self._factorise(grid, None if level else free_mask, top, bottom)
            if grid.p is None:
                break
            first = max(1, top // 2 - _HALO - 1)
            last = min(bottom // 2 + _HALO + 2, grid.coarse_strips[-1][1])
            self._coarsen(level, first, last)
            top, bottom = max(1, first - _REACH), last + _REACH
        self._inverse = dense_inverse(self.grids[-1])

    def release(self, last: bool = False) -> None:
        """Drop the weights of the finest grid and all deficits: cycles do without.

        ``last``: no `update` will come, and one `nested`: then those of coarse grids go as well.
        """
        self.grids[0].w, self._last = bordered(self.grids[0].shape, 0), last
        for grid in self.grids:
            grid.deficit = None

    def _factorise(self, grid: Grid, free_mask: BoolArray | None, top: int, bottom: int) -> None:
        """Make the smoother of these rows, ``free_mask``: None = all pixels."""
        first, last = max(1, top - 1), min(grid.shape[0], bottom) + 1  # fixed pixels: rows beside
        rows = np.union1d(np.arange(first, last), grid.strip_bounds[1::2])
        grid.inverse[rows, 1:-1] = 1 if free_mask is None else free_mask[rows - 1]
        if self._rough and grid is self.grids[0]:
            return
        own = grid.w, grid.reaction, grid.inverse, grid.v, grid.separator_updates
        near = touched(grid.pair_strips, first, last)
        self.team.run(factor, near, *own, grid.checkpoints, grid.strip_bounds, first, last)
        factor_separators(*own, grid.strip_bounds)

    def _coarsen(self, level: int, top: int, bottom: int) -> None:
        """Set coarse rows ``top`` to ``bottom`` of a grid's interpolation, and the next matrix."""
        grid, coarse, run = self.grids[level], self.grids[level + 1], self.team.run
        w, reaction, p = grid.w, grid.reaction, grid.p
        if grid.deficit is None:
            grid.deficit, changed = np.ones_like(reaction), (1, coarse.shape[0] + 1)
        else:
            changed = top, bottom
        deficit = grid.deficit
        assert p is not None
        # Rows beside them are gone through, too, and then put back: they are as they were.
        first = max(1, changed[0] - _HALO)
        last = min(changed[1] + _HALO, coarse.shape[0] + 1)
        beside = [slice(first, changed[0]), slice(changed[1], last)]
        finer = [slice(2 * s.start - 1, 2 * s.stop - 1) for s in beside]
        kept = [(p[:, s].copy(), deficit[f].copy()) for s, f in zip(beside, finer, strict=True)]
        rows = strips_of(last - first, 4 * (last - first) * coarse.shape[1])
        parts = [(first - 1 + a, first - 1 + b) for a, b in rows]
        more = 0 if self._rough else REFINEMENTS
        for again in range(1 + more):
            run(interpolate_sides, parts, w, reaction, p, deficit, again > 0, more > 0)
            run(interpolate_centres, parts, w, reaction, p, deficit)
        for s, f, (old, old_deficit) in zip(beside, finer, kept, strict=True):
            p[:, s], deficit[f] = old, old_deficit
        if not level:
            own = [(max(a, changed[0]), min(b, changed[1])) for a, b in parts]
            run(zero_fixed_rows, own, grid.inverse, p, deficit)
        self._galerkin(grid, coarse, top, bottom)

    def _galerkin(self, grid: Grid, coarse: Grid, top: int, bottom: int) -> None:
        """Set rows near ``top`` to ``bottom`` of the next matrix, patch by patch."""
        p, deficit, seams, diagonals = grid.p, grid.deficit, grid.patch_seams, grid.seam_diagonals
        assert p is not None and deficit is not None and seams is not None and diagonals is not None
        patches = touched(grid.galerkin_patches, top - _REACH, bottom + _REACH)
        first = grid.galerkin_patches.index(patches[0])

        def product(top: int, bottom: int) -> None:
            head, tail = seams[grid.galerkin_patches.index((top, bottom))]
            to = coarse.w, coarse.reaction
            galerkin(grid.w, grid.reaction, p, deficit, *to, tail, top, bottom)
            head[0], head[1] = coarse.w[0, top], coarse.reaction[top]

        def positive(top: int, bottom: int) -> None:
            index = grid.galerkin_patches.index((top, bottom))
            make_positive(coarse.w, coarse.reaction, *diagonals[index : index + 2], top, bottom)

        self.team.run(product, patches)
        for index in range(max(first, 1), first + len(patches)):
            at = grid.galerkin_patches[index][0]
            coarse.w[0, at], coarse.reaction[at] = seams[index, 0] + seams[index - 1, 1]
            if index > first:  # beyond that, the matrix is positive already, and has not changed
                diagonal_to_sides(coarse.w, at - 1, diagonals[index])
        self.team.run(positive, patches)

    def coarsened(self, level: int, w: Array, reaction: Array) -> tuple[Array, Array]:
        """Return P'AP, P the interpolation from a grid, of any matrix A with the finest's links."""
        for grid, coarse in itertools.pairwise(self.grids[: level + 1]):
            assert grid.p is not None and grid.deficit is not None
            to = np.zeros_like(coarse.w), np.zeros_like(coarse.reaction)
            tail = np.zeros(
                (2, coarse.reaction.shape[1]), np.float32
            )  # beyond the last row: nothing
            galerkin(w, reaction, grid.p, grid.deficit, *to, tail, 1, coarse.shape[0] + 1)
            w, reaction = to
        return w, reaction

    def cycle(self, b: Array, z: Array, work: Array, slope: Array) -> tuple[Array, float]:
        """Do `apply`, and return the dot products of b and z and the largest ``slope`` |z|.

        ``slope`` is (C, 2): of C numbers per pixel the largest counts.
        """
        self.apply(b, z, work)
        parts = self.team.run(dot_and_max, self.grids[0].strips, z, b, slope)
        total = np.sum(parts, axis=0)
        return total[:2], float(np.max(parts, axis=0)[2])

    def apply(self, b: Array, z: Array, work: Array) -> None:
        """Write an approximation of A^-1 b to z, both (2, H + 2, W + 2).

        ``work`` is a picture like them that is overwritten.
        """
        if self.grids[0].p is None:
            self._exactly(b, z)
        else:
            self._v_cycle(0, b, z, work)

    def nested(self, b: Array, z: Array) -> bool:
        """Write P y to z, y about the solution of the next grid for P'b.

        That grid begins with the solution of the next coarser one, found likewise, and does a cycle
        for what is left. False if there is no coarser grid.
        """
        if self.grids[0].p is None or not self.grids[1].w.size:
            return False
        coarse, grid = self._nested(1, b, z), self.grids[0]
        if self._last:
            for other in self.grids[1:]:
                other.w, other.reaction = bordered(other.shape, 0), np.empty((0, 0), np.float32)
            for other in self.grids:
                other.patch_seams = other.seam_diagonals = None
        z[:] = 0
        self.team.run(prolong, grid.coarse_strips, grid.p, coarse, z)
        return True

    def _nested(self, level: int, b: Array, spare: Array) -> Array:
        """Return about the solution on a grid, b being the right-hand side of the finer one.

        ``spare`` is a picture of the finer one whose memory is used.
        """
        fine, grid, run = self.grids[level - 1], self.grids[level], self.team.run
        own, found, z = (bordered(grid.shape, 2) for _ in range(3))
        run(restrict, fine.coarse_strips, fine.p, b, own)
        if grid.p is None:
            self._exactly(own, found)
            return found
        run(prolong, grid.coarse_strips, grid.p, self._nested(level + 1, own, z), found)
        work = within(spare, grid.shape)
        run(product, grid.strips, grid.w, grid.reaction, grid.inverse, found, work)
        run(add_scaled, grid.strips, own, work, _MINUS)
        self._v_cycle(level, own, z, work)
        run(add_scaled, grid.strips, found, z, -_MINUS)
        return found

    def half_cycle(self, b: Array, z: Array, spare: Array) -> None:
        """Do what `apply` does without smoothing the finest grid afterwards: not symmetric.

        ``spare`` is a picture like z that is overwritten, but for its border.
        """
        if self.grids[0].p is None:
            self._exactly(b, z)
        else:
            self._correct(0, b, z, spare)

    def _v_cycle(self, level: int, b: Array, z: Array, work: Array) -> None:
        """Do the cycle from one grid down; ``work`` takes the picture before the last smoothing."""
        self._correct(level, b, work, z)
        self._smooth(self.grids[level], b, work, z, True)

    def _correct(self, level: int, b: Array, z: Array, spare: Array) -> None:
        """Smooth, and add the next grid's correction; coarser grids work in ``spare``."""
        grid, coarse, run = self.grids[level], self.grids[level + 1], self.team.run
        self._smooth(grid, b, z, z, False)
        right, found = within(spare, coarse.shape, 1), within(spare, coarse.shape, 2)
        run(restrict_remainder, grid.coarse_strips, grid.v, z, grid.p, grid.strip_bounds, right)
        if coarse.p is None:
            self._exactly(right, found)
        else:
            self._v_cycle(level + 1, right, found, within(spare, coarse.shape))
        run(prolong, grid.coarse_strips, grid.p, found, z)
        clear_border(spare)

    def _smooth(self, grid: Grid, b: Array, z: Array, out: Array, again: bool) -> None:
        """Write M^-1 b to ``out``, or ``again`` M^-1 (b + R z) = z + M^-1 (b - A z)."""
        run = sweep.bind(grid.v, grid.inverse, b, z, out, again, grid.strip_bounds)
        self.team.run(run, grid.pair_strips, INWARDS)
        run(SEPARATORS, 1, grid.shape[0] + 1)
        self.team.run(run, grid.pair_strips, OUTWARDS)

    def _exactly(self, b: Array, z: Array) -> None:
        height, width = self.grids[-1].shape
        flat = b[:, 1:-1, 1:-1].reshape(2, -1).T
        z[:, 1:-1, 1:-1] = (self._inverse @ flat).T.reshape(2, height, width)
