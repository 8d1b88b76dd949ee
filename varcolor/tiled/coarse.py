"""The coarse problem: the grid `LEVELS` below the picture's, for the whole picture at once.

Interpolation P of black-box multigrid (`varcolor.solve.multigrid.hierarchy`) follows the weights
and depends on those nearby alone, so that P' A P, made tile by tile, is what it would be for the
whole picture. The coarse system is solved by conjugate gradients with a hierarchy of its own. It
turns the residual, P' r, into a correction P (P' A P)^-1 P' r; the first one, from zero, is where
the sweeps begin. Of equations that are not symmetric (Levin) the coarse matrix is that of the
symmetric part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.multigrid.transfer import prolong, restrict
from varcolor.backend.kernels.stencil.matvec import directed_product, dot, product
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.backend.thread_pool import Team, bands, strips_of
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.tiled.tile import BLOCK, Ladder, Tile
from varcolor.tiled.window import Box
from varcolor.typing import Array, FloatArray, Shape

#: The coarse system is solved to this part of its first residual.
_ENOUGH, _MOST = 1e-5, 60
#: Coarse pixels that stand for almost nothing, as all around them is given, are left out: those
#: with so small a part of the usual diagonal. They would cost the iteration its digits.
_FAINT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """What one tile adds to the choice of the next step, and to the coarse problem.

    Of changes d and p, with r the residual of the values that they begin at.
    """

    products: FloatArray
    """(5, 2): d'Ad, d'Ap, p'Ap, d'r, p'r; where A is not symmetric Ad and Ap take the place of d
    and p on the left."""
    place: tuple[slice, slice]
    """Its coarse pixels."""
    restricted: Array
    """(3, 2, r, c): P'r, P'Ad, P'Ap."""
    matrices: tuple[tuple[Array, Array], ...]
    """Its parts (4, r, c) and (r, c) of the matrix and of the M-matrix near it, if asked for."""


