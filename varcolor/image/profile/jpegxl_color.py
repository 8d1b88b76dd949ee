"""What a JPEG XL file says about its colours: read from the header of its codestream.

References
----------
ISO/IEC 18181-1:2024, Annex D (ImageMetadata, ColourEncoding); ISO/IEC 18181-2 (container).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.image.profile import jpegxl_profile
from varcolor.image.profile.encoding import (
    BT709,
    LINEAR,
    PRIMARIES,
    TRANSFERS,
    Chromaticities,
    Encoding,
    gamma,
    same_primaries,
    xyz_of_rgb,
)
from varcolor.image.profile.isobmff import box, boxes
from varcolor.image.profile.jpegxl_bits import Bits
from varcolor.image.profile.jpegxl_header import (
    skip_channel,
    skip_depth,
    skip_extra_fields,
    skip_rest,
    skip_size,
)

#: Writers for arrays (imagecodecs) mark all 16-bit pictures as linear light, whatever they hold.
_SCIENTIFIC = (
    "its header says linear light, as some writers do for any 16-bit picture: taken as sRGB"
)
_CARRIER = "JPEG XL colour encoding"
_RGB, _GRAY = 0, 1
_CUSTOM = 2
_WHITES = {1: (0.3127, 0.3290), 10: (1 / 3, 1 / 3), 11: (0.314, 0.351)}
_PRIMARIES = {1: BT709, 9: PRIMARIES[9][1], 11: PRIMARIES[11][1]}


@dataclass(frozen=True, slots=True)
class Color:
    """What was found."""

    encoding: Encoding | None = None
    """The space of the decoded pixels; None for sRGB, or where a profile describes it."""
    profile: Bits | None = None
    """The stream at the place where the packed ICC profile begins."""


def codestream(data: bytes) -> bytes:
    """Return the codestream of a bare file or a container."""
    if data[:2] == b"\xff\x0a":
        return data
    parts = [(kind, content) for kind, content in boxes(data) if kind in (b"jxlc", b"jxlp")]
    return b"".join(c if kind == b"jxlc" else c[4:] for kind, c in parts)


def color(data: bytes) -> Color:
    """Return what a file says about its colours.

    Parameters
    ----------
    data : bytes
        A whole file.

    Raises
    ------
    ValueError
        If the header is damaged or its encoding not known.
    """
    stream = Bits(codestream(data))
    extra, xyb = _skip_to_encoding(stream)
    if extra is None or stream.flag():  # everything as usual: sRGB
        return Color()
    want_profile, space = stream.flag(), stream.enum()
    if not want_profile:
        return Color(_read_encoding(stream, space))
    skip_rest(stream, extra, xyb)
    return Color(profile=stream)


def of_pixels(data: bytes, dtype: np.dtype[Any]) -> tuple[bytes | None, Encoding | None, list[str]]:
    """Return a profile or an encoding for the decoded pixels of a file, and notes.

    Parameters
    ----------
    data : bytes
        A whole file.
    dtype : dtype
        Of its decoded pixels.
    """
    try:
        found = color(data)
        if found.profile is not None:
            return jpegxl_profile.unpack(found.profile), None, []
    except ValueError as error:
        return None, None, [f"its colour encoding cannot be used ({error}): taken as sRGB"]
    encoding = found.encoding
    if (
        encoding is not None
        and encoding.transfer is LINEAR
        and same_primaries(encoding.primaries, BT709)
        and dtype.kind == "u"
    ):
        return None, None, [_SCIENTIFIC]
    return None, encoding, []


def decodable(data: bytes) -> bytes:
    """Return a file that libjxl decodes well: without the profile of an XYB picture.

    XYB colours are absolute. With the original's profile beside them libjxl gives linear light,
    which 8 bits cannot hold; marked as sRGB, they come as sRGB.
    """
    try:
        stream = Bits(codestream(data))
        extra, xyb = _skip_to_encoding(stream)
        profiled = extra is not None and xyb and not stream.flag() and stream.flag()
        return marked_srgb(data) if profiled else data
    except ValueError:
        return data  # the decoder may still like it


def marked_srgb(data: bytes) -> bytes:
    """Return a file whose header says sRGB, whatever encoding or profile it had before.

    Raises
    ------
    ValueError
        If its header is damaged.
    """
    if data[:2] == b"\xff\x0a":
        return _codestream_marked_srgb(data)
    return b"".join(box(kind, _marked_srgb_box(kind, content)) for kind, content in boxes(data))


def _marked_srgb_box(kind: bytes, content: bytes) -> bytes:
    if kind == b"jxlc":
        return _codestream_marked_srgb(content)
    if kind == b"jxlp" and content[:4] == bytes(4):  # the first part
        return content[:4] + _codestream_marked_srgb(content[4:])
    return content


def _codestream_marked_srgb(data: bytes) -> bytes:
    stream = Bits(data)
    extra, xyb = _skip_to_encoding(stream)
    start = stream.position
    if extra is None or stream.flag():
        return data
    profiled, space = stream.flag(), stream.enum()
    if not profiled:
        _read_encoding(stream, space)
    end = stream.position
    skip_rest(stream, extra, xyb)
    rest = stream.position
    if profiled:
        jpegxl_profile.unpack(stream)
    stream.align()
    header = int.from_bytes(data[: stream.position // 8], "little")
    bits, length = header & ((1 << start) - 1), start
    # "As usual" is RGB; for grey: no profile, grey, D65, no power, sRGB (13 = 2 + 11), relative.
    gray = ((0, 1), (0, 1), (1, 2), (1, 2), (0, 1), (2, 2), (11, 4), (1, 2))
    after = (header >> end & ((1 << rest - end) - 1), rest - end)
    for value, count in (*(gray if space == _GRAY else ((1, 1),)), after):
        bits |= value << length
        length += count
    return bits.to_bytes((length + 7) // 8, "little") + data[stream.position // 8 :]


def _skip_to_encoding(stream: Bits) -> tuple[bool | None, bool]:
    """Go on to the colour encoding; return if there are extra fields, and if colours are XYB.

    The first is None if all metadata are as usual: then there is no more to read.
    """
    if stream.take(16) != 0x0AFF:
        raise ValueError("its header is damaged")
    skip_size(stream)
    if stream.flag():
        return None, True
    extra = stream.flag()
    if extra:
        skip_extra_fields(stream)
    skip_depth(stream)
    stream.take(1)
    for _ in range(stream.number((0, 0), (1, 0), (2, 4), (1, 12))):
        skip_channel(stream)
    return extra, stream.flag()


def _read_encoding(stream: Bits, space: int) -> Encoding:
    if space not in (_RGB, _GRAY):
        raise ValueError(f"colour space {space} is not known")
    custom: dict[str, Chromaticities] = {}
    white, primaries = stream.enum(), 1
    if white == _CUSTOM:
        custom["white"] = (_xy(stream),)
    if space == _RGB:
        primaries = stream.enum()
        if primaries == _CUSTOM:
            custom["primaries"] = tuple(_xy(stream) for _ in range(3))
    transfer = -stream.take(24) if stream.flag() else stream.enum()
    stream.enum()  # rendering intent
    return _encoding_of(white, primaries, transfer, custom)


def _encoding_of(
    white: int, primaries: int, transfer: int, custom: dict[str, Chromaticities]
) -> Encoding:
    """Return the encoding; a transfer below zero is -10^7 times the exponent of encoding."""
    if transfer < 0:
        curve = gamma(1e7 / -transfer)
    elif transfer in TRANSFERS:
        curve = TRANSFERS[transfer]
    else:
        raise ValueError(f"transfer function {transfer} is not known")
    (xy,) = custom.get("white") or (_WHITES.get(white, (0.0, 0.0)),)
    corners = custom.get("primaries") or _PRIMARIES.get(primaries, BT709)[:3]
    if primaries not in (*_PRIMARIES, _CUSTOM):
        raise ValueError(f"primaries {primaries} are not known")
    found = (*corners, xy)
    xyz_of_rgb(found)
    names = [name for name, known in PRIMARIES.values() if same_primaries(found, known)]
    return Encoding(f"{names[0] if names else 'RGB'} with {curve.name}", curve, found, _CARRIER)


def _xy(stream: Bits) -> tuple[float, float]:
    def coordinate() -> float:
        code = stream.number((0, 19), (524288, 19), (1048576, 20), (2097152, 21))
        return (code >> 1 ^ -(code & 1)) / 1e6

    x = coordinate()
    return x, coordinate()
