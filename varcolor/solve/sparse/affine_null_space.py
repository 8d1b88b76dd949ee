"""Affine null space of TGV: slopes that cues leave open are made the smallest.

An energy that leaves affine functions free (`varcolor.energy.tgv`) has one minimiser only where
three cues of a part of the picture are not on one line. Elsewhere every

    f(p) = n . (p - q),  q the middle of the part's cues, n across their line

can be added to it, two of them where all cues are in one place. Of all these minimisers we take the
one with the smallest sum of squared differences between neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from varcolor.energy.problem import Problem
from varcolor.energy.stencil import neighbours
from varcolor.solve.sparse.block_system import BlockSystem
from varcolor.typing import Array, BoolArray, FloatArray, Shape

#: The steps to the right and downwards, whose slopes follow the chroma in that order.
_STEPS = ((0, 1), (1, 0))
#: What counts as nothing, relative to what it is a part of.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class FreeSlopes:
    """The affine functions that are free in one part of the picture."""

    pixels: Array
    """(P,) flat indices of the part."""
    functions: FloatArray
    """(P, 1 or 2): their values there, orthogonal in their differences."""
    directions: FloatArray
    """(1 or 2, 2): their slopes, to the right and downwards."""
    pairs: tuple[Array, Array]
    """Both ends of all pairs of neighbours, as positions in ``pixels``."""

    def minimise(self, full: FloatArray, count: int) -> None:
        """Make the slopes of all unknowns (3 * count, C) the smallest, in place."""
        here, there = self.pairs
        own = self.functions[there] - self.functions[here]
        u = full[self.pixels]
        amounts = -(own.T @ (u[there] - u[here])) / (own**2).sum(axis=0)[:, None]
        full[self.pixels] += self.functions @ amounts
        for k in range(2):
            full[(1 + k) * count + self.pixels] += self.directions[:, k] @ amounts


def free_slopes(system: BlockSystem) -> tuple[FreeSlopes, ...]:
    """Return the parts of the picture with free slopes; most energies have none."""
    count = system.problem.shape[0] * system.problem.shape[1]
    if system.size != 3 * count:
        return ()
    found = free_in_parts(system.problem, system.part[:count])
    return tuple(free for free in found if _costs_nothing(system, free, count))


def free_in_parts(problem: Problem, label: Array) -> tuple[FreeSlopes, ...]:
    """Return the affine functions that cues leave open in the parts ``label`` (N,) that have any.

    For energies that do not see affine functions.
    """
    own = label[problem.at]
    found = []
    for part in np.unique(own):
        free = _of_part(np.flatnonzero(label == part), problem.at[own == part], problem.shape)
        if free is not None:
            found.append(free)
    return tuple(found)


def _of_part(pixels: Array, cues: Array, shape: tuple[int, int]) -> FreeSlopes | None:
    """Return the affine functions that vanish at the cues but not in the whole part."""
    at = _places(cues, shape)
    middle = at.mean(axis=0)
    _, size, axes = np.linalg.svd(np.vstack([at - middle, np.zeros((2, 2))]), full_matrices=False)
    directions = axes[size <= _NOTHING * max(shape)]
    if not len(directions):
        return None
    position = np.full(shape[0] * shape[1], -1)
    position[pixels] = np.arange(len(pixels))
    grid = position.reshape(shape)
    both = [(grid[a].ravel(), grid[b].ravel()) for _, a, b in neighbours(shape, _STEPS)]
    ends = np.hstack([np.array(pair) for pair in both]) if both else np.zeros((2, 0), int)
    here, there = ends[:, (ends >= 0).all(axis=0)]
    functions = (_places(pixels, shape) - middle) @ directions.T
    steps = functions[there] - functions[here]
    squares, turn = np.linalg.eigh(steps.T @ steps)
    kept = squares > _NOTHING
    if not kept.any():
        return None
    turn = turn[:, kept]
    return FreeSlopes(pixels, functions @ turn, turn.T @ directions, (here, there))


def _places(flat: Array, shape: tuple[int, int]) -> FloatArray:
    """Return (N, 2): column and row."""
    rows, columns = np.divmod(flat, shape[1])
    return np.column_stack([columns, rows]).astype(np.float64)


def _costs_nothing(system: BlockSystem, free: FreeSlopes, count: int) -> bool:
    """Tell whether the energy does not see the functions."""
    full = np.zeros((system.size, len(free.directions)))
    full[free.pixels] = free.functions
    for k in range(2):
        full[(1 + k) * count + free.pixels] = free.directions[:, k]
    largest = _NOTHING * max(1.0, float(np.abs(free.functions).max()))
    return all(
        float(np.abs(block.operator @ full).max(initial=0.0)) <= largest
        for block in (*system.squares, *system.norms)
    )


def loose_pixels(free: Sequence[FreeSlopes], shape: Shape) -> BoolArray | None:
    """Return where slopes are free, (H, W); None if that is nowhere."""
    if not free:
        return None
    result = np.zeros(shape, bool)
    for part in free:
        result.flat[part.pixels] = True
    return result


def minimise_free_slopes(free: Sequence[FreeSlopes], full: FloatArray, count: int) -> FloatArray:
    """Return all unknowns with free slopes as small as can be."""
    full = full.copy() if free else full
    for part in free:
        part.minimise(full, count)
    return full
