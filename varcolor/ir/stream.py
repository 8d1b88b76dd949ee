"""The colour stream: what a ``.vcc`` file holds. Its header ties it to one grey picture.

See FORMAT.md, section 2.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from varcolor.errors import FormatError
from varcolor.ir.tree.chroma import gray8
from varcolor.typing import Array

VERSION = 1
#: Version and codec, check of the grey, check of the stream.
HEADER = struct.Struct("<BHH")


@dataclass(frozen=True, slots=True)
class Stream:
    """A parsed colour stream."""

    codec: int
    """Number of the codec, 1 to 15."""
    gray_check: int
    payload: bytes


def check_of_gray(gray: Array) -> int:
    """Return the 16-bit check of a grey picture: its size and its 8-bit levels."""
    height, width = gray.shape
    crc = zlib.crc32(struct.pack("<II", width, height))
    return zlib.crc32(gray8(gray).tobytes(), crc) & 0xFFFF


def pack(codec: int, gray: Array, payload: bytes) -> bytes:
    """Return the stream of a payload for a grey picture (H, W)."""
    first = VERSION << 4 | codec
    check = check_of_gray(gray)
    return HEADER.pack(first, check, _check(first, check, payload)) + payload


def unpack(data: bytes) -> Stream:
    """Parse a stream.

    Raises
    ------
    FormatError
        If it is cut off, damaged, or of a later version.
    """
    if len(data) < HEADER.size:
        raise FormatError(
            f"a colour stream of {len(data)} bytes is cut off: {HEADER.size} is the least"
        )
    first, gray_check, check = HEADER.unpack_from(data)
    payload = data[HEADER.size :]
    if first >> 4 != VERSION:
        raise FormatError(
            f"a colour stream of version {first >> 4}; this program reads version {VERSION}: "
            "a later varcolor is needed, or the file is none of varcolor's"
        )
    if _check(first, gray_check, payload) != check:
        raise FormatError("the colour stream is damaged or cut off (its checksum does not fit)")
    return Stream(first & 15, gray_check, payload)


def require_gray(stream: Stream, gray: Array) -> None:
    """Make sure that a stream belongs to a grey picture.

    Raises
    ------
    FormatError
        If it does not.
    """
    if check_of_gray(gray) != stream.gray_check:
        raise FormatError(
            "the colour stream was made for another grey picture (its checksum does not fit): "
            "use the grey that was written with it, unchanged"
        )


def _check(first: int, gray_check: int, payload: bytes) -> int:
    """Return the check of a stream."""
    return zlib.crc32(payload, zlib.crc32(struct.pack("<BH", first, gray_check))) & 0xFFFF
