"""File bytes to raw pixels, one function per decoding library."""

from __future__ import annotations

import io
import logging
import re
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from varcolor.backend import memory
from varcolor.image import isobmff, jpegxl_color, png_color
from varcolor.image.encoding import Encoding
from varcolor.image.formats import Format
from varcolor.image.profile import Kind
from varcolor.typing import Array

#: EXIF tag of the orientation.
_ORIENTATION = 0x0112
#: TIFF tags that are carried over as EXIF: description, maker, model, date, artist, copyright.
_TIFF_TEXT_TAGS = (270, 271, 272, 306, 315, 33432)

_pillow_lock = threading.Lock()


@dataclass(slots=True)
class Raw:
    """Decoded pixels before orientation, profile and alpha have been dealt with."""

    pixels: Array
    """(H, W) or (H, W, C), colour channels first, then at most one alpha channel."""
    kind: Kind
    icc: bytes | None = None
    exif: bytes | None = None
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    notes: list[str] = field(default_factory=list)
    encoding: Encoding | None = None
    """What the file says of its colours by numbers; it comes before a profile."""


def check_size(data: bytes, size: tuple[int, int], bytes_per_pixel: float, fmt: Format) -> None:
    """Refuse a declared size that is empty, cannot come from so few bytes, or does not fit.

    Raises
    ------
    ValueError
        If the size is zero or the file is far too small for it.
    BackendError
        If the picture does not fit into memory.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"it declares a size of {width} x {height}")
    raw_size = width * height * bytes_per_pixel
    if raw_size > fmt.max_expansion * len(data):
        raise ValueError(
            f"it declares {width} x {height} pixels, but {len(data)} bytes are far too few for that"
        )
    memory.require(3 * width * height * max(bytes_per_pixel, 1), f"a {width} x {height} picture")


def decode_pillow(data: bytes, fmt: Format) -> Raw:
    """Decode 8-bit formats with Pillow."""
    from PIL import Image

    # Pillow refuses pictures above 179 megapixels as bombs; check_size is the finer test here.
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image: Any = Image.open(io.BytesIO(data))
            bits = 1 / 8 if image.mode == "1" else len(image.getbands())
            check_size(data, image.size, bits, fmt)
            raw = _from_pillow(image)
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    return raw


def _from_pillow(image: Any) -> Raw:
    notes: list[str] = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        notes.append(f"the file holds {frames} frames; the first one is used")
    exif, orientation = _exif(image, notes)
    icc = image.info.get("icc_profile")
    dpi = image.info.get("dpi")
    mode = image.mode
    if mode == "1":
        notes.append("1-bit picture: read as 8-bit grey")
        image = image.convert("L")
    elif mode in ("P", "PA"):
        image = image.convert("RGBA" if mode == "PA" or "transparency" in image.info else "RGB")
        image = _without_color(image)
        notes.append(f"palette picture: read as {'grey' if image.mode[0] == 'L' else 'RGB'}")
        icc = None if image.mode[0] == "L" else icc
    elif mode in ("L", "RGB") and "transparency" in image.info:
        image = image.convert(mode + "A")
    elif mode == "YCbCr":
        image = image.convert("RGB")
    elif mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        raise ValueError(f"pictures of Pillow mode {mode!r} are not supported")
    kind: Kind = {"L": "gray", "R": "rgb", "C": "cmyk"}[image.mode[0]]  # type: ignore[assignment]
    if kind == "cmyk" and not icc:
        image, kind = image.convert("RGB"), "rgb"
        notes.append("CMYK without a profile: converted to RGB by the plain formula")
    return Raw(
        np.asarray(image),
        kind,
        icc=bytes(icc) if icc else None,
        exif=exif,
        orientation=orientation,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 0 else None,
        notes=notes,
    )


def _exif(image: Any, notes: list[str]) -> tuple[bytes | None, int]:
    """Return the EXIF data without the orientation, and the orientation."""
    try:
        exif = image.getexif()
        orientation = int(exif.get(_ORIENTATION, 1))
        exif.pop(_ORIENTATION, None)
        return (exif.tobytes() if len(exif) else None), orientation
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        notes.append("its EXIF data are damaged: left out")
        return None, 1


def _without_color(image: Any) -> Any:
    """Return an RGB(A) image as L(A) if all its colours are grey."""
    values = np.asarray(image)
    if (values[..., 0] == values[..., 1]).all() and (values[..., 1] == values[..., 2]).all():
        return image.convert("LA" if image.mode == "RGBA" else "L")
    return image


def decode_png(data: bytes, fmt: Format) -> Raw:
    """Decode PNG: 16-bit pixels with libpng (Pillow would cut them to 8 bit), else Pillow."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise ValueError("its header is incomplete")
    color = png_color.color(data)
    raw = _png_pixels(png_color.without_color(data), fmt)
    raw.icc, raw.encoding = color.icc, color.encoding
    raw.notes += color.notes
    return raw


