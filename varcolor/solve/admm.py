"""Alternating directions for energies with norms: one factorisation, then cheap steps.

For min E_2(x) + sum_i s_i sum_g |(z_i)_g| with z_i = K_i x + k_i, in turn

    x  <- argmin E_2(x) + rho/2 sum_i |K_i x + k_i - z_i + y_i / rho|^2      (linear, factorised)
    z_i <- groups of (K_i x + k_i + y_i / rho), shortened by s_i / rho
    y_i <- y_i + rho (K_i x + k_i - z_i)

with over-relaxation. rho is balanced between both residuals now and then, at the price of another
factorisation. A tiny proximal term keeps the linear system positive definite where the energy has
a null space; it does not move the minimum.

Reference: S. Boyd et al., "Distributed optimization and statistical learning via the alternating
direction method of multipliers", 2011, sections 3.1, 3.4.1 and 3.4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.blocks import group_squares
from varcolor.solve.block_system import BlockSystem
from varcolor.typing import Array, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Factorise = Callable[["csr_array"], Callable[[Array], Array]]

_RELAXATION = 1.7
#: Part of the mean diagonal that the proximal term has.
_PROXIMAL = 1e-7
#: rho is looked at after so many steps, at most so often, and changed if residuals differ so much.
_LOOK, _LOOKS, _UNBALANCED = 25, 8, 4.0


def shrink(values: FloatArray, group: int, by: float) -> FloatArray:
    """Return the minimiser of by sum_g |z_g| + |z - values|^2 / 2: groups made shorter."""
    length = np.sqrt(group_squares(values, group))
    share = np.divide(by, length, out=np.ones_like(length), where=length > by)
    scale = 1 - share
    return np.asarray(values * np.repeat(scale, group)[:, None])


def alternate(
    system: BlockSystem, values: FloatArray, full: FloatArray, factorise: Factorise
) -> Iterator[tuple[FloatArray, list[FloatArray]]]:
    """Yield, after every step, all unknowns (N * (1 + auxiliary), C) and the duals of the norms."""
    from scipy.sparse import csr_array, eye_array

    free, norms = system.free, system.norms
    operators = [block.operator[:, free] for block in norms]
    coupling = csr_array(sum(((K.T @ K) for K in operators[1:]), operators[0].T @ operators[0]))
    given = full.copy()
    given[free] = 0
    shifts = [block.operator @ given for block in norms]
    b = -system.half_gradient(given, values)
    x = full[free].copy()
    images = [K @ x + k for K, k in zip(operators, shifts, strict=True)]
    z = [image.copy() for image in images]
    y = [np.zeros_like(image) for image in images]
    steepness = sum(block.value(full) for block in norms)
    size = sum(float((image**2).sum()) for image in images)
    rho = steepness / size if size > 0 else 1.0
    identity = eye_array(len(free))

    def prepare() -> tuple[Callable[[Array], Array], float]:
        matrix = 2 * system.quadratic + rho * coupling
        proximal = _PROXIMAL * float(matrix.diagonal().mean())
        return factorise(csr_array(matrix + proximal * identity)), proximal

    solve, proximal = prepare()
    step, looks = 0, 0
    while True:
        step += 1
        right = 2 * b + proximal * x
        for K, k, zi, yi in zip(operators, shifts, z, y, strict=True):
            right += K.T @ (rho * (zi - k) - yi)
        x = solve(right)
        primal = dual = 0.0
        for i, (K, k, block) in enumerate(zip(operators, shifts, norms, strict=True)):
            image = K @ x + k
            relaxed = _RELAXATION * image + (1 - _RELAXATION) * z[i]
            before = z[i]
            z[i] = shrink(relaxed + y[i] / rho, block.group, block.strength / rho)
            y[i] = y[i] + rho * (relaxed - z[i])
            primal += float(((image - z[i]) ** 2).sum())
            dual += float(((K.T @ (z[i] - before)) ** 2).sum())
        full[free] = x
        yield full, y
        if step % _LOOK == 0 and looks < _LOOKS and primal > 0 and dual > 0:
            scale = max(1e-300, sum(float((yi**2).sum()) for yi in y))
            size = max(1e-300, sum(float((zi**2).sum()) for zi in z))
            balance = float(np.sqrt((primal / size) / (rho**2 * dual / scale)))
            looks += 1
            if not 1 / _UNBALANCED < balance < _UNBALANCED:
                rho *= float(np.clip(balance, 0.1, 10))
                solve, proximal = prepare()
