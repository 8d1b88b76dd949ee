"""Which way finds main colours: k-means in Oklab, or corners of a simplified convex hull.

For every picture and number of colours: the mean CIEDE2000 from a pixel to its nearest main colour
("to the nearest"), the worst 5 % of it ("95 %"), the distance between the palettes of the picture
and of the same with JPEG compression ("moves by JPEG": mean CIEDE2000 from each main colour to its
nearest in the other palette, weighted by shares), and seconds of processor time.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.palette.statistics import mean_and_error
from varcolor.image.color import lab
from varcolor.metrics.colour import delta_e
from varcolor.palette.extract import WAYS, main_colors
from varcolor.palette.palette import Palette
from varcolor.typing import Array, FloatArray

COLUMNS = ["way", "colours", "n", "to the nearest", "s.e.", "95 %", "moves by JPEG", "CPU s"]
COUNTS = (5, 8, 16)
#: Pixels of a picture that are looked at.
_PIXELS = 4000


def to_lab(rgb: Array) -> FloatArray:
    """Return sRGB (..., 3) in CIELAB (..., 3)."""
    light, chroma = lab.split(np.asarray(rgb, np.float64))
    return np.concatenate([light[..., None], chroma], axis=-1)


def gaps(colors: Array, palette: Palette) -> FloatArray:
    """Return CIEDE2000 from sRGB colours (N, 3) to the nearest of a palette, (N,)."""
    own, main = to_lab(colors), to_lab(palette.colors)
    return np.asarray(delta_e(own[:, None], main[None]).min(axis=1))


def rows(paths: list[Path]) -> list[dict[str, Any]]:
    """Return one row a way and number of colours."""
    rng = np.random.default_rng(1)
    found: dict[tuple[str, int], list[tuple[float, float, float, float]]] = {}
    for path in paths:
        picture = vc.read(path)
        pixels = picture.as_float().reshape(-1, picture.as_float().shape[-1])
        if pixels.shape[1] == 1:
            continue
        some = pixels[rng.choice(len(pixels), min(_PIXELS, len(pixels)), replace=False)]
        again = _compressed(picture)
        for way in WAYS:
            for count in COUNTS:
                begin = time.process_time()
                palette = main_colors(picture, count, way)
                seconds = time.process_time() - begin
                gap = gaps(some, palette)
                other = main_colors(again, count, way)
                moved = float(gaps(palette.colors, other) @ palette.shares)
                mean, worst = float(gap.mean()), float(np.quantile(gap, 0.95))
                found.setdefault((way, count), []).append((mean, worst, moved, seconds))
    return [_row(way, count, np.array(values)) for (way, count), values in found.items()]


def _row(way: str, count: int, values: FloatArray) -> dict[str, Any]:
    mean, error = mean_and_error(values[:, 0])
    others = values[:, 1:].mean(axis=0).tolist()
    named = dict(zip(COLUMNS[5:], others, strict=True))
    return {"way": way, "colours": count, "n": len(values)} | {
        "to the nearest": mean,
        "s.e.": error,
        **named,
    }


def _compressed(picture: vc.Picture) -> Array:
    file = io.BytesIO()
    Image.fromarray(picture.pixels).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))
