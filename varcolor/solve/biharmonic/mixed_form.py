"""Mixed form of a fourth-order energy, two equations of second order, and its preconditioner.

min |root^-1 N u|^2 with u given at some pixels means, for v = root^-1 N u and y = v / root at all
pixels,

    N'y = 0 at free pixels,    N u - root v = 0 at all pixels:

unknown are u where it is free, and v everywhere. At soft cues of weight k, N'y + k (u - c) = 0. At
heavy ones u is fixed as well, by c - N'y / k; at others it is free. The bilaplacian has N = L and
root 1; for directed weights W, N = root (1 - W) with the scale that makes N nearly balanced
(`varcolor.solve.multigrid.row_scaling`), so that its symmetric part S stands for N and for N'.
Since S root^-2 S + k is about (S + root sqrt(k)) root^-2 (S + root sqrt(k)), the multigrid is made
for S + root sqrt(k). Fields x hold v, then u, as in `varcolor.backend.kernels.biharmonic.mixed`.

The approximate inverse solves from top to bottom, with a multigrid cycle for each N: y from the
first equation, u from the second, then v at fixed pixels from what is left of the second. There the
exact equation is (1 + H'H) v = ..., H the harmonic extension from fixed to free pixels; the part of
H'H that a coarse grid sees is inverted there exactly (`varcolor.solve.biharmonic.coarse_schur`), a
number stands for the rest. Eigenvalues of this triangular form do not suffer from N and the cycle
not commuting, as those of the cycle applied twice to the equation of fourth order do. What cycles
do not see they miss twice: islands (`varcolor.solve.multigrid.deflation_islands`) take 250 steps
where there are a few specks of dust, and 13 if they are solved exactly after every cycle.

References: P. Ciarlet, P. Raviart, "A mixed finite element method for the biharmonic equation",
1974; R. Glowinski, O. Pironneau, "Numerical methods for the first biharmonic equation", SIAM Review
21 (1979), for the equation at fixed pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from varcolor.backend.base import Backend, namespace, zeros_like
from varcolor.backend.kernels.biharmonic.mixed import (
    add_scaled_y,
    first_product,
    fixed_rows,
    second_product,
)
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.energy.stencil import neighbours, window
from varcolor.solve.multigrid.stencil_weights import Weights


class Cycles(Protocol):
    """An approximation of the inverse of N with the fixed pixels left out."""

    def half_cycle(self, b: Any, z: Any, spare: Any) -> None:
        """Write about N^-1 b to z, both (2, H + 2, W + 2); ``spare`` is one that may be used."""
        ...


class Exact(Protocol):
    """What is solved exactly after a cycle; see `varcolor.solve.multigrid.deflation_islands`."""

    def correct(self, r: Any, z: Any) -> float:
        """Improve z, about the solution for r."""
        ...


class Correction(Protocol):
    """What the mixed form needs of a coarse grid; see `varcolor.solve.biharmonic.coarse_schur`."""

    def correct(self, given: Any, u: Any, y: Any) -> None:
        """Solve for v at fixed pixels, and take from u and y what follows."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """root^-1 N, the energy being the square of its products; arrays of any library."""

    forth: Any
    """(4 or 8, H + 2, W + 2): weights of N."""
    back: Any
    """Those of N'."""
    rest: Any
    """(H + 2, W + 2): what N' has on its diagonal beside the sum of its weights."""
    root: Any
    """(H + 2, W + 2), positive."""

    @classmethod
    def of(cls, weights: Weights) -> Factor:
        """Return it for symmetric weights, or directed ones as they were scaled."""
        forth, none = weights.planes, zeros_like(weights.planes[0, ...])
        if weights.scale is None:
            return cls(forth, forth, none, 1 + none)
        back = transposed(forth)
        xp = namespace(forth)
        total = xp.asarray(none, dtype=xp.float64)  # a small difference of large sums
        for k in range(8):
            total = total + forth[k, ...] - xp.asarray(back[k, ...], dtype=xp.float64)
        root = weights.scale + (1 - xp.sign(weights.scale))  # 1 around the picture
        return cls(forth, back, xp.asarray(total, dtype=none.dtype), root)

    @property
    def directed(self) -> bool:
        """Whether N is not symmetric."""
        return bool(self.forth.shape[0] == 8)


