"""When to certify: to try a proof that the gap is small enough.

A proof takes as long as a dozen steps, an evaluation next to nothing. An evaluation gives the
*complementarity gap*, which a proof makes larger (`varcolor.solve.admm.base`). By how much tells
when one is likely to succeed, and whether penalties are right: large ones give a small gap that
grows by much, small ones the reverse. Twice the penalties make it grow about four times as much.

It is learnt from the last proof, and where an evaluation tells what the residual might cost, it is
known before the first one: the growth is in proportion to that cost over the gap. (Seen on seven
photos with three penalties each: to a factor of two or three, over two decades. The growth at which
the gap was smallest was about the same on all of them.) With a term of fourth order, whose gradient
is most of the residual, it goes with the root of that, near the right penalties (to a factor of
two, on eight photos).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Steps between two evaluations: so many, or this part of all so far times the logarithm of how far
#: off the gap is, but at most the last part of them.
_BETWEEN, _SHARE, _LONGEST = 7, 0.2, 0.3
#: A proof is likely if the expected gap with this margin is small enough, and the gap has fallen
#: to this part since the last one.
_MARGIN, _LESS = 1.1, 0.85
#: It is due anyway when the gap is this part of what it was, or after so many times the steps.
_MUCH_LESS, _LATE = 0.12, 2.5
#: The first one is due after so many times the steps after which it was not too far any more.
_FIRST_LATE = 1.5
#: Target growth of the complementarity gap: the least that will do, the best, and the most.
TARGET_GROWTH = 0.15, 0.4, 0.8
#: The most growth that is expected again, and what is expected before the first proof.
_MOST, _EXPECTED = 4.0, 0.75
#: The part of it that is expected the next time: it falls as the iteration converges.
_AGAIN = 0.4
#: By how much a proof may change what is known of its proportion.
_LEARNT = 3.0
#: The power of the growth with which penalties change the first time (the second time half of it,
#: then a third ...: back and forth would set the iteration back), and the range of changes.
_POWER, _CHANGES = 0.75, (0.25, 3.0)
#: So soon after a proof, by this factor of the steps, its fluxes are still much the same.
_SOON = 1.1
#: Evaluations that find nothing better, proofs included, after which rounding is the limit.
_PATIENCE = 40


@dataclass(slots=True)
class Proofs:
    """What is known of an iteration."""

    gap: float
    """The relative gap to be proven."""
    last: int
    """The last step."""
    far: float = math.inf
    """No proof while the gap to be expected is so many times what is to be proven."""
    target_growth: tuple[float, float, float] = TARGET_GROWTH
    """Growth of the complementarity gap: the least that will do, the best, and the most."""
    per: float = 0.0
    """The growth over a power of the residual's cost as a part of the gap; 0 = not known."""
    power: float = 1.0
    """Of that cost as a part of the gap, with which the growth goes."""
    first: int = 34
    """Steps before the first evaluation."""
    _growth: float = _EXPECTED
    _gap_then: float = math.inf
    """Of the last proof, at the step `_at`."""
    _at: int = 0
    _nearest: float = math.inf
    _waited: int = 0
    _changes: int = 0
    _near: int = 0
    """The first step that was not too far for a proof."""

    def growth(self, complementarity_gap: float, cost: float) -> float:
        """Return by what part a proof is likely to make the complementarity gap larger.

        ``cost``: what the residual might cost.
        """
        if not self.per:
            return _AGAIN * self._growth
        return min(self.per * self._share(complementarity_gap, cost), _MOST)

    def _share(self, complementarity_gap: float, cost: float) -> float:
        """Return what the growth is in proportion to."""
        return float((cost / max(abs(complementarity_gap), 1e-300)) ** self.power)

    def expected(self, complementarity_gap: float, cost: float = 0.0) -> float:
        """Return how far above a bound the energy would be.

        A gap below zero is that of fluxes that are too long, or nothing but rounding.
        """
        return _MARGIN * (1 + self.growth(complementarity_gap, cost)) * abs(complementarity_gap)

    def balance(self, step: int, complementarity_gap: float, cost: float) -> float:
        """Return the factor by which penalties had better change at the first evaluation.

        The residual's cost as a part of the gap is taken to go with their square.
        """
        if not self.per or step != self.first or not complementarity_gap > 0:
            return 1.0
        growth = self.growth(complementarity_gap, cost)
        if growth >= _MOST:  # no photo is like that: with noise and few cues proofs tell more
            self.per, self.target_growth = 0.0, TARGET_GROWTH
            return 1.0
        return self._change(growth, 0.5 / self.power)

    def _change(self, growth: float, power: float) -> float:
        few, target_growth, many = self.target_growth
        if few < growth < many:
            return 1.0
        return float(np.clip((target_growth / max(growth, 1e-3)) ** power, *_CHANGES))

    def due(self, step: int, complementarity_gap: float, likely: float) -> bool:
        """Tell whether to try, ``likely`` being the expected relative gap."""
        self._waited = 0 if likely < 0.99 * self._nearest else self._waited + 1
        self._nearest = min(self._nearest, likely)
        if step >= self.last:
            return True
        if likely > self.far * self.gap and self._waited < _PATIENCE:
            return False
        if not self._at:
            self._near = self._near or step
            late = step >= _FIRST_LATE * self._near or self._waited >= _PATIENCE
            return likely <= self.gap or late
        if step < _SOON * self._at:
            return False
        if likely <= self.gap and complementarity_gap < _LESS * self._gap_then:
            return True
        late = step >= _LATE * self._at or self._waited == _PATIENCE
        return complementarity_gap < _MUCH_LESS * self._gap_then or late

    def thorough(self, step: int) -> bool:
        """Tell whether this proof may be the last one."""
        return step >= self.last or self._waited >= _PATIENCE

    def learn(
        self,
        step: int,
        complementarity_gap: float,
        distance: float,
        better: bool,
        cost: float = 0.0,
    ) -> float:
        """Take note of a proof, and return the factor by which penalties had better change.

        ``distance``: how far above the bound the energy is, but for what more time would mend.
        ``better``: whether the proven gap got smaller. ``cost`` as for `growth`.
        """
        self._gap_then, self._at = complementarity_gap, step
        if better:
            self._nearest, self._waited = math.inf, 0
        growth = distance / max(complementarity_gap, 1e-300) - 1
        if not complementarity_gap > 0 or not math.isfinite(growth):
            return 1.0
        self._growth = float(np.clip(growth, 0, _MOST))
        if self.per and cost > 0:
            seen = max(growth, 0.0) / self._share(complementarity_gap, cost)
            self.per = float(np.clip(seen, self.per / _LEARNT, self.per * _LEARNT))
        if step >= self.last:
            return 1.0
        change = self._change(growth, _POWER / (self._changes + 1))
        self._changes += change != 1
        return change

    def next_evaluation(self, step: int, likely: float) -> int:
        """Return the step of the next evaluation."""
        if not step:
            return min(self.first, self.last)
        ahead = _SHARE * math.log(max(likely / self.gap, 1.0))
        return min(step + max(_BETWEEN, int(min(ahead, _LONGEST) * step)), self.last)

    @property
    def in_vain(self) -> bool:
        """Whether nothing has got better for long."""
        return self._waited > _PATIENCE
