"""Means, standard errors and paired gains of a run."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.typing import Array, FloatArray

#: PSNR of the SIGGRAPH17 network on 1000 ImageNet pictures (its authors' file), standard error
#: 0.14 dB: other pictures than ours, so it shows where curves cross, not who wins.
SIGGRAPH17 = {
    0: 24.43,
    1: 25.37,
    2: 26.20,
    5: 27.39,
    10: 28.42,
    20: 29.34,
    50: 30.42,
    100: 31.13,
    200: 31.70,
    501: 32.14,
}


def as_levels(rgb: FloatArray) -> Array:
    """Return colours in 0..1 as 8-bit levels."""
    return np.asarray(np.floor(np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8))


def psnr(result: Array, truth: Array, least_mse: float = 0.0) -> float:
    """Return the PSNR over RGB of 8-bit pictures, in dB; no error counts as less than a bound."""
    mse = float(((result.astype(float) - truth) ** 2).mean()) / 255**2
    return -10 * math.log10(max(mse, least_mse, 1e-12))


def table(rows: Iterable[dict[str, Any]], method: str, value: str) -> dict[int, dict[str, float]]:
    """Return ``hints -> picture -> value`` of one method."""
    found: dict[int, dict[str, float]] = {}
    for row in rows:
        if row["method"] == method:
            found.setdefault(row["hints"], {})[row["picture"]] = row[value]
    return {count: found[count] for count in sorted(found)}


def mean_and_error(values: Sequence[float] | Array) -> tuple[float, float]:
    """Return the mean and its standard error."""
    array = np.asarray(values, dtype=float)
    spread = float(array.std(ddof=1)) if len(array) > 1 else 0.0
    return float(array.mean()), spread / max(1, len(array)) ** 0.5


def summarise(rows: list[dict[str, Any]], methods: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row per method and hint count, with the paired gain over the first method."""
    base = table(rows, methods[0], "psnr")
    result = []
    for method in methods:
        for count, values in table(rows, method, "psnr").items():
            mean, error = mean_and_error(list(values.values()))
            gains = [values[p] - base[count][p] for p in values if p in base.get(count, {})]
            gain, gain_error = mean_and_error(gains)
            result.append(
                {
                    "method": method,
                    "hints": count,
                    "pictures": len(values),
                    "psnr": mean,
                    "psnr s.e.": error,
                    "gain": gain,
                    "gain s.e.": gain_error,
                    **costs(rows, method, count),
                }
            )
    return result


def costs(rows: list[dict[str, Any]], method: str, count: int) -> dict[str, float]:
    """Return the median time and the largest memory of a method, where rows tell them."""
    own = [row for row in rows if row["method"] == method and row["hints"] == count]
    found = {}
    seconds = [row["seconds"] for row in own if row.get("seconds") is not None]
    memory = [row["megabytes"] for row in own if row.get("megabytes") is not None]
    if seconds:
        found["seconds"] = float(np.median(seconds))
    if memory:
        found["megabytes"] = float(max(memory))
    return found


def cost_table(summary: list[dict[str, Any]], methods: Sequence[str]) -> str:
    """Return the median time and the largest memory of every method over all hint counts."""
    lines = ["| method | seconds, median | memory, MB at most |", "|---|---|---|"]
    for method in methods:
        own = [row for row in summary if row["method"] == method]
        seconds = [row["seconds"] for row in own if "seconds" in row]
        memory = [row["megabytes"] for row in own if "megabytes" in row]
        first = f"{float(np.median(seconds)):.2f}" if seconds else ""
        second = f"{max(memory):.0f}" if memory else ""
        lines.append(f"| {method} | {first} | {second} |")
    return "\n".join(lines)


def markdown(summary: list[dict[str, Any]], methods: Sequence[str], published: bool = True) -> str:
    """Return the PSNR, and for all but the first method the paired gain, by hint count."""
    counts = sorted({row["hints"] for row in summary})
    cell = {(row["method"], row["hints"]): row for row in summary}
    lines = ["| hints | " + " | ".join(map(str, counts)) + " |", "|---|" + "---|" * len(counts)]
    first = methods[0]
    lines.append(
        f"| {first}, dB | " + " | ".join(f"{cell[first, c]['psnr']:.2f}" for c in counts) + " |"
    )
    for method in methods[1:]:
        gains = [cell[method, c] for c in counts]
        lines.append(
            f"| {method}, gain | "
            + " | ".join(f"{g['gain']:+.2f} ± {g['gain s.e.']:.2f}" for g in gains)
            + " |"
        )
    if published:
        known = [f"{SIGGRAPH17[c]:.2f}" if c in SIGGRAPH17 else "" for c in counts]
        lines.append("| SIGGRAPH17 as published (other pictures), dB | " + " | ".join(known) + " |")
    return "\n".join(lines)


def checksum(files: Iterable[Path]) -> str:
    """Return a SHA-256 over the names and contents of files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
