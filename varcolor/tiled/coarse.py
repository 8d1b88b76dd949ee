"""The coarse problem: what is bilinear between nodes, solved for the whole picture at once.

With bilinear hats P, zero at given pixels, P' A P is assembled window by window and factorised
once; it turns P' r, the residual seen by the nodes, into a correction P (P' A P)^-1 P' r. Its first
one, from zero, is where the sweeps begin.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.backend.kernels.schwarz.hats import add_galerkin
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.backend.thread_pool import Team, bands
from varcolor.tiled.window import Box, Window
from varcolor.typing import Array, FloatArray, Shape

if TYPE_CHECKING:
    from varcolor.methods import Method

#: Least distance of nodes, and bytes that the factorisation takes for a node.
_STEP, _BYTES = 8, 2500.0
#: Part of the largest diagonal entry that is added to all: nodes that no cue reaches stay zero.
_SHIFT = 1e-12


class Coarse:
    """The problem of the nodes of one picture.

    Parameters
    ----------
    shape : (int, int)
        Of the picture.
    memory : float
        Bytes that the factorisation may take.
    method : Method
        Whose weights.
    team : Team
        Threads.
    """

    def __init__(self, shape: Shape, memory: float, method: Method, team: Team) -> None:
        pixels = shape[0] * shape[1]
        self.step = max(_STEP, math.ceil(math.sqrt(pixels * _BYTES / memory)))
        self.nodes = (shape[0] // self.step + 2, shape[1] // self.step + 2)
        self._method, self._team = method, team
        self._matrix = np.zeros((*self.nodes, 3, 3, 1))
        self.residual = np.zeros((*self.nodes, 2))
        self._solve: Any = None

    def add(self, window: Window, own: Box, chroma: Array, matrix: bool) -> float:
        """Add the residual of a tile (and its part of the matrix); return its largest entry.

        Parameters
        ----------
        window : Window
            Larger than the tile by what its weights need.
        own : Box
            The tile: no pixel belongs to two.
        chroma : ndarray, shape (h, w, 2)
            Present values in the window.
        matrix : bool
            Whether the matrix is to be made.
        """
        height, width = window.box.shape
        planes = self._planes(window)
        free, excess, pull, u = self._arrays(window, chroma)
        top, left = window.box.top // self.step, window.box.left // self.step
        row0, column0 = window.box.top - top * self.step, window.box.left - left * self.step
        rows, columns = own.within(window.box)
        if matrix:
            nodes = (height + row0) // self.step + 2, (width + column0) // self.step + 2
            out = np.zeros((*nodes, 3, 3, 1))
            place = self.step, row0, column0, columns.start + 1, columns.stop + 1
            add_galerkin(planes, excess, free, out, *place, rows.start + 1, rows.stop + 1)
            to = self._matrix[top : top + nodes[0], left : left + nodes[1]]
            to += out[: to.shape[0], : to.shape[1]]
        r = np.zeros((2, height + 2, width + 2), np.float32)
        self._team.run(exact_residual, bands(height), planes, excess, free, pull, u, r)
        inner = r[:, 1:-1, 1:-1][:, rows, columns]
        down = _hats(own.top, own.bottom, self.step, self.nodes[0])
        across = _hats(own.left, own.right, self.step, self.nodes[1])
        for k in range(2):
            seen = down[0].T @ inner[k].astype(np.float64) @ across[0]
            self.residual[down[1], across[1], k] += seen
        return float(np.abs(inner).max(initial=0.0))

    def solve(self) -> FloatArray:
        """Return the correction at the nodes (R, C, 2); the residual begins anew."""
        from scipy.sparse.linalg import splu

        if self._solve is None:
            self._solve = splu(self._assembled(), permc_spec="MMD_AT_PLUS_A").solve
            self._matrix = np.zeros((0, 0, 3, 3, 1))
        found = self._solve(self.residual.reshape(-1, 2))
        self.residual[:] = 0
        return np.asarray(found.reshape(*self.nodes, 2))

    def at(self, nodes: FloatArray, box: Box) -> FloatArray:
        """Return P applied to values of the nodes, in a window (h, w, 2); also at given pixels."""
        down, rows = _hats(box.top, box.bottom, self.step, self.nodes[0])
        across, columns = _hats(box.left, box.right, self.step, self.nodes[1])
        part = nodes[rows, columns]
        return np.stack([down @ part[..., k] @ across.T for k in range(2)], axis=2)

    def _planes(self, window: Window) -> Array:
        terms = self._method.terms(window.luma, window.visible)
        planes = terms[0].stencil.planes(self._team)
        for term in terms[1:]:
            planes += term.stencil.planes(self._team)
        return planes

    def _arrays(self, window: Window, chroma: Array) -> tuple[Array, Array, Array, Array]:
        """Return bordered pictures: free, soft weights, what they pull to, u."""
        height, width = window.box.shape
        free = np.zeros((height + 2, width + 2), np.float32)
        inside = free[1:-1, 1:-1]
        inside[:] = 1 if window.visible is None else window.visible
        exact = np.isinf(window.cues.weight)
        rows, columns = np.divmod(window.cues.at, width)
        inside[rows[exact], columns[exact]] = 0
        u = np.zeros((2, height + 2, width + 2), np.float32)
        u[:, 1:-1, 1:-1] = np.moveaxis(chroma, 2, 0)
        u[:, rows[exact] + 1, columns[exact] + 1] = window.cues.values[exact].T
        excess = np.zeros_like(free)
        pull = np.zeros((2, 1, 1), np.float32)
        if not exact.all():
            pull = np.zeros_like(u)
            soft = rows[~exact] + 1, columns[~exact] + 1
            excess[soft] = window.cues.weight[~exact]
            pull[:, soft[0], soft[1]] = window.cues.values[~exact].T
        return free, excess, pull, u

    def _assembled(self) -> Any:
        from scipy.sparse import coo_array

        number = np.arange(self.nodes[0] * self.nodes[1]).reshape(self.nodes)
        rows, columns, values = [], [], []
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                here = _shifted(self.nodes, dy, dx)
                there = _shifted(self.nodes, -dy, -dx)
                rows.append(number[here].ravel())
                columns.append(number[there].ravel())
                values.append(self._matrix[..., dy + 1, dx + 1, 0][here].ravel())
        diagonal = self._matrix[..., 1, 1, 0].ravel()
        shift = np.full(number.size, _SHIFT * (diagonal.max(initial=0.0) or 1.0))
        shift[diagonal == 0] = 1.0
        rows.append(number.ravel())
        columns.append(number.ravel())
        values.append(shift)
        place = np.concatenate(rows), np.concatenate(columns)
        return coo_array((np.concatenate(values), place), (number.size, number.size)).tocsc()


def _shifted(shape: Shape, dy: int, dx: int) -> tuple[slice, slice]:
    """Return the nodes that have a neighbour at this offset."""

    def one(size: int, d: int) -> slice:
        return slice(max(-d, 0), size - max(d, 0))

    return one(shape[0], dy), one(shape[1], dx)


def _hats(first: int, last: int, step: int, count: int) -> tuple[FloatArray, slice]:
    """Return the hats along one axis at pixels first..last (n, k), and which nodes they are of."""
    low, high = first // step, min((last - 1) // step + 2, count)
    place = np.arange(first, last) / step
    weights = 1 - np.abs(place[:, None] - np.arange(low, high))
    return np.maximum(weights, 0.0), slice(low, high)
