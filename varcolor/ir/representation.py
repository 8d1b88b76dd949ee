"""The intermediate representation: a grey picture and a few bytes of colour."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import varcolor
from varcolor.errors import FileError, FormatError
from varcolor.image.encode.metadata import usable_resolution
from varcolor.image.formats import sniff
from varcolor.image.picture import Meta, Picture
from varcolor.image.publish import write_files
from varcolor.image.read import read_bytes
from varcolor.ir.container import pack_chunks, unpack_chunks
from varcolor.ir.gray import SUFFIXES, declared_shape, decoder_of, pack_gray, unpack_gray
from varcolor.ir.stream import require_gray, unpack
from varcolor.typing import Array, PathLike, Shape

#: Size and depth of the grey, and the CRC of its levels.
_HEAD = struct.Struct("<IIBI")
#: A value of the `info` chunk that is no text is left out; so is anything beyond this many.
_MOST_INFO = 4096


@dataclass(frozen=True, slots=True, eq=False)
class IR:
    """A grey picture that any viewer opens, and the colour stream that belongs to it."""

    picture: Picture
    """The grey picture, 8 or 16 bit, with alpha and metadata."""
    color: bytes
    """The colour stream, as in a ``.vcc`` file; empty: there are no colours."""
    gray_file: bytes = b""
    """The grey's file where its exact bytes matter (lossy AVIF); empty: written when needed."""
    info: dict[str, str] = field(default_factory=dict)
    """What made it: ``software`` and ``options``."""
    notes: tuple[str, ...] = ()
    """What happened while encoding, in words."""

    @property
    def gray(self) -> Array:
        """Grey levels (H, W), uint8 or uint16."""
        return self.picture.pixels

    @property
    def method(self) -> str:
        """Name of the codec, or "none" without a colour stream."""
        from varcolor.ir.codecs import name_of

        return name_of(unpack(self.color).codec) if self.color else "none"

    def to_bytes(self, gray_format: str = "PNG") -> bytes:
        """Return the content of a ``.vcir`` file; the grey as "PNG" or "JPEG XL"."""
        height, width = self.gray.shape
        plain = replace(self.picture, alpha=None, meta=Meta())
        gray = self.gray_file or pack_gray(plain, gray_format)
        depth = 8 * self.gray.dtype.itemsize
        meta = self.picture.meta
        chunks = [
            (b"HEAD", _HEAD.pack(width, height, depth, _crc(self.gray))),
            (b"GRAY", gray),
            (b"COLR", self.color),
        ]
        if self.picture.alpha is not None:
            chunks.append((b"alph", pack_gray(Picture(self.picture.alpha))))
        if meta.exif:
            chunks.append((b"exif", meta.exif))
        if meta.profiled:
            chunks.append((b"iccp", b"sRGB"))
        dpi = usable_resolution(meta.dpi)
        if dpi is not None:
            chunks.append((b"dens", struct.pack("<dd", *dpi)))
        info = {**self.info, "gray-decoder": decoder_of(gray)}
        chunks.append((b"info", json.dumps(info, sort_keys=True).encode()))
        return pack_chunks(chunks)

    @classmethod
    def from_bytes(cls, data: bytes, source: str = "the .vcir data") -> IR:
        """Parse the content of a ``.vcir`` file.

        Raises
        ------
        FormatError
            If it does not follow the format, is damaged or cut off.
        FileError
            If its grey picture needs more memory than there is.
        """
        try:
            return _from_chunks(unpack_chunks(data), source)
        except FormatError as error:
            text = str(error)
            raise FormatError(text if text.startswith(source) else f"{source}: {text}") from None

    def save(self, path: PathLike) -> tuple[Path, ...]:
        """Write ``NAME.vcir``, or, for ``NAME.vcc`` or ``NAME.gray.EXT``, the pair of both files.

        A pair is written whole or not at all.

        Returns
        -------
        tuple of Path
            The files; an existing one is replaced once the new one is complete.

        Raises
        ------
        FileError
            If the name has another ending or a file cannot be written.
        """
        files = self.files(path)
        write_files(files)
        return tuple(files)

    def files(self, path: PathLike) -> dict[Path, bytes]:
        """Return the names and contents of the files that `save` writes for a path."""
        path = Path(path)
        if path.suffix.lower() == ".vcir":
            return {path: self.to_bytes()}
        gray, color = self.pair(path)
        return {
            gray: self.gray_file or pack_gray(self.picture, _lossless(gray)),
            color: self.color,
        }

    def pair(self, path: PathLike) -> tuple[Path, Path]:
        """Return the names of the grey and the colour file that `save` writes for a path."""
        path = Path(path)
        suffix = ".png"
        if self.gray_file:
            fmt = sniff(self.gray_file[:32])
            suffix = SUFFIXES.get(fmt.name if fmt else "", ".png")
        elif path.suffix.lower() == ".jxl":
            suffix = ".jxl"
        stem = pair_stem(path)
        if stem is None:
            raise FileError(
                f"{path}: name the file NAME.vcir, or a pair by NAME.vcc or NAME.gray{suffix}"
            )
        return path.with_name(f"{stem}.gray{suffix}"), path.with_name(f"{stem}.vcc")

    @classmethod
    def load(cls, path: PathLike) -> IR:
        """Read a ``.vcir`` file, or a pair by the name of either of its files.

        Raises
        ------
        FileError
            If a file is missing or cannot be read.
        FormatError
            If a file is damaged, or the two do not belong together.
        """
        path = Path(path)
        if pair_stem(path) is None:
            return cls.from_bytes(read_bytes(path), str(path))
        gray_path, color_path = find_pair(path)
        data = read_bytes(gray_path)
        picture = unpack_gray(data, str(gray_path))
        color = color_path.read_bytes() if _is_empty(color_path) else read_bytes(color_path)
        if color:
            try:
                require_gray(unpack(color), picture.pixels)
            except FormatError as error:
                raise FormatError(f"{color_path} with {gray_path}: {error}") from None
        return cls(picture, color, b"" if gray_path.suffix.lower() != ".avif" else data)


