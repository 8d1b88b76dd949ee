"""Seconds and memory of encoding and decoding, small pictures and a large one."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.harness import clocked
from benchmarks.speed.memory import Meter
from varcolor.backend.cores import usable

#: Budgets in bytes, of small pictures and of the large one.
_BUDGET, _BUDGET_LARGE = 500, 1000
#: The large photo below the data folder, and the part of it that is taken: 12 megapixels.
_LARGE, _PART = "large/elephants_5640x3172.jpg", (slice(0, 3000), slice(0, 4000))
_RUNS = 3


def times(small: list[Path], data: Path) -> list[dict[str, Any]]:
    """Return a row for every job: median seconds, and the peak memory of the process."""
    photos = [vc.read(path).pixels for path in small]
    vc.decode(vc.encode(photos[0], budget=_BUDGET))  # loads what is compiled
    encoding, decoding = [], []
    for rgb in photos:
        seconds, ir = clocked(lambda: vc.encode(rgb, budget=_BUDGET))  # noqa: B023
        encoding.append(seconds)
        found = [clocked(lambda: vc.decode(ir))[0] for _ in range(_RUNS)]  # noqa: B023
        decoding.append(statistics.median(found))
    rows = [
        _row("encode", _BUDGET, photos[0], encoding),
        _row("decode", _BUDGET, photos[0], decoding),
    ]
    rgb = np.ascontiguousarray(vc.read(data / _LARGE).pixels[_PART])
    meter = Meter()
    meter.reset()
    seconds, ir = clocked(lambda: vc.encode(rgb, budget=_BUDGET_LARGE))
    rows.append(_row("encode", _BUDGET_LARGE, rgb, [seconds], meter.peak()))
    meter.reset()
    found = [clocked(lambda: vc.decode(ir))[0] for _ in range(_RUNS)]
    rows.append(_row("decode", _BUDGET_LARGE, rgb, [statistics.median(found)], meter.peak()))
    return rows


def _row(
    job: str, budget: int, rgb: Any, seconds: list[float], peak: float | None = None
) -> dict[str, Any]:
    return {
        "job": job,
        "bytes": budget,
        "megapixels": round(rgb.shape[0] * rgb.shape[1] / 1e6, 1),
        "pictures": len(seconds),
        "seconds, mean": statistics.mean(seconds),
        "slowest": max(seconds),
        "peak memory of the process, MB": peak and round(peak / 1e6),
        "threads": usable(),
    }
