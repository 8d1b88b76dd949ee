"""One more stroke in a session against a cold solve, and previews."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.harness import Row, Work, clocked, compared
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


class Strokes:
    """Strokes that are added one by one, in a process of its own.

    Parameters
    ----------
    data : str
        The data folder.
    megapixels : float
        Size of the photo.
    method : str
        Name of the method.
    what : {"cold", "more", "preview"}
        Solve anew every time, go on in a session, or draw a session's preview.
    """

    def __init__(self, data: str, megapixels: float, method: str, what: str) -> None:
        photo = photo_of(Path(data), megapixels)
        self._gray, self._method, self._what, self._count = vc.to_gray(photo), method, what, 40
        self._strokes = random_strokes(photo, count=41 + _TURNS)
        self._session = vc.Session(self._gray, method)
        self.run()

    def run(self) -> Row:
        """Take one more stroke; the seconds of a solve are those but for drawing its result."""
        cues = vc.rasterise(self._strokes[: self._count], self._gray.shape)
        self._count += 1
        if self._what == "preview":
            return {"seconds": clocked(lambda: self._session.preview(cues))[0]}
        if self._what == "cold":
            self._session = vc.Session(self._gray, self._method)
        result = self._session.colorize(cues)
        seconds = result.seconds["total"] - result.seconds["colour"]
        return {"seconds": seconds, "steps": result.steps, "MP": self._gray.size / 1e6}


def measure(data: Path, megapixels: float = 1.0) -> list[Row]:
    """Return one row per method: medians over strokes that are added one by one."""
    rows = []
    for method in ("harmonic", "levin"):
        own = {"data": str(data.resolve()), "megapixels": megapixels, "method": method}
        works = {
            what: Work(
                "benchmarks.speed.session:Strokes", own | {"what": what}, os.cpu_count() or 1
            )
            for what in ("cold", "more", "preview")
        }
        found = compared(works, _TURNS)
        times = {what: [row["seconds"] for row in runs] for what, runs in found.items()}
        rows.append(
            {
                "method": method,
                "MP": round(found["cold"][0]["MP"], 2),
                "cold s": float(np.median(times["cold"])),
                "one more stroke s": float(np.median(times["more"])),
                "ratio": float(np.median(np.divide(times["more"], times["cold"]))),
                "cold steps": float(np.median([row["steps"] for row in found["cold"]])),
                "steps": float(np.median([row["steps"] for row in found["more"]])),
                "preview s": float(np.median(times["preview"])),
            }
        )
    return rows


def photo_of(data: Path, megapixels: float) -> Array:
    """Return the large photo, shrunk to so many megapixels."""
    with Image.open(data / "large" / "path_2560x1600.jpg") as file:
        shrink = (megapixels * 1e6 / (file.width * file.height)) ** 0.5
        size = round(file.width * shrink), round(file.height * shrink)
        return np.asarray(file.convert("RGB").resize(size, Image.Resampling.LANCZOS))
