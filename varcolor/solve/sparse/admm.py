"""ADMM for energies with norms: one factorisation, then cheap steps.

For min E_2(x) + sum_i s_i sum_g |(z_i)_g| with z_i = K_i x + k_i, and a penalty rho_g for every
group, in turn

    x  <- argmin E_2(x) + sum_i |K_i x + k_i - z_i + y_i / rho_i|^2_rho / 2     (linear, factorised)
    z_i <- groups of K_i x + k_i + y_i / rho_i, shortened by s_i / rho_i
    y_i <- y_i + rho_i (K_i x + k_i - z_i)

with over-relaxation. The start and the penalties come from a few steps of reweighted least squares,
rho_g = s / n_g with the norm n_g of a group kept within a range about the mean: against one penalty
for all that starts anywhere it takes a third of the steps.

Reference: S. Boyd et al., "Distributed optimization and statistical learning via the alternating
direction method of multipliers", 2011, sections 3.1 and 3.4.3.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from varcolor.energy.blocks import group_squares
from varcolor.solve.sparse.block_system import BlockSystem, shortened
from varcolor.solve.sparse.irls import Factorise, Split, norms_of, reweight
from varcolor.typing import FloatArray

_RELAXATION = 1.7
#: Steps of reweighted least squares.
_WARM = 6
#: How far norms may lie from their mean, as a factor, in the penalties.
_RANGE = 10.0
#: Smallest mean norm of a block that is believed, as a part of the largest.
_LEAST = 1e-3


def shrink(values: FloatArray, group: int, by: FloatArray) -> FloatArray:
    """Return the minimiser of sum_g by_g |z_g| + |z - values|^2 / 2: groups made shorter."""
    length = np.sqrt(group_squares(values, group))
    share = np.divide(by, length, out=np.ones_like(length), where=length > by)
    return np.asarray(values * np.repeat(1 - share, group)[:, None])


def alternate(
    system: BlockSystem, values: FloatArray, full: FloatArray, factorise: Factorise
) -> Iterator[tuple[FloatArray, list[FloatArray]]]:
    """Yield, after every step, all unknowns (N * (1 + auxiliary), C) and the duals of the norms."""
    split = Split.of(system, values)
    blocks = split.blocks
    x = full[system.free]
    warm = reweight(split, x, factorise)
    for _ in range(_WARM):
        x, y = next(warm)
        yield system.whole(x, values), y
    z = split.images(x)
    y = [shortened(yi, block.group, block.strength) for yi, block in zip(y, blocks, strict=True)]
    penalties = []
    norms = norms_of(z, blocks)
    least = _LEAST * max(float(n.mean()) for n in norms)
    for n, block in zip(norms, blocks, strict=True):
        middle = max(float(n.mean()), least, 1e-30)
        penalties.append(block.strength / np.clip(n, middle / _RANGE, middle * _RANGE))
    rho = [np.repeat(p, b.group)[:, None] for p, b in zip(penalties, blocks, strict=True)]
    solve = split.solver(penalties, factorise)
    while True:
        right = 2 * split.b
        for K, k, r, zi, yi in zip(split.operators, split.shifts, rho, z, y, strict=True):
            right += K.T @ (r * (zi - k) - yi)
        x = solve(right, x)
        for i, (image, block) in enumerate(zip(split.images(x), blocks, strict=True)):
            relaxed = _RELAXATION * image + (1 - _RELAXATION) * z[i]
            z[i] = shrink(relaxed + y[i] / rho[i], block.group, block.strength / penalties[i])
            y[i] = y[i] + rho[i] * (relaxed - z[i])
        yield system.whole(x, values), y
