"""The cue coder: positions and values of cells to bytes (FORMAT.md, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.errors import FormatError
from varcolor.ir.kernels.integer_coder import code_numbers
from varcolor.ir.kernels.range_coder import BAD
from varcolor.ir.points.cells import Cells
from varcolor.ir.tree.model import load_model
from varcolor.typing import Array, Shape

#: Earlier cues that a prediction may look at.
_WINDOW = 96
_READ, _WRITE = 0, 1
#: A payload of b bytes holds at most 64 b + 64 cues: bounds the work of a decoder.
_CUES_PER_BYTE, _CUES_EVER = 64, 64
#: Cells along a side, colours of a palette, and their radius at most.
LARGEST_SIZE, MOST_COLOURS, LARGEST_RADIUS = 1 << 14, 256, 255


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Coloured cells as a stream holds them."""

    size: int
    """Cells along the longer side."""
    grid: int | None
    """Spacing of a full grid (0: none, -1: all), or None: positions are listed."""
    radius: int
    """Cells around each that get its colour, too."""
    step: int
    """Step of the quantiser in levels of 255."""
    cells: Array
    """(n, 2): row and column, in raster order."""
    values: Array
    """(n, 2): chroma in steps; with a palette, of its entries."""
    palette: Array
    """(K, 2): chroma in steps; empty without one."""


