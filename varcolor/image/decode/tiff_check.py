"""What a TIFF page claims, checked against what its bytes can hold, before any is decoded."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from varcolor.image.decode import jpeg, jpeg2000
from varcolor.image.decode.jpegxl import jpegxl_size
from varcolor.image.decode.raw import Unsupported, check_size
from varcolor.image.decode.webp import webp_size
from varcolor.image.formats import FLOOR, OPEN, Format

#: Channels at most; a picture has five, the others are left out.
_CHANNELS = 64

#: Most decoded bytes that one byte can stand for, by the number of the compression.
#: LZW: 4096 codes of 12 bits give strings of up to 4096 bytes. PackBits: 128 bytes of two.
#: Deflate: 258 bytes of two bits. JPEG: a bit for a block of 64 values. The fax codes hold a row
#: in a bit; LZMA, Zstandard, JPEG 2000, WebP and JPEG XL have no hard bound: what is far above
#: any photo or drawing is refused.
EXPANSION: dict[int, float] = {
    1: 1,  # none
    2: 256,  # CCITT, one dimension: 2560 pixels of 12 bits
    5: 1400,  # LZW
    6: 1600,  # JPEG, old style
    7: 1600,  # JPEG
    8: 1100,  # Deflate
    32773: 64.5,  # PackBits
    32946: 1100,  # Deflate
    33007: 1600,  # JPEG
    34892: 1600,
    34933: 1100,  # PNG
}
NO_HARD_BOUND = (3, 4, 33003, 33004, 33005, 34712, 34925, 34926, 50000, 34927, 50001, 50002, 52546)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    head = jpeg.header(data)
    return head.width, head.height


def _jpeg2000_size(data: bytes) -> tuple[int, int]:
    at = data.find(b"\xff\x4f\xff\x51")
    head = jpeg2000.header(data[at:] if at >= 0 else b"")
    return head.width, head.height


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", data[16:24])
    return width, height


#: How the size of a picture inside a strip or tile is read.
_NESTED: dict[int, Callable[[bytes], tuple[int, int] | None]] = {
    **dict.fromkeys((6, 7, 33007, 34892), _jpeg_size),
    **dict.fromkeys((33003, 33004, 33005, 34712), _jpeg2000_size),
    34933: _png_size,
    **dict.fromkeys((34927, 50001), webp_size),
    **dict.fromkeys((50002, 52546), jpegxl_size),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a page is cut into strips or tiles."""

    width: int
    """Columns of a strip or tile."""
    height: int
    """Rows of a strip or tile."""
    segments: int
    """Strips or tiles that the page needs."""
    name: str
    """What they are: "strips" or "tiles"."""
    last: int
    """Rows of the last strip of a plane or slice."""
    per_plane: int
    """Strips of a plane or slice."""

    def rows(self, number: int) -> int:
        """Return the rows of a strip or tile."""
        return self.last if number % self.per_plane == self.per_plane - 1 else self.height


def check_page(page: Any, data: bytes, fmt: Format) -> None:
    """Refuse a page that its bytes cannot hold, or that is of a kind that is not read.

    Parameters
    ----------
    page : tifffile.TiffPage
        Its tags; no pixel has been decoded.
    data : bytes
        The whole file.
    fmt : Format
        TIFF.

    Raises
    ------
    Unsupported
        If the compression or the kind of the samples is not read.
    ValueError
        If the tags contradict each other or the file.
    BackendError
        If the picture does not fit into memory.
    """
    compression = int(page.compression)
    if compression not in EXPANSION and compression not in NO_HARD_BOUND:
        name = getattr(page.compression, "name", "") or "unknown"
        raise Unsupported(f"TIFF compression {name} ({compression})")
    samples, bits = int(page.samplesperpixel), page.bitspersample
    if samples < 1 or (min(bits) if isinstance(bits, tuple) else bits) < 1:
        raise ValueError(f"it declares {samples} samples of {bits} bits")
    if samples > _CHANNELS:
        raise Unsupported(f"TIFF with {samples} channels")
    if page.dtype is None:
        raise Unsupported(f"TIFF of {bits}-bit samples of the format {page.sampleformat}")
    size = (int(page.imagewidth), int(page.imagelength))
    if min(size) < 1:
        raise ValueError(f"it declares a size of {size[0]} x {size[1]}")
    layout = _layout(page)
    pairs = _segments(page, layout, len(data))
    bound = _bound(page, fmt)
    item = page.dtype.itemsize
    held = min(sum(count for _, count in pairs), len(data))
    check_size(held, size, samples * item * max(int(page.imagedepth), 1), bound)
    # The strips and tiles themselves, which may be larger than the picture.
    planes = samples if page.planarconfig == 1 else 1
    for number, (_, count) in enumerate(pairs):
        rows = layout.rows(number)
        if layout.width * rows * planes * item > max(bound.max_expansion * count, bound.floor):
            raise ValueError(
                f"it declares {layout.name} of {layout.width} x {rows} pixels, but {count} bytes "
                "are far too few for that"
            )
    total = layout.width * layout.segments, layout.height
    check_size(held, total, planes * item, bound)
    nested = _NESTED.get(compression)
    if nested is not None:
        _check_nested(pairs, layout, data, nested)


