"""``python -m benchmarks.energies.sheet``: three photos by every energy, from fifteen hints each.

Rows are photos of scikit-image; columns the grey with its hints, the energies and the truth. Below
each result is its PSNR over RGB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import varcolor as vc
from benchmarks.quality.summary import psnr
from varcolor.methods import make_method
from varcolor.typing import Array

METHODS = ("harmonic", "auto", "levin-ls", "bilaplacian", "tv", "gtv", "tgv")
SIDE, HINT, HINTS, LINE = 128, 3, 15, 14


def scene(name: str) -> tuple[Array, Array, vc.Cues]:
    """Return a photo, its grey with hints drawn in, and the hints."""
    from skimage import data

    whole = Image.fromarray(getattr(data, name)())
    edge = min(whole.size)
    photo = np.asarray(whole.crop((0, 0, edge, edge)).resize((SIDE, SIDE)))
    mask = np.zeros((SIDE, SIDE), bool)
    for row, column in np.random.default_rng(1).integers(0, SIDE - HINT, (HINTS, 2)):
        mask[row : row + HINT, column : column + HINT] = True
    gray = vc.to_gray(photo)
    shown = np.repeat(gray[..., None], 3, axis=2)
    shown[mask] = photo[mask]
    return photo, shown, vc.Cues.from_mask(mask, photo)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.sheet")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results")
    arguments = parser.parse_args()
    columns = ("grey and hints", *METHODS, "truth")
    names = ("chelsea", "coffee", "astronaut")
    size = (len(columns) * (SIDE + 2), LINE + len(names) * (SIDE + LINE))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for k, name in enumerate(columns):
        draw.text((k * (SIDE + 2) + 2, 1), name, fill="black")
    for number, name in enumerate(names):
        photo, shown, cues = scene(name)
        top = LINE + number * (SIDE + LINE)
        tiles = [(shown, "")]
        for method in METHODS:
            rgb = vc.colorize(vc.to_gray(photo), cues, method=make_method(method, {})).rgb
            tiles.append((rgb, f"{psnr(rgb, photo):.1f} dB"))
            print(name, method, tiles[-1][1], flush=True)
        for k, (tile, text) in enumerate([*tiles, (photo, "")]):
            sheet.paste(Image.fromarray(tile), (k * (SIDE + 2), top))
            draw.text((k * (SIDE + 2) + 2, top + SIDE + 1), text, fill="black")
    sheet.save(arguments.out / "energies-sheet.png", optimize=True)


if __name__ == "__main__":
    main()
