"""JPEG XL (8, 16 bit and float)."""

from __future__ import annotations

import struct

import numpy as np

from varcolor.image.decode.raw import Raw, check_size, kind_by_channels
from varcolor.image.formats import Format
from varcolor.image.profile import jpegxl_color
from varcolor.image.profile.jpegxl_bits import Bits

#: More bytes of the codestream than its header's size and depth take.
_HEAD = 64


def decode_jpegxl(data: bytes, fmt: Format) -> Raw:
    """Decode JPEG XL (8, 16 bit and float); of an animation the first frame."""
    import imagecodecs

    size = jpegxl_size(data)
    if size is None:
        raise ValueError("its content is damaged or cut off")
    check_size(data, size, 8, fmt)
    data = jpegxl_color.decodable(data)
    pixels = np.asarray(imagecodecs.jpegxl_decode(data, index=0))
    notes = ["an animation; its first frame is used"] if is_animation(data) else []
    if pixels.shape[:2] not in (size, size[::-1]):
        raise ValueError("its content is damaged or cut off")
    raw = Raw(pixels, kind_by_channels(pixels), notes=notes)
    raw.icc, raw.encoding, said = jpegxl_color.of_pixels(data, pixels.dtype)
    notes += said
    return raw


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


def _size(stream: Bits) -> tuple[int, int]:
    """Return width and height of a SizeHeader."""
    small = stream.flag()
    height = _dimension(stream, small)
    ratio = stream.take(3)
    if ratio == 0:
        return _dimension(stream, small), height
    over, under = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return height * over // under, height


def _dimension(stream: Bits, small: bool) -> int:
    if small:
        return 8 * (stream.take(5) + 1)
    return stream.number((1, 9), (1, 13), (1, 18), (1, 30))


def jpegxl_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height from a JPEG XL header; None if there is none.

    Source: ISO/IEC 18181-1, SizeHeader.
    """
    stream = codestream(data)
    try:
        return None if stream is None else _size(Bits(stream[2:]))
    except ValueError:  # it ends too early
        return None


def is_animation(data: bytes) -> bool:
    """Return whether a JPEG XL header says that the file is an animation.

    Source: ISO/IEC 18181-1, ImageMetadata.
    """
    bits = Bits((codestream(data) or b"")[2:])
    _size(bits)
    if bits.flag() or not bits.flag():  # all default, no extra fields
        return False
    bits.take(3)  # orientation
    if bits.flag():
        _size(bits)  # intrinsic
    return not bits.flag() and bits.flag()  # no preview; animation
