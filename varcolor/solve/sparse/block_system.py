"""Energies made of blocks as one function of the unknowns, with their duality gap.

With the exact cues put in,

    E(x) = x'Q x - 2 b'x + const + sum_i s_i sum_g |(K_i x + k_i)_g|.

For any point x and any y_i whose groups are no longer than s_i, convexity gives, with
g = 2 (Q x - b) + sum_i K_i' y_i,

    E(x) - min E <= sum_i (s_i sum_g |(K_i x + k_i)_g| - <y_i, K_i x + k_i>) + max_z <g, x - z>,

z over a box that holds the minimiser. At a saddle point both parts vanish: the *gap* is the proof.

Reference: R. T. Rockafellar, "Convex Analysis", 1970, section 31 (Fenchel's duality).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.blocks import Block, blocks_of, group_squares
from varcolor.energy.problem import Problem
from varcolor.typing import Array, BoolArray, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class BlockSystem:
    """An energy of blocks, restricted to the unknowns that cues reach."""

    problem: Problem
    quadratic: csr_array
    """(F, F): Q, soft data included."""
    squares: tuple[Block, ...]
    """The squared blocks, on all unknowns."""
    norms: tuple[Block, ...]
    """The others."""
    free: Array
    """(F,) indices of the unknowns; those of pixels come first."""
    pixels: int
    """How many of them are chroma."""
    unreached: BoolArray
    """(H, W): visible pixels that no cue reaches."""
    part: Array
    """(size,): the number of the connected part that an unknown belongs to."""

    @property
    def size(self) -> int:
        """All unknowns, exact and unreached ones included."""
        return int(
            self.norms[0].operator.shape[1] if self.norms else self.squares[0].operator.shape[1]
        )

    def whole(self, x: FloatArray, values: FloatArray) -> FloatArray:
        """Return all unknowns (N * (1 + auxiliary), C) with the exact cues in place."""
        full = np.zeros((self.size, values.shape[1]))
        full[self.free] = x
        exact = self.problem.exact
        full[self.problem.at[exact]] = values[exact]
        return full

    def half_gradient(self, full: FloatArray, values: FloatArray) -> FloatArray:
        """Return Q x - b (F, C), summed as K'(K x): differences first, which rounds least."""
        total = np.zeros_like(full)
        for block in self.squares:
            total += block.strength * (block.operator.T @ (block.operator @ full))
        soft = ~self.problem.exact
        at = self.problem.at[soft]
        total[at] += self.problem.weight[soft, None] * (full[at] - values[soft])
        return np.asarray(total[self.free])

    def energy(self, full: FloatArray, values: FloatArray) -> float:
        """Return E, as `Problem.energy` does, for all unknowns."""
        soft = ~self.problem.exact
        gap = full[self.problem.at[soft]] - values[soft]
        data = float((self.problem.weight[soft, None] * gap**2).sum())
        return data + sum(block.value(full) for block in (*self.squares, *self.norms))

    def gap(
        self,
        full: FloatArray,
        duals: list[FloatArray],
        values: FloatArray,
        box: tuple[FloatArray, FloatArray],
    ) -> float:
        """Return a bound of E(x) - min E.

        Parameters
        ----------
        full : ndarray, shape (N * (1 + auxiliary), C)
            The point.
        duals : list of ndarray
            y of every block of `norms`; too long groups are shortened.
        values : ndarray, shape (K, C)
            The cues' values.
        box : (ndarray, ndarray)
            (C,) lowest and highest values that the minimiser's chroma has.
        """
        bound, gradient = 0.0, 2 * self.half_gradient(full, values)
        for block, dual in zip(self.norms, duals, strict=True):
            image = block.operator @ full
            y = shortened(dual, block.group, block.strength)
            bound += block.strength * float(np.sqrt(group_squares(image, block.group)).sum())
            bound -= float((y * image).sum())
            gradient += (block.operator.T @ y)[self.free]
        x = full[self.free][: self.pixels]
        g, rest = gradient[: self.pixels], gradient[self.pixels :]
        low, high = np.minimum(box[0], x.min(axis=0, initial=np.inf)), box[1]
        high = np.maximum(high, x.max(axis=0, initial=-np.inf))
        bound += float((g * (x - np.where(g > 0, low, high))).sum())
        if len(rest):
            # Unknowns beside the chroma are slopes: no steeper than the box is wide.
            own = full[self.free][self.pixels :]
            bound += float((np.abs(rest) * (np.abs(own) + (high - low))).sum())
        return bound


def shortened(dual: FloatArray, group: int, most: float) -> FloatArray:
    """Return a dual (G * group, C) whose groups are no longer than ``most``."""
    length = np.sqrt(group_squares(dual, group))
    scale = np.minimum(1, most / np.maximum(length, 1e-300))
    return np.asarray(dual * np.repeat(scale, group)[:, None])


def assemble_blocks(problem: Problem) -> BlockSystem:
    """Build the system of a problem whose terms are energies."""
    from scipy.sparse import csr_array, diags_array

    blocks = [block for term in problem.terms for block in blocks_of(term)]
    size = max(block.operator.shape[1] for block in blocks)
    blocks = [block.widened(size) for block in blocks if block.strength > 0]
    squares = tuple(block for block in blocks if block.square)
    norms = tuple(block for block in blocks if not block.square)
    count = problem.shape[0] * problem.shape[1]
    part = _parts(blocks, size)
    reach = np.isin(part, part[problem.at])
    unknown = reach.copy()
    unknown[problem.at[problem.exact]] = False
    free = np.flatnonzero(unknown)
    diagonal = np.zeros(size)
    soft = ~problem.exact
    diagonal[problem.at[soft]] = problem.weight[soft]
    quadratic = diags_array(diagonal[free]).tocsr()
    for block in squares:
        K = block.operator[:, free]
        quadratic = quadratic + block.strength * (K.T @ K)
    unreached = ~reach[:count].reshape(problem.shape)
    if problem.visible is not None:
        unreached &= problem.visible
    pixels = int(np.searchsorted(free, count))
    return BlockSystem(problem, csr_array(quadratic), squares, norms, free, pixels, unreached, part)


def _parts(blocks: list[Block], size: int) -> Array:
    """Return (size,): numbers of the parts that blocks connect."""
    from scipy.sparse import csgraph, csr_array

    total = csr_array((size, size))
    for block in blocks:
        pattern = abs(block.operator)
        total = total + pattern.T @ pattern
    _, label = csgraph.connected_components(total, directed=False)
    return np.asarray(label)
