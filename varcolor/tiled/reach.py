"""Parts of a picture on disk that no cue reaches, because transparency cuts them off: left grey.

Connected parts are labelled tile by tile and joined along the cuts between tiles, eight neighbours
to a pixel.
"""

from __future__ import annotations

import numpy as np

from varcolor.tiled.field import Field
from varcolor.tiled.window import Box, Known
from varcolor.typing import Array, BoolArray

_EIGHT = np.ones((3, 3), bool)


def silence_unreached(pixels: Field, chroma: Field, known: Known, tiles: list[Box]) -> int:
    """Set the chroma to zero where no cue reaches; return how many visible pixels that are.

    Parameters
    ----------
    pixels : Field
        The photo; parts are cut off only if it has alpha.
    chroma : Field
        Changed in place.
    known : Known
        The cues.
    tiles : list of Box
        A grid of them: cuts go through the whole picture.
    """
    if pixels.shape[2] not in (2, 4):
        return 0
    reached = _reached(pixels, known, tiles)
    if reached.all():
        return 0
    count = base = 0
    for tile in tiles:
        labels, parts = _labels(pixels, tile)
        own = np.concatenate([[True], reached[base : base + parts]])
        base += parts
        grey = ~own[labels]
        if grey.any():
            values = chroma.read(tile.rows, tile.columns)
            values[grey] = 0
            chroma.write(tile.rows, tile.columns, values)
            count += int(grey.sum())
    return count


def _labels(pixels: Field, tile: Box) -> tuple[Array, int]:
    """Return the number of every pixel's part in a tile, from 1; 0 where nothing is visible."""
    from scipy.ndimage import label

    visible = pixels.read(tile.rows, tile.columns)[:, :, -1] > 0
    labels, parts = label(visible, _EIGHT)
    return labels, int(parts)


def _reached(pixels: Field, known: Known, tiles: list[Box]) -> BoolArray:
    """Return which parts of all tiles, in their order, hang together with a cue."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    height, width = pixels.shape[:2]
    # What lies on both sides of the cuts: parts from 1, 0 for none.
    above = {tile.top: np.zeros((2, width), np.int64) for tile in tiles if tile.top}
    beside = {tile.left: np.zeros((2, height), np.int64) for tile in tiles if tile.left}
    base, cued = 0, []
    for tile in tiles:
        labels, parts = _labels(pixels, tile)
        numbers = np.where(labels > 0, labels + base, 0)
        base += parts
        for row, side in ((tile.top, 1), (tile.bottom, 0)):
            if row in above:
                above[row][side, tile.columns] = numbers[0 if side else -1]
        for column, side in ((tile.left, 1), (tile.right, 0)):
            if column in beside:
                beside[column][side, tile.rows] = numbers[:, 0 if side else -1]
        cued.append(np.unique(numbers.ravel()[known.inside(tile).at]))
    pairs = [
        pair
        for lines in (above, beside)
        for one, other in lines.values()
        for pair in _joined(one, other)
    ]
    ends = np.concatenate([np.zeros((2, 0), np.int64), *pairs], axis=1)
    graph = coo_array((np.ones(ends.shape[1]), (ends[0] - 1, ends[1] - 1)), (base, base))
    _, component = connected_components(graph, directed=False)
    marked = np.concatenate([np.zeros(0, np.int64), *cued])
    marked = marked[marked > 0] - 1
    return np.asarray(np.isin(component, component[marked]))


def _joined(one: Array, other: Array) -> list[Array]:
    """Return the pairs (2, n) of parts that touch across a cut, straight or diagonally."""
    found = []
    for shift in (-1, 0, 1):
        here = one[max(shift, 0) : len(one) + min(shift, 0)]
        there = other[max(-shift, 0) : len(other) + min(-shift, 0)]
        both = (here > 0) & (there > 0)
        found.append(np.unique(np.stack([here[both], there[both]]), axis=1))
    return found
