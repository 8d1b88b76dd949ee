"""ADMM for TV and TGV, what they share: evaluation, certification and the lower bound.

For the flux f = y + rho (K u - z) and every t >= 0, with d the part of |f| beyond 1 + t,

    E* >= Q(u) + (<f, K u> - <|r|, a> - <d, b>) / (1 + t) - <|Q'(u)|, a> t / (1 + t):

r is what is left of the gradient of the first step, a the range that u can be off by, b what K can
make of that. The best t gives the lower bound: no flux needs to be feasible, only nearly so. But
even a few that are too long cost much, by b, and long before the energy has stopped falling they
are what is missing. So a *proof* goes on with the same iteration for |K (u - base)|, base being the
solution so far: its solution is known, which is base, and what its fluxes do on the way is to
become feasible near where they began. The *complementarity gap* is E(u) - Q(u) - <f, K u>.

What penalties are best depends on the norms, which are known better and better. So they follow them
after 12, 24, 48, ... steps, z and y staying as they are. How large they are all together is
balanced before the second time and after proofs that failed
(`varcolor.solve.admm.certification_schedule`).

The bound is ours.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from varcolor.solve.admm.certification_schedule import TARGET_GROWTH
from varcolor.typing import Array, FloatArray

#: Steps after which penalties follow the norms half of the way, and twice as many, and so on.
FOLLOW = 12
#: Levels t of the bound, and how small the residual is to be next to what is missing.
LEVELS = np.concatenate([[0.0], 10.0 ** np.arange(-6, 0.01, 0.2)])
_SMALL_RESIDUAL = 0.1
#: How often the residual is looked at, and the most cycles that make it smaller in between.
_ROUNDS, TIGHTENING = 5, 10


class Alternation(ABC):
    """An iteration with a state of its own; `varcolor.solve.admm.driver` runs it."""

    warm: ClassVar[int]
    """Steps of reweighted least squares, the first solution included."""
    far: ClassVar[float]
    """Proofs are not tried while the gap is likely to be so many times what is to be proven."""
    feasible_steps: ClassVar[tuple[int, ...]]
    """Steps that make fluxes feasible, and more if they are not."""
    target_growth: tuple[float, float, float] = TARGET_GROWTH
    """Target growth of the complementarity gap in a proof; see `certification_schedule.Proofs`."""
    per: float = 0.0
    """That growth over a power of (residual's cost / complementarity gap); see there."""
    power: float = 1.0
    """The exponent of that power; see there."""

    u: Any
    """What is sought; the first two planes are the picture, with a border."""
    _other: Any
    """Like u."""
    _base: Any
    """The base of a proof that is under way, else ``_nothing``."""
    _nothing: Any
    _known: bool
    """Whether the residual of the next step is there."""
    _rho: Any
    """Penalties."""
    _xp: Any
    """The namespace of the arrays."""
    _steps: int = 0
    """Of alternating directions."""
    _next: int = FOLLOW
    """Steps after which penalties follow the norms."""
    _level: float = 1.0
    """What `scale_penalties` has made of all penalties."""
    _factor: float = 1.0
    """What penalties are to be multiplied with when they follow the norms the next time."""
    _cycles: int = 1
    """Of multigrid, a step."""
    _box: tuple[FloatArray, FloatArray]
    """(2,) lowest and highest values of the minimiser."""

    @abstractmethod
    def start(self) -> None:
        """Find a first solution, with equal penalties."""

    @abstractmethod
    def reweight(self) -> None:
        """Do a step of reweighted least squares."""

    @abstractmethod
    def split(self) -> None:
        """Begin with alternating directions where the last reweighting has ended."""

    @abstractmethod
    def _step(self, damped: bool, changed: bool) -> None:
        """Do what `step` does; ``changed``: with penalties that have just followed the norms."""

    @abstractmethod
    def _penalties(self) -> Any:
        """Return the penalties that the norms of u ask for."""

    @abstractmethod
    def _change(self, penalties: Any) -> None:
        """Set other penalties; z and y stay as they are."""

    @abstractmethod
    def norms_of(self, u: Any) -> float:
        """Return the sum of the norms of anything like u."""

    @abstractmethod
    def _make_feasible(self) -> None:
        """Do a step with the base."""

    @abstractmethod
    def _shift_base(self, base: Any, again: bool) -> None:
        """Change z and y so that K (u - base) can take the place of K u, or ``again`` the reverse.

        See `varcolor.backend.kernels.admm.tv.shift_base`.
        """

    @abstractmethod
    def _sums(self, width: Array | None, diameter: float) -> Array:
        """Compute the residual and sums.

        Returns the sums of the absolute values of the residual and of the quadratic terms'
        gradient, both times ``width`` (1 if None); the quadratic terms' energy; the sums of norms
        and of flux times K u; and what fluxes cost at all `LEVELS` if differences are up to
        ``diameter``.
        """

    @abstractmethod
    def _error_box(self) -> FloatArray:
        """Return how far u can be from the minimiser at most."""

    @abstractmethod
    def _tighten(self, share: float) -> None:
        """Make the residual about this part of what it is, in `TIGHTENING` cycles at most."""

    def step(self, damped: bool = False) -> None:
        """Do a step of alternating directions, ``damped``: one that takes out what alternates."""
        changed = self._steps == self._next
        if changed:
            scale, self._factor = self._level * self._factor, 1.0
            self._change(self._xp.sqrt(scale * self._penalties() * self._rho))
            self._next *= 2
        self._steps += 1
        self._step(damped, changed)

    @property
    def _diameter(self) -> float:
        low, high = self._box
        return float(np.linalg.norm(high - low))

    def scale_penalties(self, factor: float) -> None:
        """Multiply all penalties."""
        if factor == 1:
            return
        self._level *= factor
        if self._steps == self._next:  # the next step changes them anyway
            self._factor *= factor
        else:
            self._change(factor * self._rho)

    def evaluate(self) -> tuple[float, float, float]:
        """Return the energy, what the norms exceed <flux, K u> by, and the residual's cost.

        The last is what the residual would cost a bound if pixels were off by all that the box
        allows, as a part of what cycles leave of it.
        """
        residual, _, smooth, total, along = self._sums(None, 0.0)[:5].tolist()
        self._known = True
        return total + smooth, total - along, residual * self._diameter / self._cycles

    def certify(self, best: float, allowance: float, thorough: bool = False) -> tuple[float, float]:
        """Return a lower bound of all energies, and what more time would make of it.

        It shall be below the ``best`` energy by no more than an ``allowance``. If it cannot be,
        little is done for it unless the proof shall be ``thorough``. The iteration goes on from the
        same u, with the fluxes that have been found for the bound.
        """
        base, self.u = self.u, self._other
        self.u[...] = base
        self._shift_base(base, again=False)
        self._base, self._known = base, False
        found, reached = -math.inf, math.inf
        for steps in self.feasible_steps:
            for _ in range(steps):
                self._make_feasible()
            bound, reached = self._bounds(best, allowance, thorough)
            found = max(found, bound)
            if reached < best - allowance or found >= best - allowance:
                break
        self._shift_base(base, again=True)
        self.u, self._other = base, self.u
        self._base, self._known = self._nothing, False
        return found, reached

    def _bounds(self, best: float, allowance: float, thorough: bool) -> tuple[float, float]:
        """Make what is left of the gradient small, and return what `certify` does."""
        found = -math.inf
        for again in reversed(range(_ROUNDS)):
            sums = self._sums(self._error_box(), self._diameter)
            residual, own, smooth, _, along = sums[:5].tolist()
            bounds = smooth + (along - sums[5:] - own * LEVELS) / (1 + LEVELS)
            found = max(found, float((bounds - residual / (1 + LEVELS)).max()))
            aim = max(allowance, best - float(bounds.max()))
            # But for what the quadratic terms have, a smaller residual makes little difference.
            hopeless = best - along - 2 * smooth > allowance and not thorough
            if hopeless or residual <= _SMALL_RESIDUAL * aim or not again:
                break
            self._tighten(_SMALL_RESIDUAL * aim / residual)
        return found, smooth + along


def ratio(over: Array, under: Array) -> Array:
    """Return over / under, 0 where both vanish."""
    return np.divide(over, under, out=np.zeros(2), where=under > 0)
