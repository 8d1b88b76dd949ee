"""A picture of the objects: masks, boxes, labels and scores drawn on the photo."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import numpy as np

from varcolor.image.picture import Picture
from varcolor.objects.instance import Instance, by_area
from varcolor.typing import Array

#: How much of a mask's colour covers the photo, and the golden ratio, by which hues differ.
_COVER, _GOLDEN = 0.4, 0.618034


def boxes_picture(photo: Picture, instances: Sequence[Instance]) -> Picture:
    """Return the photo, 8-bit sRGB, with masks tinted, boxes, labels and scores.

    Large objects lie below small ones. Scores are left out where all are 1.
    """
    from PIL import Image, ImageDraw, ImageFont

    levels = np.rint(photo.as_float() * 255)
    if levels.ndim == 2:
        levels = np.repeat(levels[..., None], 3, axis=2)
    order = by_area(instances)
    for k, own in enumerate(order):
        part = levels[own.place]
        part[own.mask] += _COVER * (np.array(colour_of(k)) - part[own.mask])
    image = Image.fromarray(levels.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    height = max(10, round(max(photo.shape) / 60))
    font = ImageFont.load_default(height)
    width = max(1, round(max(photo.shape) / 500))
    scored = any(own.score < 1 for own in order)
    for k, own in enumerate(order):
        colour = colour_of(k)
        left, top, right, bottom = own.box
        draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=width)
        text = " ".join(filter(None, [own.label, f"{own.score:.2f}" if scored else ""]))
        if not text:
            continue
        x, y = left + 2 * width, max(0, top)
        place = draw.textbbox((x, y), text, font=font)
        draw.rectangle((place[0] - width, place[1], place[2] + width, place[3]), fill=colour)
        draw.text((x, y), text, fill=_readable(colour), font=font)
    return Picture(np.asarray(image), None, photo.meta)


def colour_of(number: int) -> tuple[int, int, int]:
    """Return a colour of an object, 0..255; numbers that are near have hues that are far."""
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.75, 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


def _readable(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    weights: Array = np.array([0.299, 0.587, 0.114])
    return (0, 0, 0) if float(weights @ colour) > 128 else (255, 255, 255)
