"""What one run of one solver gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from varcolor.typing import Array


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The chroma that a run found, and what it took."""

    chroma: Array
    """(H, W, 2)."""
    seconds: float
    """Wall time from the grey photo and the cues to the chroma, weights and assembly included."""
    assembly: float
    """Part of it for the weights (ours) or weights and sparse matrix (rivals)."""
    iterations: int
    peak: float
    """Bytes: the highest resident set of the process since the meter was reset."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """More to write down."""
