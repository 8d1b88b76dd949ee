"""Total generalised variation: norms, and what a lower bound of the energy is made of.

Arrays as in `varcolor.backend.kernels.admm.tgv`.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, kernel
from varcolor.backend.kernels.admm.tgv import FIRST_PLANES, fluxes_row, images_row, less_images_row
from varcolor.backend.kernels.admm.tv import D3
from varcolor.typing import Array

#: How many times the range of chroma, and of slopes, first and second differences are at most.
_FURTHEST = (2.0, 4.0)


@kernel(f"float64[:]({A3}, {A3}, {A3}, {D3}, {D3}, {A3}, float64, float64[::1], {ROW}, {ROW})")
def infeasibility(
    root: Array,
    second_weights: Array,
    rho: Array,
    x: Array,
    base: Array,
    v: Array,
    diameter: float,
    levels: Array,
    top: int,
    bottom: int,
) -> Array:
    """Return what a lower bound of the energy is made of (`varcolor.solve.admm.base`).

    That is the sums of |K x| and of flux times K x, and for every one of the ascending ``levels``
    t the sum of (|flux| - 1 - t) |K d| where positive, |K d| what differences and slopes up to
    ``diameter`` make at most.
    """
    n = root.shape[2] - 2
    flux, images, less = np.zeros((10, n + 2)), np.zeros((10, n + 2)), np.zeros((10, n + 2))
    held = np.zeros(n + 2, np.float32)
    sums = np.zeros(2 + len(levels))
    for r in range(top, bottom):
        images_row(root, second_weights, x, r, images)
        flux[:] = images
        less_images_row(root, second_weights, base, r, less, flux)
        fluxes_row(rho, v, r, held, flux)
        for g in range(2):
            weight = second_weights if g else root
            for c in range(1, n + 1):
                size, along, long = 0.0, 0.0, 0.0
                for k in range(FIRST_PLANES if g else 0, 10 if g else FIRST_PLANES):
                    size += images[k, c] ** 2
                    along += images[k, c] * flux[k, c]
                    long += flux[k, c] ** 2
                sums[0] += np.sqrt(size)
                sums[1] += along
                if long > 1:
                    over = np.sqrt(long) - 1
                    most = np.sqrt(weight[0, r, c] ** 2 + weight[1, r, c] ** 2) * diameter
                    most *= _FURTHEST[1] if g else _FURTHEST[0]
                    for j in range(len(levels)):
                        if over <= levels[j]:
                            break
                        sums[2 + j] += (over - levels[j]) * most
    return sums


@kernel(f"float64[:]({A3}, {A3}, {D3}, {A3}, {ROW}, {ROW})")
def norms(root: Array, second_weights: Array, x: Array, out: Array, top: int, bottom: int) -> Array:
    """Write norms of first and second differences to ``out`` (2, H + 2, W + 2); return the sums."""
    n, sums = root.shape[2] - 2, np.zeros(2)
    images = np.zeros((10, n + 2))
    for r in range(top, bottom):
        images_row(root, second_weights, x, r, images)
        for g in range(2):
            for c in range(1, n + 1):
                size = 0.0
                for k in range(FIRST_PLANES if g else 0, 10 if g else FIRST_PLANES):
                    size += images[k, c] ** 2
                size = np.sqrt(size)
                out[g, r, c] = size
                sums[g] += size
    return sums