def _png_pixels(data: bytes, fmt: Format) -> Raw:
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    if depth != 16:
        return decode_pillow(data, fmt)
    check_size(data, (width, height), 2 * {0: 1, 2: 3, 4: 2, 6: 4}.get(color, 4), fmt)
    import imagecodecs

    pixels = np.asarray(imagecodecs.png_decode(data))
    return _with_pillow_metadata(pixels, data)


def decode_avif(data: bytes, fmt: Format) -> Raw:
    """Decode AVIF: 10 and 12 bits become 16, 8 bits go through Pillow."""
    found = data.find(b"av1C")
    deep = found >= 0 and len(data) > found + 6 and bool(data[found + 6] & 0x40)
    if not deep:
        raw = decode_pillow(data, fmt)
        raw.encoding = isobmff.encoding(data)
        return raw
    import imagecodecs
    from PIL import Image

    with Image.open(io.BytesIO(data)) as header:
        check_size(data, header.size, 8, fmt)
    pixels = np.asarray(imagecodecs.avif_decode(data))
    bits = 12 if data[found + 6] & 0x20 else 10
    raw = _with_pillow_metadata(_widen(pixels, bits), data)
    raw.encoding = isobmff.encoding(data)
    raw.notes.append(f"{bits}-bit AVIF: read as 16-bit")
    return raw