def _bound(page: Any, fmt: Format) -> Format:
    """Return the format with the bound of a page's compression and depth."""
    compression, bits = int(page.compression), page.bitspersample
    if compression in NO_HARD_BOUND:
        return replace(fmt, max_expansion=OPEN, floor=FLOOR)
    expansion = EXPANSION[compression]
    if compression not in _NESTED:  # samples of few bits are unpacked to bytes
        mean = sum(bits) / len(bits) if isinstance(bits, tuple) else bits
        expansion *= 8 * page.dtype.itemsize / mean
    if page.is_subsampled:  # chroma is stored once for up to 4 x 4 pixels
        expansion *= 3
    return replace(fmt, max_expansion=expansion, floor=0.0)


def _layout(page: Any) -> Layout:
    """Return the strips or tiles that a page needs; none of their sides is 0."""
    width, height, depth = int(page.imagewidth), int(page.imagelength), int(page.imagedepth)
    planes = int(page.samplesperpixel) if page.planarconfig == 2 else 1
    if 322 in page.tags or 324 in page.tags:
        tile = int(page.tilewidth), int(page.tilelength), max(int(page.tiledepth), 1)
        if min(tile) < 1:
            raise ValueError(f"it declares tiles of {tile[0]} x {tile[1]}")
        count = -(-width // tile[0]) * -(-height // tile[1]) * -(-max(depth, 1) // tile[2])
        rows = tile[1] * tile[2]
        return Layout(tile[0], rows, count * planes, "tiles", rows, 1)
    rows = int(page.rowsperstrip)
    if rows < 1:
        raise ValueError(f"it declares strips of {rows} rows")
    rows = min(rows, height)
    count = -(-height // rows)
    last = height - (count - 1) * rows
    return Layout(width, rows, count * max(depth, 1) * planes, "strips", last, count)


def _segments(page: Any, layout: Layout, size: int) -> list[tuple[int, int]]:
    """Return offset and length of the strips or tiles; none is missing, empty or cut off."""
    found = min(len(page.dataoffsets), len(page.databytecounts))
    if found == 0:
        raise ValueError("it ends before its pixel data: the file is truncated")
    if found < layout.segments:
        raise ValueError(
            f"it holds {found} of the {layout.segments} {layout.name} that its size needs"
        )
    pairs = list(zip(page.dataoffsets, page.databytecounts, strict=False))[: layout.segments]
    if any(offset + count > size for offset, count in pairs):
        raise ValueError("it ends before its pixel data: the file is truncated")
    if any(offset <= 0 or count <= 0 for offset, count in pairs):
        raise ValueError(f"some of its {layout.name} are empty")
    return pairs


def _check_nested(
    pairs: list[tuple[int, int]],
    layout: Layout,
    data: bytes,
    size_of: Callable[[bytes], tuple[int, int] | None],
) -> None:
    """Refuse pictures inside strips or tiles that are larger than these."""
    room = 16  # blocks of JPEG may stand out
    for offset, count in pairs:
        try:
            size = size_of(data[offset : offset + count])
        except (ValueError, struct.error):
            size = None
        if size is None:
            raise ValueError(f"the content of one of its {layout.name} is damaged")
        if size[0] > layout.width + room or size[1] > layout.height + room:
            raise ValueError(
                f"it declares {layout.name} of {layout.width} x {layout.height} pixels, but one "
                f"holds a picture of {size[0]} x {size[1]}"
            )
