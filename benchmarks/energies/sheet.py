"""``python -m benchmarks.energies.sheet``: where each energy wins, in pictures.

A row per scene (`benchmarks.energies.scenes`): the grey with its cues, what the energies make of
it, and the truth. Below each result is its PSNR over RGB; the best of a row has a frame.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

import varcolor as vc
from benchmarks.energies.scenes import SCENES, SIDE, Scene
from benchmarks.energies.settings import Setting
from benchmarks.quality.summary import psnr
from varcolor.methods.nonsmooth import GTV, TGV
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.typing import Array

#: Heading -> energy.
COLUMNS: dict[str, Setting] = {
    "levin": Setting(vc.Levin()),
    "levin-ls": Setting(LevinLS()),
    "harmonic": Setting(vc.Harmonic()),
    "bilaplacian, isotr.": Setting(Bilaplacian(affinity="isotropic")),
    "bilaplacian": Setting(Bilaplacian()),
    "gtv": Setting(GTV()),
    "tgv": Setting(TGV()),
    "auto": Setting(vc.Harmonic(), 2e-5),
    "gtv with the prior": Setting(GTV(), 1e-4),
}
_STEP, _LINE = SIDE + 4, 15
_GAP = 1e-2


def coloured(scene: Scene, setting: Setting) -> Array:
    """Return the result of an energy."""
    result = vc.colorize(
        vc.to_gray(scene.photo, "lab"),
        scene.cues,
        method=setting.method,
        prior=setting.prior,
        solver=setting.solver(_GAP),
        space="lab",
        max_steps=1500,
    )
    return result.rgb


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.sheet")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results")
    arguments = parser.parse_args()
    size = ((len(COLUMNS) + 2) * _STEP, _LINE + len(SCENES) * (SIDE + 2 * _LINE + 4))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for k, name in enumerate(("grey and cues", *COLUMNS, "truth")):
        draw.text((k * _STEP + 2, 2), name, fill="black")
    for number, make in enumerate(SCENES):
        scene = make()
        top = _LINE + number * (SIDE + 2 * _LINE + 4)
        draw.text((2, top + 1), scene.title, fill="black")
        tiles = [coloured(scene, setting) for setting in COLUMNS.values()]
        scores = [psnr(tile, scene.photo) for tile in tiles]
        print(
            scene.title, dict(zip(COLUMNS, (round(s, 1) for s in scores), strict=True)), flush=True
        )
        for k, tile in enumerate((scene.shown, *tiles, scene.photo)):
            place = (k * _STEP + 2, top + _LINE + 2)
            sheet.paste(Image.fromarray(tile), place)
            if 0 < k <= len(tiles):
                text = f"{scores[k - 1]:.1f} dB"
                draw.text((place[0], place[1] + SIDE + 1), text, fill="black")
                if scores[k - 1] == max(scores):
                    corners = (place[0] - 2, place[1] - 2, place[0] + SIDE + 1, place[1] + SIDE + 1)
                    draw.rectangle(corners, outline="red", width=2)
    sheet.save(arguments.out / "energies-sheet.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    main()
