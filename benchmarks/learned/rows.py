"""Single measurements: every finished one is a line of a file, and is not made again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.learned.greys import GREYS
from benchmarks.quality.protocols import FOLDERS, PROTOCOLS, Case, hints
from benchmarks.quality.run import RECIPES
from benchmarks.quality.summary import as_levels, psnr
from varcolor.image.color import lab

#: Levels of the quantiles of scaled errors that rows keep.
QUANTILES = np.linspace(0, 1, 41)
#: Numbers of hints of the greys that are degraded; most pictures of them, and of icolorit.
GREY_COUNTS, GREY_PICTURES, ICOLORIT_PICTURES = (1, 10, 100, 501), 12, 20


def cases(suite: str, data: Path, pictures: int, seed: int) -> Iterator[Case]:
    """Yield the cases of a protocol, or those of `hints` for a degraded grey."""
    if suite in GREYS:
        folder, fewer = data / FOLDERS["hints"], min(pictures, GREY_PICTURES)
        yield from hints(folder, fewer, seed, GREY_COUNTS)
    else:
        pictures = min(pictures, ICOLORIT_PICTURES) if suite == "icolorit" else pictures
        yield from PROTOCOLS[suite].cases(data / FOLDERS[suite], pictures, seed)


def coloured(case: Case, method: str, suite: str) -> Any:
    """Return the result of a case, in Lab; a degraded grey keeps the true chroma of its cues."""
    gray, cues = case.gray, case.cues
    if suite in GREYS:
        luma = GREYS[suite](lab.luma_of_gray(gray))
        gray = lab.gray_of_luma(luma)
        at = tuple(cues.at.T)
        chroma = lab.split(cues.color)[1]
        cues = vc.Cues(cues.shape, cues.at, lab.merge(luma[at], chroma), cues.weight, cues.keep)
    return vc.colorize(gray, cues, space="lab", **RECIPES[method])


def measure(case: Case, method: str, suite: str) -> dict[str, Any]:
    """Return the row of a case: its PSNR; of a degraded grey that of the true lightness."""
    result = coloured(case, method, suite)
    rgb = result.rgb
    if suite in GREYS:
        rgb = lab.merge(lab.luma_of_gray(case.gray), result.chroma)
    rgb = as_levels(np.asarray(rgb, dtype=np.float64))
    least = PROTOCOLS[suite].least_mse if suite in PROTOCOLS else 0.0
    row: dict[str, Any] = {} if result.deviation is None else {"scaled": _scaled(case, result)}
    return row | {
        "suite": suite,
        "picture": case.picture,
        "hints": case.hints,
        "method": method,
        "psnr": psnr(rgb, case.truth, least),
    }


def _scaled(case: Case, result: Any) -> list[float]:
    """Return quantiles, at `QUANTILES`, of |ab - answer| / s over the pixels."""
    error = np.linalg.norm(lab.split(case.truth / 255.0)[1] - result.chroma, axis=2)
    return [round(float(q), 4) for q in np.quantile(error / result.deviation, QUANTILES)]


def rows(
    file: Path, suite: str, methods: Sequence[str], data: Path, pictures: int, seed: int
) -> list[dict[str, Any]]:
    """Return the rows of a suite; those that ``file`` has are not measured again."""
    file.parent.mkdir(parents=True, exist_ok=True)
    there = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    known = {_key(row): row for row in there}
    found = []
    with file.open("a") as log:
        for case in cases(suite, data, pictures, seed):
            for method in methods:
                key = (suite, case.picture, case.hints, method)
                if key not in known:
                    known[key] = measure(case, method, suite)
                    log.write(json.dumps(known[key]) + "\n")
                    log.flush()
                found.append(known[key])
    return found


def _key(row: dict[str, Any]) -> tuple[str, str, int, str]:
    return row["suite"], row["picture"], row["hints"], row["method"]


def inside(row: dict[str, Any], factor: float) -> float:
    """Return the share of the pixels of a row whose scaled error is at most ``factor``."""
    return float(np.interp(factor, row["scaled"], QUANTILES))


def gains(rows: list[dict[str, Any]], method: str, base: str) -> dict[int, np.ndarray]:
    """Return the paired gains by number of hints; all together for scribbles (number 0)."""
    values: dict[tuple[str, int], dict[str, float]] = {}
    for row in rows:
        values.setdefault((row["picture"], row["hints"]), {})[row["method"]] = row["psnr"]
    sweep = rows[0]["suite"] != "scribbles"
    found: dict[int, list[float]] = {}
    for (_, count), of in values.items():
        if not {method, base} <= of.keys():
            continue
        found.setdefault(count if sweep else 0, []).append(of[method] - of[base])
    return {count: np.array(found[count]) for count in sorted(found)}
