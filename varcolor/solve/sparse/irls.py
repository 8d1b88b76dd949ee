"""Iteratively reweighted least squares: energies with norms as a sequence of quadratic ones.

Each step minimises E_2(x) + sum_i s_i sum_g |(K_i x + k_i)_g|^2 / (2 n_g), n_g the norms of the
step before, but at least a bound that is halved from step to step. The first steps gain much, later
ones little: they begin what `varcolor.solve.sparse.admm` ends, and their weights tell how firmly
each group is to be held there. The start must not be constant: it sets the first bound.

Reference: I. Daubechies et al., "Iteratively reweighted least squares minimization for sparse
recovery", Comm. Pure Appl. Math. 63 (2010).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.blocks import Block, group_squares
from varcolor.solve.sparse.block_system import BlockSystem
from varcolor.typing import Array, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Factorise = Callable[["csr_array"], Callable[[Array], Array]]

#: The bound of the norms falls by this factor a step, down to this part of the mean norm.
_FALL, _LEAST = 0.5, 1e-3
#: Part of the diagonal of a proximal term: where an energy has a null space, matrices are singular.
_PROXIMAL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """An energy as E_2(x) + sum of norms of K x + k, for the unknowns x (F, C)."""

    system: BlockSystem
    operators: tuple[csr_array, ...]
    """K of every norm, (G * group, F)."""
    shifts: tuple[FloatArray, ...]
    """k of every norm: what the exact cues contribute, (G * group, C)."""
    b: FloatArray
    """(F, C): E_2 has the gradient 2 (Q x - b)."""

    @classmethod
    def of(cls, system: BlockSystem, values: FloatArray) -> Split:
        """Split the energy for cue values (K, C)."""
        given = system.whole(np.zeros((len(system.free), values.shape[1])), values)
        operators = tuple(block.operator[:, system.free] for block in system.norms)
        shifts = tuple(np.asarray(block.operator @ given) for block in system.norms)
        return cls(system, operators, shifts, -system.half_gradient(given, values))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The norms."""
        return self.system.norms

    def images(self, x: FloatArray) -> list[FloatArray]:
        """Return K x + k of every norm."""
        return [K @ x + k for K, k in zip(self.operators, self.shifts, strict=True)]

    def solver(
        self, weights: list[FloatArray], factorise: Factorise
    ) -> Callable[[FloatArray, FloatArray], FloatArray]:
        """Factorise M = 2 Q + sum K' diag(w) K, ``weights`` (G,) for every norm.

        Returns the function (right, x) -> the minimiser of z' M z / 2 - right' z with a tiny
        proximal term about x.
        """
        from scipy.sparse import csr_array, diags_array

        matrix = 2 * self.system.quadratic
        for K, w, block in zip(self.operators, weights, self.blocks, strict=True):
            matrix = matrix + K.T @ diags_array(np.repeat(w, block.group)) @ K
        diagonal = matrix.diagonal()
        near = np.where(diagonal > 0, _PROXIMAL * diagonal, 1.0)
        solve = factorise(csr_array(matrix + diags_array(near)))
        return lambda right, x: np.asarray(solve(right + near[:, None] * x))


def norms_of(images: list[FloatArray], blocks: tuple[Block, ...]) -> list[FloatArray]:
    """Return the norms (G,) of the groups of every image."""
    return [
        np.sqrt(group_squares(image, block.group))
        for image, block in zip(images, blocks, strict=True)
    ]


def reweight(
    split: Split, x: FloatArray, factorise: Factorise
) -> Iterator[tuple[FloatArray, list[FloatArray]]]:
    """Yield x (F, C) and the duals of the norms after every step."""
    largest = max(float(n.max(initial=0.0)) for n in norms_of(split.images(x), split.blocks))
    bounds = [largest] * len(split.blocks)
    while True:
        norms = norms_of(split.images(x), split.blocks)
        bounds = [
            max(_FALL * bound, _LEAST * float(n.mean()), 1e-30)
            for bound, n in zip(bounds, norms, strict=True)
        ]
        weights = [
            block.strength / np.maximum(n, bound)
            for block, n, bound in zip(split.blocks, norms, bounds, strict=True)
        ]
        right = 2 * split.b
        wide = [
            np.repeat(w, block.group)[:, None]
            for w, block in zip(weights, split.blocks, strict=True)
        ]
        for K, k, w in zip(split.operators, split.shifts, wide, strict=True):
            right -= K.T @ (w * k)
        x = split.solver(weights, factorise)(right, x)
        yield x, [w * image for w, image in zip(wide, split.images(x), strict=True)]