def pair_stem(path: Path) -> str | None:
    """Return NAME of ``NAME.vcc`` or ``NAME.gray.EXT``; None for other names."""
    if path.suffix.lower() == ".vcc":
        return path.stem or None
    inner = Path(path.stem)
    return inner.stem if inner.suffix.lower() == ".gray" else None


def find_pair(path: Path) -> tuple[Path, Path]:
    """Return the grey and the colour file of a pair, given either.

    Raises
    ------
    FileError
        If the other one is missing.
    """
    stem = pair_stem(path)
    color = path.with_name(f"{stem}.vcc")
    if path.suffix.lower() != ".vcc":
        if not color.exists():
            raise FileError(f"{color}: no such file; it holds the colours of {path}")
        return path, color
    for suffix in (".png", ".avif", ".jxl", ".tif", ".tiff", ".webp", ".bmp"):
        gray = path.with_name(f"{stem}.gray{suffix}")
        if gray.exists():
            return gray, path
    raise FileError(f"{path.with_name(f'{stem}.gray.png')}: no such file; {path} needs it")


def _is_empty(path: Path) -> bool:
    """Return whether a file is there and holds nothing: a pair without colours."""
    return path.is_file() and path.stat().st_size == 0


def _lossless(path: Path) -> str:
    return "JPEG XL" if path.suffix.lower() == ".jxl" else "PNG"


def _crc(gray: Array) -> int:
    return zlib.crc32(gray.astype(gray.dtype.newbyteorder("<"), copy=False).tobytes())


def _from_chunks(chunks: dict[bytes, bytes], source: str) -> IR:
    for kind in (b"HEAD", b"GRAY", b"COLR"):
        if kind not in chunks:
            raise FormatError(f"has no chunk {kind.decode()!r}")
    if len(chunks[b"HEAD"]) != _HEAD.size:
        raise FormatError("its chunk 'HEAD' has the wrong length")
    width, height, depth, crc = _HEAD.unpack(chunks[b"HEAD"])
    info = _info(chunks.get(b"info", b"{}"))
    gray_file = chunks[b"GRAY"]
    fmt = sniff(gray_file[:32])
    if fmt is None or fmt.name not in SUFFIXES:
        raise FormatError("its grey is neither PNG, JPEG XL nor AVIF")
    picture = _unpacked(gray_file, (height, width), "grey", source)
    gray = picture.pixels
    if gray.shape != (height, width) or 8 * gray.dtype.itemsize != depth or _crc(gray) != crc:
        raise FormatError(
            "its grey decodes to another picture than it was encoded against: it was written with "
            f"{info.get('gray-decoder', 'another decoder')}, and read with {decoder_of(gray_file)}"
        )
    color = chunks[b"COLR"]
    if color:
        require_gray(unpack(color), gray)
    alpha = None
    if b"alph" in chunks:
        alpha = _unpacked(chunks[b"alph"], (height, width), "alpha", source).pixels
        if alpha.shape != gray.shape or alpha.dtype != gray.dtype:
            raise FormatError("its alpha has another size or depth than its grey")
    dpi = None
    if len(chunks.get(b"dens", b"")) == 16:
        x, y = struct.unpack("<dd", chunks[b"dens"])
        dpi = (x, y) if np.isfinite([x, y]).all() and min(x, y) > 0 else None
    meta = Meta(source, b"iccp" in chunks, chunks.get(b"exif"), dpi)
    lossy = gray_file if fmt.name == "AVIF" else b""
    return IR(Picture(gray, alpha, meta), color, lossy, info)


def _unpacked(data: bytes, shape: Shape, name: str, source: str) -> Picture:
    """Decode a grey file that should have a size; nothing is allocated for another one."""
    declared = declared_shape(data)
    if declared != shape:
        found = "none" if declared is None else f"{declared[1]} x {declared[0]}"
        raise FormatError(f"its {name} is of another size, {found}, not {shape[1]} x {shape[0]}")
    try:
        return unpack_gray(data, source)
    except FileError as error:
        raise FormatError(f"its {name} cannot be decoded ({error})") from None


def _info(data: bytes) -> dict[str, str]:
    """Return the texts of the chunk `info`; whatever is wrong with it, the picture is not lost."""
    try:
        entries = json.loads(data[:_MOST_INFO])
    except (ValueError, RecursionError):
        return {}
    if not isinstance(entries, dict):
        return {}
    return {k: v for k, v in entries.items() if isinstance(v, str)}


def software() -> str:
    """Return the name and version that a file says it was made by."""
    return f"varcolor {varcolor.__version__}"
