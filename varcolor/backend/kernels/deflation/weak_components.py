"""Islands: small connected components of strong links, tied to the rest by weak links only.

A link is strong if it has some share of the strongest one at either end, as in `tile_components`.
An island is all that strong links connect with each other, if it has at least two pixels, not too
many, and does not reach far; and pixels without strong links whose strongest one leads there. It is
found from its first pixel, a seed: one without strong links to pixels before it. Few pixels are,
and most of them are given up after a few steps, when strong links lead to a pixel before the seed.

``link_bits`` (H + 2, W + 2) uint8
    Which of every pixel's links are strong (see `mark_strong_links`).
``pixels`` (P,) int32
    Places of pixels in a picture (H + 2, W + 2) that is laid out as one row, island by island.
``first`` (K + 1,) int64
    Where the pixels of every island begin.
``labels`` (H + 2, W + 2) int32
    The island of every pixel, from 1; 0 where there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, fast_helper, helper, kernel
from varcolor.backend.kernels.deflation.tile_components import strongest
from varcolor.typing import Array

#: Rows below its seed, and columns to either side, that an island may reach.
EXTENT = 64
_LINK_BITS, _PIXELS = "uint8[:,::1]", "int32[::1]"
_ZERO, _NONE = np.float32(0), np.uint8(0)
_RIGHT, _LOWER_LEFT, _BELOW, _LOWER_RIGHT = (np.uint8(1 << k) for k in range(4))


@fast_helper
def _mark_row(
    weight: Array, share: Any, most: Array, other: Array, bit: int, link_bits: Array
) -> None:
    """Add ``bit`` to ``link_bits`` where links are strong."""
    for c in range(link_bits.shape[0]):
        strong = (weight[c] >= share * max(most[c], other[c])) & (weight[c] > _ZERO)
        link_bits[c] |= bit if strong else _NONE


@kernel(f"void({A3}, float32, {_LINK_BITS}, {ROW}, {ROW})")
def mark_strong_links(w: Array, share: float, link_bits: Array, top: int, bottom: int) -> None:
    """Write which links of these rows' pixels are strong to ``link_bits`` (H + 2, W + 2).

    1, 2, 4 and 8 stand for those to the right, the lower left, below and the lower right.
    """
    n = link_bits.shape[1] - 2
    rows = np.zeros((2, n + 2), np.float32)
    strongest(w, top, rows[top % 2])
    for r in range(top, bottom):
        here, below, to = rows[r % 2], rows[(r + 1) % 2], link_bits[r, 1 : n + 1]
        if r < link_bits.shape[0] - 2:
            strongest(w, r + 1, below)
        to[:] = _NONE
        own = here[1 : n + 1]
        _mark_row(w[0, r, 1 : n + 1], share, own, here[2:], _RIGHT, to)
        _mark_row(w[1, r, 1 : n + 1], share, own, below[:n], _LOWER_LEFT, to)
        _mark_row(w[2, r, 1 : n + 1], share, own, below[1 : n + 1], _BELOW, to)
        _mark_row(w[3, r, 1 : n + 1], share, own, below[2:], _LOWER_RIGHT, to)


@fast_helper
def _before(left: Any, upper_left: Any, above: Any, upper_right: Any) -> Any:
    """Return the bits of strong links from four earlier neighbours, from their bits."""
    beside = (left & _RIGHT) | (upper_left & _LOWER_RIGHT)
    return beside | (above & _BELOW) | (upper_right & _LOWER_LEFT)


@fast_helper
def _seeds(link_bits: Array, r: int, seeds: Array) -> None:
    """Write to ``seeds`` (W,) which pixels of row r have strong links, but only to later ones."""
    n = seeds.shape[0]
    own, left, above = link_bits[r, 1 : n + 1], link_bits[r, :n], link_bits[r - 1, 1 : n + 1]
    upper_right, upper_left = link_bits[r - 1, 2 : n + 2], link_bits[r - 1, :n]
    for c in range(n):
        before = _before(left[c], upper_left[c], above[c], upper_right[c])
        seeds[c] = _RIGHT if (before == _NONE) & (own[c] != _NONE) else _NONE


@kernel(f"int64({_LINK_BITS}, {ROW}, {ROW})")
def count_seeds(link_bits: Array, top: int, bottom: int) -> int:
    """Return how many pixels of these rows have strong links, but only to later ones."""
    seeds, count = np.empty(link_bits.shape[1] - 2, np.uint8), 0
    for r in range(top, bottom):
        _seeds(link_bits, r, seeds)
        for c in range(seeds.shape[0]):
            count += seeds[c]
    return count


@helper
def neighbour(k: int, y: int, x: int) -> tuple[int, int]:
    """Return the row and column of a pixel's k-th neighbour, in raster order."""
    place = k if k < 4 else k + 1
    return y + place // 3 - 1, x + place % 3 - 1


