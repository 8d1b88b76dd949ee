"""Read a picture file: decode, turn upright, convert to sRGB."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from varcolor.errors import BackendError, FileError, InputError, MissingExtra
from varcolor.image import foreign, formats
from varcolor.image.decode.bmp import decode_bmp
from varcolor.image.decode.heif import decode_avif, decode_heic
from varcolor.image.decode.jpeg import decode_jpeg
from varcolor.image.decode.jpeg2000 import decode_jpeg2000
from varcolor.image.decode.jpegxl import decode_jpegxl
from varcolor.image.decode.pillow import decode_pillow
from varcolor.image.decode.png import decode_png
from varcolor.image.decode.pnm import decode_pnm
from varcolor.image.decode.raw import Raw, Unsupported
from varcolor.image.decode.tiff import decode_tiff
from varcolor.image.decode.webp import decode_webp
from varcolor.image.picture import Meta, Picture, as_picture
from varcolor.image.profile.manage import to_srgb
from varcolor.image.special import open_regular
from varcolor.typing import Array, PathLike

_DECODERS = {
    "PNG": decode_png,
    "JPEG": decode_jpeg,
    "TIFF": decode_tiff,
    "WebP": decode_webp,
    "AVIF": decode_avif,
    "JPEG XL": decode_jpegxl,
    "BMP": decode_bmp,
    "JPEG 2000": decode_jpeg2000,
    "PNM": decode_pnm,
    "GIF": decode_pillow,
    "HEIC": decode_heic,
}

# What the decoding libraries raise on broken files; imagecodecs' errors are RuntimeErrors.
_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    SyntaxError,
    EOFError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    struct.error,
    zlib.error,
)


def read_bytes(path: PathLike) -> bytes:
    """Return a file's content.

    Raises
    ------
    FileError
        If it is missing, empty, unreadable, or no regular file: a folder, pipe, socket or device.
    """
    path = Path(path)
    try:
        with open(open_regular(path), "rb") as file:
            data = file.read()
    except FileError:
        raise
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    if not data:
        raise FileError(f"{path}: the file is empty")
    return data


def read(path: PathLike) -> Picture:
    """Read a picture file.

    PNG, JPEG (12-bit and lossless, too), TIFF, WebP, AVIF, JPEG XL, BMP, JPEG 2000, PNM and GIF
    (the first frame); HEIC with an extra. 1 to 16 bits, float TIFF and PFM; grey, RGB, palette,
    CMYK, L*a*b* and YCbCr; with alpha. Depths between 8 and 16 bits become 16. The format is
    recognised by content. EXIF orientation is applied; ICC profiles and the colour encodings that
    PNG, AVIF, HEIC and JPEG XL name by numbers are converted to sRGB; `Picture.meta.notes` tells
    what was converted.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Picture
        With the file's own depth.

    Raises
    ------
    FileError
        If the file is missing, broken, truncated, too large or of an unknown kind; the message
        names the file.
    """
    return parse(read_bytes(path), str(path))


def parse(data: bytes, source: str) -> Picture:
    """Return the picture that the content of a file holds; as `read`.

    Parameters
    ----------
    data : bytes
        The content.
    source : str
        Name for messages.
    """
    fmt = formats.sniff(data[: formats.HEAD])
    if fmt is None:
        what = foreign.described(data) or "not a picture"
        raise FileError(f"{source}: {what} (varcolor reads {', '.join(formats.FORMATS)})")
    try:
        decode = _DECODERS.get(fmt.name) or formats.plugin_of(fmt).decode
        raw = decode(data, fmt)
        return _finish(raw, source)
    except (BackendError, MissingExtra) as error:
        raise FileError(f"{source}: {error}") from None
    except MemoryError:
        raise FileError(f"{source}: too large for the memory of this machine") from None
    except InputError as error:
        raise FileError(str(error)) from None
    except Unsupported as error:
        raise FileError(f"{source}: {error} is not supported; {foreign.ADVICE}") from None
    except _BROKEN as error:
        message = str(error).strip() or type(error).__name__
        raise FileError(f"{source}: broken {fmt.name} file: {message}") from None


def _finish(raw: Raw, source: str) -> Picture:
    """Apply profile and orientation and split off alpha."""
    colors = {"gray": 1, "rgb": 3, "cmyk": 4}[raw.kind]
    pixels, notes = raw.pixels, list(raw.notes)
    alpha: Array | None = None
    if pixels.ndim == 3:
        if pixels.shape[2] > colors:
            alpha = pixels[:, :, colors]
        pixels = pixels[:, :, 0] if colors == 1 else pixels[:, :, :colors]
    pixels, profiled, said = to_srgb(pixels, raw.kind, raw.icc, raw.encoding)
    notes += said
    pixels = upright(pixels, raw.orientation)
    if raw.orientation in range(2, 9):
        notes.append(f"turned upright (EXIF orientation {raw.orientation})")
    dpi = raw.dpi[::-1] if raw.dpi and raw.orientation >= 5 else raw.dpi
    picture = as_picture(pixels, source)
    if alpha is not None:
        upright_alpha = as_picture(upright(alpha, raw.orientation), source).pixels
        alpha = None if (upright_alpha == picture.maximum).all() else upright_alpha
    meta = Meta(source, profiled, raw.exif, dpi, tuple(notes))
    return Picture(picture.pixels, alpha, meta)


def upright(pixels: Array, orientation: int) -> Array:
    """Undo an EXIF orientation (1 to 8; anything else is taken as 1)."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