class Coarse:
    """The coarse problem of one picture.

    Parameters
    ----------
    shape : (int, int)
        Of the picture.
    backend : CpuBackend
        Threads.
    """

    def __init__(self, shape: Shape, backend: CpuBackend) -> None:
        self.shape = -(-shape[0] // BLOCK), -(-shape[1] // BLOCK)
        self._team = backend.team
        # P'AP, and the M-matrix near it that its preconditioner is made of.
        self._matrices = [(bordered(self.shape, 4), bordered(self.shape)) for _ in range(2)]
        self._restricted = bordered(self.shape, 3, 2)
        self._hierarchy: Hierarchy | None = None

    def add(self, share: Share) -> None:
        """Take a tile's part of the residual, of what directions make of it, and of the matrix."""
        self._restricted[..., 1:-1, 1:-1][..., *share.place] = share.restricted
        for (w, reaction), own in zip(self._matrices, share.matrices, strict=False):
            w[:, 1:-1, 1:-1][:, *share.place] = own[0]
            reaction[1:-1, 1:-1][share.place] = own[1]

    def solve(self, step: FloatArray | None) -> Array:
        """Return the correction on the coarse grid, (2, R + 2, C + 2), after a step.

        That is for P' (r - a Ad - b Ap), (a, b) being the step, a column a channel; None: no step.
        """
        if self._hierarchy is None:
            w, reaction = self._matrices[1]
            diagonal = _diagonal(w, reaction)
            some = diagonal[diagonal > 0]
            least = _FAINT * float(np.median(some)) if some.size else 0.0
            self._hierarchy = Hierarchy(w, reaction, diagonal > least, self._team)
        free = self._hierarchy.grids[0].inverse
        residual, *images = self._restricted
        if step is not None:
            for part, image in zip(step, images, strict=True):
                residual = residual - part[:, None, None].astype(np.float32) * image
        b = np.where(free > 0, residual, np.float32(0))
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
            self._team.run(product, strips, *self._matrices[0], free, p, q)
            share = _dot(p, q)
            alpha = np.divide(now, share, out=np.zeros(2), where=share > 0)
            x += alpha[:, None, None].astype(np.float32) * p
            r -= alpha[:, None, None].astype(np.float32) * q
            before = now
        return x


def share_of(tile: Tile, u: Array, directions: tuple[Array, ...], team: Team) -> Share:
    """Return what a tile adds to the choice of the next step, and to the coarse problem.

    Parameters
    ----------
    tile : Tile
        Prepared.
    u : ndarray, shape (2, h + 2, w + 2)
        Values in its box; exact cues are written to it.
    directions : tuple of ndarray, shape (2, h + 2, w + 2)
        The changes d and p there, which are overwritten; none where the search begins: then the
        tile's part of the coarse matrix is wanted.
    team : Team
        Threads.
    """
    own, inside = _ladder(tile), tile.tile.within(tile.box)
    there, here = _blocks(tile.tile, tile.box)
    rows = bands(tile.box.shape[0])
    r = np.zeros_like(u)
    team.run(exact_residual, rows, own.planes, own.reaction, own.free, tile.target(u), u, r)
    symmetric = len(own.planes) == 4
    images = tuple(np.zeros_like(u) for _ in directions)
    for v, image in zip(directions, images, strict=True):
        kernel = product if symmetric else directed_product
        team.run(kernel, rows, own.planes, own.reaction, own.free, v, image)
    height, width = (part.stop - part.start for part in here)
    restricted = np.zeros((3, 2, height, width), np.float32)
    for k, fine in enumerate((r, *images)):
        restricted[k] = _restricted(own, fine, team)[:, 1:-1, 1:-1][:, *here]
    products = np.zeros((5, 2))
    if directions:
        (d, p), (ad, ap) = (directions if symmetric else images), images
        for left in (d, p):
            _clear_around(left, inside)
        pairs = ((d, ad), (d, ap), (p, ap), (d, r), (p, r))
        products = np.array([np.sum(team.run(dot, rows, *pair), axis=0) for pair in pairs])
    parts = [
        (w[:, 1:-1, 1:-1][:, *here].copy(), reaction[1:-1, 1:-1][here].copy())
        for w, reaction in (() if directions else (own.coarse, own.near))
    ]
    return Share(products, there, restricted, tuple(parts))


def _restricted(own: Ladder, fine: Array, team: Team) -> Array:
    """Return P' applied to a picture (2, h + 2, w + 2) of a tile's box."""
    for strips, p, _ in own.steps:
        coarse = bordered(((fine.shape[1] - 1) // 2, (fine.shape[2] - 1) // 2), 2)
        team.run(restrict, strips, p, fine, coarse)
        fine = coarse
    return fine


def _clear_around(v: Array, inside: tuple[slice, slice]) -> None:
    """Set a bordered picture to zero outside a window."""
    rows, columns = inside
    for part in (
        v[:, : rows.start + 1],
        v[:, rows.stop + 1 :],
        v[:, :, : columns.start + 1],
        v[:, :, columns.stop + 1 :],
    ):
        part[...] = 0


def patch_of(correction: Array, box: Box) -> Array:
    """Return the part of a correction (2, R + 2, C + 2) that a box needs, bordered by zeros."""
    rows = slice(box.top // BLOCK, -(-box.bottom // BLOCK) + 2)
    columns = slice(box.left // BLOCK, -(-box.right // BLOCK) + 2)
    patch = np.ascontiguousarray(correction[:, rows, columns])
    if patch.base is not None or patch is correction:
        patch = patch.copy()
    for edge in (patch[:, 0], patch[:, -1], patch[..., 0], patch[..., -1]):
        edge[...] = 0
    return patch


def correction_at(tile: Tile, patch: Array, team: Team) -> FloatArray:
    """Return P applied to a patch of the coarse correction, at the tile's pixels (2, h, w)."""
    coarse = patch
    for strips, p, shape in reversed(_ladder(tile).steps):
        fine = bordered(shape, 2)
        team.run(prolong, strips, p, coarse, fine)
        coarse = fine
    return coarse[:, 1:-1, 1:-1][:, *tile.tile.within(tile.box)]


def _ladder(tile: Tile) -> Ladder:
    assert tile.ladder is not None, "a picture of one tile has no coarse problem"
    return tile.ladder


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


def _diagonal(w: Array, reaction: Array) -> Array:
    """Return the diagonal (R, C) of a matrix (4, R + 2, C + 2) and (R + 2, C + 2)."""
    inner, left, right = slice(1, -1), slice(0, -2), slice(2, None)
    found = reaction[inner, inner] + w[:, inner, inner].sum(axis=0) + w[0, inner, left]
    return np.asarray(found + w[2, left, inner] + w[3, left, left] + w[1, left, right])


def _dot(a: Array, b: Array) -> FloatArray:
    return np.asarray((a.astype(np.float64) * b).sum(axis=(1, 2)))