def pack_points(points: Points, shape: Shape) -> bytes:
    """Return the payload of some cells."""
    head = [points.size, _zigzag(-2 if points.grid is None else points.grid)]
    head += [points.radius, points.step, len(points.palette)]
    gaps = np.zeros(0, np.int64)
    if points.grid is None:
        columns = Cells(shape, points.size).shape[1]
        flat = points.cells[:, 0] * columns + points.cells[:, 1]
        gaps = np.diff(flat, prepend=-1) - 1
        head.append(len(flat))
    values = points.values
    near = predictors(points.cells, None if points.grid is None else Cells(shape, points.size))
    body = b""
    if len(points.palette):
        body += _code(np.zeros(0, np.int64), points.palette, _chain(len(points.palette)))
        body = _varint(len(body)) + body
        index = _indices(points.values, points.palette)
        values = np.stack([index, np.zeros_like(index)], axis=1)
    payload = b"".join(map(_varint, head)) + body + _code(gaps, values, near)
    # The format bounds the cues by the bytes; zeros at the end read as nothing.
    return payload + bytes(max(0, -(-(len(values) - _CUES_EVER) // _CUES_PER_BYTE) - len(payload)))


def unpack_points(payload: bytes, shape: Shape) -> Points:
    """Parse a payload.

    Raises
    ------
    FormatError
        If it cannot have been written for a picture of this shape.
    """
    reader = _Reader(payload)
    size, grid = reader.varint(), _unzigzag(reader.varint())
    radius, step, colours = reader.varint(), reader.varint(), reader.varint()
    if not (
        1 <= size <= LARGEST_SIZE
        and -2 <= grid <= LARGEST_SIZE
        and radius <= LARGEST_RADIUS
        and 1 <= step <= 255
        and colours <= MOST_COLOURS
    ):
        raise FormatError("the colour stream is damaged: its cues have impossible options")
    grid_ = None if grid == -2 else grid
    cells = Cells(shape, size)
    rows, columns = cells.shape
    most = min(_CUES_PER_BYTE * len(payload) + _CUES_EVER, rows * columns)
    at, gaps = np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    if grid_ is not None:
        if grid != 0 and (rows // max(abs(grid), 1)) * (columns // max(abs(grid), 1)) > most:
            raise FormatError("the colour stream is damaged: it is too short for its grid")
        at = cells.grid(grid)
    else:
        count = reader.varint()
        if count > most:
            raise FormatError("the colour stream is damaged: it lists more cues than it can hold")
        gaps = np.zeros(count, np.int64)
    palette = np.zeros((colours, 2), np.int64)
    if colours:
        part = reader.take(reader.varint())
        _decode(part, np.zeros(0, np.int64), palette, _chain(colours))
    if grid_ is None:
        # The positions come first in the stream, and the predictions need them.
        _decode(reader.rest(), gaps, np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64))
        flat = np.cumsum(gaps + 1) - 1
        if len(gaps) and (gaps.min() < 0 or flat[-1] >= rows * columns):
            raise FormatError("the colour stream is damaged: a cue lies outside of the picture")
        at = np.stack([flat // columns, flat % columns], axis=1)
    values = np.zeros((len(at), 2), np.int64)
    _decode(reader.rest(), gaps, values, predictors(at, None if grid_ is None else cells))
    if colours:
        index = values[:, 0]
        if len(index) and (index.min() < 0 or index.max() >= colours or values[:, 1].any()):
            raise FormatError("the colour stream is damaged: a cue has no colour of the palette")
        values = palette[index]
    return Points(size, grid_, radius, step, at, values, palette)


def predictors(cells: Array, of: Cells | None) -> Array:
    """Return, for every cell, the two earlier ones that predict it (n, 2); -1: none.

    In a full grid, of the cells ``of``, the ones to the left and above; else the two nearest of
    the last 96.
    """
    count = len(cells)
    near = np.full((count, 2), -1, np.int64)
    if count < 2:
        return near
    if of is not None:
        width = int((cells[:, 0] == cells[0, 0]).sum())
        index = np.arange(count)
        left = np.where(index % width > 0, index - 1, -1)
        above = np.where(index >= width, index - width, -1)
        near[:, 0] = np.where(left >= 0, left, above)
        near[:, 1] = np.where(left >= 0, above, -1)
        return near
    back = np.arange(1, min(_WINDOW, count - 1) + 1)
    for start in range(0, count, 4096):
        here = np.arange(start, min(start + 4096, count))
        there = here[:, None] - back[None, :]
        step = cells[here][:, None] - cells[np.maximum(there, 0)]
        distance = (step**2).sum(axis=2)
        distance[there < 0] = np.iinfo(np.int64).max
        for k in range(2):
            if k >= len(back):
                break
            best = np.argmin(distance, axis=1)
            rows = np.arange(len(here))
            known = distance[rows, best] < np.iinfo(np.int64).max
            near[here[known], k] = there[rows, best][known]
            distance[rows, best] = np.iinfo(np.int64).max
    return near


def _chain(count: int) -> Array:
    """Return predictors by the entry before."""
    return np.stack([np.arange(count) - 1, np.full(count, -1)], axis=1)


def _indices(values: Array, palette: Array) -> Array:
    table = {(int(a), int(b)): i for i, (a, b) in enumerate(palette)}
    return np.array([table[int(a), int(b)] for a, b in values], np.int64).reshape(-1)


def _code(gaps: Array, values: Array, near: Array) -> bytes:
    data = np.zeros(64 + 8 * (len(gaps) + 2 * len(values)), np.uint8)
    io = np.zeros(8, np.int64)
    rates = load_model().rates
    length = code_numbers(
        gaps.astype(np.int64),
        np.ascontiguousarray(values, np.int64).copy(),
        np.ascontiguousarray(near, np.int64),
        np.zeros(len(values), np.int64),
        data,
        io,
        rates,
        _WRITE,
    )
    if io[BAD]:
        raise FormatError("the cues do not fit into a stream")
    return data[:length].tobytes()


def _decode(data: bytes, gaps: Array, values: Array, near: Array) -> None:
    """Fill in gaps and values."""
    io = np.zeros(8, np.int64)
    code_numbers(
        gaps,
        values,
        np.ascontiguousarray(near, np.int64),
        np.zeros(len(values), np.int64),
        np.frombuffer(data, np.uint8).copy(),
        io,
        load_model().rates,
        _READ,
    )
    if io[BAD]:
        raise FormatError("the colour stream is damaged: its cues cannot be read")


def _varint(value: int) -> bytes:
    """Return a number of 0 or more in groups of seven bits, the lowest first."""
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _zigzag(value: int) -> int:
    return 2 * value if value >= 0 else -2 * value - 1


def _unzigzag(value: int) -> int:
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


class _Reader:
    """Reads a payload from its front."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def varint(self) -> int:
        value = 0
        for shift in range(0, 35, 7):
            (byte,) = self.take(1)
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise FormatError("the colour stream is damaged: a number has too many digits")

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) < count:
            raise FormatError("the colour stream is cut off")
        self._at += count
        return part

    def rest(self) -> bytes:
        return self._data[self._at :]
