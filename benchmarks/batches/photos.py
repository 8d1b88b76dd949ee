"""Generated photos with strokes: several formats and sizes, odd names, some broken in ten ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc

BREAKS = ("empty", "text", "html", "zeros", "head", "half", "tail", "size", "cues", "noise")
FORMATS = ("png", "tif", "jpg", "bmp", "webp")


def generate(folder: Path, count: int, side: int) -> set[Path]:
    """Write the photos; return those that cannot be done."""
    rng = np.random.default_rng(count)
    bad: set[Path] = set()
    for number in range(count):
        height, width = (int(side * f) for f in rng.uniform(0.7, 1.3, 2))
        gray = scene(rng, height, width)
        names = ("photo {n}", "phöto_{n}", "{n}", "IMG-{n}.final", "a&b ({n})")
        name = names[number % 5].format(n=number // 7)
        place = folder / f"box {number % 7}" / ("deep" if number % 3 else "")
        path = place / f"{name}.{FORMATS[number % len(FORMATS)]}"
        vc.write(gray, path)
        cues = path.with_name(f"{path.name}.strokes.json")
        cues.write_text(strokes(rng, height, width))
        if number % 33 == 7:
            spoil(path, cues, BREAKS[len(bad) % len(BREAKS)])
            bad.add(path)
    return bad


def scene(rng: np.random.Generator, height: int, width: int) -> Any:
    """Return smooth shapes with edges, as grey."""
    y, x = np.mgrid[:height, :width]
    gray = 90 + 60 * np.sin(x / rng.uniform(15, 60)) * np.cos(y / rng.uniform(15, 60))
    for _ in range(5):
        cy, cx, r = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(8, width / 3)
        gray = np.where((y - cy) ** 2 + (x - cx) ** 2 < r * r, gray + rng.uniform(-60, 60), gray)
    return np.clip(gray + rng.normal(0, 2, gray.shape), 0, 255).astype(np.uint8)


def strokes(rng: np.random.Generator, height: int, width: int) -> str:
    points = rng.uniform(0, 1, (6, 2, 2)) * (width, height)
    colors = [f"#{c:06x}" for c in rng.integers(0, 1 << 24, 6)]
    paint = [
        {"kind": "paint", "color": color, "radius": 2, "points": line.tolist()}
        for color, line in zip(colors, points, strict=True)
    ]
    head = {"format": "varcolor-strokes", "version": 1, "width": width, "height": height}
    return json.dumps({**head, "strokes": paint})


def spoil(path: Path, cues: Path, how: str) -> None:
    data = path.read_bytes()
    contents = {
        "empty": b"",
        "text": b"this is no picture\n",
        "html": b"<!DOCTYPE html><title>404</title>",
        "zeros": bytes(len(data)),
        "head": data[:12],
        "half": data[: len(data) // 8],
        "tail": b"II*\0" + b"\xff" * 99,
        "noise": np.random.default_rng(1).bytes(500),
    }
    if how in contents:
        path.write_bytes(contents[how])
    else:
        cues.write_text("{" if how == "cues" else '{"format": "varcolor-strokes"}')
