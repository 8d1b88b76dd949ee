"""Regions of equal lightness and colour as objects: SLIC with merging, and felzenszwalb.

They need no weights and know no things. The photo is divided at a size of at most ``pixels``
pixels; borders are brought to its full size by the nearest pixel.

References
----------
R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", PAMI 2012.
P. Felzenszwalb, D. Huttenlocher, "Efficient graph-based image segmentation", IJCV 2004. The merging
is that of J. Ward, "Hierarchical grouping to optimize an objective function", JASA 1963, on the
graph of adjacent regions.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.checks import whole, within
from varcolor.image.color import oklab
from varcolor.image.downsample import step_for
from varcolor.image.picture import Picture
from varcolor.objects.instance import Instance, from_labels
from varcolor.typing import Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Slic:
    """Compact pieces of equal lightness and colour, merged while they are alike."""

    name: ClassVar[str] = "slic"
    slow: ClassVar[bool] = False

    pieces: int = 400
    """Pieces before merging, 2 to 20000."""
    compactness: float = 0.05
    """How round pieces are, against how alike inside; 0.001 to 10."""
    regions: int = 24
    """Regions that are left after merging, 1 to 10000."""
    pixels: int = 250_000
    """Size at which the photo is divided, at most."""

    def __post_init__(self) -> None:
        whole("pieces", self.pieces, 2, 20_000)
        whole("regions", self.regions, 1, 10_000)
        whole("pixels", self.pixels, 100)
        within("compactness", self.compactness, 1e-3, 10.0)

    def version(self) -> str:
        """Return what results depend on beside the options."""
        return "1"

    def segment(self, picture: Picture) -> list[Instance]:
        """Return the regions, which cover the photo."""
        from skimage.segmentation import slic

        values = _reduced(picture, self.pixels)
        found = slic(
            values,
            self.pieces,
            self.compactness,
            convert2lab=False,
            channel_axis=2,
            start_label=0,
            enforce_connectivity=True,
        )
        return _regions(merged(np.asarray(found), values, self.regions), picture, self.pixels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Felzenszwalb:
    """Regions that differ more from one another than within, of any form."""

    name: ClassVar[str] = "felzenszwalb"
    slow: ClassVar[bool] = False

    scale: float = 300.0
    """The larger, the larger are regions; 1 to 1e6."""
    sigma: float = 0.8
    """Blur before, in pixels; 0 to 50."""
    smallest: float = 0.001
    """Smallest region, as a part of the photo; 0 to 1."""
    pixels: int = 250_000
    """Size at which the photo is divided, at most."""

    def __post_init__(self) -> None:
        within("scale", self.scale, 1.0, 1e6)
        within("sigma", self.sigma, 0.0, 50.0)
        within("smallest", self.smallest, 0.0, 1.0)
        whole("pixels", self.pixels, 100)

    def version(self) -> str:
        """Return what results depend on beside the options."""
        return "1"

    def segment(self, picture: Picture) -> list[Instance]:
        """Return the regions, which cover the photo."""
        from skimage.segmentation import felzenszwalb

        values = _reduced(picture, self.pixels)
        least = max(2, round(self.smallest * values.shape[0] * values.shape[1]))
        own = (self.scale, self.sigma, least)
        return _regions(
            np.asarray(felzenszwalb(values, *own, channel_axis=2)), picture, self.pixels
        )


def _reduced(picture: Picture, pixels: int) -> FloatArray:
    """Return the photo in Oklab (h, w, 3), or its lightness (h, w, 1), at a smaller size."""
    step = step_for(picture.shape, pixels)
    values = picture.as_float()
    if step > 1:
        values = block_means(values, step)
    if picture.is_gray:
        return np.asarray(oklab.luma_of_gray(values))[..., None]
    lightness, chroma = oklab.split(values)
    return np.concatenate([lightness[..., None], chroma], axis=2)


def block_means(values: FloatArray, step: int) -> FloatArray:
    """Return means over blocks of ``step`` x ``step`` pixels; the last ones may be smaller."""
    for axis in (0, 1):
        starts = np.arange(0, values.shape[axis], step)
        counts = np.diff(np.append(starts, values.shape[axis]))
        own = [1] * values.ndim
        own[axis] = len(counts)
        values = np.add.reduceat(values, starts, axis=axis) / counts.reshape(own)
    return values


def _regions(labels: Array, picture: Picture, pixels: int) -> list[Instance]:
    """Return the objects of labels (h, w), from 0 on, at the photo's size."""
    height, width = picture.shape
    step = step_for(picture.shape, pixels)
    if step > 1:
        rows, columns = np.arange(height) // step, np.arange(width) // step
        labels = labels[np.ix_(rows, columns)]
    return from_labels(labels.astype(np.int32) + 1)


def merged(labels: Array, values: FloatArray, count: int) -> Array:
    """Merge adjacent regions until ``count`` are left, those first that cost least.

    Parameters
    ----------
    labels : ndarray of int, shape (H, W)
        Regions, numbered from 0.
    values : ndarray, shape (H, W, C)
        What is alike in a region. Joining A and B costs |A| |B| / (|A| + |B|) times the squared
        distance of their means: what the variance within regions grows by.
    count : int
        Regions that are to be left.

    Returns
    -------
    ndarray of int, shape (H, W)
        Numbers from 0 on.
    """
    own, labels = np.unique(labels, return_inverse=True)
    labels = labels.reshape(values.shape[:2])
    n = len(own)
    flat = labels.ravel()
    size = np.bincount(flat, minlength=n).astype(np.float64)
    channels = values.reshape(-1, values.shape[2]).T
    mean = np.stack([np.bincount(flat, v, n) / size for v in channels], axis=1)
    near: list[set[int]] = [set() for _ in range(n)]
    for here, there in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        differ = here != there
        for one, other in {*zip(here[differ].tolist(), there[differ].tolist(), strict=True)}:
            near[one].add(other)
            near[other].add(one)

    def cost(a: int, b: int) -> float:
        gap = mean[a] - mean[b]
        return float(size[a] * size[b] / (size[a] + size[b]) * (gap @ gap))

    age = [0] * n
    heap = [(cost(a, b), a, b, 0, 0) for a in range(n) for b in near[a] if a < b]
    heapq.heapify(heap)
    parent, left = list(range(n)), n
    while left > count and heap:
        _, a, b, age_a, age_b = heapq.heappop(heap)
        if parent[a] != a or parent[b] != b or (age[a], age[b]) != (age_a, age_b):
            continue
        total = size[a] + size[b]
        mean[a] = (size[a] * mean[a] + size[b] * mean[b]) / total
        size[a], parent[b] = total, a
        age[a] += 1
        left -= 1
        near[a] = (near[a] | near[b]) - {a, b}
        for other in near[a]:
            near[other].discard(b)
            near[other].add(a)
            heapq.heappush(heap, (cost(a, other), a, other, age[a], age[other]))
    root = np.array([_root(parent, k) for k in range(n)])
    return np.asarray(np.unique(root, return_inverse=True)[1].reshape(-1)[labels])


def _root(parent: list[int], k: int) -> int:
    while parent[k] != k:
        k = parent[k]
    return k
