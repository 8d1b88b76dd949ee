"""From regions to pixels: the smoothest chroma that has the coded means.

Minimised is sum_rs w_rs |u_r - u_s|^2 + sum_r d_r |u_r - c_r|^2 over the eight neighbours, with w
from the grey (`varcolor.backend.kernels.spread`), c_r the value of r's region and d_r =
`PULL` / size^(1/4). After each of a few rounds, the regions' values are moved by what their means
of u miss (Bregman's iteration): smoothing then keeps the means. One V-cycle a round suffices.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.operator import add_scaled, product
from varcolor.backend.kernels.spread import cauchy_weights, from_regions, sums_of_regions
from varcolor.backend.threads import Team
from varcolor.ir.tree.regions import Regions
from varcolor.solve.hierarchy import Hierarchy, bordered, strips_of
from varcolor.typing import Array

#: Weights of neighbours: per squared level of luma, and of blurred luma; and the smallest.
SHARP, SHARP_BLURRED, FLOOR = 0.3, 6.0, 0.01
#: Width of the blur in pixels.
BLUR = 2.0
#: Weight of the data, and how it falls with the region's size.
PULL, FALL = 0.12, 0.25
ROUNDS = 4
_ONES = np.ones(2, np.float32)
_NO_SLOPE = np.zeros((1, 2), np.float32)


def spread(regions: Regions, gray: Array, team: Team | None = None) -> Array:
    """Return coded chroma (2, H, W), float32.

    Parameters
    ----------
    regions : Regions
        The leaves of the tree.
    gray : ndarray of uint8, shape (H, W)
        The grey picture.
    """
    from scipy.ndimage import gaussian_filter

    team = team or Team()
    height, width = gray.shape
    strips = strips_of(height, height * width)
    luma = gray.astype(np.float32)
    blurred = gaussian_filter(luma, BLUR, mode="nearest", truncate=3.0)
    w, excess = bordered(gray.shape, 4), bordered(gray.shape)
    how = np.array([SHARP, SHARP_BLURRED, FLOOR], np.float32)
    team.run(cauchy_weights, strips, luma, blurred, w, how)
    sizes = regions.sizes.astype(np.float64)
    pull = (PULL / sizes**FALL).astype(np.float32)
    b, u, r, z, q, work = (bordered(gray.shape, 2) for _ in range(6))
    team.run(from_regions, strips, regions.labels, np.stack([pull, pull]), b)
    excess[:] = b[0]
    free = bordered(gray.shape)
    free[1:-1, 1:-1] = 1
    hierarchy = Hierarchy(w, excess, np.ones(gray.shape, bool), team)
    means = regions.means.T
    values = np.ascontiguousarray(means, np.float32)
    team.run(from_regions, strips, regions.labels, values, u)
    # The residual of u = c is -L u; later it follows from what changes.
    team.run(product, strips, w, bordered(gray.shape), free, u, r)
    np.negative(r, out=r)
    for round_ in range(ROUNDS):
        rz, _ = hierarchy.cycle(r, z, work, _NO_SLOPE)
        zz = np.sum(team.run(product, strips, w, excess, free, z, q), axis=0)
        along = np.divide(rz, zz, out=np.zeros(2), where=zz > 0).astype(np.float32)
        team.run(add_scaled, strips, u, z, along)
        if round_ + 1 == ROUNDS:
            break
        team.run(add_scaled, strips, r, q, -along)
        missed = means - sums_of_regions(regions.labels, u, len(sizes)) / sizes
        team.run(from_regions, strips, regions.labels, (missed * pull).astype(np.float32), b)
        team.run(add_scaled, strips, r, b, _ONES)
    return u[:, 1:-1, 1:-1]
