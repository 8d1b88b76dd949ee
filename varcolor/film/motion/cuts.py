"""Cuts: where one shot ends and another begins.

Two frames are compared as small pictures of equal brightness (`flow.brightness`): d, 0..1, is the
mean over 4 x 4 blocks of the distance of their histograms of luma. It is a cut if d is above 0.3
and above 2.5 times the median of the distances around it, and flow fails on more than half of the
pixels. Flicker of brightness changes neither; dust changes few blocks.

Reference: R. Lienhart, "Reliable transition detection in videos", Int. J. Image Graph. 1 (2001).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from varcolor.errors import InputError
from varcolor.film.motion.flow import brightness, flow_between, opencv
from varcolor.typing import Array, FloatArray

_LONGEST, _BLOCKS, _BINS = 160, 4, 24
_FAR, _TIMES, _AROUND, _STEADY = 0.3, 2.5, 5, 0.5


class CutFinder:
    """Is given frame after frame; finds the cuts between them."""

    def __init__(self) -> None:
        self.distances: list[float] = []
        self.steady: list[float] = []
        self._last: FloatArray | None = None

    def add(self, luma: FloatArray) -> None:
        """Take the next frame's luma (H, W), 0..1."""
        small = _small(luma)
        if self._last is not None:
            found = distance(self._last, small)
            self.distances.append(found)
            steady = 1.0
            if found > _FAR / 2:
                flow = flow_between(self._last, small, fast=True)
                steady = float(flow.steady.mean())
            self.steady.append(steady)
        self._last = small

    def cuts(self) -> list[int]:
        """Return the first frames of all shots: 0 and those after cuts."""
        found = [0]
        for t, d in enumerate(self.distances):
            near = self.distances[max(0, t - _AROUND) : t + _AROUND + 1]
            usual = float(np.median(near)) if len(near) > 2 else 0.0
            if d > _FAR and d > _TIMES * usual and self.steady[t] < _STEADY:
                found.append(t + 1)
        return found


def distance(first: FloatArray, second: FloatArray) -> float:
    """Return how far the histograms of two small frames are apart, 0..1."""
    gain, offset = brightness(first, second)
    a, b = _histograms(first * gain + offset), _histograms(second)
    return float(0.5 * np.abs(a - b).sum(axis=-1).mean())


def _histograms(luma: FloatArray) -> Array:
    found = []
    for rows in np.array_split(np.clip(luma, 0, 1), _BLOCKS, axis=0):
        for block in np.array_split(rows, _BLOCKS, axis=1):
            counts = np.histogram(block, _BINS, (0, 1))[0]
            spread = np.convolve(counts, [0.25, 0.5, 0.25], "same")
            found.append(spread / max(spread.sum(), 1))
    return np.array(found)


def _small(luma: FloatArray) -> FloatArray:
    cv2 = opencv()
    factor = min(1.0, _LONGEST / max(luma.shape))
    size = max(8, round(luma.shape[1] * factor)), max(8, round(luma.shape[0] * factor))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.float64)


def read_shots(path: Path, count: int) -> list[int]:
    """Return the first frames of shots from a file: places in the film, one a line.

    Raises
    ------
    InputError
        If a line is no such number.
    """
    found = {0}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        if not text.isdigit() or not 0 <= int(text) < count:
            raise InputError(
                f"{path}: line {number}: {text!r}: expected the place of a shot's first frame, "
                f"0 to {count - 1}"
            )
        found.add(int(text))
    return sorted(found)


def shots_text(begins: Iterable[int]) -> str:
    """Return what `read_shots` reads."""
    lines = ["# First frames of the shots, counted from 0; edit and run again."]
    return "\n".join([*lines, *map(str, begins)]) + "\n"
