"""Which pixels a stroke covers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from varcolor.errors import CueError
from varcolor.typing import Array, BoolArray, Shape

if TYPE_CHECKING:
    from varcolor.cues.strokes import Stroke

#: A line of this radius covers every pixel that it crosses by their centres alone.
_WIDE = math.sqrt(0.5) + 1e-9


def covered(
    stroke: Stroke, shape: Shape, band: tuple[int, int] | None = None
) -> tuple[slice, slice, BoolArray]:
    """Return the window of pixels that a stroke can touch, and which of them it covers.

    Of a ``band`` of rows only, from one to before another, if it is given.
    """
    first, last = band or (0, shape[0])
    points = np.asarray(stroke.points, dtype=np.float64)
    radius = min(stroke.radius, 1e9)
    low = np.floor(points.min(axis=0) - radius - 0.5).astype(int)
    high = np.ceil(points.max(axis=0) + radius + 0.5).astype(int)
    left, top = np.maximum(low, (0, first))
    right, bottom = np.minimum(high, (shape[1], last))
    rows, columns = slice(top, max(top, bottom)), slice(left, max(left, right))
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    if not mask.size:
        return rows, columns, mask
    starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
    for start, end in zip(starts, ends, strict=True):
        _cover_segment(mask, start - (left, top), end - (left, top), radius)
        if radius < _WIDE:
            crossed = crossed_pixels(start, end, shape) - (top, left)
            crossed = crossed[(crossed[:, 0] >= 0) & (crossed[:, 0] < len(mask))]
            mask[crossed[:, 0], crossed[:, 1]] = True
    if stroke.fill:
        _cover_inside(mask, points - (left, top))
    return rows, columns, mask


def _cover_inside(mask: BoolArray, points: Array) -> None:
    """Set the pixels of ``mask`` whose centres lie inside of a polygon, by the even-odd rule."""
    x = np.arange(mask.shape[1]) + 0.5
    for row in range(mask.shape[0]):
        y = row + 0.5
        start, end = points, np.roll(points, -1, axis=0)
        cut = (start[:, 1] <= y) != (end[:, 1] <= y)
        way = (y - start[cut, 1]) / (end[cut, 1] - start[cut, 1])
        at = np.sort(start[cut, 0] + way * (end[cut, 0] - start[cut, 0]))
        mask[row] |= np.searchsorted(at, x, side="right") % 2 == 1


def stroke_lies_inside(stroke: Stroke, number: int, shape: Shape) -> bool:
    """Tell whether all points of a stroke lie in a picture.

    Raises
    ------
    CueError
        If none does, and no line between them crosses the picture; ``number`` names the stroke.
    """
    inside = [0 <= x <= shape[1] and 0 <= y <= shape[0] for x, y in stroke.points]
    if not any(inside) and not _crosses(stroke, shape):
        x, y = stroke.points[0]
        raise CueError(
            f"stroke {number} has a point at {x:g}, {y:g}, outside of the "
            f"{shape[1]} x {shape[0]} picture, and none inside"
        )
    return all(inside)


def _crosses(stroke: Stroke, shape: Shape) -> bool:
    """Tell whether the line through the points of a stroke has a part inside of a picture."""
    points = np.asarray(stroke.points, dtype=np.float64)
    return any(len(crossed_pixels(a, b, shape)) > 0 for a, b in pairwise(points))


def crossed_pixels(start: Array, end: Array, shape: Shape) -> Array:
    """Return row and column (N, 2) of every pixel of a picture that a segment has a point in.

    The points (x, y) of the right and lower border belong to the last column and row.
    """
    way = end - start
    parts = [np.array([0.0, 1.0])]
    for axis, side in ((0, shape[1]), (1, shape[0])):
        low, high = sorted((start[axis], end[axis]))
        if high > low:
            lines = np.arange(max(math.ceil(low), 0), min(math.floor(high), side) + 1)
            parts.append((lines - start[axis]) / way[axis])
    at = np.unique(np.clip(np.concatenate(parts), 0, 1))
    at = np.concatenate(
        [at, (at[1:] + at[:-1]) / 2]
    )  # where lines of the grid are met, and between
    points = start + at[:, None] * way
    near = np.rint(points)
    points = np.where(np.abs(points - near) < 1e-9 * (1 + np.abs(near)), near, points)
    points = points[((points >= 0) & (points <= (shape[1], shape[0]))).all(axis=1)]
    pixels: Array = np.minimum(np.floor(points), (shape[1] - 1, shape[0] - 1)).astype(int)
    return pixels[:, ::-1]


def _cover_segment(mask: BoolArray, start: Array, end: Array, radius: float) -> None:
    """Set the pixels of ``mask`` whose centres lie within ``radius`` of a segment."""
    low = np.maximum(np.floor(np.minimum(start, end) - radius - 0.5).astype(int), 0)
    high = np.ceil(np.maximum(start, end) + radius + 0.5).astype(int)
    window = mask[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    x = np.arange(low[0], low[0] + window.shape[1]) + 0.5 - start[0]
    y = (np.arange(low[1], low[1] + window.shape[0]) + 0.5 - start[1])[:, None]
    dx, dy = end - start
    length2 = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / length2, 0, 1) if length2 > 0 else 0.0
    window |= (x - along * dx) ** 2 + (y - along * dy) ** 2 <= radius * radius
