"""A small sheet of what palettes do: scikit-image's picture of a cup of coffee (CC0)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

import varcolor as vc
from varcolor.palette.extract import main_colors
from varcolor.palette.swatches import swatches

_STRIPES, _TITLE, _GAP = 24, 18, 6


@cache
def photo() -> vc.Picture:
    """Return the picture, at half its size."""
    import skimage

    whole = Image.open(Path(skimage.__file__).parent / "data" / "coffee.png").convert("RGB")
    return vc.Picture(np.asarray(whole.reduce(2)))


def works() -> dict[str, dict[str, Any]]:
    """Return what is drawn: options by title."""
    vivid = int(np.argmax(np.hypot(*main_colors(photo()).lab[:, 1:].T))) + 1
    return {
        "the photo and its main colours": {"palette": f"{vivid}=keep"},
        f"--palette {vivid}=#3a7fb0": {"palette": f"{vivid}=#3a7fb0"},
        "--scheme 1920s": {"scheme": "1920s"},
        "--scheme modern": {"scheme": "modern"},
        "--scheme modern --palette-luma match": {"scheme": "modern", "palette_luma": "match"},
        "--scheme modern --snap": {"scheme": "modern", "snap": True},
    }


def sheet(target: Path) -> None:
    """Write the sheet: three results a row, each with its main colours below."""
    tiles = [_tile(title, options) for title, options in works().items()]
    width, height = tiles[0].size
    rows = -(-len(tiles) // 3)
    whole = Image.new("RGB", (3 * (width + _GAP), rows * (height + _GAP)), "white")
    for index, own in enumerate(tiles):
        whole.paste(own, (index % 3 * (width + _GAP), index // 3 * (height + _GAP)))
    whole.save(target, quality=85)


def _tile(title: str, options: dict[str, Any]) -> Image.Image:
    made = vc.recolor(photo(), None, on_miss="ignore", **options).rgb
    height, width = made.shape[:2]
    tile = Image.new("RGB", (width, height + _STRIPES + _TITLE), "white")
    tile.paste(Image.fromarray(made), (0, _TITLE))
    stripes = swatches(main_colors(made), width, _STRIPES).pixels
    tile.paste(Image.fromarray(stripes), (0, _TITLE + height))
    ImageDraw.Draw(tile).text((2, 3), title, fill="black")
    return tile
