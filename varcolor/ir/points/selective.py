"""Where the colours of a picture are: one cue in every blob of a colour.

The chroma is smoothed and rounded; connected pixels of one rounded chroma form a blob. Its cue is
the pixel of the blob that lies farthest from its border, so that it always lies inside. Large blobs
get further cues, each as far from the earlier ones as can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.energy.stencil import FORWARD, neighbours
from varcolor.typing import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """How blobs are found and cued; lengths in pixels of the reduced picture."""

    side: int = 250
    """Shorter side that the picture is reduced to before blobs are sought."""
    round_to: int = 10
    """Rounding of chroma, in levels of 255."""
    blur: float = 1.0
    """Width of the Gaussian over the chroma."""
    smallest: int = 5
    """Pixels of the smallest blob that gets a cue."""
    large: int = 1000
    """A further cue for every so many pixels of a blob; above three times that, log10 of them."""
    border: int = 2
    """Cues stay so far away from the picture's border."""
    extra: bool = True
    """Whether large blobs get further cues."""


def pick(chroma: Array, picking: Picking) -> Array:
    """Return row and column (n, 2) of the cues, in raster order.

    Parameters
    ----------
    chroma : ndarray, shape (H, W, 2)
        Chroma in levels of 255.
    picking : Picking
        How.
    """
    from scipy import ndimage

    height, width = chroma.shape[:2]
    factor = max(1, round(min(height, width) / picking.side))
    small = _reduced(chroma, factor)
    smooth = np.stack(
        [ndimage.gaussian_filter(small[..., k], picking.blur, mode="nearest") for k in range(2)], -1
    )
    codes = np.rint(smooth / picking.round_to).astype(np.int64)
    single = (codes[..., 0] - codes[..., 0].min()) * 4096 + codes[..., 1] - codes[..., 1].min()
    blobs = _components(single)
    sizes = np.bincount(blobs.ravel())
    rows, columns = blobs.shape
    margin = picking.border if min(rows, columns) > 2 * picking.border else 0
    found: list[tuple[int, int]] = []
    for number, box in enumerate(ndimage.find_objects(blobs + 1)):
        if box is None or sizes[number] < picking.smallest:
            continue
        inside = blobs[box] == number
        depth = ndimage.distance_transform_cdt(np.pad(inside, 1), "chessboard")[1:-1, 1:-1]
        top, left = box[0].start, box[1].start
        r, c = np.nonzero(inside)
        allowed = (
            (r + top >= margin)
            & (r + top < rows - margin)
            & (c + left >= margin)
            & (c + left < columns - margin)
        )
        if not allowed.any():
            continue
        r, c = r[allowed], c[allowed]
        for k in _spread_out(r, c, depth[r, c], _wanted(int(sizes[number]), picking)):
            found.append((int(r[k]) + top, int(c[k]) + left))
    pixels = np.array(found, np.int64).reshape(-1, 2) * factor + factor // 2
    pixels = np.minimum(pixels, [height - 1, width - 1])
    order = np.lexsort((pixels[:, 1], pixels[:, 0]))
    return np.asarray(pixels[order])


def _wanted(size: int, picking: Picking) -> int:
    """Return the number of cues of a blob."""
    if not picking.extra or size < picking.large:
        return 1
    further = size // picking.large if size < 3 * picking.large else round(np.log10(size))
    return 1 + int(further)


def _spread_out(r: Array, c: Array, depth: Array, wanted: int) -> list[int]:
    """Return the deepest pixel, then those farthest from the ones before."""
    chosen = [int(np.argmax(depth))]
    distance = np.full(len(r), np.inf)
    while len(chosen) < min(wanted, len(r)):
        last = chosen[-1]
        distance = np.minimum(distance, (r - r[last]) ** 2.0 + (c - c[last]) ** 2.0)
        chosen.append(int(np.argmax(np.minimum(distance, 25.0 * depth**2))))
    return list(dict.fromkeys(chosen))


def _reduced(chroma: Array, factor: int) -> Array:
    """Return means over squares of ``factor`` pixels; what is left over at the ends is cut."""
    if factor == 1:
        return chroma
    height, width = (side // factor for side in chroma.shape[:2])
    part = chroma[: height * factor, : width * factor]
    return np.asarray(part.reshape(height, factor, width, factor, 2).mean(axis=(1, 3)))


def _components(codes: Array) -> Array:
    """Number the 8-connected components of equal codes, from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    height, width = codes.shape
    index = np.arange(height * width).reshape(height, width)
    ends = [(index[:0, 0], index[:0, 0])]  # of a picture of one pixel
    for _, here, there in neighbours(codes.shape, FORWARD):
        same = codes[here] == codes[there]
        ends.append((index[here][same], index[there][same]))
    a, b = (np.concatenate(part) for part in zip(*ends, strict=True))
    graph = coo_array((np.ones(len(a), bool), (a, b)), shape=(height * width,) * 2)
    return np.asarray(connected_components(graph, directed=False)[1].reshape(height, width))
