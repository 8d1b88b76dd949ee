"""The grey of an intermediate representation as a file: lossless, or lossy but exactly defined.

PNG and JPEG XL hold it without loss. Lossy is AVIF alone, whose decoding is specified to the bit;
that of JPEG and of lossy JPEG XL is not, and another decoder's grey would have other regions.
"""

from __future__ import annotations

import io
import struct

import numpy as np

from varcolor.errors import FormatError, InputError
from varcolor.image.decode.jpegxl import jpegxl_size
from varcolor.image.decode.pillow import size_of
from varcolor.image.formats import FORMATS, require_size, sniff
from varcolor.image.picture import Picture
from varcolor.image.read import parse
from varcolor.image.write import content
from varcolor.typing import Array, Shape

#: Formats of the grey by name, and what their files are called.
SUFFIXES = {"PNG": ".png", "JPEG XL": ".jxl", "AVIF": ".avif"}


def pack_gray(gray: Picture, fmt: str = "PNG") -> bytes:
    """Return a lossless file of a grey picture, with alpha and metadata as far as it holds them."""
    if fmt not in ("PNG", "JPEG XL"):
        raise InputError(f"gray format {fmt!r}: expected 'PNG' or 'JPEG XL'")
    return content(gray, FORMATS[fmt], name=gray.meta.source)[0]


def pack_lossy(gray: Array, quality: int) -> bytes:
    """Return a monochrome AVIF file of 8-bit grey (H, W).

    Parameters
    ----------
    gray : ndarray of uint8, shape (H, W)
        What to store.
    quality : int
        1 to 100.
    """
    from PIL import Image

    if not 1 <= quality <= 100:
        raise InputError(f"gray quality {quality}: expected 1 to 100")
    require_size(gray.shape, FORMATS["AVIF"], "the grey")
    buffer = io.BytesIO()
    image = Image.fromarray(np.repeat(gray[:, :, None], 3, axis=2))
    image.save(buffer, "AVIF", quality=quality, subsampling="4:0:0", speed=4)
    return buffer.getvalue()


def unpack_gray(data: bytes, source: str) -> Picture:
    """Return the grey picture of a file; RGB with equal channels counts as grey.

    Raises
    ------
    FileError
        If the file cannot be read.
    FormatError
        If it holds colours.
    """
    picture = parse(data, source)
    if not picture.is_gray:
        pixels = picture.pixels
        if (pixels != pixels[:, :, :1]).any():
            raise FormatError(f"{source}: holds a colour picture where a grey one is needed")
        picture = Picture(np.ascontiguousarray(pixels[:, :, 0]), picture.alpha, picture.meta)
    if picture.pixels.dtype not in (np.uint8, np.uint16):
        raise FormatError(f"{source}: holds floats; a grey of 8 or 16 bits is needed")
    return picture


def declared_shape(data: bytes) -> Shape | None:
    """Return the height and width that the head of a grey file states, without decoding it."""
    fmt = sniff(data[:32])
    size = None
    if fmt is not None and fmt.name == "PNG" and len(data) >= 24:
        size = struct.unpack(">II", data[16:24])
    elif fmt is not None and fmt.name == "JPEG XL":
        size = jpegxl_size(data)
    elif fmt is not None and fmt.name == "AVIF":
        try:
            size = size_of(data, fmt)
        except (OSError, ValueError, RuntimeError):
            return None
    return None if size is None else (size[1], size[0])


def decoder_of(data: bytes) -> str:
    """Return name and version of the library that decodes a grey file."""
    import imagecodecs
    import PIL
    from PIL import features

    fmt = sniff(data[:32])
    name = fmt.name if fmt else "unknown"
    if name == "AVIF":
        return f"Pillow {PIL.__version__} with libavif {features.version('avif')}"
    if name == "JPEG XL":
        return f"imagecodecs {imagecodecs.__version__} ({imagecodecs.jpegxl_version()})"
    return f"Pillow {PIL.__version__}"
