"""What a solver returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from varcolor.typing import BoolArray, FloatArray, Shape


class Status(StrEnum):
    """How a solve ended; `explanation` says it in a sentence."""

    CONVERGED = "converged"
    STEP_LIMIT = "step limit"
    STAGNATED = "stagnated"

    @property
    def explanation(self) -> str:
        """The status in words."""
        return {
            Status.CONVERGED: "the answer is within the tolerance of the exact one",
            Status.STEP_LIMIT: "the step limit was reached before the tolerance could be verified; "
            "raise max_steps or the tolerance, or use the solver 'direct'",
            Status.STAGNATED: "rounding errors keep the solver from verifying the tolerance: the "
            "colours may be wrong where cues are very far; raise the tolerance, add cues, or use "
            "the method 'harmonic'",
        }[self]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A solved system."""

    u: FloatArray
    """(H, W, C) float64: the solution at every pixel, cues included."""
    status: Status
    steps: int
    """Iterations; 0 for a direct solve."""
    residual: float
    """Largest |b - A u| over the unknowns."""
    error: float
    """Bound of the largest error of an RGB value, in 1/255: proven, or an estimate if the solver is
    multigrid."""
    energies: tuple[float, ...]
    """Energy after every step (symmetric systems)."""
    unreached: BoolArray
    """(H, W): visible pixels that no cue reaches; they are zero."""
    gap: float = 0.0
    """Energies with norms: proven distance of the energy from the minimum, as a part of it."""
    loose: BoolArray | None = None
    """(H, W): where cues leave the slope of chroma open (tgv), which is then the smallest."""
    on_device: Any = None
    """The same as ``u``, where a device has found it; None on the CPU."""


def nothing_known(shape: Shape, visible: BoolArray | None) -> Solution:
    """Return the solution without any cue: zero everywhere, and no pixel reached."""
    unreached = np.ones(shape, bool) if visible is None else visible
    return Solution(np.zeros((*shape, 2)), Status.CONVERGED, 0, 0.0, 0.0, (), unreached)