def transposed(planes: Any) -> Any:
    """Return the weights (8, H + 2, W + 2) of the transpose: those that lead to every pixel."""
    back = zeros_like(planes)
    for k, here, there in neighbours(planes.shape[1:], window(1)):
        back[k, *here] = planes[7 - k, *there]
    return back


class MixedForm:
    """The equations of one problem; arrays are the backend's.

    Parameters
    ----------
    backend : Backend
        Where the arrays are.
    cycles : Cycles
        For S + root sqrt(reaction).
    coarse : Correction, optional
        A coarse grid's help at fixed pixels.
    factor : Factor
        The energy.
    free : array, shape (H + 2, W + 2)
        1 where u is unknown, else 0, float32.
    soft, reaction : array, shape (H + 2, W + 2)
        1 / weight of heavy soft cues, the weight of others; 0 elsewhere.
    islands : (Exact, Exact), optional
        Those of S + root sqrt(reaction), or of N and N' instead of S.
    """

    def __init__(
        self,
        backend: Backend,
        cycles: Cycles,
        coarse: Correction | None,
        factor: Factor,
        free: Any,
        soft: Any,
        reaction: Any,
        islands: tuple[Exact, Exact] | None = None,
    ) -> None:
        self.backend, self._cycles, self._coarse, self._islands = backend, cycles, coarse, islands
        self.factor, self.free, self.soft, self.reaction = factor, free, soft, reaction
        self.has_reaction = bool(backend.xp.any(reaction > 0))
        self._zero, self._all = backend.zeros(free.shape), 1 + 0 * free
        self._none = backend.zeros((2, 1, 1))
        self._nothing = backend.zeros((2, *free.shape)) if factor.directed else self._none
        self._a, self._b, self._t = (backend.zeros((2, *free.shape)) for _ in range(3))

    def apply(self, x: Any, q: Any) -> None:
        """Write the left-hand sides for x to q; u counts as zero where it is fixed exactly."""
        own, run = self.factor, self.backend.run
        cues = self.free, self.soft, self.reaction
        run(first_product, own.back, own.rest, *cues, self._y(x), x, q, self._a)
        run(second_product, own.forth, self._zero, own.root, self._a, x, q)

    def _y(self, x: Any) -> Any:
        """Return y of x, which another call overwrites."""
        if not self.factor.directed:
            return x[:2, ...]
        self._b[...] = x[:2, ...]
        self._b /= self.factor.root
        return self._b

    def residual(self, x: Any, given: Any, r: Any) -> Any:
        """Write what is left of the equations to r; return u (2, H + 2, W + 2) in full.

        ``given`` (2, H + 2, W + 2) are all cues' values, zero elsewhere. Sums are double precision.
        """
        own, run = self.factor, self.backend.run
        first, second = r[:2, ...], r[2:, ...]
        run(exact_residual, own.back, own.rest, self._all, self._nothing, self._y(x), first)
        u = x[2:, ...] + (1 - self.free) * given + self.soft * first
        if self.has_reaction:
            first -= self.reaction * (x[2:, ...] - given)
        first *= self.free
        run(exact_residual, own.forth, self._zero, self._all, self._none, u, second)
        second += own.root * x[:2, ...]
        return u

    def take_v(self, x: Any, given: Any, r: Any) -> None:
        """Set v in x to what it is for the u there; r is overwritten."""
        self.residual(x, given, r)
        x[:2, ...] -= r[2:, ...] / self.factor.root

    def solve(self, r: Any, z: Any) -> None:
        """Write about the solution for the right-hand side r to z."""
        own, run = self.factor, self.backend.run
        y, u, given = z[:2, ...], z[2:, ...], self._t
        self._solve_half(r[:2, ...], y, 1)
        if self.backend.on_host:
            run(add_scaled_y, r, y, own.root, self._b)
        else:
            self._b[...] = r[2:, ...] + own.root * own.root * y
        self._solve_half(self._b, u, 0)
        run(fixed_rows, own.forth, self._zero, own.root, self.free, r[2:, ...], u, given)
        if self._coarse is not None:
            self._coarse.correct(given, u, y)
        if own.directed:
            y *= own.root
        y += given

    def _solve_half(self, b: Any, z: Any, transposed: int) -> None:
        """Write about N^-1 b, or with 1 about N'^-1 b, to z."""
        self._cycles.half_cycle(b, z, self._a)
        if self._islands is not None:
            self._islands[transposed].correct(b, z)
