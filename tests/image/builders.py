"""What files of every kind are built from: known levels, and the bytes around them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
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


def packed_rows(values: Array, bits: int) -> bytes:
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
