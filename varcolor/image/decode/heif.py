"""AVIF (10 and 12 bits become 16, 8 bits go through Pillow) and HEIC (an extra)."""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.errors import MissingExtra
from varcolor.image.decode.pillow import decode_pillow, size_of, split_exif, with_pillow_metadata
from varcolor.image.decode.raw import Raw, check_size, kind_by_channels, widen
from varcolor.image.formats import Format
from varcolor.image.profile import isobmff


def decode_avif(data: bytes, fmt: Format) -> Raw:
    """Decode AVIF of all depths."""
    found = data.find(b"av1C")
    deep = found >= 0 and len(data) > found + 6 and bool(data[found + 6] & 0x40)
    if not deep:
        raw = decode_pillow(data, fmt)
        raw.encoding = isobmff.encoding(data)
        return raw
    import imagecodecs

    check_size(data, size_of(data, fmt), 8, fmt)
    pixels = np.asarray(imagecodecs.avif_decode(data, index=0))
    bits = 12 if data[found + 6] & 0x20 else 10
    raw = with_pillow_metadata(widen(pixels, bits), data, fmt)
    raw.encoding = isobmff.encoding(data)
    raw.notes.append(f"{bits}-bit AVIF: read as 16-bit")
    return raw


def decode_heic(data: bytes, fmt: Format) -> Raw:
    """Decode HEIC and HEIF.

    Raises
    ------
    MissingExtra
        If pillow-heif is not installed.
    """
    try:
        import pillow_heif
    except ImportError:
        raise MissingExtra(
            "HEIC pictures need another package: pip install 'varcolor[heic]' (or save the "
            "picture as JPEG or PNG)"
        ) from None
    from PIL import Image

    image: Any = pillow_heif.open_heif(data, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    bits = int(image.info.get("bit_depth", 8))
    check_size(data, image.size, len(image.mode.split(";")[0]) * (1 if bits == 8 else 2), fmt)
    pixels = np.asarray(image)
    raw = Raw(widen(pixels, bits), kind_by_channels(pixels))
    if bits != 8:
        raw.notes.append(f"{bits}-bit HEIC: read as 16-bit")
    if len(image) > 1:
        raw.notes.append(f"the file holds {len(image)} pictures; the main one is used")
    icc = image.info.get("icc_profile")
    raw.icc = bytes(icc) if icc else None
    raw.encoding = isobmff.encoding(data)
    if image.info.get("exif"):
        exif = Image.Exif()
        try:
            exif.load(image.info["exif"])
            raw.exif, _ = split_exif(exif)  # the decoder has turned it upright
        except (SyntaxError, ValueError, TypeError, KeyError, OSError):
            raw.notes.append("its EXIF data are damaged: left out")
    return raw
