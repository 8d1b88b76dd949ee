"""Error maps with a colour bar, and contact sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.image.picture import Picture
from varcolor.metrics.planes import planes
from varcolor.typing import Array

if TYPE_CHECKING:
    from PIL.Image import Image

#: The difference that gets the last colour; one scale for all maps, so that they compare.
TOP = 20.0
_TICKS = (0, 1, 2.3, 5, 10, 15, 20)
# Black, violet, red, orange, pale yellow: lightness rises evenly, so the map also reads in grey.
_COLOURS = (
    (0, 0, 4),
    (66, 10, 104),
    (147, 38, 103),
    (221, 81, 58),
    (252, 165, 10),
    (252, 255, 164),
)
_SIDE = 300
#: Enlarged maps get no wider than this, and a bar needs this height.
_WIDEST = 1200
_LOWEST = 160
_GAP = 10
_LINE = 20


def colours_of(difference: Array) -> Array:
    """Return the colours (…, 3) uint8 of CIEDE2000 differences, 0 to `TOP` and above."""
    at = np.linspace(0, TOP, len(_COLOURS))
    table = np.array(_COLOURS, float)
    channels = [np.interp(difference, at, table[:, k]) for k in range(3)]
    return np.floor(np.stack(channels, axis=-1) + 0.5).astype(np.uint8)


def heatmap(difference: Array) -> Array:
    """Return a picture of a CIEDE2000 map, with a colour bar to its right.

    Small maps are enlarged by whole pixels, so that the bar fits beside them.
    """
    from PIL import Image, ImageDraw

    height, width = difference.shape
    zoom = max(1, min(-(-_SIDE // height), _WIDEST // width))
    body = colours_of(difference).repeat(zoom, axis=0).repeat(zoom, axis=1)
    tall = max(body.shape[0], _LOWEST)
    size = max(12, min(40, tall // 30))
    font = _font(size)
    canvas = Image.new("RGB", (body.shape[1] + 6 * size, tall), "white")
    canvas.paste(Image.fromarray(body), (0, 0))
    top, bottom = 2 * size, tall - size
    bar = np.linspace(TOP, 0, bottom - top)[:, None].repeat(size, axis=1)
    left = body.shape[1] + size
    canvas.paste(Image.fromarray(colours_of(bar)), (left, top))
    draw = ImageDraw.Draw(canvas)
    draw.text((left, size // 3), "dE 2000", fill="black", font=font)
    for tick in _TICKS:
        y = round(bottom - (bottom - top - 1) * tick / TOP)
        draw.line((left + size, y, left + 3 * size // 2, y), fill="black")
        text = f"{tick:g}" + ("+" if tick == TOP else "")
        draw.text((left + 5 * size // 3, y), text, fill="black", font=font, anchor="lm")
    return np.asarray(canvas)


@dataclass(frozen=True, slots=True, eq=False)
class Thumbs:
    """A row of a contact sheet."""

    label: str
    pictures: tuple[Image, Image, Image]


def thumbs(label: str, reference: Picture, result: Picture, difference: Array) -> Thumbs:
    """Return small reference, result and error map."""
    from PIL import Image

    made = [_thumb(Image.fromarray(_bytes(p))) for p in (reference, result)]
    # The map is made small before it is coloured: its values are averaged, not its colours.
    small = _thumb(Image.fromarray(np.asarray(difference, np.float32)))
    return Thumbs(label, (made[0], made[1], Image.fromarray(colours_of(np.asarray(small)))))


def _bytes(picture: Picture) -> Array:
    if picture.pixels.dtype == np.uint8 and not picture.is_gray:
        return picture.pixels
    return np.floor(255 * planes(picture, "rgb") + 0.5).astype(np.uint8)


def _thumb(image: Image) -> Image:
    from PIL import Image as Images

    scale = _SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    smooth = Images.Resampling.BOX if scale < 1 else Images.Resampling.NEAREST
    return image.resize(size, smooth)


def sheet(rows: Sequence[Thumbs]) -> Array:
    """Return one picture with a row per result: reference, result, error map."""
    from PIL import Image, ImageDraw

    width = _GAP + 3 * (_SIDE + _GAP)
    heights = [max(t.height for t in row.pictures) + _LINE + _GAP for row in rows]
    canvas = Image.new("RGB", (width, _GAP + _LINE + sum(heights)), "white")
    draw, font = ImageDraw.Draw(canvas), _font(14)
    titles = ("reference", "result", f"CIEDE2000, black 0 to yellow {TOP:g}")
    for column, title in enumerate(titles):
        draw.text((_GAP + column * (_SIDE + _GAP), _GAP // 2), title, fill="black", font=font)
    top = _GAP + _LINE
    for row, height in zip(rows, heights, strict=True):
        label = _shortened(row.label, draw, font, width - 2 * _GAP)
        draw.text((_GAP, top), label, fill="black", font=font)
        for column, picture in enumerate(row.pictures):
            canvas.paste(picture, (_GAP + column * (_SIDE + _GAP), top + _LINE))
        top += height
    return np.asarray(canvas)


def _shortened(text: str, draw: Any, font: Any, width: int) -> str:
    if draw.textlength(text, font=font) <= width:
        return text
    while text and draw.textlength("…" + text, font=font) > width:
        text = text[1:]
    return "…" + text


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size=size)
