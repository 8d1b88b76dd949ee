"""The suite ``strokes``: PSNR, CIEDE2000 and stains of methods on strokes.

Stains are the share of the pixels whose CIEDE2000 difference from the truth is more than `STAIN`
above that of ``harmonic`` with the same cues: colour where a plain method had it right.

In Python::

    base = difference(truth, recipe("harmonic")(gray, cues))
    scores(truth, recipe("gp")(gray, cues), base)   # {"psnr", "ciede2000", "p95", "stains"}
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.quality import strokes
from benchmarks.quality.protocols import Case, picture_files
from benchmarks.quality.run import adapter
from benchmarks.quality.summary import as_levels, mean_and_error, psnr
from benchmarks.rivals import Adapter
from varcolor.metrics.colour import ciede2000_map
from varcolor.typing import Array, FloatArray

#: How much worse than harmonic, in CIEDE2000, a pixel is that counts as stained.
STAIN = 8.0
BASE = "harmonic"
METHODS = (BASE, "levin", "gp", "default")
#: Measures with the digits that a table shows.
MEASURES = {"psnr": 2, "ciede2000": 2, "p95": 2, "stains": 2}
FOLDERS = {"strokes": "bsds500/val", "hand-drawn": "levin/scribbles"}


def recipe(name: str) -> Adapter:
    """Return a method: ``default`` is `varcolor.colorize` as it comes, ``gp`` harmonic with the
    prior of that name; otherwise as in `benchmarks.quality.run.adapter`."""
    options: dict[str, dict[str, Any]] = {
        "default": {},
        "gp": {"method": "harmonic", "prior": "gp"},
    }
    if name not in options:
        return adapter(name)

    def run(gray: FloatArray, cues: vc.Cues) -> FloatArray:
        result = vc.colorize(gray, cues, space="lab", **options[name])
        if result.status is not vc.Status.CONVERGED:
            raise RuntimeError(f"{name}: {result.status}")
        return np.asarray(result.rgb, np.float64)

    return run


def difference(truth: Array, rgb: FloatArray) -> Array:
    """Return the CIEDE2000 difference (H, W) of a result (H, W, 3), 0..1, as 8-bit RGB."""
    return ciede2000_map(truth, as_levels(rgb))


def scores(truth: Array, rgb: FloatArray, base: Array) -> dict[str, float]:
    """Return the measures of a result; ``base`` is the `difference` of harmonic's."""
    found = difference(truth, rgb)
    return {
        "psnr": psnr(as_levels(rgb), truth),
        "ciede2000": float(found.mean(dtype=np.float64)),
        "p95": float(np.percentile(found, 95)),
        "stains": 100 * float((found > base + STAIN).mean()),
    }


@dataclass(frozen=True, slots=True)
class Task:
    """A picture, and the methods that are measured on its cases."""

    part: str
    """A key of `FOLDERS`."""
    file: Path
    seed: int
    counts: tuple[int, ...]
    side: int
    methods: tuple[str, ...]
    code: str

    def cases(self) -> Iterator[Case]:
        """Yield the cases."""
        if self.part == "strokes":
            return strokes.cases_of(self.file, self.seed, self.counts, self.side)
        return (c for c in strokes.hand_drawn(self.file.parent, 99, 0) if c.picture == self.file.name)


def measured(task: Task) -> list[dict[str, Any]]:
    """Return a row for every case and method of a picture, in a process of its own."""
    rows = []
    for case in task.cases():
        truth = case.truth
        plain = recipe(BASE)(case.gray, case.cues)
        base = difference(truth, plain)
        for name in task.methods:
            begin = time.perf_counter()
            rgb = plain if name == BASE else recipe(name)(case.gray, case.cues)
            row = {"part": task.part, "picture": case.picture, "hints": case.hints, "method": name}
            row |= {key: round(v, 5) for key, v in scores(truth, rgb, base).items()}
            rows.append(row | {"code": task.code, "seconds": time.perf_counter() - begin})
    return rows
