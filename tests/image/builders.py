"""Files of every kind that is read, made from known levels; and files that lie about their size."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

Array = np.ndarray
TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 16: "Q"}


@dataclass(frozen=True)
class Sample:
    """A file and what is in it."""

    format: str
    kind: str
    """Depth and layout, in words."""
    build: Callable[[], bytes]
    levels: Array
    """(H, W) or (H, W, 3), the levels that were stored; integers of full range, or floats."""
    alpha: bool = False
    error: float = 0.0
    """Largest error of the genuine values, in 1/255: quantisation, or a lossy format."""

    @property
    def name(self) -> str:
        """Return format and kind."""
        return f"{self.format} {self.kind}"


def gray8() -> Array:
    """Return a ramp with corners of black and white (24, 32)."""
    y, x = np.mgrid[:24, :32]
    gray = np.clip(8 * x + y, 0, 255).astype(np.uint8)
    gray[0, 0], gray[-1, -1] = 0, 255
    return gray


def rgb8() -> Array:
    """Return three ramps (24, 32, 3)."""
    gray = gray8()
    return np.dstack([gray, gray[::-1], gray[:, ::-1]])


def rgb16() -> Array:
    """Return three ramps of 16 bits whose low bytes matter (24, 32, 3)."""
    return rgb8().astype(np.uint16) * 257 ^ np.uint16(13)


def smooth(levels: Array, times: int = 4) -> Array:
    """Return a larger picture with flat blocks, for lossy formats."""
    return np.kron(levels, np.ones((times, times) + (1,) * (levels.ndim - 2), levels.dtype))


def scaled(values: Array, bits: int) -> Array:
    """Return levels of some bits as the nearest ones of 8 or 16 bits."""
    white, dtype = (255, np.uint8) if bits <= 8 else (65535, np.uint16)
    return np.floor(values.astype(np.float64) * white / ((1 << bits) - 1) + 0.5).astype(dtype)


def pillow(levels: Array, fmt: str, mode: str | None = None, **options: Any) -> bytes:
    """Return a file that Pillow writes."""
    image = Image.fromarray(levels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, fmt, **options)
    return buffer.getvalue()


def tiff(levels: Array, **options: Any) -> bytes:
    """Return a file that tifffile writes."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, levels, **options)
    return buffer.getvalue()


def raw_tiff(tags: dict[int, tuple[Any, ...]], pixels: bytes = b"", next_ifd: int = 0) -> bytes:
    """Return a TIFF of exactly these tags: code -> (type, values) or (type, values, count)."""
    start = 8 + len(pixels) + len(pixels) % 2
    head = b"II*\0" + struct.pack("<I", start) + pixels + b"\0" * (len(pixels) % 2)
    body, extra = struct.pack("<H", len(tags)), b""
    beyond = start + 2 + 12 * len(tags) + 4
    for code in sorted(tags):
        kind, values, *count = tags[code]
        packed = b"".join(struct.pack("<" + TYPES[kind], v) for v in values)
        if len(packed) > 4:
            extra += packed
            packed = struct.pack("<I", beyond + len(extra) - len(packed))
        number = count[0] if count else len(values)
        body += struct.pack("<HHI", code, kind, number) + packed.ljust(4, b"\0")
    return head + body + struct.pack("<I", next_ifd) + extra


