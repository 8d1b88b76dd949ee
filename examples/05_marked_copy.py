"""A restorer's way: colour painted on a copy of the photo with a soft brush, and one call.

    python examples/05_marked_copy.py [FOLDER]

The brush of an editor is imitated: strokes with blurred rims, mixed half and half with the photo.
Writes photo.png, painted.png, coloured.png and all three side by side (strip.jpg).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

import varcolor as vc

#: Colours, and the lines (x, y) that they are painted along.
STROKES = {
    "#d9a58c": [[(190, 105), (205, 150)], [(240, 100), (250, 150)], [(215, 175), (230, 170)]],
    "#8f5f33": [[(168, 70), (200, 45), (255, 50)], [(285, 70), (288, 105)]],
    "#e0512d": [
        [(70, 270), (55, 370), (60, 450)],
        [(120, 280), (115, 440)],
        [(210, 330), (220, 460)],
        [(285, 290), (330, 310)],
        [(270, 330), (300, 400)],
    ],
    "#b01f33": [[(35, 150), (65, 200)], [(8, 240), (25, 300)], [(5, 410), (15, 440)]],
    "#27274f": [[(15, 75), (45, 60)]],
    "#d8d2d4": [[(75, 130), (85, 180)], [(20, 180), (40, 240)], [(8, 340), (12, 380)]],
    "#b9aba4": [[(115, 60), (110, 190)], [(330, 40), (340, 210)], [(480, 60), (490, 200)]],
    "#8a5c1c": [[(417, 40), (417, 130)]],
    "#cfc9c8": [[(388, 60), (388, 80)], [(396, 120), (402, 220)], [(447, 90), (447, 190)]],
    "#3f3550": [[(160, 380), (185, 395)]],
    "#1c1a1c": [[(190, 215), (240, 230)], [(420, 320), (490, 320)], [(310, 440), (420, 470)]],
    "#c9b8a8": [[(247, 350), (243, 440)], [(262, 380), (266, 450)]],
    "#4b4653": [[(122, 200), (150, 250), (190, 275)], [(290, 220), (270, 265)]],
}
#: Width of the brush and blur of its rim, in pixels.
WIDTH, SOFT = 9, 1.5


def painted(photo: Image.Image) -> Image.Image:
    """Return a copy of a grey photo with strokes of a soft brush on it."""
    copy = photo.convert("RGB")
    for color, lines in STROKES.items():
        mask = Image.new("L", photo.size)
        for line in lines:
            ImageDraw.Draw(mask).line(line, fill=255, width=WIDTH, joint="curve")
        copy.paste(color, mask=mask.filter(ImageFilter.GaussianBlur(SOFT)))
    return copy


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    photo = Image.fromarray(vc.to_gray(data.astronaut()))
    photo.save(folder / "photo.png")
    painted(photo).save(folder / "painted.png")

    cues = vc.Cues.from_marked(folder / "photo.png", folder / "painted.png")
    result = vc.colorize(folder / "photo.png", cues)
    vc.write(result.picture, folder / "coloured.png")
    print(result, *result.notes, sep="\n")

    names = ("photo.png", "painted.png", "coloured.png")
    strip = np.hstack([Image.open(folder / name).convert("RGB") for name in names])
    small = Image.fromarray(strip).resize((960, 320), Image.Resampling.LANCZOS)
    small.save(folder / "strip.jpg", quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-output/05-marked"))
