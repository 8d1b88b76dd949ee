"""ADMM for total variation, with one multigrid cycle in place of the inner solution.

For E(u) = Q(u) + sum_g |(K u)_g|, Q quadratic, with a penalty rho_g per group:

    u <- about argmin Q(u) + sum_g rho_g |(K u)_g - z_g + y_g / rho_g|^2 / 2     (one cycle)
    z <- groups of K u + y / rho, shortened by 1 / rho
    y <- y + rho (K u - z)

with over-relaxation. A few steps of reweighted least squares come first. The penalties follow the
norms that these find, and a few times those of later steps, but within a small range: far apart
they would make the matrix hard for multigrid. For the same reason groups with small weights get
larger ones. When penalties change z and y stay as they are.

Certification and the bound are in `varcolor.solve.admm.base`. The bound rests on a box that holds
the minimiser: with norms and differences alone the range of the cues. A term of fourth order can
leave it; that it does so by no more than the range is an assumption.

One cycle in place of a solution is stable as long as no eigenvalue of the cycle times the matrix is
above 4 / (2 + relaxation), by the recursion of u and z + y / rho where |y| < 1. Eigenvalues above 1
are rare, and seen by conjugate gradients; corrections are made shorter by that.

Reference: S. Boyd et al., "Distributed optimization and statistical learning via the alternating
direction method of multipliers", 2011, sections 3.1, 3.4.3 and 3.4.4.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from varcolor.backend.base import Backend, zeros_like
from varcolor.backend.kernels.admm.bilaplacian import add_bilaplacian, bilaplacian_curvature
from varcolor.backend.kernels.admm.tv import (
    change_penalty,
    combine,
    infeasibility,
    move,
    norms,
    shift_base,
    shrink,
)
from varcolor.backend.kernels.admm.tv_residual import fused_step, residual
from varcolor.solve.admm.base import LEVELS, TIGHTENING, Alternation, ratio
from varcolor.solve.admm.penalties import LIFT, lift, penalties
from varcolor.solve.admm.tv_model import Parts
from varcolor.solve.multigrid.error_estimate import largest_eigenvalue
from varcolor.solve.multigrid.protocols import Changing
from varcolor.typing import Array, FloatArray

#: Over-relaxation, that of steps after which the energy is evaluated, and of those that make fluxes
#: feasible, and the part of a correction that is added, for the sake of stability.
_RELAXATION, _DAMPED, _FEASIBLE, _PART = 1.8, 1.0, 1.0, 0.95
#: One step in so many takes two cycles, which tells whether the others need two as well: if more
#: than this part of the error is left for the second.
_PROBE, _UNSOLVED = 20, 0.65
#: Cycles, after nested iteration, of the first (harmonic) solution and of later ones, and how far
#: these are passed.
_FIRST_CYCLES, _CYCLES, _BEYOND = 3, 1, 1.5
#: How the bound of the norms falls from one reweighting to the next, down to this part of the mean.
_FALL, _LEAST = 0.2, 4e-3
#: A length (in corrections of one cycle) that is between these is taken again in so many steps, but
#: for what it is above the most.
_STEADY, _TRUST, _MOST = (0.9, 1.25), 9, 1.1
_EQUAL = np.ones(2)


class Variation(Alternation):
    """The state of the iteration; arrays are those of the backend.

    Parameters
    ----------
    matrix : Changing
        Made for the weights ``parts.planes()``, which are overwritten.
    backend : Backend
        Where the kernels run.
    parts : Parts
        The energy.
    free : array, shape (H + 2, W + 2)
        1 at free pixels, else 0, float32.
    target : array, shape (2, H + 2, W + 2) or (2, 1, 1)
        Values of the soft cues, float64.
    u : array, shape (2, H + 2, W + 2)
        First guess with the exact cues in it, float64.
    box : (ndarray, ndarray)
        (2,) lowest and highest values of the minimiser.
    """

    warm: ClassVar[int] = 4
    far: ClassVar[float] = 3.0
    feasible_steps: ClassVar[tuple[int, ...]] = (8, 4, 4)

    def __init__(
        self,
        matrix: Changing,
        backend: Backend,
        parts: Parts,
        free: Any,
        target: Any,
        u: Any,
        box: tuple[FloatArray, FloatArray],
    ) -> None:
        self._matrix, self._backend, self._xp = matrix, backend, backend.xp
        self._parts, self._root, self._free = parts, parts.root, free
        self._pixels: int = (u.shape[1] - 2) * (u.shape[2] - 2)
        self.u, self._box = u, box
        self._nothing = backend.zeros((2, 1, 1), np.float64)
        self._other, self._base = zeros_like(u), self._nothing
        reaction = matrix.reaction if target.shape[1] > 1 else backend.zeros((1, 1))
        self._energy = parts.root, parts.smooth, parts.laplacian_weights, reaction, target, free
        self._rho, self._norms = (backend.zeros(u.shape[1:]) for _ in range(2))
        self._v = backend.zeros((8, *u.shape[1:]))
        self._r, self._z, self._q, self._p, self._e = (backend.zeros(u.shape) for _ in range(5))
        self._still = backend.zeros((2, 1, 1))
        self._lift = lift(parts.root, backend.xp, LIFT)
        self._unit = backend.asarray(np.eye(2, dtype=np.float32))
        if parts.fourth_order:
            self.target_growth, self.per, self.power = (0.5, 0.6, 0.7), 0.02, 0.5
        else:
            self.target_growth, self.per = (0.4, 0.8, 1.6), 0.005
        self._bound = 0.0
        self._largest = 1.0  # eigenvalue of a cycle times the matrix of the step that was seen
        self._known = False  # whether the residual of the next step is there
        self._length, self._trusted = _EQUAL, 0  # of corrections, and steps that may take it again
        self._rho[1:-1, 1:-1] = 1

    def rebuild(self) -> None:
        """Set the weights of the matrix, which may be those of another iteration."""
        planes, parts = self._matrix.weights.planes, self._parts
        self._backend.run(combine, self._root, self._rho, parts.smooth, parts.extra, planes)
        self._matrix.refactor()
        self._known, self._trusted = False, 0

    def start(self) -> None:
        """Solve with equal penalties: the harmonic picture."""
        self._begin()
        self._solve(_FIRST_CYCLES, known=True)
        self._bound = self._mean()

    def reweight(self) -> None:
        """Do a step of reweighted least squares."""
        self._bound = max(_FALL * self._bound, _LEAST * self._mean())
        self._rho[...] = 1 / self._xp.maximum(self._norms, self._bound)
        self.rebuild()
        self._begin()
        self._solve(_CYCLES, beyond=_BEYOND, known=True)

    def split(self) -> None:
        """Set penalties, z = K u, and y as the last reweighting has it."""
        xp, norms = self._xp, self._norms
        self._rho[...] = self._penalties()
        self.rebuild()
        self._largest = 1.0
        self._v[...] = 0
        self._backend.run(shrink, self._root, self._rho, self._v, 1.0, self.u)
        self._v *= 1 + 1 / (self._rho * xp.maximum(norms, max(self._bound, 1e-30)))

    def _penalties(self) -> Any:
        mean = self._mean()
        return penalties(self._xp, self._norms, self._lift, mean, self._pixels)

    def _change(self, penalties: Any) -> None:
        self._backend.run(change_penalty, self._rho, self._v, penalties)
        self.rebuild()

    def _step(self, damped: bool, changed: bool) -> None:
        probe = changed or (self._steps - 1) % _PROBE == 0
        if changed:
            self._largest = 1.0
        relaxation = _DAMPED if damped else _RELAXATION
        self._iterate(2 if probe else self._cycles, relaxation, probe)

    def _iterate(self, cycles: int, relaxation: float, probe: bool = False) -> None:
        """Update u by so many cycles, then z and y; ``probe``: see how many cycles it takes."""
        if cycles > 1 or (self._parts.fourth_order and self._trusted <= 0):
            self._solve(cycles, known=self._known, probe=probe)
            e, length = self._still, _EQUAL
        else:
            if not self._known:
                self._residual(_EQUAL)
            self._matrix.approximate(self._r, self._z, self._q)
            if self._parts.fourth_order:
                length = np.minimum(self._length, _MOST / self._largest)
                self._trusted -= 1
            else:  # without a line search: too far is worse than not far enough if over-relaxed
                length = _EQUAL * (_PART / self._largest)
            e = self._z
            self._backend.run_halo(move, self.u, e, length)
        own = *self._energy, self.u, self._base, self._rho, self._v, self._r
        self._backend.run(fused_step, *own, e, length, relaxation)
        self._backend.run_seams(residual, *own, _EQUAL)
        self._known = True

    def _make_feasible(self) -> None:
        self._trusted = 0  # here lengths vary from step to step
        self._iterate(self._cycles, _FEASIBLE)

    def _shift_base(self, base: Any, again: bool) -> None:
        self._trusted = 0  # it was that of a correction with the other fluxes
        state = self._root, self._rho, self._v, self.u
        self._backend.run(shift_base, *state, base if again else self._base, again)

    def _tighten(self, share: float) -> None:
        self._solve(TIGHTENING, known=True, enough=share)
        self._known = False

    def _sums(self, width: Array | None, diameter: float) -> Array:
        sums = self._residual(_EQUAL if width is None else width) * (2, 2, 1, 1, 1)
        costs = np.zeros(len(LEVELS))
        if diameter:
            own = self._rho, self._v, self.u, self._base, diameter, LEVELS
            costs = self._backend.run(infeasibility, self._root, *own)
        return np.concatenate([sums, costs])

    def _error_box(self) -> FloatArray:
        found, xp = [], self._xp
        for k, (low, high) in enumerate(np.transpose(self._box)):
            known = xp.where(self._free != 0, self.u[k, :, :], float(low))
            found.append(max(high, float(xp.max(known))) - min(low, float(xp.min(known))))
        return np.array(found)

    def norms_of(self, u: Any) -> float:
        """Return the sum of the norms of any picture like u."""
        total: float = self._backend.run(norms, self._root, u, self._norms).item()
        return total

    def _mean(self) -> float:
        """Compute the norms and return their mean."""
        return max(self.norms_of(self.u) / float(self._pixels), 1e-30)

    def _residual(self, width: Array) -> Array:
        state = self._base, self._rho, self._v, self._r
        return self._backend.run(residual, *self._energy, self.u, *state, width)

    def _begin(self) -> None:
        """Go towards what coarse grids know of the solution; the residual is there afterwards."""
        matrix = self._matrix
        self._residual(_EQUAL)
        if not matrix.nested(self._r, self._p):
            return
        along = matrix.dot(self._r, self._p)
        matrix.cg_update(self._e, self._p, self._r, self._q, ratio(along, self._curvature()))

    def _solve(
        self,
        cycles: int,
        beyond: float = 1.0,
        known: bool = False,
        probe: bool = False,
        enough: float = 0.0,
    ) -> None:
        """Improve u by conjugate gradients; ``known``: the residual is there.

        The cycle that finds the residual to be ``enough`` of what it was is the last one.
        """
        matrix = self._matrix
        if not known:
            self._residual(_EQUAL)
        before, first = np.zeros(2), 0.0
        lengths, shares = [], []
        for k in range(cycles):
            rz, _ = matrix.cycle(self._r, self._z, self._q, self._unit)
            first = first or float(rz.sum())
            share = ratio(rz, before) if k else np.zeros(2)
            matrix.scale_and_add(self._p, share, self._z)
            last = k == cycles - 1 or float(rz.sum()) <= enough**2 * first
            length = ratio(rz, self._curvature(last))
            lengths.append(length)
            shares.append(share)
            if probe and k == 1:
                self._cycles = 2 if rz.sum() > _UNSOLVED * before.sum() else 1
            if last:
                matrix.add(self._e, self._p, length)
            else:
                matrix.cg_update(self._e, self._p, self._r, self._q, length)
            before = rz
            if last:
                break
        self._largest = max(self._largest, largest_eigenvalue(lengths, shares))
        self._trust(lengths[0])
        self._backend.run(move, self.u, self._e, np.full(2, beyond))

    def _trust(self, length: Array) -> None:
        """Keep the length of a correction, which the next steps may take again."""
        low, high = _STEADY
        steady = (length == 0) | ((length > low) & (length < high))  # zero: nothing to correct
        self._trusted = _TRUST if steady.all() else 0
        self._length = length

    def _curvature(self, last: bool = False) -> Array:
        """Return p'A p, A the matrix of the step, and but for the ``last`` time write A p to q."""
        found = self._matrix.apply(self._p, self._q)
        if self._parts.fourth_order:
            own: tuple[Any, ...] = self._parts.laplacian_weights, self._parts.extra
            if last:
                found = found + self._backend.run(bilaplacian_curvature, *own, self._p)
            else:
                own = *own, self._free, self._p, self._q
                found = found + self._backend.run(add_bilaplacian, *own)
        return found
