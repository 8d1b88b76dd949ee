"""Whether the codec's decoder would gain by the prior: its own answer beside the prior's from it.

A photo is encoded (`tree`) and decoded; the decoded colours at a regular grid of points, one for
every two bytes, are cues of an exact solve with the prior. If that, or its mean with the decoded
picture, were nearer to the photo than the decoded picture, the decoder had something to gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.quality.protocols import FOLDERS
from benchmarks.quality.summary import mean_and_error
from varcolor.metrics.scores import compare

BUDGETS = (100, 200, 500)
COLUMNS = ["bytes", "pictures", "decoded", "learned", "gp", "mean of both", "learned - decoded",
           "mean of both - decoded"]  # fmt: skip
_NAME = "ciede2000"


def rows(data: Path, pictures: int) -> Iterator[dict[str, Any]]:
    """Yield the CIEDE2000 of a photo and budget: as decoded, by both priors, and of the mean."""
    for path in sorted((data / FOLDERS["hints"]).iterdir())[:pictures]:
        photo = vc.read(path).pixels
        gray = vc.to_gray(photo)
        for budget in BUDGETS:
            decoded = vc.decode(vc.encode(photo, budget=budget))
            found = {"decoded": decoded}
            for prior in ("learned", "gp"):
                cues = _samples(gray, decoded, budget // 2)
                found[prior] = vc.colorize(gray, cues, "harmonic", prior=prior).rgb
                assert found[prior].dtype == np.uint8
            both = (decoded.astype(np.float64) + found["learned"]) / 2
            found["mean of both"] = np.rint(both).astype(np.uint8)
            scores = {name: compare(photo, own, (_NAME,))[_NAME] for name, own in found.items()}
            yield {"picture": path.name, "bytes": budget, **scores}


def _samples(gray: Any, picture: Any, count: int) -> vc.Cues:
    """Return the colours of a picture at about so many places, on a grid."""
    height, width = gray.shape
    step = (height * width / count) ** 0.5
    ys, xs = (np.arange(step / 2, side, step).astype(int).tolist() for side in (height, width))
    at = [(x, y) for y in ys for x in xs]
    return vc.Cues.from_points(gray, at, [tuple(picture[y, x].tolist()) for x, y in at])


def summary(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per budget: means, and paired differences with standard errors."""
    table = []
    for budget in BUDGETS:
        own = [row for row in found if row["bytes"] == budget]
        line: dict[str, Any] = {"bytes": budget, "pictures": len(own)}
        for name in ("decoded", "learned", "gp", "mean of both"):
            line[name] = f"{np.mean([row[name] for row in own]):.2f}"
        for name in ("learned", "mean of both"):
            mean, error = mean_and_error(np.array([row[name] - row["decoded"] for row in own]))
            line[f"{name} - decoded"] = f"{mean:+.2f} ± {error:.2f}"
        table.append(line)
    return table
