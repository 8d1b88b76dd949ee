"""The suite ``strokes``: PSNR, CIEDE2000 and stains of methods on strokes.

Stains are the share of the pixels whose CIEDE2000 difference from the truth is more than `STAIN`
above that of ``harmonic`` with the same cues: colour where a plain method had it right.

In Python::

    base = difference(truth, adapter("harmonic")(gray, cues))
    scores(truth, adapter("gp")(gray, cues), base)   # {"psnr", "ciede2000", "p95", "stains"}
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
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
from varcolor.metrics.colour import ciede2000_map
from varcolor.typing import Array, FloatArray

#: How much worse than harmonic, in CIEDE2000, a pixel is that counts as stained.
STAIN = 8.0
BASE = "harmonic"
#: Recipes that stay what they are, so that they are measured once.
FIXED = (BASE, "levin", "gp")
METHODS = (*FIXED, "default")
MEASURES = ("psnr", "ciede2000", "p95", "stains")
FOLDERS = {"strokes": "bsds500/val", "hand-drawn": "levin/scribbles"}


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
        return (
            c for c in strokes.hand_drawn(self.file.parent, 99, 0) if c.picture == self.file.name
        )


def measured(task: Task) -> list[dict[str, Any]]:
    """Return a row for every case and method of a picture, in a process of its own."""
    rows = []
    for case in task.cases():
        truth = case.truth
        plain = adapter(BASE)(case.gray, case.cues)
        base = difference(truth, plain)
        for name in task.methods:
            begin = time.perf_counter()
            rgb = plain if name == BASE else adapter(name)(case.gray, case.cues)
            row = {"part": task.part, "picture": case.picture, "hints": case.hints, "method": name}
            row |= {key: round(v, 5) for key, v in scores(truth, rgb, base).items()}
            rows.append(row | {"code": task.code, "seconds": time.perf_counter() - begin})
    return rows


@cache
def code() -> str:
    """Return a checksum of varcolor's own files: results of another version are not kept."""
    files = sorted(f for f in Path(vc.__file__).parent.rglob("*") if f.suffix in (".py", ".json"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def drawing(file: Path, seed: int, side: int) -> str:
    """Return a checksum of what is painted on a picture: other strokes have a log of their own."""
    *_, last = strokes.cases_of(file, seed, side=side)
    painted = last.cues.at.tobytes() + last.cues.color.tobytes() + last.truth.tobytes()
    return hashlib.sha256(painted).hexdigest()[:12]


def kept(log: Path) -> dict[tuple[str, str, int, str], dict[str, Any]]:
    """Return the rows of a log that still hold: of methods not in `FIXED` with the present code."""
    lines = log.read_text().splitlines() if log.exists() else []
    rows = [json.loads(line) for line in lines]
    return {
        (row["part"], row["picture"], row["hints"], row["method"]): row
        for row in rows
        if row["method"] in FIXED or row["code"] == code()
    }


def run(
    data: Path,
    methods: Sequence[str],
    pictures: int,
    seed: int,
    jobs: int,
    folder: Path,
    counts: tuple[int, ...] = strokes.COUNTS,
    side: int = 0,
) -> list[dict[str, Any]]:
    """Measure what is not in the log yet, and return the rows of these methods and cases.

    The log lies in ``folder``, a line of JSON a case and method: an interrupted run goes on where
    it stopped, and what does not change is measured once. Another way of drawing has another log.
    """
    photos = data / FOLDERS["strokes"]
    log = folder / f"strokes-{drawing(picture_files(photos, 1, seed)[0], seed, side)}.rows.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    rows = kept(log)
    places = [("strokes", file) for file in picture_files(photos, pictures, seed)]
    hand = data / FOLDERS["hand-drawn"]
    stems = [f.name.removesuffix("_original.bmp") for f in hand.glob("*_original.bmp")]
    places += [("hand-drawn", hand / stem) for stem in sorted(stems)]
    tasks = []
    for part, file in places:
        known = {key[2:] for key in rows if key[:2] == (part, file.name)}
        if part == "hand-drawn":  # its numbers of strokes are not ours to choose
            known = {(count, name) for count in counts for _, name in known}
        lacking = {(count, name) for count in counts for name in methods} - known
        if lacking:
            few = tuple(sorted({count for count, _ in lacking}))
            left = tuple(name for name in methods if name in {name for _, name in lacking})
            tasks.append(Task(part, file, seed, few, side, left, code()))
    begin = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool, log.open("a") as lines:
        for number, found in enumerate(pool.map(measured, tasks), 1):
            for row in found:
                rows[row["part"], row["picture"], row["hints"], row["method"]] = row
            lines.writelines(json.dumps(row) + "\n" for row in found)
            lines.flush()
            minutes = (time.monotonic() - begin) / 60
            print(f"\r{number}/{len(tasks)} pictures, {minutes:.1f} min", end="", file=sys.stderr)
    print(file=sys.stderr)
    wanted = {(part, file.name) for part, file in places}
    return [
        row
        for row in rows.values()
        if (row["part"], row["picture"]) in wanted
        and row["method"] in methods
        and (row["part"] == "hand-drawn" or row["hints"] in counts)
    ]


def summarise(rows: list[dict[str, Any]], methods: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for every number of strokes and method: means, standard errors, gains.

    The last of each part are the means over the numbers of strokes (``strokes`` 0).
    """
    summary = []
    for part in FOLDERS:
        cases = [row for row in rows if row["part"] == part]
        counts = sorted({row["hints"] for row in cases}) if part == "strokes" else []
        for count in [*counts, 0] if cases else []:
            chosen = [row for row in cases if count in (0, row["hints"])]
            for method in methods:
                values = {key: by_picture(chosen, method, key) for key in MEASURES}
                plain = by_picture(chosen, BASE, "psnr")
                row = {"part": part, "strokes": count, "method": method}
                row["pictures"] = len(values["psnr"])
                for key, of in values.items():
                    row[key], row[f"{key} s.e."] = mean_and_error(list(of.values()))
                gains = [v - plain[p] for p, v in values["psnr"].items() if p in plain]
                if gains:
                    row["gain"], row["gain s.e."] = mean_and_error(gains)
                summary.append(row)
    return summary


def by_picture(rows: list[dict[str, Any]], method: str, key: str) -> dict[str, float]:
    """Return ``picture -> mean over its cases`` of a measure of one method."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if row["method"] == method:
            found.setdefault(row["picture"], []).append(row[key])
    return {picture: float(np.mean(values)) for picture, values in found.items()}


def markdown(summary: list[dict[str, Any]]) -> str:
    """Return the table of a summary: means ± standard errors over pictures."""
    lines = [
        "| strokes | method | PSNR, dB | gain, dB | CIEDE2000 | its 95 % | stains, % |",
        "|" + "---|" * 7,
    ]
    for row in summary:
        count = row["strokes"] or ("all" if row["part"] == "strokes" else row["part"])
        cells = [f"{row[k]:.2f} ± {row[f'{k} s.e.']:.2f}" for k in MEASURES]
        gain = f"{row['gain']:+.2f} ± {row['gain s.e.']:.2f}" if "gain" in row else ""
        cells.insert(1, gain)
        lines.append(f"| {count} | {row['method']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
