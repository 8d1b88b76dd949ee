"""One more stroke in a session against a cold solve, and previews."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.speed.strokes import random_strokes
from varcolor.typing import Array

COLUMNS = [
    "method",
    "MP",
    "cold s",
    "one more stroke s",
    "ratio",
    "cold steps",
    "steps",
    "preview s",
]
_TURNS = 5


def measure(data: Path, megapixels: float = 1.0) -> list[dict[str, Any]]:
    """Return one row per method: medians over strokes that are added one by one."""
    photo = photo_of(data, megapixels)
    gray = vc.to_gray(photo)
    strokes = random_strokes(photo, count=40 + _TURNS)
    rows = []
    for method in ("harmonic", "levin"):
        session = vc.Session(gray, method)
        session.colorize(vc.rasterise(strokes[:40], gray.shape))
        session.preview(vc.rasterise(strokes[:40], gray.shape))
        times: dict[str, list[float]] = {"cold": [], "more": [], "preview": []}
        steps: dict[str, list[int]] = {"cold": [], "more": []}
        for count in range(41, 41 + _TURNS):
            cues = vc.rasterise(strokes[:count], gray.shape)
            fresh = vc.Session(gray, method)
            for name, work in (("cold", fresh.colorize), ("more", session.colorize)):
                seconds, result = _solve_time(work, cues)
                times[name].append(seconds)
                steps[name].append(result.steps)
            begun = time.perf_counter()
            session.preview(cues)
            times["preview"].append(time.perf_counter() - begun)
        medians = {name: float(np.median(values)) for name, values in times.items()}
        rows.append(
            {
                "method": method,
                "MP": round(gray.size / 1e6, 2),
                "cold s": medians["cold"],
                "one more stroke s": medians["more"],
                "ratio": float(np.median(np.divide(times["more"], times["cold"]))),
                "cold steps": float(np.median(steps["cold"])),
                "steps": float(np.median(steps["more"])),
                "preview s": medians["preview"],
            }
        )
    return rows


def _solve_time(work: Callable[[vc.Cues], vc.Result], cues: vc.Cues) -> tuple[float, vc.Result]:
    """Return the seconds but for drawing the result, which is the same for both."""
    result = work(cues)
    return result.seconds["total"] - result.seconds["colour"], result


def photo_of(data: Path, megapixels: float) -> Array:
    """Return the large photo, shrunk to so many megapixels."""
    with Image.open(data / "large" / "path_2560x1600.jpg") as file:
        shrink = (megapixels * 1e6 / (file.width * file.height)) ** 0.5
        size = round(file.width * shrink), round(file.height * shrink)
        return np.asarray(file.convert("RGB").resize(size, Image.Resampling.LANCZOS))
