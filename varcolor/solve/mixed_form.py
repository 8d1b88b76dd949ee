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

from typing import Any, Protocol

from varcolor.backend.kernels.exact import exact_residual
from varcolor.backend.kernels.mixed import add_halves, first_product, given_rows, second_product
from varcolor.solve.loops import Loops


class Cycles(Protocol):
    """An approximation of the inverse of L with the given pixels left out."""

    def half_cycle(self, b: Any, z: Any, spare: Any) -> None:
        """Write about L^-1 b to z, both (2, H + 2, W + 2); ``spare`` is one that may be used."""
        ...


class Correction(Protocol):
    """What the mixed form needs of a coarse grid; see `varcolor.solve.coarse_mixed`."""

    def correct(self, given: Any, u: Any, v: Any) -> None:
        """Solve for v at given pixels, and take from u and v what follows."""
        ...


class MixedForm:
    """The equations of one problem; arrays are where the loops run.

    Parameters
    ----------
    loops : Loops
        Where the kernels run.
    cycles : Cycles
        For L + sqrt(pull).
    coarse : Correction, optional
        A coarse grid's help at given pixels.
    w : array, shape (4, H + 2, W + 2)
        Weights of L.
    free : array, shape (H + 2, W + 2)
        1 where u is unknown, else 0, float32.
    soft, pull : array, shape (H + 2, W + 2)
        1 / weight of heavy soft cues, the weight of others; 0 elsewhere.
    """

    def __init__(
        self,
        loops: Loops,
        cycles: Cycles,
        coarse: Correction | None,
        w: Any,
        free: Any,
        soft: Any,
        pull: Any,
    ) -> None:
        self.loops, self._cycles, self._coarse = loops, cycles, coarse
        self.w, self.free, self.soft, self.pull = w, free, soft, pull
        self.pulled = bool(loops.xp.any(pull > 0))
        self._zero, self._all = loops.zeros(free.shape), 1 + 0 * free
        self._none = loops.zeros((2, 1, 1))
        self._a, self._b, self._t = (loops.zeros((2, *free.shape)) for _ in range(3))

    def apply(self, x: Any, q: Any) -> None:
        """Write the left-hand sides for x to q; u counts as zero where it is given exactly."""
        own = self.w, self._zero
        self.loops.run(first_product, *own, self.free, self.soft, self.pull, x, q, self._a)
        self.loops.run(second_product, *own, self._a, x, q)

    def residual(self, x: Any, given: Any, r: Any) -> Any:
        """Write what is left of the equations to r; return u (2, H + 2, W + 2) in full.

        ``given`` (2, H + 2, W + 2) are all cues' values, zero elsewhere. Sums are double precision.
        """
        own = self.w, self._zero, self._all, self._none
        v, of_u = r[:2, ...], r[2:, ...]
        self.loops.run(exact_residual, *own, x[:2, ...], v)  # - L v
        u = x[2:, ...] + (1 - self.free) * given + self.soft * v
        if self.pulled:
            v -= self.pull * (x[2:, ...] - given)
        v *= self.free
        self.loops.run(exact_residual, *own, u, of_u)  # - L u
        of_u += x[:2, ...]
        return u

    def solve(self, r: Any, z: Any) -> None:
        """Write about the solution for the right-hand side r to z."""
        v, u, given = z[:2, ...], z[2:, ...], self._t
        self._cycles.half_cycle(r[:2, ...], v, self._a)
        self.loops.run(add_halves, r, z, self._b)
        self._cycles.half_cycle(self._b, u, self._a)
        self.loops.run(given_rows, self.w, self._zero, self.free, r[2:, ...], u, given)
        if self._coarse is not None:
            self._coarse.correct(given, u, v)
        v += given
