"""The sidecars of an older program: ``.mask`` and ``.glob_dist``, byte by byte (FORMAT.md, 6).

A mask of S x S cells is stretched over the picture; cell (y, x) is the pixel (H y // S, W x // S).
Colours are whole a*, b* of Lab.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.errors import FormatError
from varcolor.ir.points.cells import dilated
from varcolor.neural.networks.bins import hull_bins
from varcolor.typing import Array, Shape

_GRID = 0x80
#: Cells on a side at most.
LARGEST = 2048


def bins_of_old() -> Array:
    """Return a*, b* (313, 2) of the bins of ``.glob_dist``, in its order."""
    return hull_bins().astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A ``.mask`` file."""

    size: int
    """Cells on both sides."""
    p: int
    """Cells around each that get its colour, too."""
    grid: int | None
    """Spacing of a full grid (0: no cues); None: cells are listed."""
    cells: Array
    """(n, 2): row and column, in raster order."""
    ab: Array
    """(n, 2) int8: a*, b*."""

    def dilated(self) -> tuple[Array, Array]:
        """Return cells (m, 2) and colours (m, 2) with the radius applied."""
        where, owner = dilated((self.size, self.size), self.cells, self.p)
        return where, self.ab[owner]

    def pixels(self, cells: Array, shape: Shape) -> Array:
        """Return row and column of the pixels of cells (m, 2)."""
        return np.asarray(cells * np.array(shape) // self.size)


def _grid_lines(size: int, grid: int) -> Array:
    return np.arange(0, size, grid) if grid else np.zeros(0, np.int64)


def pack_mask(mask: Mask) -> bytes:
    """Return the content of a ``.mask`` file: centres only; its reader applies the radius."""
    flags = mask.p & 0x7F
    if mask.grid is not None:
        head = struct.pack("<HBB", mask.size, flags | _GRID, mask.grid)
        return head + mask.ab.astype(np.int8).tobytes()
    table = np.zeros(len(mask.cells), _entry(mask.size))
    table["at"], table["ab"] = mask.cells, mask.ab
    return bytes(struct.pack("<HB", mask.size, flags) + table.tobytes())


def _entry(size: int) -> np.dtype[Any]:
    """Return the layout of a listed cue."""
    return np.dtype([("at", "u1" if size <= 256 else "<u2", 2), ("ab", "i1", 2)])


def unpack_mask(data: bytes) -> Mask:
    """Parse a ``.mask`` file.

    Old grid files with a radius hold every coloured cell instead of the centres: they are told by
    their number of cues.

    Raises
    ------
    FormatError
        If it is none.
    """
    if len(data) < 3:
        raise FormatError("is no .mask file: it is cut off")
    size, flags = struct.unpack_from("<HB", data)
    p = flags & 0x7F
    if not 1 <= size <= LARGEST:
        raise FormatError(f"is no .mask file: {size} cells a side; 1 to {LARGEST} are possible")
    if not flags & _GRID:
        return _sparse(size, p, data[3:])
    if len(data) < 4:
        raise FormatError("is cut off in its header")
    grid, body = data[3], data[4:]
    if len(body) % 2:
        raise FormatError("is cut off in a cue")
    ab = np.frombuffer(body, np.int8).reshape(-1, 2)
    lines = _grid_lines(size, grid)
    filled = np.unique([y + d for y in lines if y >= p for d in range(-p, p + 1) if y + d < size])
    if len(ab) == len(filled) ** 2 and p and len(ab) != len(lines) ** 2:
        lines = lines[lines >= p]
        index = np.searchsorted(filled, lines)
        ab = ab.reshape(len(filled), len(filled), 2)[np.ix_(index, index)].reshape(-1, 2)
    elif len(ab) != len(lines) ** 2:
        raise FormatError(f"holds {len(ab)} cues, but its grid has {len(lines) ** 2}")
    r, c = np.meshgrid(lines, lines, indexing="ij")
    return Mask(size, p, grid, np.stack([r.ravel(), c.ravel()], axis=1), ab)


def _sparse(size: int, p: int, body: bytes) -> Mask:
    kind = _entry(size)
    if len(body) % kind.itemsize:
        raise FormatError("is cut off in a cue")
    table = np.frombuffer(body, kind)
    cells = table["at"].astype(np.int64).reshape(-1, 2)
    if len(cells) and cells.max() >= size:
        raise FormatError("has a cue outside of its cells")
    return Mask(size, p, None, cells, table["ab"].reshape(-1, 2))


def pack_histogram(counts: Array) -> bytes:
    """Return the content of a ``.glob_dist`` file for shares (313,)."""
    table = np.zeros(int(np.count_nonzero(counts)), [("bin", "<i2"), ("share", "<f4")])
    table["bin"] = np.flatnonzero(counts)
    table["share"] = counts[counts != 0]
    return table.tobytes()


def unpack_histogram(data: bytes) -> Array:
    """Return the shares (313,) of a ``.glob_dist`` file.

    Raises
    ------
    FormatError
        If it is none.
    """
    if len(data) % 6:
        raise FormatError("is no .glob_dist file: it is cut off in an entry")
    table = np.frombuffer(data, [("bin", "<i2"), ("share", "<f4")])
    bins = table["bin"].astype(np.int64)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        shares = table["share"].astype(np.float64)
    valid = np.isfinite(shares) & (shares >= 0) & (shares <= 1) & (bins >= 0) & (bins < 313)
    if not valid.all():
        raise FormatError("is no .glob_dist file: an entry is impossible")
    result = np.zeros(313)
    result[bins] = shares
    return result
