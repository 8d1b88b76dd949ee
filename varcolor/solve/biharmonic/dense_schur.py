"""The equations of a coarse grid (`varcolor.solve.biharmonic.coarse_schur`) on a GPU.

They are made on the host and inverted on the GPU, where a dense inverse of some thousand pixels is
applied faster than a factorisation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.kernels.biharmonic.mixed import fixed_rows
from varcolor.backend.kernels.stencil.matvec import product
from varcolor.backend.launch import DeviceBackend
from varcolor.solve.biharmonic.basis_size import MOST_COARSE
from varcolor.solve.biharmonic.coarse_schur import CoarseEquations
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy


class DenseCoarseMixed:
    """What `varcolor.solve.biharmonic.coarse_schur.CoarseMixed` is on the host, by a dense inverse.

    B and its transpose are applied as they are defined: interpolate, then S, and the reverse.

    Parameters
    ----------
    device : DeviceBackend
        Where it is.
    hierarchy, free, root
        As of `CoarseEquations`, on the device.
    """

    def __init__(
        self, device: DeviceBackend, hierarchy: TiledHierarchy, free: Any, root: Any
    ) -> None:
        own = CoarseEquations.of(hierarchy, free, root, MOST_COARSE, device.to_numpy)
        self._device, self._free, self._root = device, free, root
        self._grids = hierarchy.grids[: own.level + 1]
        self._zeros = [device.zeros((2, *grid.reaction.shape)) for grid in self._grids]
        self._fields = [
            (device.zeros(zero.shape), device.zeros(zero.shape)) for zero in self._zeros
        ]
        self._nothing, self._across = device.zeros(free.shape), device.zeros((2, *free.shape))
        touching = np.zeros(free.shape, np.float32)
        touching[own.given[0] + 1, own.given[1] + 1] = 1
        self._touching = device.asarray(touching)
        self._scale = device.asarray(1 + touching * np.float32(1 / own.unseen - 1))
        self._unseen, size = own.unseen, own.shape[0] * own.shape[1]
        used, matrix, lumped = np.zeros(size), np.eye(size), np.zeros(size)
        used[own.used], lumped[own.used] = 1, 1 / own.mass
        matrix[np.ix_(own.used, own.used)] = own.matrix.toarray()
        inverse = device.xp.linalg.inv(device.asarray(matrix))
        self._inverse = device.asarray(used[:, None]) * inverse
        self._lumped = device.asarray(np.pad(lumped.reshape(own.shape), 1).astype(np.float32))
        self._all = 1 + 0 * self._grids[-1].reaction

    def correct(self, given: Any, u: Any, y: Any) -> None:
        """Do what `varcolor.solve.biharmonic.coarse_schur.CoarseMixed.correct` does."""
        device, grids, finest = self._device, self._grids, self._grids[0]
        given *= self._scale
        inside = finest.w, self._nothing, self._free
        self._restrict(0, inside, self._zeros[0], given * self._touching / self._root)
        for level in range(1, len(grids) - 1):
            own = grids[level].w, grids[level].reaction, grids[level].inverse
            self._restrict(level, own, self._fields[level][0], self._zeros[level])
        self._solve(*self._fields[-1])
        for level in range(len(grids) - 2, -1, -1):
            for k, coarse in enumerate(self._fields[level + 1]):
                to = self._fields[level][k]
                to[...] = 0
                p, none = grids[level].p, self._zeros[level + 1]
                device.start("prolong", p, coarse, none, to)
        along_u, along_y = self._fields[0]
        rows = finest.w, self._nothing, self._root, self._free
        device.run(fixed_rows, *rows, self._zeros[0], along_u, self._across)
        given += self._across * self._touching * (1 / self._unseen)
        u += along_u
        y += along_y

    def _restrict(self, level: int, matrix: tuple[Any, ...], b: Any, u: Any) -> None:
        """Write P'(b - A u) to the first field of the next grid."""
        own = self._grids[level].p, self._fields[level + 1][0]
        self._device.start("restrict_residual", *matrix, b, u, *own)

    def _solve(self, u: Any, y: Any) -> None:
        """Replace u, minus the right-hand side, by minus the solution, y by M^-1 S times that."""
        xp, coarsest = self._device.xp, self._grids[-1]
        height, width = coarsest.shape
        right = xp.reshape(u[:, 1:-1, 1:-1], (2, height * width))
        found = xp.asarray(right, dtype=xp.float64) @ xp.matrix_transpose(self._inverse)
        own = xp.asarray(xp.reshape(found, (2, height, width)), dtype=xp.float32)
        u[:, 1:-1, 1:-1] = own
        self._device.run(product, coarsest.w, coarsest.reaction, self._all, u, y)
        y *= self._lumped
