"""Masks from three clicks inside and three outside at random places, and what an answer takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.harness import clocked
from benchmarks.objects.truth import davis
from varcolor.objects.clicks import Clicks
from varcolor.typing import BoolArray

_CLICKS = 3
#: Clicks inside, and as many outside, of the curve.
COUNTS = (1, 2, 3, 5, 8, 12)


def rows(
    folder: Path, repeats: int, seed: int, counts: tuple[int, ...] = (_CLICKS,)
) -> Iterator[dict[str, Any]]:
    """Yield a row per clip, kind of photo and draw: IoU, and milliseconds of the answer.

    A session of clicks: what depends on the photo alone is prepared before. ``cpu`` is the time of
    this process's threads, which does not count what others do on the machine.
    """
    for case in davis(folder):
        for kind in ("colour", "grey"):
            photo = case.photo if kind == "colour" else vc.to_gray(case.photo)
            clicks = Clicks(photo)
            rng = np.random.default_rng([seed, *case.name.encode()])
            clicks.mask([(5, 5)], [(50, 50)])  # kernels are loaded, weights made
            for count in np.repeat(counts, repeats).tolist():
                inside, outside = (drawn(own, rng, count) for own in (case.mask, ~case.mask))
                answer = partial(clicks.mask, inside, outside)
                wall, (cpu, found) = clocked(partial(clocked, answer, time.process_time))
                iou = (found & case.mask).sum() / (found | case.mask).sum()
                yield {"clip": case.name, "photo": kind, "clicks": count, "iou": float(iou),
                       "ms": 1e3 * wall, "cpu ms": 1e3 * cpu}  # fmt: skip


def drawn(
    mask: BoolArray, rng: np.random.Generator, count: int = _CLICKS
) -> list[tuple[float, float]]:
    """Return clicks at random places of a mask."""
    places = np.argwhere(mask)[rng.choice(int(mask.sum()), count)]
    return [(float(column) + 0.5, float(row) + 0.5) for row, column in places]


def curve(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per number of clicks: median and mean IoU."""
    result = []
    for count in COUNTS:
        row: dict[str, Any] = {"clicks inside, and outside": count}
        for kind in ("colour", "grey"):
            ious = np.array([r["iou"] for r in found if (r["clicks"], r["photo"]) == (count, kind)])
            error = ious.std(ddof=1) / len(ious) ** 0.5
            row["n"] = len(ious)
            row[f"{kind}, median"] = round(float(np.median(ious)), 2)
            row[f"{kind}, mean"] = f"{ious.mean():.2f} ± {error:.2f}"
        result.append(row)
    return result


def summary(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per clip and for all: median IoU, and times."""
    result = []
    for kind in ("colour", "grey"):
        own = [row for row in found if row["photo"] == kind]
        for clip in [*dict.fromkeys(row["clip"] for row in own), "all"]:
            part = [row for row in own if clip in (row["clip"], "all")]
            ious, ms, cpu = (np.array([r[k] for r in part]) for k in ("iou", "ms", "cpu ms"))
            result.append({
                "photo": kind, "clip": clip, "n": len(part),
                "median IoU": round(float(np.median(ious)), 2),
                "mean IoU": f"{ious.mean():.2f} ± {ious.std(ddof=1) / len(ious) ** 0.5:.2f}",
                "ms, median": round(float(np.median(ms))),
                "ms, 90 %": round(float(np.quantile(ms, 0.9))),
                "CPU ms, 90 %": round(float(np.quantile(cpu, 0.9))),
            })  # fmt: skip
    return result
