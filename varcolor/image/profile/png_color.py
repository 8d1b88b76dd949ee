"""What a PNG file says about its colours: cICP, then iCCP, then sRGB, then gAMA and cHRM.

sBIT needs nothing: sample values are scaled to the full depth whatever it says.

References
----------
Portable Network Graphics (PNG) Specification, third edition, W3C 2025: 4.3 (order), 11.3.2.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from varcolor.image.profile.encoding import (
    BT709,
    SRGB,
    Chromaticities,
    Encoding,
    by_code_points,
    gamma,
    same_primaries,
    xyz_of_rgb,
)

_SIGNATURE = 8
#: Largest ICC profile, in bytes, that is unpacked.
_LARGEST_PROFILE = 1 << 26
#: A file gamma this close to 1/2.2, in parts of it, stands for the sRGB curve.
_ORDINARY = 0.01


@dataclass(slots=True)
class Color:
    """What was found."""

    icc: bytes | None = None
    encoding: Encoding | None = None
    notes: list[str] = field(default_factory=list)


def chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the chunks before the pixel data, the first of each kind, with a right checksum."""
    found: dict[bytes, bytes] = {}
    position = _SIGNATURE
    while position + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        end = position + 8 + length
        if kind in (b"IDAT", b"IEND") or end + 4 > len(data):
            break
        content = data[position + 8 : end]
        if data[end : end + 4] == struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))):
            found.setdefault(kind, content)
        position = end + 4
    return found


def without_color(data: bytes) -> bytes:
    """Return the file without the chunks read here, as decoders stumble over damaged ones."""
    parts, position = [data[:_SIGNATURE]], _SIGNATURE
    while position + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        if kind in (b"IDAT", b"IEND"):
            break
        if kind not in _READERS:
            parts.append(data[position : position + 12 + length])
        position += 12 + length
    return b"".join([*parts, data[position:]])


def color(data: bytes) -> Color:
    """Return what the chunk of the highest rank that can be used says.

    Parameters
    ----------
    data : bytes
        A whole PNG file.

    Returns
    -------
    Color
        With a profile or an encoding, or neither: sRGB. A chunk that cannot be used leaves a
        note and the word to the next.
    """
    found, result = chunks(data), Color()
    for kind, reader in _READERS.items():
        if kind not in found:
            continue
        try:
            if reader(found, result):
                break
        except (ValueError, struct.error, zlib.error) as error:
            result.notes.append(f"its {kind.decode()} chunk cannot be used ({error}): left out")
    return result


def _cicp(found: dict[bytes, bytes], result: Color) -> bool:
    primaries, transfer, matrix, full = struct.unpack("BBBB", found[b"cICP"])
    if matrix != 0 or full > 1:
        raise ValueError("only RGB is allowed in PNG")
    encoding = by_code_points(primaries, transfer, "cICP chunk", full_range=bool(full))
    if encoding is None:
        raise ValueError(f"primaries {primaries} with transfer function {transfer} is not known")
    result.encoding = encoding
    return True


def _iccp(found: dict[bytes, bytes], result: Color) -> bool:
    name, _, packed = found[b"iCCP"].partition(b"\0")
    if not 1 <= len(name) <= 79 or packed[:1] != b"\0":
        raise ValueError("it is damaged")
    unpack = zlib.decompressobj()
    profile = unpack.decompress(packed[1:], _LARGEST_PROFILE)
    if not unpack.eof:
        raise ValueError("it is damaged")
    result.icc = profile
    return True


def _srgb(found: dict[bytes, bytes], result: Color) -> bool:
    return True


def _gama(found: dict[bytes, bytes], result: Color) -> bool:
    """Read gAMA and cHRM, either alone or together."""
    exponent, primaries = 0.0, BT709
    if b"gAMA" in found:
        (value,) = struct.unpack(">I", found[b"gAMA"])
        if not 1_000 <= value <= 1_000_000:
            raise ValueError(f"a gamma of {value / 100_000:g} is impossible")
        exponent = 100_000 / value
    if b"cHRM" in found:
        try:
            primaries = _chrm(found[b"cHRM"])
        except (ValueError, struct.error) as error:
            result.notes.append(f"its cHRM chunk cannot be used ({error}): left out")
    usual = same_primaries(primaries, BT709)
    ordinary = abs(exponent / 2.2 - 1) <= _ORDINARY
    if usual and (ordinary or not exponent):
        return True
    if not exponent:
        name, transfer, carrier = "other primaries", SRGB, "cHRM chunk"
    else:
        transfer = gamma(exponent)
        name = "linear light" if abs(exponent - 1) < 1e-6 else transfer.name
        carrier = "gAMA chunk" if usual else "gAMA and cHRM chunks"
    result.encoding = Encoding(name, transfer, primaries, carrier)
    return True


def _chrm(content: bytes) -> Chromaticities:
    values = [v / 100_000 for v in struct.unpack(">8i", content)]
    white, *rgb = zip(values[::2], values[1::2], strict=True)
    primaries = (*rgb, white)
    xyz_of_rgb(primaries)
    if white[0] <= 0 or white[1] <= 0 or white[0] + white[1] >= 1:
        raise ValueError("its white point is impossible")
    return primaries


_READERS = {b"cICP": _cicp, b"iCCP": _iccp, b"sRGB": _srgb, b"gAMA": _gama, b"cHRM": _gama}
