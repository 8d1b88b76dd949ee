"""Binary frames of the WebSocket: a line of JSON and the pixels of a picture.

Layout, little endian: ``VCF1``, uint32 length of the JSON (padded with spaces to a multiple of
four), the JSON in UTF-8, then ``height * width * 4`` bytes RGBA. The JSON has ``width``, ``height``
and whatever belongs to the picture.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np

from varcolor.image.picture import Picture
from varcolor.typing import Array

MAGIC = b"VCF1"


def packed(picture: Picture, **facts: Any) -> bytes:
    """Return the frame of a picture and facts about it; numbers that are not finite become null."""
    height, width = picture.shape
    plain = {key: finite(value) for key, value in facts.items()}
    text = json.dumps({**plain, "width": width, "height": height}, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, rgba(picture).tobytes()])


def finite(value: Any) -> Any:
    """Return None for a float that JSON cannot hold, and the value otherwise."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def eight_bits(levels: Array) -> Array:
    """Return stored levels of any depth as 0..255, rounded to the nearest."""
    if levels.dtype == np.uint8:
        return levels
    if levels.dtype == np.uint16:
        return ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.floor(np.clip(levels, 0, 1) * 255 + 0.5).astype(np.uint8)


def rgba(picture: Picture) -> Array:
    """Return a picture as (H, W, 4) uint8."""
    out = np.empty((*picture.shape, 4), np.uint8)
    levels = eight_bits(picture.pixels)
    out[..., :3] = levels[..., None] if picture.is_gray else levels
    out[..., 3] = 255 if picture.alpha is None else eight_bits(picture.alpha)
    return out
