"""Strokes for any photo: seeded walks of a brush that take the photo's own colours."""

from __future__ import annotations

import numpy as np

import varcolor as vc
from varcolor.cues.strokes import covered
from varcolor.typing import Array


def random_strokes(photo: Array, count: int = 40, seed: int = 0) -> list[vc.Stroke]:
    """Return ``count`` strokes over a colour photo (H, W, 3), uint8, scaled with its size."""
    rng = np.random.default_rng(seed)
    height, width = photo.shape[:2]
    unit = np.hypot(height, width) / 100
    strokes = []
    for start in rng.uniform(
        (0.05 * width, 0.05 * height), (0.95 * width, 0.95 * height), (count, 2)
    ):
        walk = start + np.cumsum(rng.normal(0, unit, (6, 2)), axis=0)
        points = tuple((float(x), float(y)) for x, y in np.clip(walk, 0, (width, height)))
        shape = vc.Stroke(points, radius=max(1.0, unit / 4), color=(0, 0, 0))
        rows, columns, mask = covered(shape, (height, width))
        red, green, blue = (np.median(photo[rows, columns][mask], axis=0) / 255).tolist()
        strokes.append(vc.Stroke(points, shape.radius, color=(red, green, blue)))
    return strokes
