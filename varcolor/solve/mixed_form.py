"""A fourth-order energy as two equations of second order, with an approximate inverse.

min |L u|^2 with u given at some pixels means, for v = L u at all pixels,

    L v = 0 at free pixels,    L u - v = 0 at all pixels:

unknown are u where it is free, and v everywhere. At soft cues of weight k, L v + k (u - c) = 0. At
heavy ones u is given as well, by c - L v / k; at others it is free, and since L^2 + k is about
(L + sqrt(k))^2, the multigrid is made for L + sqrt(k). Fields x hold v, then u, as in
`varcolor.backend.kernels.mixed`.

The approximate inverse solves from top to bottom, with a multigrid cycle for each L: v from the
first equation, u from the second, then v at given pixels from what is left of the second. There the
exact equation is (1 + H'H) v = ..., H the harmonic extension from given to free pixels; the part of
H'H that a coarse grid sees is inverted there exactly (`varcolor.solve.coarse_mixed`), a number
stands for the rest. Eigenvalues of this triangular form do not suffer from L and the cycle not
commuting, as those of the cycle applied twice to the equation of fourth order do.

References: P. Ciarlet, P. Raviart, "A mixed finite element method for the biharmonic equation",
1974; R. Glowinski, O. Pironneau, "Numerical methods for the first biharmonic equation", SIAM Review
21 (1979), for the equation at given pixels.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.exact import exact_residual
from varcolor.backend.kernels.mixed import add_halves, first_product, given_rows, second_product
from varcolor.backend.kernels.transfer import prolong
from varcolor.backend.threads import Team
from varcolor.solve.coarse_mixed import CoarseMixed
from varcolor.solve.hierarchy import Hierarchy, bordered
from varcolor.typing import Array, BoolArray


class MixedForm:
    """The equations of one problem.

    Parameters
    ----------
    w : ndarray, shape (4, H + 2, W + 2)
        Weights of L.
    free : ndarray of bool, shape (H, W)
        Where u is unknown.
    soft, pull : ndarray, shape (H + 2, W + 2)
        1 / weight of heavy soft cues, the weight of others; 0 elsewhere.
    team : Team
        Threads.
    """

    def __init__(self, w: Array, free: BoolArray, soft: Array, pull: Array, team: Team) -> None:
        self.w, self.team, self.soft, self.pull = w, team, soft, pull
        self._zero = bordered(free.shape)
        self.hierarchy = Hierarchy(w, np.sqrt(pull), free, team)
        grids = self.hierarchy.grids
        self.strips = grids[0].strips
        self._coarse = CoarseMixed(self.hierarchy) if len(grids) > 1 else None
        deepest = self._coarse.level if self._coarse else 0
        self._fields = [
            (bordered(grid.shape, 2), bordered(grid.shape, 2)) for grid in grids[1 : deepest + 1]
        ]
        self._a, self._b, self._t = (bordered(free.shape, 2) for _ in range(3))
        self._all = np.ones_like(self._zero)

    @property
    def free(self) -> Array:
        """(H + 2, W + 2) float32: zero where u is given."""
        return self.hierarchy.grids[0].inverse

    def apply(self, x: Array, q: Array) -> None:
        """Write the left-hand sides for x to q; u counts as zero where it is given exactly."""
        own = self.w, self._zero
        self._run(first_product, *own, self.free, self.soft, self.pull, x, q, self._a)
        self._run(second_product, *own, self._a, x, q)

    def residual(self, x: Array, given: Array, r: Array) -> Array:
        """Write what is left of the equations to r; return u (2, H + 2, W + 2) in full.

        ``given`` (2, H + 2, W + 2) are all cues' values, zero elsewhere. Sums are double precision.
        """
        none, own = np.zeros((2, 1, 1), np.float32), (self.w, self._zero, self._all)
        self._run(exact_residual, *own, none, x[:2], r[:2])  # - L v
        u = np.asarray(x[2:] + np.where(self.free != 0, 0, given) + self.soft * r[:2])
        if self.pull.any():
            r[:2] -= self.pull * (x[2:] - given)
        r[:2] *= self.free != 0
        self._run(exact_residual, *own, none, u, r[2:])  # - L u
        r[2:] += x[:2]
        return u

    def solve(self, r: Array, z: Array) -> None:
        """Write about the solution for the right-hand side r to z."""
        v, u, given = z[:2], z[2:], self._t
        self.hierarchy.half_cycle(r[:2], v)
        self._run(add_halves, r, z, self._b)
        self.hierarchy.half_cycle(self._b, u)
        self._run(given_rows, self.w, self._zero, self.free, r, z, given)
        if self._coarse is not None:
            self._correct(given, u, v)
        v += given

    def _correct(self, given: Array, u: Array, v: Array) -> None:
        """Solve for v at given pixels from the right-hand side there, with a coarse grid's help."""
        assert self._coarse is not None
        level, (rows, columns) = self._coarse.level, self._coarse.given
        for coarse in (field for pair in self._fields for field in pair):
            coarse[:] = 0
        near = given[:, rows + 1, columns + 1]
        found = self._coarse.solve(near.T, *self._fields[-1])
        given[:, rows + 1, columns + 1] = found.T
        grids = self.hierarchy.grids
        for k in range(level - 1, -1, -1):
            to = (u, v) if k == 0 else self._fields[k - 1]
            for source, target in zip(self._fields[k], to, strict=True):
                self.team.run(prolong, grids[k].coarse_strips, grids[k].p, source, target)

    def _run(self, kernel: object, *arguments: object) -> list[Array]:
        return self.team.run(kernel, self.strips, *arguments)  # type: ignore[arg-type]
