"""What of a picture's metadata a file format can hold; the rest is left out and named."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from varcolor.image.formats import Format
from varcolor.image.picture import Meta

#: Dots per inch that a format can store; formats without an entry have them in EXIF or not at all.
_RESOLUTIONS = {
    "PNG": (0.02, 54e6),  # whole dots per metre, 1 to 2^31 - 1
    "BMP": (0.02, 54e6),
    "JPEG": (1.0, 65535.0),  # whole dots per inch in 16 bits
    "TIFF": (1e-4, 4294967295.0),  # a fraction of 32-bit numbers
}
_EXIF_HEAD = b"Exif\0\0"
#: Longest EXIF block with its head: the length of a JPEG segment has 16 bits.
_LONGEST_EXIF = {"JPEG": 65533}
_NO_EXIF = ("BMP", "JPEG XL")
#: Texts of an EXIF block that a TIFF file keeps as its own tags.
_TEXTS = {
    269: "document name",
    270: "description",
    271: "camera maker",
    272: "camera",
    285: "page name",
    315: "artist",
    316: "computer",
    33432: "copyright",
}
_DATE = 306
_DATE_FORM = re.compile(r"[0-9 ]{4}:[0-9 ]{2}:[0-9 ]{2} [0-9 ]{2}:[0-9 ]{2}:[0-9 ]{2}")


def fitted(meta: Meta, fmt: Format) -> tuple[Meta, list[str]]:
    """Return the metadata that a format is known to hold, and notes on what is left out."""
    notes = []
    if meta.dpi is not None:
        dpi = usable_resolution(meta.dpi)
        in_exif = (0.0, math.inf) if meta.exif and fmt.name not in _NO_EXIF else (math.inf, 0.0)
        low, high = _RESOLUTIONS.get(fmt.name, in_exif)
        if dpi is None or not low <= min(dpi) <= max(dpi) <= high:
            notes.append(f"the resolution {_shown(meta.dpi)} cannot be stored in {fmt.name}")
            dpi = None
        meta = replace(meta, dpi=dpi)
    if meta.exif:
        exif = _EXIF_HEAD + meta.exif.removeprefix(_EXIF_HEAD)
        if fmt.name in _NO_EXIF:
            notes.append(f"EXIF cannot be stored in {fmt.name}")
            meta = replace(meta, exif=None)
        elif len(exif) > _LONGEST_EXIF.get(fmt.name, len(exif)):
            notes.append(f"EXIF of {len(exif)} bytes is too long for {fmt.name}")
            meta = replace(meta, exif=None)
        elif fmt.name == "TIFF":
            notes += texts_of(meta.exif)[1]
        else:
            meta = replace(meta, exif=exif)
    return meta, [f"{note}: left out" for note in notes]


def usable_resolution(dpi: object) -> tuple[float, float] | None:
    """Return a resolution as two finite positive numbers; None for anything else."""
    try:
        x, y = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return (x, y) if 0 < x < math.inf and 0 < y < math.inf else None


def texts_of(exif: bytes | None) -> tuple[dict[int, str], list[str]]:
    """Return the texts of an EXIF block that TIFF tags can hold, and what is wrong with others."""
    if not exif:
        return {}, []
    from PIL import Image

    try:
        block = Image.Exif()
        block.load(exif)
        entries = dict(block.items())
    except Exception:  # whatever Pillow raises on a damaged block
        return {}, ["EXIF is damaged"]
    texts, wrong = {}, []
    for code, name in {**_TEXTS, _DATE: "date"}.items():
        value = entries.get(code)
        if value is None:
            continue
        if not isinstance(value, str) or not value.isascii() or "\0" in value:
            wrong.append(f"the {name} is no plain text")
        elif code == _DATE and not _DATE_FORM.fullmatch(value):
            wrong.append(f"the date {value[:30]!r} is not of the form YYYY:MM:DD HH:MM:SS")
        elif value:
            texts[code] = value
    return texts, wrong


def reduced(meta: Meta) -> Iterator[tuple[Meta, str]]:
    """Yield the metadata without each of its parts, and the name of the part."""
    if meta.exif:
        yield replace(meta, exif=None), "EXIF"
    if meta.dpi:
        yield replace(meta, dpi=None), "the resolution"
    if meta.profiled:
        yield replace(meta, profiled=False), "the colour profile"


def _shown(dpi: object) -> str:
    if isinstance(dpi, tuple | list) and all(isinstance(v, int | float) for v in dpi):
        return " x ".join(f"{v:g}" for v in dpi) + " dpi"
    return repr(dpi)[:60]
