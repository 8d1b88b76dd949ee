"""A file of every kind that is read, with the levels that were stored in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from tests.image.builders import (
    Array,
    Sample,
    adobe_rgb,
    bmp,
    gray8,
    in_gamut,
    lab_of,
    lab_tiff,
    packed_rows,
    pillow,
    png,
    png_chunk,
    rgb8,
    rgb16,
    scaled,
    smooth,
    srgb_curve,
    tiff,
    with_profile,
)


def samples() -> Iterator[Sample]:
    """Yield a file of every kind."""
    yield from _tiffs()
    yield from _jpegs()
    yield from _pnms()
    yield from _others()


def _tiffs() -> Iterator[Sample]:
    gray, rgb, deep = gray8(), rgb8(), rgb16()
    for bits in (1, 2, 4, 6, 8, 10, 12, 14, 16):
        few = (deep[..., 0] >> (16 - bits)).astype(np.uint8 if bits <= 8 else np.uint16)
        full = scaled(few, bits)
        for name, levels in (("minisblack", full), ("miniswhite", ~full)):

            def write(few: Array = few, name: str = name, bits: int = bits) -> bytes:
                return tiff(few, photometric=name, bitspersample=bits)

            yield Sample("TIFF", f"{bits}-bit grey, {name}", write, levels, error=1e-9)
    for compression in ("none", "lzw", "zlib", "packbits", "lzma", "zstd", "webp", "jpegxl"):
        for layout in ({"tile": (16, 16)}, {"rowsperstrip": 8}):

            def pack(compression: str = compression, layout: dict[str, Any] = layout) -> bytes:
                used = None if compression == "none" else compression
                return tiff(rgb, photometric="rgb", compression=used, **layout)

            cut = "tiles" if "tile" in layout else "strips"
            yield Sample("TIFF", f"8-bit RGB, {compression} in {cut}", pack, rgb)
    for kind in (np.float16, np.float32, np.float64):
        values = (rgb / 255).astype(kind)

        def floats(values: Array = values) -> bytes:
            return tiff(values, photometric="rgb")

        yield Sample("TIFF", f"{kind.__name__} RGB", floats, values.astype(float), error=1e-9)
    yield Sample(
        "TIFF",
        "uint32 RGB",
        lambda: tiff(deep.astype(np.uint32) * 65537, photometric="rgb"),
        deep,
    )
    yield Sample(
        "TIFF",
        "int16 RGB",
        lambda: tiff((deep >> 1).astype(np.int16), photometric="rgb"),
        scaled(deep >> 1, 15),
    )
    yield Sample(
        "TIFF",
        "16-bit RGB, planar",
        lambda: tiff(np.moveaxis(deep, -1, 0), photometric="rgb", planarconfig="separate"),
        deep,
    )
    yield Sample(
        "TIFF",
        "16-bit RGB, BigTIFF, big-endian",
        lambda: tiff(deep, photometric="rgb", bigtiff=True, byteorder=">"),
        deep,
    )
    for photometric, name, bits, error in (
        (8, "CIELab", 8, 3.0),
        (8, "CIELab", 16, 0.25),
        (9, "ICCLab", 8, 3.0),
        (9, "ICCLab", 16, 0.25),
        (10, "ITULab", 8, 4.0),
    ):
        soft = in_gamut()

        def lab(photometric: int = photometric, bits: int = bits, soft: Array = soft) -> bytes:
            return lab_tiff(lab_of(soft), photometric, bits)

        levels = soft if bits == 8 else soft.astype(np.uint16) * np.uint16(257)
        yield Sample("TIFF", f"{bits}-bit {name}", lab, levels, error=error)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate"):

        def ycc(compression: str = compression) -> bytes:
            return pillow(rgb, "TIFF", "YCbCr", compression=compression)

        yield Sample("TIFF", f"8-bit YCbCr, {compression}", ycc, rgb, error=3)
    blocks = smooth(rgb, 8)
    yield Sample(
        "TIFF",
        "8-bit YCbCr, jpeg",
        lambda: pillow(blocks, "TIFF", compression="jpeg", quality=98),
        blocks,
        error=4,
    )
    yield Sample(
        "TIFF",
        "8-bit palette",
        lambda: pillow(gray, "TIFF", "P"),
        gray,
    )
    for code in ("group3", "group4", "tiff_ccitt"):

        def fax(code: str = code) -> bytes:
            return pillow(gray > 100, "TIFF", compression=code)

        yield Sample("TIFF", f"1-bit, {code}", fax, (gray > 100) * np.uint8(255))


def _jpegs() -> Iterator[Sample]:
    gray, deep = smooth(gray8(), 8), smooth(rgb16(), 8)
    yield Sample("JPEG", "8-bit grey", lambda: pillow(gray, "JPEG", quality=98), gray, error=2)
    yield Sample(
        "JPEG",
        "12-bit grey",
        lambda: bytes(imagecodecs.jpeg8_encode(deep[..., 0] >> 4, level=100, bitspersample=12)),
        scaled(deep[..., 0] >> 4, 12),
        error=0.2,
    )
    yield Sample(
        "JPEG",
        "12-bit RGB",
        lambda: bytes(
            imagecodecs.jpeg8_encode(deep >> 4, level=100, bitspersample=12, subsampling="444")
        ),
        scaled(deep >> 4, 12),
        error=0.4,
    )
    for bits in (2, 4, 8, 10, 12, 16):
        few = (rgb16() >> (16 - bits)).astype(np.uint8 if bits <= 8 else np.uint16)

        def lossless(few: Array = few, bits: int = bits) -> bytes:
            return bytes(imagecodecs.jpeg8_encode(few, lossless=True, bitspersample=bits))

        yield Sample("JPEG", f"{bits}-bit RGB, lossless", lossless, scaled(few, bits))
    yield Sample(
        "JPEG",
        "16-bit grey, lossless (predictor 1)",
        lambda: bytes(imagecodecs.ljpeg_encode(rgb16()[..., 0])),
        rgb16()[..., 0],
    )
    for bits in (8, 10, 12, 16):
        few = (rgb16() >> (16 - bits)).astype(np.uint8 if bits <= 8 else np.uint16)
        for box in ("jp2", "j2k"):

            def jpeg2000(few: Array = few, bits: int = bits, box: str = box) -> bytes:
                return bytes(
                    imagecodecs.jpeg2k_encode(few, level=0, bitspersample=bits, codecformat=box)
                )

            yield Sample("JPEG 2000", f"{bits}-bit RGB, {box}", jpeg2000, scaled(few, bits))
    gray_alpha = np.dstack([gray8(), gray8()[::-1]])
    yield Sample(
        "JPEG 2000",
        "8-bit grey with alpha",
        lambda: pillow(gray_alpha, "JPEG2000"),
        gray8(),
        alpha=True,
    )
    yield Sample(
        "JPEG 2000",
        "8-bit YCbCr (sYCC)",
        lambda: pillow(rgb8(), "JPEG2000", "YCbCr"),
        rgb8(),
        error=3,
    )


def _pnms() -> Iterator[Sample]:
    gray, rgb, deep = gray8(), rgb8(), rgb16()
    bits = gray > 100

    def plain(values: Array) -> bytes:
        return b"\n".join(b" ".join(b"%d" % v for v in row.ravel()) for row in values)

    size = b"32 24\n"
    rows = [
        ("PBM raw", b"P4\n" + size + np.packbits(~bits, axis=1).tobytes(), bits * np.uint8(255)),
        ("PBM plain", b"P1 # c\n" + size + plain(~bits), bits * np.uint8(255)),
        ("PGM raw", b"P5\n# c\n" + size + b"255\n" + gray.tobytes(), gray),
        ("PGM plain", b"P2\n" + size + b"255\n" + plain(gray), gray),
        ("PGM raw, white 100", b"P5\n" + size + b"100\n" + (gray * (100 / 255)).astype("u1").tobytes(),
         np.floor((gray * (100 / 255)).astype("u1").astype(float) * 255 / 100 + 0.5).astype(np.uint8)),
        ("PPM raw", b"P6 32 24 255 " + rgb.tobytes(), rgb),
        ("PPM plain", b"P3\n" + size + b"255\n" + plain(rgb), rgb),
        ("16-bit PGM", b"P5 32 24 65535\n" + deep[..., 0].astype(">u2").tobytes(), deep[..., 0]),
        ("16-bit PPM", b"P6 32 24 65535\n" + deep.astype(">u2").tobytes(), deep),
        ("12-bit PPM", b"P6 32 24 4095\n" + (deep >> 4).astype(">u2").tobytes(),
         scaled(deep >> 4, 12)),
        ("PFM", b"PF\n32 24\n-1.0\n" + (rgb[::-1] / 255).astype("<f4").tobytes(),
         (rgb / 255).astype(np.float32)),
        ("PFM grey, big-endian", b"Pf 32 24 1.0\n" + (gray[::-1] / 255).astype(">f4").tobytes(),
         (gray / 255).astype(np.float32)),
    ]  # fmt: skip
    for kind, data, levels in rows:
        yield Sample("PNM", kind, lambda data=data: data, levels, error=1e-9)
    head = b"P7\nWIDTH 32\nHEIGHT 24\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    four = np.dstack([deep, deep[..., 0]]).astype(">u2").tobytes()
    yield Sample("PNM", "16-bit PAM with alpha", lambda: head + four, deep, alpha=True)


def _others() -> Iterator[Sample]:
    gray, rgb, deep = gray8(), rgb8(), rgb16()
    for bits in (1, 2, 4):
        few = gray >> (8 - bits)
        packed = packed_rows(few, bits)
        key = png_chunk(b"tRNS", b"\0\0")

        def plain(packed: bytes = packed, bits: int = bits) -> bytes:
            return png((32, 24), bits, 0, packed)

        def keyed(packed: bytes = packed, bits: int = bits, key: bytes = key) -> bytes:
            return png((32, 24), bits, 0, packed, key)

        yield Sample("PNG", f"{bits}-bit grey", plain, scaled(few, bits))
        yield Sample("PNG", f"{bits}-bit grey, tRNS", keyed, scaled(few, bits), alpha=True)
    table = png_chunk(b"PLTE", bytes(range(48))) + png_chunk(b"tRNS", b"\x80\x40")
    few = gray >> 4
    yield Sample(
        "PNG",
        "4-bit palette, tRNS",
        lambda: png((32, 24), 4, 3, packed_rows(few, 4), table),
        np.arange(48, dtype=np.uint8).reshape(16, 3)[few],
        alpha=True,
    )
    yield Sample("PNG", "8-bit RGB", lambda: pillow(rgb, "PNG"), rgb)
    yield Sample("PNG", "16-bit RGB", lambda: bytes(imagecodecs.png_encode(deep)), deep)
    yield Sample("GIF", "grey", lambda: pillow(gray, "GIF"), gray)
    steps = rgb // 51 * 51
    yield Sample("GIF", "palette", lambda: pillow(steps, "GIF"), steps)
    five = (rgb >> 3).astype(np.float64) * 255 / 31
    six = np.dstack([five[..., 0], (rgb[..., 1] >> 2).astype(float) * 255 / 63, five[..., 2]])
    five, six = np.floor(five + 0.5).astype(np.uint8), np.floor(six + 0.5).astype(np.uint8)
    yield Sample(
        "BMP", "16-bit (RGB555)", lambda: bmp(rgb, 16, (0x7C00, 0x3E0, 0x1F, 0)), five,
    )  # fmt: skip
    yield Sample(
        "BMP", "16-bit (RGB565)", lambda: bmp(rgb, 16, (0xF800, 0x7E0, 0x1F, 0)), six,
    )  # fmt: skip
    four = np.dstack([rgb, gray])
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield Sample("BMP", "32-bit with alpha", lambda: bmp(four, 32, masks), rgb, alpha=True)
    yield Sample("BMP", "24-bit", lambda: pillow(rgb, "BMP"), rgb)
    yield Sample("WebP", "8-bit RGB", lambda: pillow(rgb, "WEBP", lossless=True), rgb)
    yield Sample(
        "JPEG XL",
        "16-bit RGB",
        lambda: bytes(imagecodecs.jpegxl_encode(deep, lossless=True)),
        deep,
    )
    yield Sample(
        "JPEG XL",
        "8-bit grey, container",
        lambda: bytes(imagecodecs.jpegxl_encode(gray, lossless=True, usecontainer=True)),
        gray,
    )
    for bits in (8, 10, 12):
        blocks = smooth(scaled(deep >> (16 - bits), bits) if bits > 8 else rgb, 4)
        stored = smooth(deep >> (16 - bits), 4) if bits > 8 else blocks

        def avif(stored: Array = stored, bits: int = bits) -> bytes:
            return bytes(
                imagecodecs.avif_encode(stored, level=100, bitspersample=bits, pixelformat="444")
            )

        yield Sample("AVIF", f"{bits}-bit RGB", avif, blocks, error=3)


def heic_samples() -> Iterator[Sample]:
    """Yield HEIC files; pillow-heif must be installed."""
    import pillow_heif

    rgb, deep = smooth(rgb8(), 8), smooth(rgb16(), 8)

    def heic(mode: str, levels: Array) -> bytes:
        buffer = io.BytesIO()
        size = levels.shape[1::-1]
        pillow_heif.from_bytes(mode, size, levels.tobytes()).save(buffer, quality=-1)
        return buffer.getvalue()

    yield Sample("HEIC", "8-bit RGB", lambda: heic("RGB", rgb), rgb, error=1.5)
    yield Sample("HEIC", "10-bit RGB", lambda: heic("RGB;16", deep), deep, error=1)
    yield Sample("HEIC", "8-bit grey", lambda: heic("L", rgb[..., 0].copy()), rgb[..., 0], error=1)


def profiled() -> Iterator[tuple[str, Sample]]:
    """Yield the name of a profile and a file with it; the levels are exact sRGB, as floats."""
    for depth in (8, 16):
        rgb = in_gamut() if depth == 8 else in_gamut().astype(np.uint16) * np.uint16(257)
        gray = np.ascontiguousarray(rgb[..., 0])
        white = np.float64(np.iinfo(rgb.dtype).max)
        for fmt in ("PNG", "TIFF"):
            cases: list[tuple[str, bytes, Array, Array]] = [
                ("sRGB", bytes(imagecodecs.cms_profile("srgb")), rgb, rgb / white),
                ("AdobeRGB", bytes(imagecodecs.cms_profile("adobergb")), rgb,
                 adobe_rgb(rgb / white)),
            ]  # fmt: skip
            for gamma in (1.0, 1.8, 2.2):
                profile = bytes(imagecodecs.cms_profile("gray", gamma=gamma))
                exact = srgb_curve((gray / white) ** gamma)
                cases.append((f"grey, gamma {gamma}", profile, gray, exact))
            for name, profile, levels, exact in cases:

                def write(
                    levels: Array = levels, fmt: str = fmt, profile: bytes = profile
                ) -> bytes:
                    return with_profile(levels, fmt, profile)

                yield name, Sample(fmt, f"{depth}-bit {'RGB' if levels.ndim == 3 else 'grey'}",
                                   write, exact)  # fmt: skip


def with_metadata(fmt: str, alpha: bool) -> bytes:
    """Return a file with a description in its EXIF data, 300 dpi, a profile, and alpha or not."""
    rgb = rgb8()
    levels = np.dstack([rgb, gray8() | 1]) if alpha else rgb
    profile = bytes(imagecodecs.cms_profile("srgb"))
    if fmt == "JPEG XL":
        return bytes(imagecodecs.jpegxl_encode(levels, lossless=True))
    if fmt == "TIFF":
        return tiff(
            levels,
            photometric="rgb",
            extrasamples=["unassalpha"] if alpha else None,
            iccprofile=profile,
            resolution=(300, 300),
            resolutionunit="INCH",
            description="a letter",
            metadata=None,
        )
    exif = Image.Exif()
    exif[0x010E] = "a letter"
    names = {"JPEG 2000": "JPEG2000", "WebP": "WEBP"}
    options: dict[str, Any] = {"exif": exif, "icc_profile": profile, "dpi": (300, 300)}
    return pillow(levels, names.get(fmt, fmt), **options)
