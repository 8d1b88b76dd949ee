"""What cues must be: inside the picture, finite, of positive weight."""

from __future__ import annotations

import numpy as np

from varcolor.cues.sizes import size
from varcolor.errors import CueError
from varcolor.typing import Array, BoolArray, Shape


def protected_pixels(flat: Array, shape: Shape, at: Array) -> Array:
    """Return protected pixels sorted, once each, and without those that are cues."""
    found: Array = np.unique(np.asarray(flat, np.int64))
    if len(found) and not (found[0] >= 0 and found[-1] < shape[0] * shape[1]):
        raise CueError(f"a protected pixel lies outside of the {size(shape)} picture")
    return np.setdiff1d(found, at[:, 0].astype(np.int64) * shape[1] + at[:, 1])


def check_cues(shape: Shape, at: Array, color: Array, weight: Array) -> None:
    """Refuse cues that cannot be used; the message names the first.

    Raises
    ------
    CueError
        If positions (N, 2) leave the picture, colours (N, 3) are not finite, or weights (N,) are
        not positive.
    """
    if len(shape) != 2 or min(shape) < 1 or max(shape) >= 1 << 31:
        raise CueError(f"cues for a picture of shape {shape}; expected (height, width)")
    if not len(at):
        return
    bad: BoolArray = ((at < 0) | (at >= np.array(shape))).any(axis=1)  # type: ignore[assignment]
    if bad.any():
        row, column = at[np.argmax(bad)]
        raise CueError(
            f"a cue at column {column}, row {row} lies outside of the {size(shape)} picture "
            f"(columns 0 to {shape[1] - 1}, rows 0 to {shape[0] - 1})"
        )
    bad = ~np.asarray(np.isfinite(color).all(axis=1))
    if bad.any():
        row, column = at[np.argmax(bad)]
        raise CueError(f"the cue at column {column}, row {row} has no finite colour")
    bad = ~(weight > 0)
    if bad.any():
        row, column = at[np.argmax(bad)]
        raise CueError(
            f"the cue at column {column}, row {row} has weight {weight[np.argmax(bad)]:g}; "
            "weights must be positive"
        )


def whole_points(xy: Array) -> Array:
    """Return points (N, 2) as int64, column and row.

    Raises
    ------
    CueError
        If they have another shape or are no whole numbers.
    """
    xy = xy.reshape(0, 2) if xy.size == 0 else xy
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise CueError(f"points of shape {xy.shape}; expected (N, 2): column, row")
    whole = xy.dtype.kind in "iu" or (
        xy.dtype.kind == "f" and bool(np.isfinite(xy).all() and (xy == np.floor(xy)).all())
    )
    if not whole:
        raise CueError("points must be whole numbers: column and row of a pixel")
    if xy.size and not (xy.min() > -(2**31) and xy.max() < 2**31):
        raise CueError("a point lies outside of the picture: more than 2^31 pixels away")
    return xy.astype(np.int64)
