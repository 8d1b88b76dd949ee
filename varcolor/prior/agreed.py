"""The prior of the method `auto`: look-alikes are trusted where the cues that they resemble agree.

A red stroke on a sign says nothing about roofs that are as grey as the sign. So the guess of
`varcolor.prior.gp` counts only where the cues that a pixel resembles agree on its colour, and there
it counts more; where they disagree colours flow from cue to cue as in `harmonic`. Both settings
are tuned on strokes drawn into photos, and hold for points as well
(``python -m benchmarks.quality --suite default``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from varcolor.prior.gp import GP


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed(GP):
    """As gp, but only where the cues that a place resembles agree on a colour."""

    name: ClassVar[str] = "agreed"

    strength: float = 4e-5
    """Confidence of a guess that knows nothing but the mean, 0 to 1e6."""
    agreement: float = 8.5
    """Standard deviation of colour among look-alike cues, in CIELAB units, at which confidence is
    halved, 0 to 1000; 0: they need not agree."""
