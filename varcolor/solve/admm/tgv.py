"""ADMM for total generalised variation, on a multigrid for picture and slopes.

The iteration of `varcolor.solve.admm.tv`, for the picture with its slopes x, K of
`varcolor.backend.kernels.admm.tgv`, and two groups a pixel, first and second differences, with
penalties of their own. One application of `varcolor.solve.admm.tgv_operator` takes the place of the
first step's solution. Its product with the matrix has no eigenvalue above 1, so that corrections
need not be made shorter, but for rounding: where slopes are held by weights a hundred million times
smaller than those that tie them together. No correction goes on when the step's own energy would
rise again.

The bound rests on a box for the slopes, too: that none is steeper than chroma's box is wide is an
assumption, as is that the minimiser leaves the range of the cues by no more than that range.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from varcolor.backend.base import zeros_like
from varcolor.backend.kernels.admm import block3, tgv_bound
from varcolor.backend.kernels.admm import tgv as tgv_kernels
from varcolor.solve.admm.base import LEVELS, TIGHTENING, Alternation, ratio
from varcolor.solve.admm.penalties import lift
from varcolor.solve.admm.tgv_operator import TgvOperator
from varcolor.typing import Array, FloatArray

#: The penalties of first and second differences of mean norm, times that norm, how far they follow
#: the norms, and how far those of first ones are lifted.
_PENALTY, _RANGE, _LIFT = (0.02, 0.2), 20.0, 30.0
#: Over-relaxation, and that of steps after which the energy is evaluated.
_RELAXATION, _DAMPED = 1.8, 0.8
#: Cycles of the first solution and of later ones.
_FIRST_CYCLES, _CYCLES = 10, 4
#: How the bounds of the norms fall from one reweighting to the next, down to this part of the mean;
#: the smallest mean norm that is believed, as a part of the larger one: penalties that differ by
#: more than single precision can bear come of it. The smallest at all.
_FALL, _LEAST, _SMALLEST, _NOTHING = 0.5, 1e-3, 0.2, 1e-20
_BOTH, _EQUAL = np.ones(2), np.ones(6)
#: The planes of v that are first differences, and second ones.
_GROUPS = slice(0, tgv_kernels.FIRST_PLANES), slice(tgv_kernels.FIRST_PLANES, 10)


class Generalised(Alternation):
    """The state of the iteration; arrays are where the matrix has its own.

    Parameters
    ----------
    matrix : TgvOperator
        Its penalties are overwritten.
    target : array, shape (2, H + 2, W + 2) or (2, 1, 1)
        Values of the soft cues, float64.
    x : array, shape (6, H + 2, W + 2)
        First guess with the exact cues in it, float64.
    box : (ndarray, ndarray)
        (2,) lowest and highest chroma of the minimiser.
    """

    warm: ClassVar[int] = 4
    far: ClassVar[float] = 1.5
    feasible_steps: ClassVar[tuple[int, ...]] = (64, 32)

    def __init__(
        self,
        matrix: TgvOperator,
        target: Any,
        x: Any,
        box: tuple[FloatArray, FloatArray],
    ) -> None:
        self._matrix, self._backend, self._xp = matrix, matrix.backend, matrix.backend.xp
        zeros, self._box = self._backend.zeros, box
        self._root, self._second_weights, self._free = (
            matrix.root,
            matrix.second_weights,
            matrix.free,
        )
        reaction = matrix.reaction if target.shape[1] > 1 else zeros((1, 1))
        self._rho, self._norms = matrix.rho, zeros_like(matrix.rho)
        self._energy = self._root, self._second_weights, self._rho, reaction, target, self._free
        self._pixels = (x.shape[1] - 2) * (x.shape[2] - 2)
        self.u, self._nothing = x, zeros((2, 1, 1), np.float64)
        self._other, self._base, self._known = zeros_like(x), self._nothing, False
        self._v = zeros((10, *x.shape[1:]))
        self._r, self._p, self._q = (zeros(x.shape) for _ in range(3))
        self._bound = np.zeros(2)

    def start(self) -> None:
        """Solve with equal penalties."""
        self._rho[...] = 1
        self._matrix.refactor()
        self._solve(_FIRST_CYCLES)
        self._bound = self._mean()

    def reweight(self) -> None:
        """Do a step of reweighted least squares."""
        self._bound = np.maximum(_FALL * self._bound, _LEAST * self._mean())
        self._v[...] = 0
        for g, bound in enumerate(self._bound.tolist()):
            self._rho[g, ...] = 1 / self._xp.maximum(self._norms[g, ...], bound)
        self._matrix.refactor()
        self._solve(_CYCLES)

    def split(self) -> None:
        """Set penalties, z = K x, and y as the last reweighting has it."""
        xp = self._xp
        self._rho[...] = self._penalties()
        self._matrix.refactor()
        self._v[...] = 0
        self._flow(1.0)
        for g, part in enumerate(_GROUPS):
            norms = xp.maximum(self._norms[g, ...], max(float(self._bound[g]), 1e-30))
            self._v[part, ...] *= 1 + 1 / (self._rho[g, ...] * norms)
        self._known = False

    def _penalties(self) -> Any:
        found, xp = zeros_like(self._rho), self._xp
        for g, mean in enumerate(self._mean().tolist()):
            share = mean / xp.maximum(self._norms[g, ...], 1e-30)
            found[g, ...] = xp.clip(share, 1 / _RANGE, _RANGE) * (_PENALTY[g] / mean)
        found[0, ...] *= lift(self._root, xp, _LIFT)
        return found

    def _change(self, penalties: Any) -> None:
        self._backend.run(tgv_kernels.change_penalties, self._rho, self._v, penalties)
        self._matrix.refactor()
        self._known = False

    def _step(self, damped: bool, changed: bool) -> None:
        self._iterate(_DAMPED if damped else _RELAXATION)

    def norms_of(self, u: Any) -> float:
        """Return the sum of the norms of any picture with slopes."""
        return float(np.sum(self._measure(u)))

    def _iterate(self, relaxation: float) -> None:
        """Update x by a cycle, then z and y."""
        if not self._known:
            self._flow(0.0)
        matrix, z = self._matrix, self._matrix.cycle(self._r)
        furthest = ratio(matrix.dot(self._r, z), matrix.apply(z, self._q))
        self._backend.run(block3.move, self.u, z, np.clip(furthest, 0.0, 1.0))
        self._flow(relaxation)
        self._known = True

    def _make_feasible(self) -> None:
        self._iterate(_RELAXATION)

    def _shift_base(self, base: Any, again: bool) -> None:
        state = self._root, self._second_weights, self._rho, self.u
        self._backend.run(
            tgv_kernels.shift_base, *state, base if again else self._base, again, self._v
        )

    def _flow(self, relaxation: float, width: Array = _EQUAL) -> Array:
        """Compute the residual; with a ``relaxation`` update z and y before."""
        own = *self._energy, self.u, self._base, self._v, self._r
        found = self._backend.run(tgv_kernels.gradient, *own, relaxation, width)
        if relaxation:
            self._backend.run_seams(tgv_kernels.gradient, *own, 0.0, width)
        return found

    def _sums(self, width: Array | None, diameter: float) -> Array:
        state = self._root, self._second_weights, self._rho, self.u, self._base, self._v
        sums = self._flow(0.0, _EQUAL if width is None else width)
        return np.concatenate(
            [sums, self._backend.run(tgv_bound.infeasibility, *state, diameter, LEVELS)]
        )

    def _error_box(self) -> FloatArray:
        found, xp = np.zeros(6), self._xp
        for k, (low, high) in enumerate(np.transpose(self._box).tolist()):
            own = xp.where(self._free != 0, self.u[k, ...], low)
            found[k] = max(high, float(xp.max(own))) - min(low, float(xp.min(own)))
            for j in (k + 2, k + 4):
                found[j] = high - low + float(xp.max(xp.abs(self.u[j, ...])))
        return found

    def _tighten(self, share: float) -> None:
        self._solve(TIGHTENING, share)

    def _solve(self, cycles: int, enough: float = 0.0) -> None:
        """Improve x by conjugate gradients, until the residual is ``enough`` of what it was."""
        matrix, before, first = self._matrix, np.zeros(2), 0.0
        self._flow(0.0)
        for _ in range(cycles):
            z = matrix.cycle(self._r)
            rz = matrix.dot(self._r, z)
            first = first or float(rz.sum())
            matrix.blend(self._p, ratio(rz, before), _BOTH, z)
            length = ratio(rz, matrix.apply(self._p, self._q))
            self._backend.run(block3.move, self.u, self._p, length)
            matrix.blend(self._r, _BOTH, -length, self._q)
            before = rz
            if float(rz.sum()) <= enough**2 * first:
                break
        self._known = False

    def _measure(self, x: Any) -> Array:
        """Compute the norms; return the sums of first and of second differences."""
        return self._backend.run(tgv_bound.norms, self._root, self._second_weights, x, self._norms)

    def _mean(self) -> Array:
        """Compute the norms and return the means of both kinds, neither far below the other."""
        means = self._measure(self.u) / self._pixels
        return np.asarray(np.maximum(means, max(_SMALLEST * means.max(), _NOTHING)))
