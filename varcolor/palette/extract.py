"""The main colours of a picture, with their shares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from varcolor.checks import require, whole
from varcolor.image.picture import PictureLike, as_picture
from varcolor.palette.histogram import color_cells
from varcolor.palette.hull import hull
from varcolor.palette.kmeans import kmeans, nearest
from varcolor.palette.palette import Palette, from_oklab
from varcolor.typing import FloatArray

#: Ways to find main colours; the first is the default, by benchmarks/results/palette-extract.md.
WAYS: dict[str, Callable[[FloatArray, FloatArray, int], FloatArray]] = {
    "kmeans": kmeans,
    "hull": hull,
}
#: Most main colours that can be asked for.
MOST_ASKED = 64
#: Parts smaller than this, of the pixels, are no main colour.
_SMALLEST = 1e-4


def main_colors(photo: PictureLike, count: int = 8, way: str = "kmeans") -> Palette:
    """Return the main colours of a picture, the largest share first.

    Parameters
    ----------
    photo : Picture, path or ndarray
        In colour or grey. Transparent pixels do not count.
    count : int
        Most colours, 2 to 64; pictures with fewer have fewer.
    way : {"kmeans", "hull"}
        Weighted k-means in Oklab, or corners of a simplified convex hull.

    Returns
    -------
    Palette

    Raises
    ------
    InputError
        For values out of range, and pictures without a visible pixel.
    """
    whole("the number of colours", count, 2, MOST_ASKED)
    require(way in WAYS, f"way {way!r}: expected {' or '.join(WAYS)}")
    picture = as_picture(photo)
    cells, shares = color_cells(picture)
    centers = WAYS[way](cells, shares, count)
    own = np.bincount(nearest(cells, centers), shares, len(centers))
    used = own >= min(_SMALLEST, float(own.max()))
    order = np.argsort(-own[used], kind="stable")
    return Palette.of(from_oklab(centers[used][order]), own[used][order], picture.meta.source)
