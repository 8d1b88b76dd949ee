"""The learning curve of runs of ``varcolor train learned``: PSNR of held-out pictures by step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from varcolor.training.log import Log

_PREFIX, _EVER = "psnr_", 10**9


def rows(runs: Iterable[Path], every: int) -> list[dict[str, Any]]:
    """Return a row for every look at held-out pictures at multiples of ``every``, and the last."""
    found: list[dict[str, Any]] = []
    for run in runs:
        steps: dict[int, dict[str, Any]] = {}
        for step, seconds, name, value in Log.of(run, _EVER).rows:
            if name.startswith(_PREFIX):
                new = {"run": run.name, "step": step, "minutes": f"{seconds / 60:.1f}"}
                hints = f"{name.removeprefix(_PREFIX)} hints, dB"
                steps.setdefault(step, new)[hints] = f"{value:.2f}"
        last = max(steps, default=0)
        found += [own for step, own in steps.items() if step % every == 0 or step == last]
    return found
