"""JPEG: 8 bits with Pillow; 12 bits and lossless with libjpeg-turbo's other decoders.

Source of the markers: ITU-T T.81, annex B.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from varcolor.image.decode.pillow import decode_pillow, split_exif
from varcolor.image.decode.raw import Raw, Unsupported, check_size, kind_by_channels, widen
from varcolor.image.formats import FLOOR, OPEN, Format

#: Names of the processes that no decoder at hand knows, by the marker of their frame.
_UNKNOWN = {
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical JPEG"),
    0xCB: "lossless JPEG with arithmetic coding",
    0xF7: "JPEG-LS",
}
_FRAMES = (0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, *_UNKNOWN)
_LOSSLESS = 0xC3
_ARITHMETIC = (0xC9, 0xCA)
#: A lossless sample takes a bit at least.
_LOSSLESS_EXPANSION = 16.0


@dataclass(slots=True)
class Header:
    """What stands before the first scan."""

    process: int
    """Second byte of the frame's marker."""
    bits: int
    width: int
    height: int
    components: int
    segments: list[tuple[int, bytes]] = field(default_factory=list)
    """Application data: marker's second byte and content."""


def header(data: bytes) -> Header:
    """Return the header of a JPEG stream.

    Raises
    ------
    ValueError
        If there is no frame.
    """
    at = 2
    segments: list[tuple[int, bytes]] = []
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at += 1  # as decoders do: look for the next marker
            continue
        marker = data[at + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xD9, 0xDA):
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        content = data[at + 4 : at + 2 + length]
        if marker in _FRAMES:
            if len(content) < 6:
                break
            bits, height, width, components = struct.unpack(">BHHB", content[:6])
            return Header(marker, bits, width, height, components, segments)
        if 0xE0 <= marker <= 0xEF:
            segments.append((marker, content))
        at += 2 + max(length, 2)
    raise ValueError("its content is damaged or cut off")


def decode_jpeg(data: bytes, fmt: Format) -> Raw:
    """Decode JPEG: 8 bits, 12 bits (as 16), lossless (2 to 16 bits), arithmetic coding."""
    head = header(data)
    if head.process in _UNKNOWN:
        raise Unsupported(_UNKNOWN[head.process])
    lossless = head.process == _LOSSLESS
    if lossless:
        fmt = replace(fmt, max_expansion=_LOSSLESS_EXPANSION)
    elif head.process in _ARITHMETIC:
        fmt = replace(fmt, max_expansion=OPEN, floor=FLOOR)
    if head.bits == 8 and not lossless:
        return decode_pillow(data, fmt)
    if not (lossless or head.bits == 12):
        raise Unsupported(f"{head.bits}-bit JPEG")
    if head.components not in (1, 3):
        raise Unsupported(f"{head.bits}-bit JPEG with {head.components} channels")
    import imagecodecs

    item = 1 if head.bits <= 8 else 2
    check_size(data, (head.width, head.height), head.components * item, fmt)
    # Lossless samples are what they are; a JFIF header would have them taken for YCbCr.
    space = "RGB" if lossless and head.components == 3 else None
    pixels = np.asarray(imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space))
    if pixels.shape[:2] != (head.height, head.width):
        raise ValueError("its content is damaged or cut off")
    raw = _with_metadata(widen(pixels, head.bits), head)
    if head.bits not in (8, 16):
        depth = 8 if head.bits < 8 else 16
        raw.notes.append(f"{head.bits}-bit JPEG: read as {depth}-bit")
    return raw


def _with_metadata(pixels: Any, head: Header) -> Raw:
    """Add profile, EXIF and resolution of the application segments."""
    from PIL import Image

    raw = Raw(pixels, kind_by_channels(pixels))
    parts: dict[int, bytes] = {}
    for marker, content in head.segments:
        if marker == 0xE0 and content[:5] == b"JFIF\0" and len(content) >= 12:
            unit, x, y = struct.unpack(">BHH", content[7:12])
            scale = {1: 1.0, 2: 2.54}.get(unit)
            raw.dpi = (x * scale, y * scale) if scale and x and y else None
        elif marker == 0xE1 and content[:6] == b"Exif\0\0":
            exif = Image.Exif()
            try:
                exif.load(content)
                raw.exif, raw.orientation = split_exif(exif)
            except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
                raw.notes.append("its EXIF data are damaged: left out")
        elif marker == 0xE2 and content[:12] == b"ICC_PROFILE\0" and len(content) > 14:
            parts[content[12]] = content[14:]
    if parts:
        raw.icc = b"".join(parts[number] for number in sorted(parts))
    return raw
