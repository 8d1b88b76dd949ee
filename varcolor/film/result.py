"""How a film was coloured, shot by shot."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from varcolor.solve.result import Status


@dataclass(frozen=True, slots=True)
class ShotResult:
    """How a shot was coloured."""

    first: int
    """Place of its first frame in the film."""
    frames: int
    keys: int
    """Frames with keys."""
    status: Status
    error: float
    """Estimate of the largest error of an RGB value, in 1/255."""
    sweeps: int
    unreached: float
    """Part of all pixels that no key reaches."""
    worst: int
    """Place in the film of the frame with most such pixels."""


@dataclass(frozen=True, slots=True)
class FilmResult:
    """How a film was coloured; its frames are in files."""

    path: Path
    frames: int
    shape: tuple[int, int]
    shots: tuple[ShotResult, ...]
    seconds: dict[str, float]
    notes: tuple[str, ...]
    unreached: tuple[float, ...] = field(default=(), repr=False)
    """Per frame, the part of its pixels that no key reaches."""

    @property
    def status(self) -> Status:
        """The first of the shots' that is not converged."""
        own = [shot.status for shot in self.shots if shot.status is not Status.CONVERGED]
        return own[0] if own else Status.CONVERGED

    @property
    def error(self) -> float:
        """The largest of the shots'."""
        return max((shot.error for shot in self.shots), default=0.0)
