"""The file formats that varcolor reads and writes: one table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.errors import FileError
from varcolor.registry import did_you_mean

if TYPE_CHECKING:
    from varcolor.typing import Shape


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
    max_expansion: float = float("inf")
    """Most decoded bytes that one byte of a genuine file can stand for (a bound, not typical)."""
    max_side: int = 2**31 - 1
    """Most pixels a side that a file is written with, such that it can be read again."""
    max_pixels: int = 2**62
    """Most pixels in all."""

    def holds(self, shape: Shape) -> bool:
        """Return whether a picture of this height and width can be written."""
        return max(shape) <= self.max_side and shape[0] * shape[1] <= self.max_pixels


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
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
        Format("TIFF", (".tif", ".tiff"), 16, floats=True, lossy=False),
        Format("WebP", (".webp",), 8, max_side=16_383),
        # libavif reads no more than 2^15 a side and 2^28 in all.
        Format("AVIF", (".avif",), 8, lossless=False, max_side=1 << 15, max_pixels=1 << 28),
        Format("JPEG XL", (".jxl",), 16, max_side=1 << 30),
        Format(
            "BMP",
            (".bmp", ".dib"),
            8,
            alpha=False,
            lossy=False,
            max_expansion=130,
            max_pixels=1_400_000_000,  # a file has at most 4 GiB
        ),
    )
}

#: All extensions, for messages and for folders.
EXTENSIONS: dict[str, Format] = {e: f for f in FORMATS.values() for e in f.extensions}


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
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"):
        return FORMATS["AVIF"]
    if head.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")):
        return FORMATS["JPEG XL"]
    if head.startswith(b"BM"):
        return FORMATS["BMP"]
    return None


def format_of(path: Path) -> Format:
    """Return the format that a file to be written gets by its extension.

    Raises
    ------
    FileError
        If no format has that extension.
    """
    found = EXTENSIONS.get(path.suffix.lower())
    if found is None:
        hint = did_you_mean(path.suffix, EXTENSIONS)
        raise FileError(
            f"{path}: cannot write files named {path.suffix or '(no extension)'!r}{hint}; "
            f"use one of {' '.join(EXTENSIONS)}"
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
    others = ", ".join(f.name for f in FORMATS.values() if f.holds(shape))
    raise FileError(
        f"{name}: {fmt.name} holds at most {limit}, and the picture has {shape[1]:,} x "
        f"{shape[0]:,}; use {others or 'a smaller picture'}"
    )
