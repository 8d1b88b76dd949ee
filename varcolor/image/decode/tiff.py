"""TIFF with tifffile: all depths, compressions and layouts that it knows."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from varcolor.image.decode.raw import ORIENTATION, Raw, Unsupported
from varcolor.image.decode.tiff_check import check_page
from varcolor.image.decode.tiff_colors import to_colors
from varcolor.image.formats import Format

#: TIFF tags that are carried over as EXIF: description, maker, model, date, artist, copyright.
_DESCRIPTION = 270
_TEXT_TAGS = (_DESCRIPTION, 271, 272, 306, 315, 33432)
#: Descriptions by which programs find the arrays in a file (tifffile, ImageJ, OME): they hold for
#: that file alone.
_LAYOUT = re.compile(r'\s*(\{"shape"|ImageJ=|<\?xml.*<OME|<OME)', re.DOTALL)
_ICC = 34675
#: Tags of raw camera files: DNG's version, and the pattern of a colour filter array.
_RAW_TAGS = (50706, 33422)
#: Photometric interpretations of sensor data.
_SENSOR = (32803, 34892)
_SUBFILE_TYPE, _SUB_IFDS = 254, 330


def decode_tiff(data: bytes, fmt: Format) -> Raw:
    """Decode the first page of a TIFF file."""
    import tifffile

    with complaints_of_tifffile() as complaints, tifffile.TiffFile(io.BytesIO(data)) as tif:
        pages = len(tif.pages)
        page: Any = tif.pages.first
        if _is_camera_raw(page, data):
            raise Unsupported("a raw camera file")
        check_page(page, data, fmt)
        depth = int(page.imagedepth)
        pixels = _pixels(page, data)
        raw = to_colors(page, pixels[0] if depth > 1 else pixels)
        if depth > 1:
            raw.notes.append(f"a volume of {depth} slices; the first one is used")
        if pages > 1:
            raw.notes.append(f"the file holds {pages} pages; the first one is used")
        tags = {tag.code: tag.value for tag in page.tags}
    if complaints:
        raw.notes.append(f"the file is damaged; read as far as possible ({complaints[0]})")
    if _ICC in tags and raw.icc is None and page.photometric not in (8, 9, 10):
        raw.icc = bytes(tags[_ICC])
    raw.orientation = int(tags.get(ORIENTATION, 1))
    raw.dpi = _dpi(tags)
    raw.exif = _texts(tags)
    return raw


def _pixels(page: Any, data: bytes) -> Any:
    """Return the samples; YCbCr without JPEG as RGB, which libtiff knows how to make."""
    jpeg = page.compression in (7, 33007, 34892)
    if page.photometric != 6 or jpeg:
        return page.asarray()
    import imagecodecs

    if page.bitspersample != 8 or page.samplesperpixel != 3:
        raise Unsupported(f"{page.bitspersample}-bit YCbCr in TIFF")
    return np.asarray(imagecodecs.tiff_decode(data, asrgb=True))[..., :3]


def _is_camera_raw(page: Any, data: bytes) -> bool:
    """Return whether a file is a camera's own: by its tags, or a preview with the raw behind it."""
    if page.photometric in _SENSOR or any(code in page.tags for code in _RAW_TAGS):
        return True
    preview = _SUBFILE_TYPE in page.tags and bool(int(page.tags[_SUBFILE_TYPE].value) & 1)
    return data[8:10] == b"CR" or (preview and _SUB_IFDS in page.tags)


@contextmanager
def complaints_of_tifffile() -> Iterator[list[str]]:
    """Collect what tifffile logs instead of printing it."""
    messages: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(  # type: ignore[method-assign]
        re.sub(r"<[^>]*>\s*", "", record.getMessage())
    )
    logger = logging.getLogger("tifffile")
    before = logger.propagate
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def _dpi(tags: dict[int, Any]) -> tuple[float, float] | None:
    def value(code: int) -> float:
        entry = tags.get(code, 0)
        pair = entry if isinstance(entry, tuple) else (entry, 1)
        return float(pair[0]) / float(pair[1]) if pair[1] else 0.0

    unit = {2: 1.0, 3: 2.54}.get(int(tags.get(296, 2)))
    x, y = value(282), value(283)
    return (x * unit, y * unit) if unit and x > 1 and y > 1 else None


def _texts(tags: dict[int, Any]) -> bytes | None:
    from PIL import Image

    exif = Image.Exif()
    for code in _TEXT_TAGS:
        text = tags.get(code)
        if isinstance(text, str) and text and not (code == _DESCRIPTION and _LAYOUT.match(text)):
            exif[code] = text
    return exif.tobytes() if len(exif) else None
