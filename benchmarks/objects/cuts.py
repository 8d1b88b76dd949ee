"""Gain of cut edges, paired, on the hints protocol: none against oracle, SLIC and clicks.

PSNR over RGB, and bleeding at the oracle's borders: the mean |grad ab_result - grad ab_truth|
of the pixels within two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.objects.truth import segments
from benchmarks.quality.protocols import hints, picture_files
from varcolor.image.color import lab
from varcolor.metrics.bleeding import gradient
from varcolor.objects.clicks import Clicks
from varcolor.objects.instance import Instance
from varcolor.typing import Array, BoolArray

COUNTS = (1, 2, 5, 10, 20, 50)
CUT = 1.0
#: Clicks that a segment gets inside and outside, and the largest segments that are clicked.
_CLICKS, _CLICKED = 3, 6


def rows(folder: Path, pictures: int, seed: int, method: str) -> Iterator[dict[str, Any]]:
    """Yield a row per picture and number of hints: what each kind of objects gives."""
    files = {file.name: file for file in picture_files(folder, pictures, seed)}
    known: dict[str, tuple[dict[str, list[Instance]], str, BoolArray]] = {}
    for case in hints(folder, pictures, seed, COUNTS):
        if case.picture not in known:
            known = {case.picture: _objects(files[case.picture], case.truth, case.gray, seed)}
        kinds, source, border = known[case.picture]
        row: dict[str, Any] = {"picture": case.picture, "hints": case.hints, "objects": source}
        for kind, objects in kinds.items():
            result = vc.colorize(case.gray, case.cues, method, space="lab", prior=None,
                                 objects=objects or None, cut=CUT, solver="multigrid")  # fmt: skip
            shown = np.clip(np.rint(255 * result.rgb), 0, 255)
            mse = ((shown - case.truth) ** 2).mean()
            row[f"psnr {kind}"] = float(10 * np.log10(255**2 / max(mse, 1e-9)))
            row[f"bleeding {kind}"] = bleeding(shown, case.truth, border)
        yield row


def _objects(
    file: Path, truth: Array, gray: Array, seed: int
) -> tuple[dict[str, list[Instance]], str, BoolArray]:
    own, source = segments(file, truth)
    kinds = {"none": [], "oracle": own, "slic": vc.segment(gray, "slic")}
    kinds["clicks"] = clicked(gray, own, np.random.default_rng([seed, *file.name.encode()]))
    return kinds, source, near_borders(own, truth.shape[:2])


def clicked(gray: Array, own: list[Instance], rng: np.random.Generator) -> list[Instance]:
    """Return the largest segments as clicks at random places inside and outside find them."""
    clicks, found = Clicks(gray), []
    for one in sorted(own, key=lambda o: -o.area)[:_CLICKED]:
        mask = one.full
        if mask.all():
            continue
        inside, outside = (_drawn(place, rng) for place in (mask, ~mask))
        found.append(clicks.object(inside, outside))
    return found


def _drawn(mask: BoolArray, rng: np.random.Generator) -> list[tuple[float, float]]:
    places = np.argwhere(mask)[rng.choice(int(mask.sum()), _CLICKS)]
    return [(float(column) + 0.5, float(row) + 0.5) for row, column in places]


def near_borders(own: list[Instance], shape: tuple[int, ...]) -> BoolArray:
    """Return the pixels within two of a border (H, W)."""
    from scipy.ndimage import binary_dilation

    border = np.zeros(shape[:2], bool)
    for one in own:
        mask = one.full
        border[:, 1:] |= mask[:, 1:] != mask[:, :-1]
        border[1:] |= mask[1:] != mask[:-1]
    return np.asarray(binary_dilation(border, np.ones((3, 3), bool), iterations=2))


def bleeding(shown: Array, truth: Array, border: BoolArray) -> float:
    """Return the mean error of the chroma's gradient at a border, a*b* units a pixel."""
    difference = lab.split(shown / 255.0)[1] - lab.split(truth / 255.0)[1]
    square = sum(slope**2 for k in range(2) for slope in gradient(difference[..., k]))
    return float(np.sqrt(square)[border].mean()) if border.any() else float("nan")


def summary(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per number of hints: means, paired gains and their standard errors."""
    result = []
    for count in COUNTS:
        own = [row for row in found if row["hints"] == count]
        row: dict[str, Any] = {"hints": count, "n": len(own), "objects": own[0]["objects"]}
        plain = np.array([one["psnr none"] for one in own])
        row["PSNR without (dB)"] = round(float(plain.mean()), 2)
        for kind in ("oracle", "slic", "clicks"):
            gain = np.array([one[f"psnr {kind}"] for one in own]) - plain
            error = gain.std(ddof=1) / len(gain) ** 0.5
            row[f"{kind} (dB)"] = f"{gain.mean():+.2f} ± {error:.2f}"
            part = np.array([one[f"bleeding {kind}"] / one["bleeding none"] for one in own])
            error = part.std(ddof=1) / len(part) ** 0.5
            row[f"bleeding {kind}"] = f"{part.mean():.2f} ± {error:.2f}"
        result.append(row)
    return result
