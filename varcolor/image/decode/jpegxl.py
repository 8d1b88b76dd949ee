"""JPEG XL (8, 16 bit and float)."""

from __future__ import annotations

import struct

import numpy as np

from varcolor.image.decode.raw import Raw, check_size, kind_by_channels
from varcolor.image.formats import Format

#: More bytes of the codestream than its header's size and depth take.
_HEAD = 64


def decode_jpegxl(data: bytes, fmt: Format) -> Raw:
    """Decode JPEG XL (8, 16 bit and float); of an animation the first frame."""
    import imagecodecs

    size = jpegxl_size(data)
    if size is None:
        raise ValueError("its content is damaged or cut off")
    check_size(data, size, 8, fmt)
    pixels = np.asarray(imagecodecs.jpegxl_decode(data, index=0))
    notes = []
    if pixels.ndim == 4:
        notes.append(f"the file holds {len(pixels)} frames; the first one is used")
        pixels = pixels[0]
    if pixels.shape[:2] not in (size, size[::-1]):
        raise ValueError("its content is damaged or cut off")
    return Raw(pixels, kind_by_channels(pixels), notes=notes)


def codestream(data: bytes) -> bytes | None:
    """Return the first bytes of the codestream, bare or in the boxes of a container.

    Source: ISO/IEC 18181-2: it lies in one box ``jxlc`` or in pieces ``jxlp``, after any others.
    """
    if data[:2] == b"\xff\x0a":
        return data[:_HEAD]
    found = b""
    at = 0
    while at + 8 <= len(data) and len(found) < _HEAD:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if length == 1 and at + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, body)
            body += 8
        end = len(data) if length == 0 else at + length
        if end < body:
            break
        if kind == b"jxlc":
            found = data[body : min(end, body + _HEAD)]
            break
        if kind == b"jxlp":
            found += data[body + 4 : min(end, body + 4 + _HEAD)]
        at = end
    return found if found[:2] == b"\xff\x0a" else None


def jpegxl_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height from a JPEG XL header; None if there is none.

    Source: ISO/IEC 18181-1, SizeHeader.
    """
    stream = codestream(data)
    if stream is None or len(stream) < 4:
        return None
    bits = int.from_bytes(stream[2:14].ljust(12, b"\0"), "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    small = take(1)

    def dimension() -> int:
        return 8 * (take(5) + 1) if small else take((9, 13, 18, 30)[take(2)]) + 1

    height = dimension()
    ratio = take(3)
    if ratio == 0:
        return dimension(), height
    over, under = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return height * over // under, height
