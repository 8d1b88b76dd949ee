"""Write a picture file, whole or not at all."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError, VarcolorError
from varcolor.image.color import linearise
from varcolor.image.formats import Format, format_of, plugin_of, require_size
from varcolor.image.metadata import fitted, reduced, texts_of
from varcolor.image.picture import Meta, Picture, PictureLike, as_picture
from varcolor.image.profile import isobmff, jpegxl_color
from varcolor.image.profile.icc import srgb_profile
from varcolor.image.publish import write_files
from varcolor.typing import Array, PathLike

_JPEG_QUALITY = 95
#: Half the time of zlib's usual 6, for files that are at most 1 % larger.
_PNG_LEVEL = 3


def write(
    picture: PictureLike,
    path: PathLike,
    *,
    quality: int | None = None,
    replace: bool = True,
) -> list[str]:
    """Write a picture; an existing file is replaced once the new one is complete.

    Metadata that the format cannot hold never costs the picture: it is left out, with a note.

    Parameters
    ----------
    picture : Picture or ndarray
        What to write.
    path : str or path
        Target; its extension chooses the format.
    quality : int, optional
        1..100, lossy. Without it everything but JPEG (95) and AVIF (90) is written lossless.
    replace : bool
        Whether an existing file is replaced; its mode and, where possible, its owner are kept.

    Returns
    -------
    list of str
        What the format could not hold, in words; empty if everything was kept.

    Raises
    ------
    FileError
        If the format is unknown or too small for the picture, the file exists and may not be
        replaced, or cannot be written; nothing is left behind then.
    InputError
        If the quality is out of range.
    """
    picture, path = as_picture(picture), Path(path)
    fmt = format_of(path)
    if quality is not None and not 1 <= quality <= 100:
        raise InputError(f"quality {quality}: expected 1 to 100")
    data, notes = content(picture, fmt, quality, name=str(path))
    write_files({path: data}, replace=replace)
    return notes


def content(
    picture: Picture, fmt: Format, quality: int | None = None, name: str = "the picture"
) -> tuple[bytes, list[str]]:
    """Return the content of a file, and what the format could not hold; as `write`."""
    require_size(picture.shape, fmt, name)
    stored, notes = _fit(picture, fmt, quality)
    meta, left_out = fitted(stored.meta, fmt)
    data, more = _encoded(replaced(stored, meta=meta), fmt, quality, name)
    return data, [*notes, *left_out, *more]


def _encoded(
    picture: Picture, fmt: Format, quality: int | None, name: str
) -> tuple[bytes, list[str]]:
    """Encode with as much of the metadata as the encoder takes; tell what it refused."""
    encode = _ENCODERS.get(fmt.name) or plugin_of(fmt).encode
    if encode is None:
        raise FileError(f"{name}: {fmt.name} is only read")
    try:
        return encode(picture, quality), []
    except (VarcolorError, MemoryError):
        raise
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
    parts = list(reduced(picture.meta))
    bare = replaced(picture, meta=Meta(picture.meta.source))
    try:
        plain = encode(bare, quality)
    except (VarcolorError, MemoryError):
        raise
    except Exception as error:
        raise FileError(f"{name}: cannot be written as {fmt.name} ({error})") from None
    for meta, part in parts:
        try:
            data = encode(replaced(picture, meta=meta), quality)
        except Exception:
            continue
        return data, [f"{part} cannot be stored in {fmt.name} ({reason}): left out"]
    lost = " and ".join(part for _, part in parts)
    return plain, [f"{lost} cannot be stored in {fmt.name} ({reason}): left out"]


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write a file so that it appears complete or not at all.

    Raises
    ------
    FileError
        If the folder or the file cannot be made.
    """
    write_files({Path(path): data})


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
        elif pixels.dtype == np.uint16 and depth < 16:
            notes.append(f"{fmt.name} holds {depth} bits: written with {depth} instead of 16")
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
    lossless = quality is None
    return _encode_pillow(picture, "WEBP", lossless=lossless, quality=quality or 75, exact=True)


def _encode_avif(picture: Picture, quality: int | None) -> bytes:
    if picture.pixels.dtype == np.uint16:
        return _encode_deep_avif(picture, quality or 90)
    return _encode_pillow(picture, "AVIF", quality=quality or 90, subsampling="4:4:4")


def _encode_deep_avif(picture: Picture, quality: int) -> bytes:
    """Encode 12 bits, which Pillow cannot; greys come out lossless."""
    import imagecodecs

    data = bytes(
        imagecodecs.avif_encode(
            ((_channels(picture).astype(np.uint32) * 4095 + 32767) // 65535).astype(np.uint16),
            quality,
            speed=6,
            bitspersample=12,
            pixelformat="400" if picture.is_gray else "444",
            primaries=imagecodecs.AVIF.COLOR_PRIMARIES.BT709,
            transfer=imagecodecs.AVIF.TRANSFER_CHARACTERISTICS.SRGB,
            matrix=imagecodecs.AVIF.MATRIX_COEFFICIENTS.BT601,
        )
    )
    return isobmff.with_exif(data, picture.meta.exif) if picture.meta.exif else data


def _encode_bmp(picture: Picture, quality: int | None) -> bytes:
    return _encode_pillow(picture, "BMP")


def _encode_jpegxl(picture: Picture, quality: int | None) -> bytes:
    import imagecodecs

    pixels = _channels(picture)
    deep = pixels.dtype == np.uint16
    if quality is None:
        data = bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, effort=5))
    else:
        if deep:  # the encoder takes 16-bit values for linear light, and marks the file so
            pixels = pixels.copy()
            colors = pixels[..., : 3 if pixels.ndim == 3 and pixels.shape[2] > 2 else 1]
            if pixels.ndim == 2:
                colors = pixels
            colors[...] = np.floor(linearise(colors / 65535) * 65535 + 0.5)
        data = bytes(imagecodecs.jpegxl_encode(pixels, level=quality, effort=5))
    return jpegxl_color.marked_srgb(data) if deep else data


def _encode_tiff(picture: Picture, quality: int | None) -> bytes:
    import tifffile

    texts = texts_of(picture.meta.exif)[0]
    pixels = _channels(picture)
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        pixels,
        photometric="minisblack" if picture.is_gray else "rgb",
        extrasamples=None if picture.alpha is None else ["unassalpha"],
        planarconfig=None if picture.is_gray and picture.alpha is None else "contig",
        compression="zlib",
        predictor=True,
        iccprofile=_icc(picture),
        resolution=picture.meta.dpi,
        resolutionunit="INCH" if picture.meta.dpi else None,
        description=texts.get(270),
        datetime=texts.get(306),
        software="varcolor",
        metadata=None,
        extratags=[(c, 2, 0, text, True) for c, text in texts.items() if c not in (270, 306)],
        bigtiff=pixels.nbytes > 3 << 30,
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
