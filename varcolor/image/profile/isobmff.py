"""Boxes of AVIF and HEIC files: what the primary picture's colours are, and room for EXIF.

References
----------
ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items and properties), AV1 Image File Format 1.1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from varcolor.image.profile.encoding import Encoding, by_code_points

_UNSPECIFIED = 2


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Give kind and content of each box; a damaged one ends the list."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield kind, data[start + head : start + size]
        start += size


def encoding(data: bytes) -> Encoding | None:
    """Return the colour encoding of an AVIF or HEIC file's primary picture.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Encoding or None
        None if the file names none that is known, or if an ICC profile, which comes first, is
        there. The matrix and range of YCbCr are the decoder's affair: the encoding is of RGB.
    """
    try:
        colors = [p for p in _properties(data) if p[0] == b"colr"]
    except (struct.error, StopIteration, IndexError):
        return None
    if any(content[:4] in (b"prof", b"rICC") for _, content in colors):
        return None
    for _, content in colors:
        if content[:4] == b"nclx" and len(content) >= 11:
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            # What is not said is as in sRGB (ISO/IEC 23000-22, 7.3.6.4).
            return by_code_points(
                1 if primaries == _UNSPECIFIED else primaries,
                13 if transfer == _UNSPECIFIED else transfer,
                "nclx colour box",
            )
    return None


def _properties(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the properties of the primary item."""
    meta = dict(_meta(data))
    version = meta[b"pitm"][0] if b"pitm" in meta else 0
    (primary,) = struct.unpack_from(">I" if version else ">H", meta.get(b"pitm", b""), 4)
    properties, mine = [], []
    for kind, content in boxes(meta.get(b"iprp", b"")):
        if kind == b"ipco":
            properties = list(boxes(content))
        elif kind == b"ipma":
            mine += _associated(content, primary)
    return [properties[i - 1] for i in mine if 0 < i <= len(properties)]


def _associated(content: bytes, item: int) -> list[int]:
    """Return the numbers of an item's properties, from 1, in an ipma box."""
    version, wide = content[0], content[3] & 1
    (count,) = struct.unpack_from(">I", content, 4)
    position, found = 8, []
    for _ in range(count):
        (number,) = struct.unpack_from(">I" if version else ">H", content, position)
        position += 4 if version else 2
        entries = content[position]
        position += 1
        for _ in range(entries):
            if wide:
                index = struct.unpack_from(">H", content, position)[0] & 0x7FFF
            else:
                index = content[position] & 0x7F
            position += 2 if wide else 1
            if number == item:
                found.append(index)
    return found


def _meta(data: bytes) -> list[tuple[bytes, bytes]]:
    content = next(content for kind, content in boxes(data) if kind == b"meta")
    return list(boxes(content, 4))


def with_exif(data: bytes, exif: bytes) -> bytes:
    """Return an AVIF file with an EXIF item added; for files as libavif writes them.

    Parameters
    ----------
    data : bytes
        A whole file whose pixel data come after its ``meta`` box.
    exif : bytes
        The EXIF block, with or without its ``Exif`` prefix.

    Raises
    ------
    ValueError
        If the file is laid out in another way.
    """
    top = list(boxes(data))
    meta = dict(_meta(data))
    if [k for k, _ in top][:2] != [b"ftyp", b"meta"] or meta[b"iloc"][:1] != b"\0":
        raise ValueError("an unexpected layout of boxes")
    (primary,) = struct.unpack_from(">H", meta[b"pitm"], 4)
    (items,) = struct.unpack_from(">H", meta[b"iinf"], 4)
    number = 1 + max(
        struct.unpack_from(">H", content, 4)[0] for _, content in boxes(meta[b"iinf"], 6)
    )
    entry = box(b"infe", struct.pack(">B3xHH4sx", 2, number, 0, b"Exif"))
    meta[b"iinf"] = meta[b"iinf"][:4] + struct.pack(">H", items + 1) + meta[b"iinf"][6:] + entry
    about = box(b"cdsc", struct.pack(">HHH", number, 1, primary))
    meta[b"iref"] = meta.get(b"iref", bytes(4)) + about
    payload = bytes(4) + exif.removeprefix(b"Exif\0\0")
    iloc, old_size = meta[b"iloc"], len(box(b"meta", next(c for k, c in top if k == b"meta")))
    growth = 0
    for _ in range(2):  # the first round tells how far the pixel data move
        place = len(data) + growth + 8
        meta[b"iloc"] = _moved(iloc, growth, (number, place, len(payload)))
        body = bytes(4) + b"".join(box(kind, content) for kind, content in meta.items())
        growth = len(box(b"meta", body)) - old_size
    rest = b"".join(box(kind, content) for kind, content in top[2:])
    return box(*top[0]) + box(b"meta", body) + rest + box(b"mdat", payload)


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _moved(iloc: bytes, shift: int, added: tuple[int, int, int]) -> bytes:
    """Return a version 0 iloc box with all extents shifted and one item more."""
    if iloc[4:6] != b"\x44\x00":
        raise ValueError("an unexpected layout of boxes")
    (count,) = struct.unpack_from(">H", iloc, 6)
    position, result = 8, iloc[:6] + struct.pack(">H", count + 1)
    for _ in range(count):
        item, reference, extents = struct.unpack_from(">HHH", iloc, position)
        position += 6
        result += struct.pack(">HHH", item, reference, extents)
        for _ in range(extents):
            offset, length = struct.unpack_from(">II", iloc, position)
            position += 8
            result += struct.pack(">II", offset + shift, length)
    number, place, length = added
    return result + struct.pack(">HHHII", number, 0, 1, place, length)
