"""PNG: 16-bit pixels with libpng (Pillow would cut them to 8 bit), the others with Pillow."""

from __future__ import annotations

import struct

import numpy as np

from varcolor.image.decode.pillow import decode_pillow, with_pillow_metadata
from varcolor.image.decode.raw import Raw, check_size
from varcolor.image.formats import Format


def decode_png(data: bytes, fmt: Format) -> Raw:
    """Decode PNG of all depths."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise ValueError("its header is incomplete")
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    if depth != 16:
        return decode_pillow(data, fmt)
    check_size(data, (width, height), 2 * {0: 1, 2: 3, 4: 2, 6: 4}.get(color, 4), fmt)
    import imagecodecs

    pixels = np.asarray(imagecodecs.png_decode(data))
    return with_pillow_metadata(pixels, data, fmt)
