"""Main colours as corners of a simplified convex hull of all colours in Oklab.

The two corners whose joining moves least mass (Ward's cost m n / (m + n) |x - y|^2) become one,
their mean, until ``count`` are left.

Reference: J. Tan, J.-M. Lien, Y. Gingold, "Decomposing images into layers via RGB-space geometry",
ACM TOG 2016, for the idea of hull corners as a palette.
"""

from __future__ import annotations

import numpy as np

from varcolor.palette.kmeans import kmeans
from varcolor.typing import FloatArray

#: Colours with less than this share are noise that the hull would wrap around.
_NOISE = 2e-5


def hull(colors: FloatArray, shares: FloatArray, count: int) -> FloatArray:
    """Return at most ``count`` corners (K, 3) of the colours (N, 3) with shares (N,).

    Colours that span no volume, greys for instance, have no hull: k-means answers for them.
    """
    from scipy.spatial import ConvexHull, QhullError

    colors = colors[shares >= _NOISE] if (shares >= _NOISE).sum() > 4 else colors
    try:
        corners = colors[ConvexHull(colors).vertices]
    except (QhullError, ValueError):
        return kmeans(colors, np.full(len(colors), 1 / len(colors)), count)
    mass = np.ones(len(corners))
    while len(corners) > count:
        gap = ((corners[:, None] - corners[None]) ** 2).sum(axis=2)
        cost = gap * (mass[:, None] * mass[None] / (mass[:, None] + mass[None]))
        np.fill_diagonal(cost, np.inf)
        i, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
        total = mass[i] + mass[j]
        corners[i] = (mass[i] * corners[i] + mass[j] * corners[j]) / total
        mass[i] = total
        corners, mass = np.delete(corners, j, axis=0), np.delete(mass, j)
    return corners
