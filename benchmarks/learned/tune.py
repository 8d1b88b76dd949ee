"""Gains over `gp` by strength and power of the confidence, on held-out training pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.learned.calibrate import calibration_cases
from benchmarks.quality.run import RECIPES
from benchmarks.quality.summary import as_levels, mean_and_error, psnr
from benchmarks.report import write_result
from varcolor.prior.learned.prior import Learned

COUNTS = (1, 5, 20, 100, 501)
SETTINGS = ((1e-3, 0.0), (3e-4, 1.0), (1e-3, 0.5), (1e-3, 1.0), (3e-3, 0.5), (3e-3, 1.0))


def tune(data: Path, pictures: int, out: Path) -> None:
    """Measure every setting on the same cases."""
    found: dict[tuple[float, float], dict[int, list[float]]] = {}
    for case in calibration_cases(data, pictures):
        if case.hints not in COUNTS:
            continue
        base = _level(case, RECIPES["gp"])
        for strength, power in SETTINGS:
            prior = Learned(strength=strength, power=power)
            gain = _level(case, {"method": "harmonic", "prior": prior}) - base
            found.setdefault((strength, power), {}).setdefault(case.hints, []).append(gain)
    rows = []
    for (strength, power), by_count in found.items():
        row: dict[str, Any] = {"strength": strength, "power": power}
        for count, gains in by_count.items():
            mean, error = mean_and_error(np.array(gains))
            row[f"{count} hints, dB"] = f"{mean:+.2f} ± {error:.2f}"
        rows.append(row)
    write_result(out, "learned-tuning", rows, list(rows[0]))


def _level(case: Any, arguments: dict[str, Any]) -> float:
    result = vc.colorize(case.gray, case.cues, space="lab", **arguments)
    return psnr(as_levels(np.asarray(result.rgb, dtype=np.float64)), case.truth)
