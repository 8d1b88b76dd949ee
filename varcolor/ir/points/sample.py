"""Values of cues: sampled from the smoothed photo, reduced to a palette, thinned out."""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import yuv
from varcolor.image.picture import Picture
from varcolor.typing import Array


def smoothed_chroma(photo: Picture) -> Array:
    """Return the chroma (H, W, 2), in levels of 255, of a photo after a 5x5 median of R, G, B."""
    from scipy.ndimage import median_filter

    rgb = photo.pixels.astype(np.float32) * np.float32(255 / photo.maximum)
    smooth = np.stack([median_filter(rgb[..., k], 5, mode="nearest") for k in range(3)], axis=-1)
    return yuv.split(smooth)[1].astype(np.float32)


def unlike_neighbours(cells: Array, values: Array, round_to: int) -> Array:
    """Return which cells (n,) of a full grid differ from a neighbour when rounded.

    ``values`` (n, 2) is chroma in levels of 255. All eight neighbours count; a grid of one colour
    keeps its first cell.
    """
    rows, columns = np.unique(cells[:, 0]), np.unique(cells[:, 1])
    codes = np.rint(values / round_to).astype(np.int64).reshape(len(rows), len(columns), 2)
    padded = np.pad(codes, ((1, 1), (1, 1), (0, 0)), mode="edge")
    keep = np.zeros(codes.shape[:2], bool)
    for dr in range(3):
        for dc in range(3):
            there = padded[dr : dr + len(rows), dc : dc + len(columns)]
            keep |= (there != codes).any(axis=2)
    if not keep.any():
        keep.flat[0] = True
    return keep.ravel()


def palette_of(values: Array, colours: int) -> tuple[Array, Array]:
    """Return a palette (K, 2) of whole numbers for values (n, 2), and each value's entry (n,).

    K-means from a fixed start: the values sorted along their main axis, at equal distances.
    """
    if not 1 <= colours <= 256:
        raise InputError(f"a palette of {colours} colours: expected 1 to 256")
    distinct = np.unique(np.rint(values).astype(np.int64), axis=0)
    if len(distinct) <= colours:
        centres = distinct
    else:
        middle = values.mean(axis=0)
        axis = np.linalg.svd(values - middle, full_matrices=False)[2][0]
        order = np.argsort((values - middle) @ axis, kind="stable")
        start = ((np.arange(colours) + 0.5) * len(values) / colours).astype(np.int64)
        centres = values[order[start]].astype(np.float64)
        for _ in range(30):
            nearest = _nearest(values, centres)
            moved = centres.copy()
            for k in range(colours):
                if (nearest == k).any():
                    moved[k] = values[nearest == k].mean(axis=0)
            if np.allclose(moved, centres, atol=1e-3):
                break
            centres = moved
        centres = np.unique(np.rint(centres).astype(np.int64), axis=0)
    return centres, _nearest(values, centres)


def _nearest(values: Array, centres: Array) -> Array:
    """Return the index of the nearest centre of each value."""
    result = np.empty(len(values), np.int64)
    for start in range(0, len(values), 8192):
        part = values[start : start + 8192]
        result[start : start + 8192] = np.argmin(
            ((part[:, None] - centres[None]) ** 2).sum(axis=2), axis=1
        )
    return result
