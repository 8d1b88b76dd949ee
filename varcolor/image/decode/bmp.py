"""BMP: with Pillow; the 5 and 6 bits of 16-bit files are rounded to 8, which Pillow cuts."""

from __future__ import annotations

import struct

import numpy as np

from varcolor.image.decode.pillow import decode_pillow
from varcolor.image.decode.raw import Raw
from varcolor.image.formats import Format

_BITFIELDS = 3


def decode_bmp(data: bytes, fmt: Format) -> Raw:
    """Decode BMP of all depths."""
    raw = decode_pillow(data, fmt)
    if len(data) < 66 or data[28:30] != b"\x10\0" or raw.pixels.ndim != 3:
        return raw
    (compression,) = struct.unpack_from("<I", data, 30)
    (green,) = struct.unpack_from("<I", data, 58)
    six = compression == _BITFIELDS and green.bit_count() == 6
    pixels = np.empty_like(raw.pixels)
    for channel in range(3):
        top = 63 if six and channel == 1 else 31
        levels = np.arange(top + 1)
        rounded = np.arange(256, dtype=np.uint8)
        rounded[levels * 255 // top] = (levels * 510 + top) // (2 * top)
        pixels[..., channel] = rounded[raw.pixels[..., channel]]
    raw.pixels = pixels
    return raw
