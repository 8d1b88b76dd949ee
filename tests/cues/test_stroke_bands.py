"""Strokes on pictures of many rows: painted band by band, in little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import varcolor as vc
from varcolor.cues import strokes

SHAPE = (61, 47)


def some(seed: int) -> list[vc.Stroke]:
    """Return strokes of all kinds over and across each other, some out of the picture."""
    rng = np.random.default_rng(seed)
    found = []
    for kind in ("paint", "protect", "paint", "neutral", "keep", "erase", "paint", "paint"):
        count = int(rng.integers(1, 6))
        # Eighths: no rounding, wherever a band begins.
        points = np.round(rng.uniform(-5, 70, (count, 2)) * 8) / 8
        points[0] = rng.integers(0, 47, 2)
        own = {"color": "#804020"} if kind == "paint" else {}
        if kind == "paint" and rng.integers(2):
            own |= {"weight": 3.0, "fill": count > 2}
        radius = float(rng.choice([0, 0.5, 2, 9]))
        found.append(vc.Stroke(tuple(map(tuple, points.tolist())), radius, kind, **own))
    return found


@pytest.mark.parametrize("rows", [1, 7, 60])
@pytest.mark.parametrize("seed", range(6))
def test_bands_give_the_whole_picture(monkeypatch, seed, rows):
    whole = strokes.rasterise(some(seed), SHAPE)
    monkeypatch.setattr(strokes, "_BAND", rows * SHAPE[1] + 3)
    parts = strokes.rasterise(some(seed), SHAPE)
    for name in ("at", "color", "weight", "keep", "protected"):
        assert (getattr(parts, name) == getattr(whole, name)).all(), name
    assert parts.notes == whole.notes and len(whole)


def test_many_megapixels_take_little_memory():
    line = vc.Stroke(((10.0, 10.0), (19_990.0, 9_990.0)), 1.5, color="#804020")
    tracemalloc.start()
    cues = strokes.rasterise([line], (10_000, 20_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(cues) > 60_000
    assert peak < 3e8  # 17 bytes a pixel would be 3.4 GB
