"""Colour bins of the classification heads: cells of 10 x 10 units of a* and b*.

The 529 bins are the grid a*, b* in -110, -100, ... 110, with index 23 (a* / 10 + 11) + (b* / 10 +
11). The 313 bins are those of them that exist in sRGB at some lightness, as the release of the
ECCV network lists them.

Source: R. Zhang, P. Isola, A. Efros, "Colorful image colorization", ECCV 2016 (313 colours).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from varcolor.typing import FloatArray

#: Width of a bin in a* and in b*; bins a side of the grid.
WIDTH, SIDE = 10.0, 23
#: For a* from -90 by 10: the first and the last b* of the 313 bins, by 10.
_RANGES = (
    *((50, 90), (20, 90), (0, 90), (-20, 90), (-30, 100), (-40, 100), (-50, 100), (-50, 100)),
    *((-60, 100), (-70, 100), (-80, 90), (-80, 90), (-90, 90), (-100, 90), (-100, 80)),
    *((-110, 80), (-110, 80), (-110, 70), (-110, 70), (-90, 0)),
)


@cache
def grid_bins() -> FloatArray:
    """Return a*, b* (529, 2) of the grid."""
    line = (np.arange(SIDE) - SIDE // 2) * WIDTH
    a, b = np.meshgrid(line, line, indexing="ij")
    return np.stack([a.ravel(), b.ravel()], axis=1)


@cache
def hull_bins() -> FloatArray:
    """Return a*, b* (313, 2) of the bins in the gamut."""
    return np.array(
        [
            (10.0 * i - 90, float(b))
            for i, (low, high) in enumerate(_RANGES)
            for b in range(low, high + 10, 10)
        ]
    )


def hull_histogram(ab: FloatArray) -> FloatArray:
    """Return the shares (313,) of colours (N, 2): each counts for its nearest bin."""
    from scipy.spatial import cKDTree

    nearest = cKDTree(hull_bins()).query(ab.reshape(-1, 2))[1]
    count = np.bincount(nearest, minlength=len(hull_bins())).astype(np.float64)
    return np.asarray(count / count.sum())