def _widen(pixels: Array, bits: int) -> Array:
    """Scale unsigned values of ``bits`` bits to 16 bits, rounding."""
    top = (1 << bits) - 1
    return ((pixels.astype(np.uint32) * 65535 + top // 2) // top).astype(np.uint16)


def _with_pillow_metadata(pixels: Array, data: bytes) -> Raw:
    """Combine pixels from another decoder with the profile, EXIF and dpi that Pillow reads."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image: Any = Image.open(io.BytesIO(data))
        notes: list[str] = []
        exif, orientation = _exif(image, notes)
        icc, dpi = image.info.get("icc_profile"), image.info.get("dpi")
    return Raw(
        pixels,
        _kind_by_channels(pixels),
        icc=bytes(icc) if icc else None,
        exif=exif,
        orientation=orientation,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 0 else None,
        notes=notes,
    )


def _kind_by_channels(pixels: Array) -> Kind:
    return "gray" if pixels.ndim == 2 or pixels.shape[2] <= 2 else "rgb"


def decode_jpegxl(data: bytes, fmt: Format) -> Raw:
    """Decode JPEG XL (8, 16 bit and float)."""
    import imagecodecs

    size = jpegxl_size(data)
    if size is not None:
        check_size(data, size, 8, fmt)
    data = jpegxl_color.decodable(data)
    pixels = np.asarray(imagecodecs.jpegxl_decode(data))
    notes = []
    if pixels.ndim == 4:
        notes.append(f"the file holds {len(pixels)} frames; the first one is used")
        pixels = pixels[0]
    raw = Raw(pixels, _kind_by_channels(pixels), notes=notes)
    raw.icc, raw.encoding, said = jpegxl_color.of_pixels(data, pixels.dtype)
    notes += said
    return raw


def jpegxl_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height from a JPEG XL header; None if it is not where it should be.

    Source: ISO/IEC 18181-1, SizeHeader; in a container the codestream lies in ``jxlc``/``jxlp``.
    """
    start = 0 if data[:2] == b"\xff\x0a" else data.find(b"\xff\x0a", data.find(b"jxl", 20))
    if start < 0:
        return None
    bits = int.from_bytes(data[start + 2 : start + 14].ljust(12, b"\0"), "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    small = take(1)

    def dimension() -> int:
        return 8 * (take(5) + 1) if small else take((9, 13, 18, 30)[take(2)]) + 1

    height = dimension()
    ratio = take(3)
    if ratio == 0:
        return dimension(), height
    over, under = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return height * over // under, height


def decode_tiff(data: bytes, fmt: Format) -> Raw:
    """Decode TIFF with tifffile: all depths, compressions and layouts that it knows."""
    import tifffile

    with _log_of_tifffile() as complaints, tifffile.TiffFile(io.BytesIO(data)) as tif:
        pages = len(tif.pages)
        page: Any = tif.pages.first
        samples, item = page.samplesperpixel, max(page.dtype.itemsize if page.dtype else 1, 1)
        check_size(data, (page.imagewidth, page.imagelength), samples * item, fmt)
        _check_segments(page, len(data))
        pixels = page.asarray()
        depth = int(page.imagedepth)
        raw = _tiff_colors(page, pixels[0] if depth > 1 else pixels)
        if depth > 1:
            raw.notes.append(f"a volume of {depth} slices; the first one is used")
        if pages > 1:
            raw.notes.append(f"the file holds {pages} pages; the first one is used")
        tags = {tag.code: tag.value for tag in page.tags}
    if complaints:
        raw.notes.append(f"the file is damaged; read as far as possible ({complaints[0]})")
    raw.icc = bytes(tags[34675]) if 34675 in tags else None
    raw.orientation = int(tags.get(_ORIENTATION, 1))
    raw.dpi = _tiff_dpi(tags)
    raw.exif = _tiff_texts(tags)
    return raw


@contextmanager
def _log_of_tifffile() -> Iterator[list[str]]:
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


def _check_segments(page: Any, size: int) -> None:
    """Refuse a file that ends before its pixel data (tifffile would fill in zeros)."""
    ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False) if n]
    if not ends or max(ends) > size:
        raise ValueError("it ends before its pixel data: the file is truncated")


def _tiff_colors(page: Any, pixels: Array) -> Raw:
    """Bring TIFF's photometric interpretations and sample layouts to channels-last colours."""
    notes: list[str] = []
    photometric = page.photometric.name
    if page.planarconfig == 2 and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    if photometric == "PALETTE":
        pixels = np.moveaxis(np.asarray(page.colormap), 0, -1)[pixels]
        notes.append("palette picture: read as RGB")
        kind: Kind = "rgb"
    elif photometric in ("MINISBLACK", "MINISWHITE"):
        kind = "gray"
    elif photometric in ("RGB", "YCBCR"):
        kind = "rgb"  # tifffile has converted JPEG-compressed YCbCr to RGB
    elif photometric == "SEPARATED":
        kind = "cmyk"
    else:
        raise ValueError(f"TIFF pictures of kind {photometric} are not supported")
    if pixels.dtype == np.bool_ or page.bitspersample == 1:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
        notes.append("1-bit picture: read as 8-bit grey")
    elif page.bitspersample in (2, 4):
        pixels = (pixels * (255 // ((1 << page.bitspersample) - 1))).astype(np.uint8)
    elif 8 < page.bitspersample < 16:
        pixels = _widen(pixels, page.bitspersample)
        notes.append(f"{page.bitspersample}-bit picture: read as 16-bit")
    if photometric == "MINISWHITE":
        pixels = (1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max) - pixels
    colors = {"gray": 1, "rgb": 3, "cmyk": 4}[kind]
    if pixels.ndim == 3:
        extras = [int(e) for e in page.extrasamples]
        keep_alpha = bool(extras) and extras[0] in (1, 2)
        if pixels.shape[2] > colors + keep_alpha:
            notes.append(f"{pixels.shape[2] - colors - keep_alpha} extra channels are left out")
        pixels = pixels[:, :, : colors + keep_alpha]
        if keep_alpha and extras[0] == 1:
            pixels = _unassociate(pixels)
            notes.append("alpha was premultiplied; the colours were divided by it")
    if kind == "cmyk" and 34675 not in page.tags:
        pixels, kind = _plain_cmyk(pixels), "rgb"
        notes.append("CMYK without a profile: converted to RGB by the plain formula")
    return Raw(pixels, kind, notes=notes)


def _unassociate(pixels: Array) -> Array:
    """Divide premultiplied colours by their alpha (last channel)."""
    white = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., -1:].astype(np.float64)
    colors = pixels[..., :-1] * (white / np.where(alpha > 0, alpha, white))
    colors = np.minimum(colors if white == 1 else np.floor(colors + 0.5), white)
    return np.concatenate([colors.astype(pixels.dtype), pixels[..., -1:]], axis=-1)


def _plain_cmyk(pixels: Array) -> Array:
    white = np.float64(np.iinfo(pixels.dtype).max)
    ink = pixels[..., :4].astype(np.float64) / white
    rgb = (1 - ink[..., :3]) * (1 - ink[..., 3:])
    return np.floor(rgb * white + 0.5).astype(pixels.dtype)


def _tiff_dpi(tags: dict[int, Any]) -> tuple[float, float] | None:
    def value(code: int) -> float:
        entry = tags.get(code, 0)
        pair = entry if isinstance(entry, tuple) else (entry, 1)
        return float(pair[0]) / float(pair[1]) if pair[1] else 0.0

    unit = {2: 1.0, 3: 2.54}.get(int(tags.get(296, 2)))
    x, y = value(282), value(283)
    return (x * unit, y * unit) if unit and x > 1 and y > 1 else None


def _tiff_texts(tags: dict[int, Any]) -> bytes | None:
    from PIL import Image

    exif = Image.Exif()
    for code in _TIFF_TEXT_TAGS:
        if isinstance(tags.get(code), str) and tags[code]:
            exif[code] = tags[code]
    return exif.tobytes() if len(exif) else None
