"""The bytes of a ``.vcir`` file: a signature, then chunks with length and CRC.

See FORMAT.md, section 1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from varcolor.errors import FormatError

SIGNATURE = b"\x89VCIR\r\n\x1a"
VERSION = 1
END = b"END "
#: Kinds that this version knows; others are skipped if their first letter is lower case.
KNOWN = (b"HEAD", b"GRAY", b"COLR", b"alph", b"exif", b"iccp", b"dens", b"info", END)

_LENGTH = struct.Struct("<I")
Chunk = tuple[bytes, bytes]


def pack_chunks(chunks: Iterable[Chunk]) -> bytes:
    """Return a file of these chunks (kind, content); END is added."""
    parts = [SIGNATURE, bytes([VERSION])]
    for kind, content in (*chunks, (END, b"")):
        parts += [kind, _LENGTH.pack(len(content)), content]
        parts.append(_LENGTH.pack(zlib.crc32(content, zlib.crc32(kind))))
    return b"".join(parts)


def unpack_chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the content of the chunks of a file by kind.

    Raises
    ------
    FormatError
        If the file is none of ours, of a later version, damaged or cut off, or holds a chunk that
        must be understood and is not.
    """
    if not data.startswith(SIGNATURE):
        raise FormatError("is no .vcir file (its signature is missing)")
    at = len(SIGNATURE)
    if len(data) <= at:
        raise FormatError("is cut off after its signature")
    if data[at] != VERSION:
        raise FormatError(
            f"is of version {data[at]}; this program reads version {VERSION}: use a later varcolor"
        )
    at += 1
    found: dict[bytes, bytes] = {}
    while True:
        if len(data) < at + 8:
            raise FormatError("is cut off: its end is missing")
        kind = data[at : at + 4]
        (length,) = _LENGTH.unpack_from(data, at + 4)
        end = at + 8 + length
        if not (kind[:3].isalpha() and kind.isascii()):
            raise FormatError(f"is damaged at byte {at}: no chunk begins there")
        if len(data) < end + 4:
            raise FormatError(f"is cut off in its chunk {kind.decode()!r}")
        content = data[at + 8 : end]
        if _LENGTH.unpack_from(data, end)[0] != zlib.crc32(content, zlib.crc32(kind)):
            raise FormatError(f"is damaged: the checksum of chunk {kind.decode()!r} does not fit")
        if kind not in KNOWN and not 0x61 <= kind[0] <= 0x7A:
            raise FormatError(
                f"holds a chunk {kind.decode()!r} that this version does not know: use a later "
                "varcolor"
            )
        if kind in found:
            raise FormatError(f"holds two chunks {kind.decode()!r}")
        found[kind] = content
        at = end + 4
        if kind == END:
            break
    if at != len(data):
        raise FormatError(f"goes on for {len(data) - at} bytes after its end")
    return found
