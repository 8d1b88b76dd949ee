"""PNG: 16-bit pixels with libpng (Pillow would cut them to 8 bit), the others with Pillow."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np

from varcolor.image.decode.pillow import decode_pillow, with_pillow_metadata
from varcolor.image.decode.raw import Raw, check_size
from varcolor.image.formats import Format
from varcolor.image.profile import png_color


def decode_png(data: bytes, fmt: Format) -> Raw:
    """Decode PNG of all depths."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise ValueError("its header is incomplete")
    color = png_color.color(data)
    raw = _pixels(png_color.without_color(data), fmt)
    raw.icc, raw.encoding = color.icc, color.encoding
    raw.notes += color.notes
    return raw


def _pixels(data: bytes, fmt: Format) -> Raw:
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    if depth != 16:
        raw = decode_pillow(data, fmt)
        return _with_key(raw, data, depth) if color == 0 and depth < 8 else raw
    check_size(data, (width, height), 2 * {0: 1, 2: 3, 4: 2, 6: 4}.get(color, 4), fmt)
    import imagecodecs

    pixels = np.asarray(imagecodecs.png_decode(data))
    return with_pillow_metadata(pixels, data, fmt)


def _with_key(raw: Raw, data: bytes, depth: int) -> Raw:
    """Make the one transparent level (tRNS) of a grey picture of few bits transparent.

    Pillow compares it, a level of few bits, with the levels scaled to 8 bits.
    """
    at = data.find(b"tRNS", 33, data.find(b"IDAT"))
    if at < 0 or len(data) < at + 6 or (raw.pixels.ndim == 3 and raw.pixels.shape[2] != 2):
        return raw
    (key,) = struct.unpack_from(">H", data, at + 4)
    gray = raw.pixels if raw.pixels.ndim == 2 else raw.pixels[..., 0]
    alpha = np.where(gray == key * 255 // ((1 << depth) - 1), 0, 255).astype(np.uint8)
    return replace(raw, pixels=np.dstack([gray, alpha]))
