"""Write a picture file, whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.image.formats import Format, format_of
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.image.profile import srgb_profile
from varcolor.typing import Array, PathLike

_JPEG_QUALITY = 95
#: Half the time of zlib's usual 6, for files that are at most 1 % larger.
_PNG_LEVEL = 3


def write(picture: PictureLike, path: PathLike, *, quality: int | None = None) -> list[str]:
    """Write a picture; an existing file is replaced once the new one is complete.

    Parameters
    ----------
    picture : Picture or ndarray
        What to write.
    path : str or path
        Target; its extension chooses the format.
    quality : int, optional
        1..100, lossy. Without it everything but JPEG (95) and AVIF (90) is written lossless.

    Returns
    -------
    list of str
        What the format could not hold, in words; empty if everything was kept.

    Raises
    ------
    FileError
        If the format is unknown or the file cannot be written; nothing is left behind then.
    InputError
        If the quality is out of range.
    """
    picture, path = as_picture(picture), Path(path)
    fmt = format_of(path)
    if quality is not None and not 1 <= quality <= 100:
        raise InputError(f"quality {quality}: expected 1 to 100")
    data, notes = content(picture, fmt, quality)
    write_bytes(path, data)
    return notes


def content(picture: Picture, fmt: Format, quality: int | None = None) -> tuple[bytes, list[str]]:
    """Return the content of a file, and what the format could not hold; as `write`."""
    stored, notes = _fit(picture, fmt, quality)
    return _ENCODERS[fmt.name](stored, quality), notes


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write a file so that it appears complete or not at all.

    Raises
    ------
    FileError
        If the folder or the file cannot be made.
    """
    path = Path(path)
    partial = path.with_name(f".varcolor-{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _fit(picture: Picture, fmt: Format, quality: int | None) -> tuple[Picture, list[str]]:
    """Bring depth and alpha to what the format holds; tell what is lost."""
    notes = []
    pixels, alpha = picture.pixels, picture.alpha
    if alpha is not None and not fmt.alpha:
        notes.append(f"{fmt.name} holds no transparency: left out")
        alpha = None
    depth = 8 if quality is not None and fmt.name == "WebP" else fmt.depth
    if not (pixels.dtype == np.float32 and fmt.floats):
        target: Any = np.uint8 if pixels.dtype == np.uint8 or depth == 8 else np.uint16
        if pixels.dtype != target:
            if pixels.dtype == np.uint16:
                notes.append(f"{fmt.name} holds 8 bits: written with 8 instead of 16")
            elif not fmt.floats:
                notes.append(f"{fmt.name} holds no floats: written with {depth} bits")
            elif pixels.dtype == np.float64:
                target = np.float32
            pixels = _convert(pixels, target)
            alpha = None if alpha is None else _convert(alpha, target)
    if quality is not None and not fmt.lossy:
        notes.append(f"{fmt.name} is always lossless: the quality is not used")
    elif not fmt.lossless or quality is not None:
        notes.append(f"{fmt.name} is written lossy: stored levels differ slightly")
    return Picture(pixels, alpha, picture.meta), notes


def _convert(values: Array, target: Any) -> Array:
    if target is np.float32:
        return values.astype(np.float32)
    white = np.iinfo(target).max
    scale = white / (np.iinfo(values.dtype).max if values.dtype.kind == "u" else 1.0)
    return np.floor(values * scale + 0.5).astype(target)


def _channels(picture: Picture) -> Array:
    """Return the pixels with alpha as last channel."""
    if picture.alpha is None:
        return np.ascontiguousarray(picture.pixels)
    colors = picture.pixels[:, :, None] if picture.is_gray else picture.pixels
    return np.concatenate([colors, picture.alpha[:, :, None]], axis=2)


def _icc(picture: Picture) -> bytes | None:
    return srgb_profile() if picture.meta.profiled and not picture.is_gray else None


def _encode_png(picture: Picture, quality: int | None) -> bytes:
    import imagecodecs

    pixels = _channels(picture)
    # Room for a filter byte a row, which imagecodecs forgets: tall noise would not fit.
    room = pixels.nbytes + pixels.nbytes // 100 + 16 * pixels.shape[0] + 4096
    data = bytes(imagecodecs.png_encode(pixels, level=_PNG_LEVEL, out=room))
    chunks = b""
    icc = _icc(picture)
    if icc:
        chunks += _png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(icc))
    if picture.meta.dpi:
        per_meter = [round(v / 0.0254) for v in picture.meta.dpi]
        chunks += _png_chunk(b"pHYs", struct.pack(">IIB", *per_meter, 1))
    if picture.meta.exif:
        chunks += _png_chunk(b"eXIf", picture.meta.exif.removeprefix(b"Exif\0\0"))
    after_header = 8 + 25
    return data[:after_header] + chunks + data[after_header:]


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def _encode_pillow(picture: Picture, name: str, **options: Any) -> bytes:
    from PIL import Image

    image = Image.fromarray(_channels(picture))
    if picture.meta.exif:
        options["exif"] = picture.meta.exif
    icc = _icc(picture)
    if icc:
        options["icc_profile"] = icc
    if picture.meta.dpi:
        options["dpi"] = picture.meta.dpi
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def _encode_jpeg(picture: Picture, quality: int | None) -> bytes:
    options: dict[str, Any] = {"quality": quality or _JPEG_QUALITY, "optimize": True}
    if not picture.is_gray:
        options["subsampling"] = 0
    return _encode_pillow(picture, "JPEG", **options)


