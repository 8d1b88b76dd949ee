"""When to try a proof that a solution is good enough.

A proof takes as long as a dozen steps, a look at the iteration next to nothing. A look tells the
*slack*, which a proof makes larger (`varcolor.solve.alternation`). By how much is learnt from the
last one: it tells when the next is likely to succeed, and whether penalties suit. Large penalties
give little slack that grows by much, small ones the reverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Steps before the first look, and between two: so many, or this part of all so far times the
#: logarithm of how far off the gap is, but at most the last part of them.
_FIRST, _BETWEEN, _SHARE, _LONGEST = 34, 7, 0.2, 0.3
#: A proof is likely if the expected gap with this margin is small enough, and the slack has fallen
#: to this part since the last one.
_MARGIN, _LESS = 1.1, 0.85
#: It is due anyway when the slack is this part of what it was, or after so many times the steps.
_MUCH_LESS, _LATE = 0.12, 2.5
#: The first one is due after so many times the steps after which it was not too far any more.
_FIRST_LATE = 1.5
#: Growth of the slack that suits, the range that will do, the most that is expected again, and what
#: is expected before the first proof.
_GROWTH, _FEW, _MANY, _MOST, _EXPECTED = 0.4, 0.15, 0.8, 4.0, 0.75
#: The part of it that is expected the next time: it falls as the iteration converges.
_AGAIN = 0.4
#: The power of the growth with which penalties change the first time (the second time half of it,
#: then a third ...: back and forth would set the iteration back), and the range of changes.
_POWER, _CHANGES = 0.75, (0.25, 3.0)
#: So soon after a proof, by this factor of the steps, its fluxes are still much the same.
_SOON = 1.1
#: Looks that find nothing better, proofs included, after which rounding is the limit.
_PATIENCE = 40


@dataclass(slots=True)
class Proofs:
    """What is known of an iteration."""

    gap: float
    """The relative gap to prove."""
    last: int
    """The last step."""
    far: float = math.inf
    """No proof while the gap to be expected is so many times what is to be proven."""
    _growth: float = _EXPECTED
    _slack: float = math.inf
    """Of the last proof, at the step `_at`."""
    _at: int = 0
    _nearest: float = math.inf
    _waited: int = 0
    _changes: int = 0
    _near: int = 0
    """The first step that was not too far for a proof."""

    def expected(self, slack: float) -> float:
        """Return how far above a bound the energy would be.

        Slack below zero is that of fluxes that are too long, or nothing but rounding.
        """
        return _MARGIN * (1 + _AGAIN * self._growth) * abs(slack)

    def due(self, step: int, slack: float, likely: float) -> bool:
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
        if likely <= self.gap and slack < _LESS * self._slack:
            return True
        late = step >= _LATE * self._at or self._waited == _PATIENCE
        return slack < _MUCH_LESS * self._slack or late

    def thorough(self, step: int) -> bool:
        """Tell whether this proof may be the last one."""
        return step >= self.last or self._waited >= _PATIENCE

    def learn(self, step: int, slack: float, distance: float, better: bool) -> float:
        """Take note of a proof, and return the factor by which penalties had better change.

        ``distance``: how far above the bound the energy is, but for what more time would mend.
        ``better``: whether the proven gap got smaller.
        """
        self._slack, self._at = slack, step
        if better:
            self._nearest, self._waited = math.inf, 0
        growth = distance / max(slack, 1e-300) - 1
        if not slack > 0 or not math.isfinite(growth):
            return 1.0
        self._growth = float(np.clip(growth, 0, _MOST))
        if _FEW < growth < _MANY or step >= self.last:
            return 1.0
        self._changes += 1
        power = _POWER / self._changes
        return float(np.clip((_GROWTH / max(growth, 1e-3)) ** power, *_CHANGES))

    def next_look(self, step: int, likely: float) -> int:
        """Return the step to look at next."""
        if not step:
            return min(_FIRST, self.last)
        ahead = _SHARE * math.log(max(likely / self.gap, 1.0))
        return min(step + max(_BETWEEN, int(min(ahead, _LONGEST) * step)), self.last)

    @property
    def in_vain(self) -> bool:
        """Whether nothing has got better for long."""
        return self._waited > _PATIENCE