@helper
def weight_at(w: Array, k: int, y: int, x: int) -> Any:
    """Return the weight of a pixel's k-th neighbour, in raster order, of 4 planes or 8."""
    if w.shape[0] == 8:
        return w[k, y, x]
    if k >= 4:
        return w[k - 4, y, x]
    return w[3 - k, y - (0 if k == 3 else 1), x + (k - 1 if k < 3 else -1)]


@helper
def _alone(link_bits: Array, y: int, x: int) -> bool:
    """Tell whether a pixel has no strong link."""
    above = link_bits[y - 1, x - 1], link_bits[y - 1, x], link_bits[y - 1, x + 1]
    alone: bool = (_before(link_bits[y, x - 1], *above) | link_bits[y, x]) == _NONE
    return alone


@helper
def _nearest(w: Array, y: int, x: int) -> int:
    """Return which neighbour, in raster order, has the largest weight; -1 if none has any."""
    best, most = -1, _ZERO
    for k in range(8):
        weight = weight_at(w, k, y, x)
        if weight > most:
            best, most = k, weight
    return best


@helper
def _join(w: Array, link_bits: Array, found: Array, size: int) -> int:
    """Add pixels without strong links that are tied to an island most; return its new size."""
    height, width, i = w.shape[1], w.shape[2], 0
    while i < size:
        y, x = found[i] // width, found[i] % width
        for k in range(8):
            a, b = neighbour(k, y, x)
            inside = 0 < a < height - 1 and 0 < b < width - 1 and size < found.shape[0]
            if inside and _alone(link_bits, a, b) and _nearest(w, a, b) == 7 - k:
                found[size] = a * width + b
                size += 1
        i += 1
    return size


@kernel(f"int64({A3}, {_LINK_BITS}, uint8[::1], {_PIXELS}, {_PIXELS}, {ROW}, {ROW})")
def find(
    w: Array, link_bits: Array, flat: Array, pixels: Array, ends: Array, top: int, bottom: int
) -> int:
    """Write the islands whose seeds lie in these rows; return how many there are.

    ``flat`` is ``link_bits`` as one row. ``pixels`` and ``ends``, where the pixels of every island
    end, are as long as can be of use: what finds no room in them is left out. The most pixels of an
    island are an eighth of the reach squared.
    """
    width, limit = link_bits.shape[1], EXTENT * EXTENT // 8
    seeds = np.empty(width - 2, np.uint8)
    stamp = np.zeros((EXTENT, 2 * EXTENT + 1), np.int32)
    stack, found = np.empty(8 * limit + 8, np.int32), np.empty(2 * limit, np.int32)
    count = used = tried = 0
    for r in range(top, bottom):
        _seeds(link_bits, r, seeds)
        for c in range(1, width - 1):
            if seeds[c - 1] == _NONE:
                continue
            tried += 1
            seed = r * width + c
            stamp[0, EXTENT] = tried
            stack[0], waiting, size, whole = seed, 1, 0, True
            while waiting > 0 and whole:
                waiting -= 1
                place = stack[waiting]
                if size == limit:
                    whole = False
                    break
                found[size] = place
                size += 1
                for k in range(8):  # pixels before this one come last, and so are next
                    bit = np.uint8(8 >> (k % 4))
                    step = 1 if bit == _RIGHT else width - 1
                    step += 1 if bit == _BELOW else (2 if bit == _LOWER_RIGHT else 0)
                    other = place + step if k < 4 else place - step
                    if flat[min(place, other)] & bit == _NONE:
                        continue
                    down = other // width - r
                    aside = other % width - c + EXTENT
                    if other < seed or down >= EXTENT or not 0 <= aside <= 2 * EXTENT:
                        whole = False
                        break
                    if stamp[down, aside] != tried:
                        stamp[down, aside] = tried
                        stack[waiting] = other
                        waiting += 1
            if whole:
                size = _join(w, link_bits, found, size)
            if whole and used + size <= pixels.shape[0] and count < ends.shape[0]:
                for i in range(size):  # assigned as a whole, it would take seconds to compile
                    pixels[used + i] = found[i]
                used += size
                ends[count] = used
                count += 1
    return count
