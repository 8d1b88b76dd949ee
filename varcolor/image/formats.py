"""The file formats that varcolor reads and writes: one table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from varcolor.errors import FileError
from varcolor.registry import did_you_mean


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


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        # Deflate reaches 1032:1, JPEG about one bit for a block of 64 values in each component.
        Format("PNG", (".png",), 16, lossy=False, max_expansion=1100),
        Format(
            "JPEG", (".jpg", ".jpeg", ".jfif"), 8, alpha=False, lossless=False, max_expansion=1600
        ),
        Format("TIFF", (".tif", ".tiff"), 16, floats=True, lossy=False),
        Format("WebP", (".webp",), 8),
        Format("AVIF", (".avif",), 12, lossless=False),
        Format("JPEG XL", (".jxl",), 16),
        Format("BMP", (".bmp", ".dib"), 8, alpha=False, lossy=False, max_expansion=130),
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
