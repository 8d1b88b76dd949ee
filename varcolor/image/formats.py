"""The file formats that varcolor reads and writes: one table, and those that packages add."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.errors import FileError
from varcolor.registry import Registry, did_you_mean

if TYPE_CHECKING:
    from varcolor.image.decode.raw import Raw
    from varcolor.image.picture import Picture
    from varcolor.typing import Shape

#: Expansion that is far above any photo or drawing, for what has no hard bound.
OPEN = 20_000.0
#: Decoded bytes up to which files of those may be as small as they like.
FLOOR = 100e6


@dataclass(frozen=True, slots=True)
class Format:
    """What a file format can hold."""

    name: str
    extensions: tuple[str, ...]
    depth: int
    """Bits per channel that varcolor writes into it at most."""
    floats: bool = False
    alpha: bool = True
    lossless: bool = True
    lossy: bool = True
    max_expansion: float = OPEN
    """Most decoded bytes that one byte of a genuine file can stand for (a bound, not typical)."""
    floor: float = 0.0
    """Decoded bytes up to which a file may be as small as it likes."""
    writable: bool = True
    max_side: int = 2**31 - 1
    """Most pixels a side that a file is written with, such that it can be read again."""
    max_pixels: int = 2**62
    """Most pixels in all."""

    def holds(self, shape: Shape) -> bool:
        """Return whether a picture of this height and width can be written."""
        return max(shape) <= self.max_side and shape[0] * shape[1] <= self.max_pixels


@dataclass(frozen=True, slots=True)
class FormatPlugin:
    """A file format that an installed package adds: entry-point group ``varcolor.formats``."""

    format: Format
    begins: Callable[[bytes], bool]
    """Whether a file whose first 64 bytes are these has the format."""
    decode: Callable[[bytes, Format], Raw]
    """The content of a file to pixels, as the decoders of `varcolor.image.decode`."""
    encode: Callable[[Picture, int | None], bytes] | None = None
    """A picture that fits into the format, and a quality, to the content of a file."""


PLUGINS: Registry[FormatPlugin] = Registry("format", {})


class _Formats(Mapping[str, Format]):
    """Formats by some key; those of plug-ins are looked for when others do not suffice."""

    def __init__(
        self, own: Mapping[str, Format], keys: Callable[[Format], tuple[str, ...]]
    ) -> None:
        self._own = dict(own)
        self._keys = keys

    def _all(self) -> dict[str, Format]:
        more = {k: f for f in (PLUGINS[n].format for n in PLUGINS) for k in self._keys(f)}
        return more | self._own

    def __getitem__(self, key: str) -> Format:
        return self._own[key] if key in self._own else self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own | self._all())

    def __len__(self) -> int:
        return len(self._all())


_OWN = (
    # Deflate reaches 1032:1, JPEG about one bit for a block of 64 values in each component.
    Format("PNG", (".png",), 16, lossy=False, max_expansion=1100, max_side=1_000_000),
    Format(
        "JPEG",
        (".jpg", ".jpeg", ".jfif"),
        8,
        alpha=False,
        lossless=False,
        max_expansion=1600,
        max_side=65_500,
    ),
    # The bounds of TIFF are those of its compressions: see decode/tiff_check.py.
    Format("TIFF", (".tif", ".tiff"), 16, floats=True, lossy=False),
    # An empty page of these takes hundreds of bytes: what is far above that is refused.
    Format("WebP", (".webp",), 8, max_expansion=200_000, floor=FLOOR, max_side=16_383),
    # libavif reads no more than 2^15 a side and 2^28 in all.
    Format(
        "AVIF",
        (".avif",),
        12,
        lossless=False,
        max_expansion=300_000,
        floor=FLOOR,
        max_side=1 << 15,
        max_pixels=1 << 28,
    ),
    Format("JPEG XL", (".jxl",), 16, max_expansion=100_000, floor=FLOOR, max_side=1 << 30),
    Format(
        "BMP",
        (".bmp", ".dib"),
        8,
        alpha=False,
        lossy=False,
        max_expansion=130,
        max_pixels=1_400_000_000,  # a file has at most 4 GiB
    ),
    Format("JPEG 2000", (".jp2", ".j2k", ".j2c", ".jpx"), 16, floor=FLOOR, writable=False),
    Format(
        "PNM",
        (".pnm", ".pbm", ".pgm", ".ppm", ".pam", ".pfm"),
        16,
        floats=True,
        lossy=False,
        max_expansion=1,
        writable=False,
    ),
    # LZW, and palettes.
    Format("GIF", (".gif",), 8, lossy=False, max_expansion=1400, writable=False),
    Format("HEIC", (".heic", ".heif", ".hif"), 16, floor=FLOOR, writable=False),
)

#: All formats by name.
FORMATS: Mapping[str, Format] = _Formats({f.name: f for f in _OWN}, lambda f: (f.name,))

#: All extensions, for messages and for folders.
EXTENSIONS: Mapping[str, Format] = _Formats(
    {e: f for f in _OWN for e in f.extensions}, lambda f: f.extensions
)

#: Those of formats that can be written.
WRITABLE: Mapping[str, Format] = _Formats(
    {e: f for f in _OWN if f.writable for e in f.extensions},
    lambda f: f.extensions if f.writable else (),
)

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

#: How many bytes `sniff` looks at.
HEAD = 64


def sniff(head: bytes) -> Format | None:
    """Return the format that a file's first bytes show, whatever its name says."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FORMATS["PNG"]
    if head.startswith(b"\xff\xd8\xff"):
        return FORMATS["JPEG"]
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return FORMATS["TIFF"]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return FORMATS["WebP"]
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")):
        return FORMATS["JPEG XL"]
    if head.startswith((b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")):
        return FORMATS["JPEG 2000"]
    if head.startswith((b"GIF87a", b"GIF89a")):
        return FORMATS["GIF"]
    if head[:1] == b"P" and head[1:2] in b"1234567Ff" and head[2:3] in b" \t\r\n#" and head[2:3]:
        return FORMATS["PNM"]
    if head.startswith(b"BM"):
        return FORMATS["BMP"]
    return next((p.format for p in (PLUGINS[name] for name in PLUGINS) if p.begins(head)), None)


def plugin_of(fmt: Format) -> FormatPlugin:
    """Return the plug-in that adds a format which is none of our own."""
    return next(p for p in (PLUGINS[name] for name in PLUGINS) if p.format == fmt)


def _of_brands(head: bytes) -> Format | None:
    """Return AVIF or HEIC by the brands of the first box (ISO/IEC 14496-12), the main one first."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    for brand in sorted(brands, key=lambda brand: brand in (b"mif1", b"msf1")):
        if brand in (b"avif", b"avis"):
            return FORMATS["AVIF"]
        if brand in _HEIC:
            return FORMATS["HEIC"]
    return None


def format_of(path: Path) -> Format:
    """Return the format that a file to be written gets by its extension.

    Raises
    ------
    FileError
        If no format that is written has that extension.
    """
    found = EXTENSIONS.get(path.suffix.lower())
    if found is None or not found.writable:
        hint = did_you_mean(path.suffix, WRITABLE) if found is None else ""
        reason = f" ({found.name} is only read)" if found else ""
        raise FileError(
            f"{path}: cannot write files named {path.suffix or '(no extension)'!r}{reason}{hint}; "
            f"use one of {' '.join(WRITABLE)}"
        )
    return found


def require_size(shape: Shape, fmt: Format, name: Path | str) -> None:
    """Check that a picture of this height and width can be written in a format.

    Raises
    ------
    FileError
        If it is too large; the message names the formats that would do.
    """
    if fmt.holds(shape):
        return
    side = f"{fmt.max_side:,} pixels a side"
    limit = side if max(shape) > fmt.max_side else f"{fmt.max_pixels:,} pixels"
    others = ", ".join(f.name for f in FORMATS.values() if f.writable and f.holds(shape))
    raise FileError(
        f"{name}: {fmt.name} holds at most {limit}, and the picture has {shape[1]:,} x "
        f"{shape[0]:,}; use {others or 'a smaller picture'}"
    )
