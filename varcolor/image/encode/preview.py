"""Small pictures for notebooks."""

from __future__ import annotations

import io

import numpy as np

from varcolor.image.picture import Picture
from varcolor.typing import Array

#: Longest side of a preview.
_SIDE = 1024


def png_preview(picture: Picture) -> bytes:
    """Return a PNG of 8 bits, at most 1024 pixels a side, by means over areas."""
    from PIL import Image

    step = max(1, -(-max(picture.shape) // (4 * _SIDE)))  # huge ones are thinned out first
    pixels = _eight_bits(picture.pixels[::step, ::step])
    if picture.alpha is not None:
        colors = pixels[:, :, None] if picture.is_gray else pixels
        alpha = _eight_bits(picture.alpha[::step, ::step])
        pixels = np.concatenate([colors, alpha[:, :, None]], axis=2)
    image = Image.fromarray(pixels)
    scale = _SIDE / max(image.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _eight_bits(values: Array) -> Array:
    white = np.iinfo(values.dtype).max if values.dtype.kind == "u" else 1.0
    if white == 255:
        return np.ascontiguousarray(values)
    return np.floor(values * (255 / white) + 0.5).astype(np.uint8)