def page(**changes: tuple[Any, ...]) -> dict[int, tuple[Any, ...]]:
    """Return the tags of a grey page of 16 x 16 pixels at byte 8; ``t256=(4, [9])`` changes one."""
    tags: dict[int, tuple[Any, ...]] = {
        256: (4, [16]),
        257: (4, [16]),
        258: (3, [8]),
        259: (3, [1]),
        262: (3, [1]),
        273: (4, [8]),
        277: (3, [1]),
        278: (4, [16]),
        279: (4, [256]),
    }
    return tags | {int(name[1:]): value for name, value in changes.items()}


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its checksum."""
    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def png(size: tuple[int, int], depth: int, color: int, rows: bytes, chunks: bytes = b"") -> bytes:
    """Return a PNG of packed rows (each after its filter byte)."""
    head = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)
    body = png_chunk(b"IHDR", head) + chunks + png_chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")


def bmp(levels: Array, bits: int, masks: tuple[int, ...]) -> bytes:
    """Return a BMP of 16 or 32 bits a pixel; the masks are red, green, blue and alpha."""
    height, width = levels.shape[:2]
    value = np.zeros((height, width), np.uint32)
    for channel in range(levels.shape[2]):
        mask = masks[channel]
        low = (mask & -mask).bit_length() - 1
        value |= levels[..., channel].astype(np.uint32) >> (8 - bin(mask).count("1")) << low
    rows = value[::-1].astype("<u2" if bits == 16 else "<u4").tobytes()
    head = struct.pack("<IiiHHIIiiII", 108, width, height, 1, bits, 3, len(rows), 2835, 2835, 0, 0)
    head += struct.pack("<4I", *masks) + b"BGRs" + bytes(48)
    return b"BM" + struct.pack("<IHHI", 122 + len(rows), 0, 0, 122) + head + rows


def lab_tiff(lab: Array, photometric: int, bits: int) -> bytes:
    """Return a TIFF of L*a*b* values (H, W, 3) by the rules of its interpretation."""
    unit, white = (1, 255) if bits == 8 else (256, 65535)
    stored = np.empty(lab.shape)
    if photometric == 8:
        stored[..., 0], stored[..., 1:] = lab[..., 0] * white / 100, lab[..., 1:] * unit
    elif photometric == 9:
        stored[..., 0] = lab[..., 0] * 255 * unit / 100
        stored[..., 1:] = (lab[..., 1:] + 128) * unit
    else:
        stored[..., 0] = lab[..., 0] * 2.55
        stored[..., 1] = lab[..., 1] * 255 / 170 + 128
        stored[..., 2] = lab[..., 2] * 255 / 200 + 96
    whole = np.rint(stored).astype(np.int64) & white
    data = whole.astype("<u1" if bits == 8 else "<u2").tobytes()
    changes: dict[str, tuple[Any, ...]] = {
        "t256": (4, [lab.shape[1]]),
        "t257": (4, [lab.shape[0]]),
        "t258": (3, [bits] * 3),
        "t262": (3, [photometric]),
        "t277": (3, [3]),
        "t278": (4, [lab.shape[0]]),
        "t279": (4, [len(data)]),
    }
    return raw_tiff(page(**changes), data)


def lab_of(rgb: Array) -> Array:
    """Return L*a*b* of D50 for sRGB of 8 bits, as scikit-image computes it from adapted XYZ."""
    from skimage.color import rgb2xyz, xyz2lab

    bradford = np.array(
        [
            [1.0478112, 0.0228866, -0.0501270],
            [0.0295424, 0.9904844, -0.0170491],
            [-0.0092345, 0.0150436, 0.7521316],
        ]
    )
    return np.asarray(xyz2lab(rgb2xyz(rgb) @ bradford.T, illuminant="D50"))


def in_gamut() -> Array:
    """Return soft colours, all of which L*a*b* of 8 bits stores well (24, 32, 3)."""
    return (64 + rgb8() // 2).astype(np.uint8)


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
        packed = _packed(few, bits)
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
        lambda: png((32, 24), 4, 3, _packed(few, 4), table),
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


def _packed(values: Array, bits: int) -> bytes:
    """Return rows of few bits a pixel, each after a filter byte."""
    spread = np.unpackbits(values[..., None], axis=2)[..., 8 - bits :].reshape(len(values), -1)
    rows = np.packbits(spread, axis=1)
    return np.hstack([np.zeros((len(rows), 1), np.uint8), rows]).tobytes()


def adobe_rgb(levels: Array) -> Array:
    """Return AdobeRGB (1998) values 0..1 as sRGB values 0..1 by exact arithmetic."""
    to_xyz = np.array(
        [
            [0.6097559, 0.2052401, 0.1492240],
            [0.3111242, 0.6256560, 0.0632197],
            [0.0194811, 0.0608902, 0.7448387],
        ]
    )
    from_srgb = np.array(
        [
            [0.4360747, 0.3850649, 0.1430804],
            [0.2225045, 0.7168786, 0.0606169],
            [0.0139322, 0.0971045, 0.7141733],
        ]
    )
    linear = np.clip(levels, 0, 1) ** (563 / 256) @ to_xyz.T @ np.linalg.inv(from_srgb).T
    return srgb_curve(np.clip(linear, 0, 1))


def srgb_curve(linear: Array) -> Array:
    """Return sRGB values of linear ones."""
    power = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, power))


def with_profile(levels: Array, fmt: str, profile: bytes) -> bytes:
    """Return a PNG or TIFF with an ICC profile."""
    if fmt == "TIFF":
        kind = "minisblack" if levels.ndim == 2 else "rgb"
        return tiff(levels, photometric=kind, iccprofile=profile)
    data = bytes(imagecodecs.png_encode(levels))
    return data[:33] + png_chunk(b"iCCP", b"p\0\0" + zlib.compress(profile)) + data[33:]


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
