"""The coarse problem: the grid `LEVELS` below the picture's, for the whole picture at once.

Interpolation P of black-box multigrid (`varcolor.solve.multigrid.hierarchy`) follows the weights
and depends on those nearby alone, so that P' A P, made window by window, is what it would be for
the whole picture; P itself is made again where it is needed and never kept. The coarse system is
solved by conjugate gradients with a hierarchy of its own. It turns the residual, P' r, into a
correction P (P' A P)^-1 P' r; the first one, from zero, is where the sweeps begin. Of equations
that are not symmetric (Levin) the coarse matrix is that of the symmetric part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.multigrid.transfer import prolong, restrict
from varcolor.backend.kernels.stencil.matvec import product
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.backend.thread_pool import bands, strips_of
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.stencil_weights import symmetric_part_of
from varcolor.tiled.window import Box, Window
from varcolor.typing import Array, FloatArray, Shape

if TYPE_CHECKING:
    from varcolor.methods import Method

#: Grids between the picture's and the coarse one; pixels a coarse one's side stands for.
LEVELS = 4
BLOCK = 1 << LEVELS
#: Pixels around a tile that its part of the coarse matrix depends on.
HALO = 4 * BLOCK
#: The coarse system is solved to this part of its first residual.
_ENOUGH, _MOST = 1e-5, 60


class Coarse:
    """The coarse problem of one picture.

    Parameters
    ----------
    shape : (int, int)
        Of the picture.
    method : Method
        Whose weights.
    backend : CpuBackend
        Threads.
    """

    def __init__(self, shape: Shape, method: Method, backend: CpuBackend) -> None:
        self.shape = -(-shape[0] // BLOCK), -(-shape[1] // BLOCK)
        self._method, self._backend, self._team = method, backend, backend.team
        self._w, self._reaction = bordered(self.shape, 4), bordered(self.shape)
        self._residual = bordered(self.shape, 2)
        self._hierarchy: Hierarchy | None = None

    def add(self, window: Window, own: Box, chroma: Array, matrix: bool) -> None:
        """Add the residual of a tile, and its part of the matrix.

        Parameters
        ----------
        window : Window
            The tile and `HALO` pixels around it, as far as there are any.
        own : Box
            The tile; it begins at multiples of `BLOCK`.
        chroma : ndarray, shape (h, w, 2)
            Present values in the window.
        matrix : bool
            Whether the matrix is to be made.
        """
        grids, (planes, free, reaction, target, u) = self._grids(window, chroma)
        r = np.zeros_like(u)
        height = window.box.shape[0]
        self._team.run(exact_residual, bands(height), planes, reaction, free, target, u, r)
        for grid in grids.grids[:LEVELS]:
            coarse = bordered(((r.shape[1] - 1) // 2, (r.shape[2] - 1) // 2), 2)
            self._team.run(restrict, grid.coarse_strips, grid.p, r, coarse)
            r = coarse
        there, here = _blocks(own, window.box)
        self._residual[:, 1:-1, 1:-1][:, *there] = r[:, 1:-1, 1:-1][:, *here]
        if matrix:
            grid = grids.grids[LEVELS]
            self._w[:, 1:-1, 1:-1][:, *there] = grid.w[:, 1:-1, 1:-1][:, *here]
            self._reaction[1:-1, 1:-1][there] = grid.reaction[1:-1, 1:-1][here]

    def solve(self) -> Array:
        """Return the correction on the coarse grid, (2, R + 2, C + 2)."""
        if self._hierarchy is None:
            everywhere = np.ones(self.shape, bool)
            self._hierarchy = Hierarchy(self._w, self._reaction, everywhere, self._team)
        b = self._residual
        x, r = np.zeros_like(b), b.copy()
        z, work, q = np.zeros_like(b), np.zeros_like(b), np.zeros_like(b)
        p, before = np.zeros_like(b), np.zeros(2)
        first = np.sqrt(_dot(b, b))
        strips = strips_of(self.shape[0], self.shape[0] * self.shape[1])
        for _ in range(_MOST):
            if (np.sqrt(_dot(r, r)) <= _ENOUGH * first).all():
                break
            self._hierarchy.apply(r, z, work)
            now = _dot(r, z)
            beta = np.divide(now, before, out=np.zeros(2), where=before != 0)
            p = z + beta[:, None, None].astype(np.float32) * p
            free = self._hierarchy.grids[0].inverse
            self._team.run(product, strips, self._w, self._reaction, free, p, q)
            share = _dot(p, q)
            alpha = np.divide(now, share, out=np.zeros(2), where=share > 0)
            x += alpha[:, None, None].astype(np.float32) * p
            r -= alpha[:, None, None].astype(np.float32) * q
            before = now
        return x

    def at(self, correction: Array, window: Window, own: Box) -> FloatArray:
        """Return P applied to a coarse picture, at a tile (h, w, 2)."""
        chroma = np.zeros((*window.box.shape, 2), np.float32)
        grids, _ = self._grids(window, chroma)
        box = window.box
        rows = slice(box.top // BLOCK, -(-box.bottom // BLOCK) + 2)
        columns = slice(box.left // BLOCK, -(-box.right // BLOCK) + 2)
        coarse = np.ascontiguousarray(correction[:, rows, columns])
        for edge in (coarse[:, 0], coarse[:, -1], coarse[..., 0], coarse[..., -1]):
            edge[...] = 0
        for grid in reversed(grids.grids[:LEVELS]):
            fine = bordered(grid.shape, 2)
            self._team.run(prolong, grid.coarse_strips, grid.p, coarse, fine)
            coarse = fine
        inner = coarse[:, 1:-1, 1:-1][:, *own.within(box)]
        return np.moveaxis(inner, 0, -1)

    def _grids(
        self, window: Window, chroma: Array
    ) -> tuple[Hierarchy, tuple[Array, Array, Array, Array, Array]]:
        """Return the hierarchy of a window, and its planes, free, reaction, target and u."""
        terms = self._method.terms(window.luma, window.visible)
        planes = terms[0].stencil.planes(self._backend)
        for term in terms[1:]:
            planes += term.stencil.planes(self._backend)
        height, width = window.box.shape
        free_mask = np.ones((height, width), bool)
        if window.visible is not None:
            free_mask &= window.visible
        exact = np.isinf(window.cues.weight)
        rows, columns = np.divmod(window.cues.at, width)
        free_mask[rows[exact], columns[exact]] = False
        free, reaction = bordered((height, width)), bordered((height, width))
        free[1:-1, 1:-1] = free_mask
        u, target = bordered((height, width), 2), np.zeros((2, 1, 1), np.float32)
        u[:, 1:-1, 1:-1] = np.moveaxis(chroma, 2, 0)
        u[:, rows[exact] + 1, columns[exact] + 1] = window.cues.values[exact].T
        if not exact.all():
            target = np.zeros_like(u)
            soft = rows[~exact] + 1, columns[~exact] + 1
            reaction[soft] = window.cues.weight[~exact]
            target[:, soft[0], soft[1]] = window.cues.values[~exact].T
        grids = Hierarchy(symmetric_part_of(planes, self._backend), reaction, free_mask, self._team)
        return grids, (planes, free, reaction, target, u)


def _blocks(own: Box, window: Box) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the coarse pixels of a tile: in the whole coarse picture, and in the window's."""
    there = (
        slice(own.top // BLOCK, -(-own.bottom // BLOCK)),
        slice(own.left // BLOCK, -(-own.right // BLOCK)),
    )
    down, across = window.top // BLOCK, window.left // BLOCK
    here = (
        slice(there[0].start - down, there[0].stop - down),
        slice(there[1].start - across, there[1].stop - across),
    )
    return there, here


def _dot(a: Array, b: Array) -> FloatArray:
    return np.asarray((a.astype(np.float64) * b).sum(axis=(1, 2)))
