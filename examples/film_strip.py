"""The strip of a film in the README: needs the extra `film`.

Run ``python examples/film_strip.py``. The film is made: scikit-image's photo of the cat Chelsea
(CC0) under a camera that moves nearer and turns, in grey; the strokes on its first frame are its
only colours.
"""

import json
import math
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

import varcolor as vc

FRAMES, SHOWN, WIDTH = 25, (0, 8, 16, 24), 300
here = Path(__file__).parent / "pictures"
gray = vc.to_gray(vc.read(here / "cat.png")).pixels
height, width = gray.shape


def frame(t: int) -> np.ndarray:
    """Return the photo as the camera sees it after t steps."""
    turn = cv2.getRotationMatrix2D((0.55 * width, 0.45 * height), 0.25 * t, 1 + 0.012 * t)
    turn[:, 2] += 9 * math.sin(t / 5), -0.8 * t
    border = cv2.BORDER_REFLECT_101
    return cv2.warpAffine(gray, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=border)


with tempfile.TemporaryDirectory() as place:
    root = Path(place)
    (root / "frames").mkdir()
    (root / "keys").mkdir()
    for t in range(FRAMES):
        vc.write(frame(t), root / "frames" / f"{t:04d}.png")
    shutil.copy(here / "cat-strokes.json", root / "keys" / "0000.strokes.json")
    result = vc.colorize_film(root / "frames", root / "keys", root / "out", vc.FilmOptions())
    print(result.status, *result.notes, sep="\n")
    above = [Image.open(root / "frames" / f"{t:04d}.png").convert("RGB") for t in SHOWN]
    below = [Image.open(root / "out" / f"{t:04d}.png").convert("RGB") for t in SHOWN]

draw = ImageDraw.Draw(above[0])
for stroke in json.loads((here / "cat-strokes.json").read_text())["strokes"]:
    points = [tuple(point) for point in stroke["points"]]
    draw.line(points, fill=stroke.get("color", "#808080"), width=round(2 * stroke["radius"]))
size = WIDTH, round(WIDTH * height / width)
sheet = Image.new("RGB", (len(SHOWN) * (WIDTH + 6) - 6, 2 * size[1] + 6), "white")
for row, pictures in enumerate((above, below)):
    for column, picture in enumerate(pictures):
        own = picture.resize(size, Image.Resampling.LANCZOS)
        sheet.paste(own, (column * (WIDTH + 6), row * (size[1] + 6)))
sheet.save(here / "film.jpg", quality=88)
