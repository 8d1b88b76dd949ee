"""Conformal intervals: how far the true colour lies from the answer, with a given probability.

With s the predicted deviation of a* and of b* at a pixel, q(level) is the quantile of
|ab - answer| / s over pixels of photos that neither training nor its choices have seen, apart for
photos with few and with many points of cues. For photos of their kind the true (a*, b*) then lies
within q s of the answer at the share ``level`` of the pixels, whatever the form of the errors: the
mean over photos is kept, a single photo can lie above or below. The table lies in
``intervals.json``, which says how it was made; ``python -m benchmarks.learned calibrate`` makes one
after the solve.

Reference: V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World", 2005, ch. 4.5
(label-conditional, here by the number of points); A. Angelopoulos, S. Bates, "A gentle introduction
to conformal prediction", 2021, section 2.3 (scaled scores).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from varcolor.errors import InputError
from varcolor.typing import FloatArray

_FILE = "intervals.json"


@dataclass(frozen=True, slots=True, eq=False)
class Quantiles:
    """Quantiles of the scaled errors."""

    levels: FloatArray
    """(L,), ascending, of 0..1."""
    points: FloatArray
    """(P,), ascending: numbers of points of cues."""
    factors: FloatArray
    """(P, L): q."""

    def factor(self, level: float, points: int) -> float:
        """Return q of a level; between the table's numbers of points by their logarithm.

        Raises
        ------
        InputError
            If the level is outside of the table.
        """
        low, high = float(self.levels[0]), float(self.levels[-1])
        if not low <= level <= high:
            raise InputError(f"level {level:g} of an interval: expected {low:g} to {high:g}")
        column = [float(np.interp(level, self.levels, row)) for row in self.factors]
        return float(np.interp(np.log1p(points), np.log1p(self.points), column))


@cache
def shipped_quantiles() -> Quantiles:
    """Return the table that comes with varcolor."""
    text = (resources.files("varcolor.prior.learned") / _FILE).read_text(encoding="utf-8")
    data = json.loads(text)
    return Quantiles(*(np.asarray(data[key], float) for key in ("levels", "points", "factors")))