def _encode_webp(picture: Picture, quality: int | None) -> bytes:
    if max(picture.shape) > 16383:
        raise FileError("WebP holds at most 16383 x 16383 pixels: use PNG, TIFF or JPEG XL")
    lossless = quality is None
    return _encode_pillow(picture, "WEBP", lossless=lossless, quality=quality or 75, exact=True)


def _encode_avif(picture: Picture, quality: int | None) -> bytes:
    return _encode_pillow(picture, "AVIF", quality=quality or 90, subsampling="4:4:4")


def _encode_bmp(picture: Picture, quality: int | None) -> bytes:
    return _encode_pillow(picture, "BMP")


def _encode_jpegxl(picture: Picture, quality: int | None) -> bytes:
    import imagecodecs

    pixels = _channels(picture)
    if quality is None:
        return bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, effort=5))
    return bytes(imagecodecs.jpegxl_encode(pixels, level=quality, effort=5))


def _encode_tiff(picture: Picture, quality: int | None) -> bytes:
    import tifffile
    from PIL import Image

    texts = Image.Exif()
    if picture.meta.exif:
        texts.load(picture.meta.exif)
    extra = [
        (code, 2, 0, value, True)
        for code, value in texts.items()
        if isinstance(value, str) and value.isascii() and code not in (270, 305, 306)
    ]
    description = texts.get(270)
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        _channels(picture),
        photometric="minisblack" if picture.is_gray else "rgb",
        extrasamples=None if picture.alpha is None else ["unassalpha"],
        planarconfig=None if picture.is_gray and picture.alpha is None else "contig",
        compression="zlib",
        predictor=True,
        iccprofile=_icc(picture),
        resolution=picture.meta.dpi,
        resolutionunit="INCH" if picture.meta.dpi else None,
        description=description if isinstance(description, str) and description.isascii() else None,
        datetime=texts.get(306),
        software="varcolor",
        metadata=None,
        extratags=extra,
        bigtiff=picture.pixels.nbytes > 3 << 30,
    )
    return buffer.getvalue()


_ENCODERS = {
    "PNG": _encode_png,
    "JPEG": _encode_jpeg,
    "TIFF": _encode_tiff,
    "WebP": _encode_webp,
    "AVIF": _encode_avif,
    "JPEG XL": _encode_jpegxl,
    "BMP": _encode_bmp,
}
