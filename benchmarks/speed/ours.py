"""varcolor through its front door.

When its interface changes, this file is what changes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import varcolor as vc
from benchmarks.speed.cases import SPACE, Case
from benchmarks.speed.memory import Meter
from benchmarks.speed.outcome import Outcome
from varcolor.methods import Method


@dataclass(frozen=True, slots=True)
class Ours:
    """A solver of varcolor, as a row of the table."""

    solver: str
    """``"multigrid"``, ``"auto"``, …"""

    def run(
        self, case: Case, method: Method, threads: int, tolerance: float, meter: Meter
    ) -> Outcome:
        """Colour a photo; time and memory of drawing the picture do not count.

        The rivals return chroma, too, and are not charged for turning it into colours either.
        """
        peak = 0.0

        def look(stage: str, fraction: float, preview: Any = None) -> None:
            nonlocal peak
            if stage == "colour" and not peak:
                peak = meter.peak()

        result = vc.colorize(
            case.gray,
            case.cues,
            method=method,
            space=SPACE,
            solver=self.solver,
            backend="cpu",
            tolerance=tolerance,
            threads=threads,
            progress=look,
        )
        seconds = result.seconds
        return Outcome(
            chroma=result.chroma,
            seconds=seconds["total"] - seconds["colour"],
            assembly=seconds["weights"],
            iterations=result.steps,
            peak=peak or meter.peak(),
            facts={
                "solved by": result.solver,
                "result": str(result.status),
                "own bound": result.error,
                "with drawing": seconds["total"],
            },
        )


OURS: dict[str, Ours] = {
    "varcolor": Ours("multigrid"),
    "varcolor-auto": Ours("auto"),
}
