"""JPEG 2000: .jp2 files and bare codestreams (.j2k, .j2c), 8 to 16 bits.

Source: ITU-T T.800, annex A (SIZ marker) and annex I (boxes).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from varcolor.image.decode.raw import Raw, Unsupported, check_size, kind_by_channels, widen
from varcolor.image.formats import Format

_CODESTREAM = b"\xff\x4f\xff\x51"
#: Enumerated colour spaces that the decoder brings to RGB or grey: sRGB, grey, sYCC.
_KNOWN_SPACES = (16, 17, 18)
#: A tile takes a marker of 12 bytes and one of 2 at least.
_LEAST_TILE = 14


@dataclass(frozen=True, slots=True)
class Header:
    """What the SIZ marker says."""

    width: int
    height: int
    tiles: int
    bits: tuple[int, ...]
    """Of each component; the sign is not in it."""
    signed: bool


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, begin and end of the content of each box."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if length == 1 and at + 16 <= end:
            (length,) = struct.unpack_from(">Q", data, body)
            body += 8
        stop = end if length == 0 else min(at + length, end)
        if stop < body:
            return
        yield kind, body, stop
        at = stop


def header(stream: bytes) -> Header:
    """Return the header of a codestream.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    if len(stream) < 42 or stream[:4] != _CODESTREAM:
        raise ValueError("its content is damaged or cut off")
    x, y, x0, y0, tile_x, tile_y, tile_x0, tile_y0, count = struct.unpack_from(">8IH", stream, 8)
    parts = stream[42 : 42 + 3 * count]
    if not count or len(parts) < 3 * count or not tile_x or not tile_y:
        raise ValueError("its content is damaged or cut off")
    tiles = -(-(x - tile_x0) // tile_x) * -(-(y - tile_y0) // tile_y)
    bits = tuple((parts[i] & 0x7F) + 1 for i in range(0, 3 * count, 3))
    signed = any(parts[i] & 0x80 for i in range(0, 3 * count, 3))
    return Header(x - x0, y - y0, tiles, bits, signed)


def decode_jpeg2000(data: bytes, fmt: Format) -> Raw:
    """Decode JPEG 2000."""
    icc, dpi, stream, channels = None, None, data, 0
    if data[:4] != _CODESTREAM:
        stream = b""
        for kind, begin, end in boxes(data):
            if kind == b"jp2h":
                icc, dpi, channels = _jp2_header(data, begin, end)
            elif kind == b"jp2c":
                stream = data[begin:end]
                break
    head = header(stream)
    if head.signed or len(set(head.bits)) > 1 or head.bits[0] > 16 or len(head.bits) > 4:
        raise Unsupported(
            f"JPEG 2000 with {len(head.bits)} channels of {'/'.join(map(str, head.bits))} bits"
        )
    if head.tiles * _LEAST_TILE > len(stream):
        raise ValueError(f"it declares {head.tiles} tiles: {len(stream)} bytes are far too few")
    # The decoder works with four bytes a sample.
    check_size(data, (head.width, head.height), 4 * max(channels, len(head.bits)), fmt)
    import imagecodecs

    pixels = np.asarray(imagecodecs.jpeg2k_decode(data))
    if pixels.shape[:2] != (head.height, head.width):
        raise ValueError("its content is damaged or cut off")
    bits = 8 if channels else head.bits[0]
    raw = Raw(widen(pixels, bits), kind_by_channels(pixels), icc=icc, dpi=dpi)
    if bits not in (8, 16):
        raw.notes.append(f"{bits}-bit JPEG 2000: read as {8 if bits < 8 else 16}-bit")
    return raw


def _jp2_header(
    data: bytes, start: int, end: int
) -> tuple[bytes | None, tuple[float, float] | None, int]:
    """Return profile, resolution and the channels of a palette (0: none)."""
    icc, dpi, channels = None, None, 0
    for kind, begin, stop in boxes(data, start, end):
        if kind == b"colr" and stop - begin >= 3:
            if data[begin] == 2:
                icc = data[begin + 3 : stop]
            elif data[begin] == 1 and stop - begin >= 7:
                (space,) = struct.unpack_from(">I", data, begin + 3)
                if space not in _KNOWN_SPACES:
                    raise Unsupported(f"JPEG 2000 of the colour space {space}")
        elif kind == b"pclr" and stop - begin >= 4:
            channels = data[begin + 2]
            if not 1 <= channels <= 4 or any(
                b != 7 for b in data[begin + 3 : begin + 3 + channels]
            ):
                raise Unsupported(f"JPEG 2000 with a palette of {channels} channels")
        elif kind == b"res ":
            for _, inner, close in boxes(data, begin, stop):
                if close - inner >= 10:
                    vn, vd, hn, hd, ve, he = struct.unpack_from(">HHHHbb", data, inner)
                    if vn and vd and hn and hd:
                        dpi = (hn / hd * 10.0**he * 0.0254, vn / vd * 10.0**ve * 0.0254)
    return icc, dpi, channels
