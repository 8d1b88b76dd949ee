"""From regions to pixels: the smoothest chroma that has the coded means.

Minimised is sum_rs w_rs |u_r - u_s|^2 + sum_r d_r |u_r - c_r|^2 over the eight neighbours, with w
from the grey (`varcolor.ir.kernels.region_propagation`), c_r the value of r's region and d_r =
`PULL` / size^(1/4). After each of a few rounds, the regions' values are moved by what their means
of u miss (Bregman's iteration): smoothing then keeps the means. One V-cycle a round suffices.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.stencil.matvec import add_scaled, cg_update, product
from varcolor.backend.thread_pool import Strips, Team, strips_of
from varcolor.ir.kernels.region_propagation import (
    add_regions,
    cauchy_weights,
    from_regions,
    sums_of_regions,
)
from varcolor.ir.tree.regions import Regions
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.typing import Array

#: Weights of neighbours: per squared level of luma, and of blurred luma; and the smallest.
SHARP, SHARP_BLURRED, FLOOR = 0.3, 6.0, 0.01
#: Width of the blur in pixels.
BLUR, _TRUNCATE = 2.0, 3.0
#: Weight of the data, and how it falls with the region's size.
PULL, FALL = 0.12, 0.25
ROUNDS = 4
_CHANNELS = [(0, 1), (1, 2)]
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
    team = team or Team()
    height, width = gray.shape
    strips = strips_of(height, height * width)
    w, reaction, b, u, r, z = (bordered(gray.shape, *planes) for planes in ((4,), (), *4 * [(2,)]))
    _weights(gray, w, strips, team)
    sizes = regions.sizes.astype(np.float64)
    pull = (PULL / sizes**FALL).astype(np.float32)
    team.run(from_regions, strips, regions.labels, np.stack([pull, pull]), b)
    reaction[:] = b[0]
    hierarchy = Hierarchy(w, reaction, np.ones(gray.shape, bool), team)
    free = hierarchy.grids[0].inverse
    means, sums = regions.means.T, np.empty((2, len(sizes)))
    values = np.ascontiguousarray(means, np.float32)
    team.run(from_regions, strips, regions.labels, values, u)
    # The residual of u = c; later it follows from what changes.
    team.run(product, strips, w, reaction, free, u, r)
    team.run(add_regions, strips, regions.labels, values * pull, np.float32(-1), r)
    for round_ in range(ROUNDS):
        rz, _ = hierarchy.cycle(r, z, b, _NO_SLOPE)
        zz = np.sum(team.run(product, strips, w, reaction, free, z, b), axis=0)
        along = np.divide(rz, zz, out=np.zeros(2), where=zz > 0).astype(np.float32)
        if round_ + 1 == ROUNDS:
            team.run(add_scaled, strips, u, z, along)
            break
        team.run(cg_update, strips, u, z, r, b, along)
        team.run(sums_of_regions, _CHANNELS, regions.labels, u, sums)
        missed = ((means - sums / sizes) * pull).astype(np.float32)
        team.run(add_regions, strips, regions.labels, missed, np.float32(1), r)
    return u[:, 1:-1, 1:-1]


def _weights(gray: Array, w: Array, strips: Strips, team: Team) -> None:
    """Set the weights (4, H + 2, W + 2) of all pairs of neighbours."""
    luma = gray.astype(np.float32)
    blurred = np.empty_like(luma)
    team.run(_blur, strips, luma, blurred)
    how = np.array([SHARP, SHARP_BLURRED, FLOOR], np.float32)
    team.run(cauchy_weights, strips, luma, blurred, w, how)


def _blur(luma: Array, blurred: Array, top: int, bottom: int) -> None:
    """Blur a strip; rows count from 1."""
    from scipy.ndimage import gaussian_filter

    reach = round(_TRUNCATE * BLUR)
    first, last = max(top - 1 - reach, 0), bottom - 1 + reach
    near = gaussian_filter(luma[first:last], BLUR, mode="nearest", truncate=_TRUNCATE)
    blurred[top - 1 : bottom - 1] = near[top - 1 - first :][: bottom - top]
