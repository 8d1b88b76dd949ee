"""Folders of small photos with strokes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo


def strokes(height: int, width: int) -> str:
    paint = [
        {"kind": "paint", "color": "#c08040", "radius": 2, "points": [[3, 3], [width / 2, 9]]},
        {"kind": "paint", "color": "#4060a0", "radius": 2, "points": [[width - 5, height - 5]]},
    ]
    head = {"format": "varcolor-strokes", "version": 1, "width": width, "height": height}
    return json.dumps({**head, "strokes": paint})


def fill(folder: Path, count: int, side: int = 32) -> list[Path]:
    """Write photos of several formats, with odd names and stems that are there twice."""
    gray = vc.to_gray(photo())
    rng = np.random.default_rng(count)
    paths = []
    for k in range(count):
        y, x = (int(rng.integers(0, n - side)) for n in gray.shape)
        name = (f"p{k}.png", f"p {k - 1} ä.tif", f"p{k}.jpg")[k % 3]
        path = folder / ("" if k % 2 else "sub") / name
        vc.write(np.ascontiguousarray(gray[y : y + side, x : x + side]), path)
        path.with_name(f"{path.stem}.strokes.json").write_text(strokes(side, side))
        paths.append(path)
    return paths


def spoil(folder: Path) -> dict[str, str]:
    """Write files that are broken in several ways; return a word of each one's reason."""
    good = (folder / "p1 ä.tif").parent
    whole = next(good.glob("p*.jpg")).read_bytes()
    png = next((folder / "sub").glob("p*.png")).read_bytes()
    broken = {
        "empty.png": (b"", "empty"),
        "text.png": (b"not a picture at all", "not a picture"),
        "cut.jpg": (whole[: len(whole) // 2], "broken"),
        "cut.png": (png[: len(png) // 2], "broken"),
        "header.png": (png[:20], "broken"),
        "html.jpg": (b"<!DOCTYPE html><html></html>", "not a picture"),
        "zeros.tif": (b"\0" * 300, "not a picture"),
        "tail.tif": (b"II*\0" + b"\xff" * 50, "broken"),
        "size.png": (png, "strokes"),
        "cues.png": (png, "JSON"),
    }
    for name, (data, _) in broken.items():
        (folder / name).write_bytes(data)
        cues = strokes(32, 32)
        if name == "size.png":
            cues = strokes(32, 17)
        if name == "cues.png":
            cues = "{"
        (folder / name).with_name(f"{Path(name).stem}.strokes.json").write_text(cues)
    return {name: word for name, (_, word) in broken.items()}


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    fill(folder, 12)
    return folder
