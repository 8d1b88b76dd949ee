"""WebP: with Pillow, once the size of its frames is known."""

from __future__ import annotations

import struct

from varcolor.image.decode.pillow import decode_pillow
from varcolor.image.decode.raw import Raw, check_size
from varcolor.image.formats import Format


def webp_size(data: bytes) -> tuple[int, int]:
    """Return the width and height of a WebP file (of its canvas, if it has one).

    Source: RFC 9649.

    Raises
    ------
    ValueError
        If it is cut off.
    """
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise ValueError("its content is damaged or cut off")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def decode_webp(data: bytes, fmt: Format) -> Raw:
    """Decode WebP; of an animation the first frame."""
    check_size(data, webp_size(data), 4, fmt)  # the decoder makes room when it opens a file
    return decode_pillow(data, fmt)
