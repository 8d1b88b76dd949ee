"""Formats that Pillow decodes: 8-bit PNG, JPEG, WebP, AVIF, BMP and GIF; metadata of others.

Pillow's own limit of 179 megapixels stands in `Image.open`, as a global of the whole program. The
plugins are called directly instead: `check_size` is the finer test, and nothing global changes.
"""

from __future__ import annotations

import importlib
import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from varcolor.backend.forks import held_over_forks
from varcolor.image.decode.raw import ORIENTATION, Raw, Unsupported, check_size, kind_by_channels
from varcolor.image.formats import Format
from varcolor.image.profile.icc import Kind
from varcolor.typing import Array

#: Pillow's plugin (module and opener) of each format.
_PLUGINS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "jpeg_factory"),
    "WebP": ("WebPImagePlugin", "WebPImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    # Of these the size alone is read by it.
    "PNM": ("PpmImagePlugin", "PpmImageFile"),
    "JPEG 2000": ("Jpeg2KImagePlugin", "Jpeg2KImageFile"),
}
# Filters of warnings belong to the whole program: one thread at a time.
_lock = held_over_forks(threading.Lock())


@contextmanager
def opened(data: bytes | BinaryIO, name: str) -> Iterator[Any]:
    """Open the content of a file, or an open file, of a format with Pillow; no pixel is decoded.

    Raises
    ------
    ValueError
        If Pillow does not recognise it.
    """
    from PIL import Image

    module, opener = _PLUGINS[name]
    factory = getattr(importlib.import_module(f"PIL.{module}"), opener)
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _recognised(factory, data) as image:
                yield image
        except Image.DecompressionBombError:  # of single frames, in a few plugins
            raise Unsupported(f"{name} of so many pixels") from None


def _recognised(factory: Any, data: bytes | BinaryIO) -> Any:
    try:
        return factory(io.BytesIO(data) if isinstance(data, bytes) else data, None)
    except (SyntaxError, IndexError, TypeError, KeyError, EOFError, struct.error):
        raise ValueError("its content is damaged or cut off") from None


def size_of(data: bytes | BinaryIO, fmt: Format) -> tuple[int, int]:
    """Return the width and height that the head of a file, or of an open file, states.

    Raises
    ------
    ValueError
        If Pillow does not know the format, or not the content.
    """
    if fmt.name not in _PLUGINS:
        raise ValueError(f"{fmt.name} is not read by Pillow")
    with opened(data, fmt.name) as image:
        width, height = image.size
    return width, height


def decode_pillow(data: bytes, fmt: Format) -> Raw:
    """Decode 8-bit formats with Pillow."""
    with opened(data, fmt.name) as image:
        bits = 1 / 8 if image.mode == "1" else len(image.getbands())
        check_size(data, image.size, bits, fmt)
        return _from_pillow(image)


def _from_pillow(image: Any) -> Raw:
    notes: list[str] = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        notes.append(f"the file holds {frames} frames; the first one is used")
    exif, orientation = exif_of(image, notes)
    icc = image.info.get("icc_profile")
    dpi = _dpi(image)
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
        raise Unsupported(f"pictures of Pillow mode {mode!r}")
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
        dpi=dpi,
        notes=notes,
    )


def exif_of(image: Any, notes: list[str]) -> tuple[bytes | None, int]:
    """Return the EXIF data without the orientation, and the orientation."""
    try:
        return split_exif(image.getexif())
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error, ArithmeticError):
        notes.append("its EXIF data are damaged: left out")
        return None, 1


def split_exif(exif: Any) -> tuple[bytes | None, int]:
    """Return Pillow's EXIF as bytes without the orientation, and the orientation."""
    orientation = int(exif.get(ORIENTATION, 1))
    exif.pop(ORIENTATION, None)
    return (exif.tobytes() if len(exif) else None), orientation


def _dpi(image: Any) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return None
    return (x, y) if min(x, y) > 0 else None


def _without_color(image: Any) -> Any:
    """Return an RGB(A) image as L(A) if all its colours are grey."""
    values = np.asarray(image)
    if (values[..., 0] == values[..., 1]).all() and (values[..., 1] == values[..., 2]).all():
        return image.convert("LA" if image.mode == "RGBA" else "L")
    return image


def with_pillow_metadata(pixels: Array, data: bytes, fmt: Format) -> Raw:
    """Combine pixels from another decoder with the profile, EXIF and dpi that Pillow reads."""
    notes: list[str] = []
    with opened(data, fmt.name) as image:
        exif, orientation = exif_of(image, notes)
        icc, dpi = image.info.get("icc_profile"), _dpi(image)
    return Raw(
        pixels,
        kind_by_channels(pixels),
        icc=bytes(icc) if icc else None,
        exif=exif,
        orientation=orientation,
        dpi=dpi,
        notes=notes,
    )
