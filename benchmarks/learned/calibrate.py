"""Quantiles of the scaled errors on held-out pictures, and the coverage that they have on others.

Every picture counts alike: as many pixels of each, drawn at random.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.learned.rows import inside
from benchmarks.learned.split import held_out
from benchmarks.quality.protocols import Case, case_of, squashed
from benchmarks.quality.run import RECIPES
from benchmarks.quality.summary import mean_and_error
from varcolor.image.color import lab
from varcolor.typing import FloatArray

#: Where the package keeps the table.
FILE = Path(__file__).parents[2] / "varcolor" / "prior" / "learned" / "intervals.json"
COUNTS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 501)
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)
#: Pixels of a picture.
_PIXELS = 2000


def scaled_errors(case: Case) -> FloatArray:
    """Return |ab - answer| / s at pixels of a case."""
    result = vc.colorize(case.gray, case.cues, space="lab", **RECIPES["learned"])
    truth = lab.split(case.truth / 255.0)[1]
    assert result.deviation is not None
    scaled = np.linalg.norm(truth - result.chroma, axis=2) / result.deviation
    rng = np.random.default_rng([7, case.hints])
    return np.asarray(rng.choice(scaled.ravel(), _PIXELS, replace=False))


def calibration_cases(data: Path, pictures: int) -> Iterator[Case]:
    """Yield cases of held-out pictures: half of ideepcolor's hints, half of uniform 2 x 2 ones."""
    files = held_out(data)
    chosen = np.random.default_rng(2).permutation(len(files))[:pictures]
    for number, k in enumerate(sorted(chosen)):
        truth = squashed(files[k], 256)
        for count in COUNTS:
            rng = np.random.default_rng([17, int(k), count])
            side = 6 if number % 2 else 2
            centred = rng.normal(128, 64, (count, 2))
            places = centred if side == 6 else rng.uniform(0, 256, (count, 2))
            places = np.clip(places, 0, 256 - side).astype(int)
            yield case_of(files[k].name, truth, [(int(r), int(c), side) for r, c in places])


def calibrate(data: Path, pictures: int) -> None:
    """Write the table into the package."""
    errors: dict[int, list[FloatArray]] = {count: [] for count in COUNTS}
    for number, case in enumerate(calibration_cases(data, pictures), 1):
        errors[case.hints].append(scaled_errors(case))
        print(f"\r{number}/{pictures * len(COUNTS)}", end="", flush=True)
    factors = [
        [round(float(np.quantile(np.concatenate(errors[count]), level)), 4) for level in LEVELS]
        for count in COUNTS
    ]
    how = f"{pictures} held-out pictures, {_PIXELS} pixels each"
    table = {"how": how, "levels": LEVELS, "points": COUNTS, "factors": factors}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in table.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"\n{how}")


def coverage(rows: list[dict[str, Any]], levels: tuple[float, ...]) -> list[dict[str, float]]:
    """Return by number of hints: the share of pixels inside, and its error over pictures.

    Parameters
    ----------
    rows : list of dict
        Of the benchmark ``run``: hints, and quantiles of the scaled errors of the prior learned.
    levels : tuple of float
        Shares that are promised.
    """
    from varcolor.prior.learned.intervals import shipped_quantiles

    table, found = shipped_quantiles(), []
    measured = [row for row in rows if "scaled" in row]
    for count in sorted({row["hints"] for row in measured}):
        own = [row for row in measured if row["hints"] == count]
        line: dict[str, float] = {"hints": count, "pictures": len(own)}
        for level in levels:
            factor = table.factor(level, count)
            mean, error = mean_and_error([inside(row, factor) for row in own])
            line |= {f"{level:g}": mean, f"{level:g} s.e.": error}
        found.append(line)
    return found
