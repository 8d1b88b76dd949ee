"""Pictures that fit into a format to the content of a file, one function a format."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np

from varcolor.image.color import linearise
from varcolor.image.encode.metadata import texts_of
from varcolor.image.picture import Picture
from varcolor.image.profile import isobmff, jpegxl_color
from varcolor.image.profile.icc import srgb_profile
from varcolor.typing import Array

_JPEG_QUALITY = 95
#: Half the time of zlib's usual 6, for files that are at most 1 % larger.
_PNG_LEVEL = 3


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


#: Name of a format to what encodes a picture with a quality.
ENCODERS = {
    "PNG": _encode_png,
    "JPEG": _encode_jpeg,
    "TIFF": _encode_tiff,
    "WebP": _encode_webp,
    "AVIF": _encode_avif,
    "JPEG XL": _encode_jpegxl,
    "BMP": _encode_bmp,
}
