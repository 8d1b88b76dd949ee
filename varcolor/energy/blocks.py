"""Energies as sums of norms of sparse operators: what the general solvers are given.

x has the pixels' chroma first, then `auxiliary` further unknowns per pixel. Channels share the
operators; a norm runs over the rows of a group and over both channels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from varcolor.energy.stencil import Stencil
from varcolor.errors import InputError
from varcolor.typing import Array, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from varcolor.energy.problem import Term


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """strength * sum over groups g of |K_g x|^2, or of |K_g x|."""

    operator: csr_array
    """(G * group, N * (1 + auxiliary)): rows of a group follow each other."""
    group: int
    """Rows per group."""
    strength: float
    square: bool
    """Whether norms are squared."""

    def value(self, x: FloatArray) -> float:
        """Return the energy of x (N * (1 + auxiliary), C)."""
        squares = group_squares(self.operator @ x, self.group)
        return self.strength * float((squares if self.square else np.sqrt(squares)).sum())

    def scaled(self, factor: float) -> Block:
        """Return the block times a factor."""
        return replace(self, strength=self.strength * factor)

    def widened(self, columns: int) -> Block:
        """Return the block with further unknowns on the right that it does not see."""
        from scipy.sparse import csr_array

        K = self.operator
        if K.shape[1] == columns:
            return self
        wide = csr_array((K.data, K.indices, K.indptr), shape=(K.shape[0], columns))
        return replace(self, operator=wide)


def group_squares(values: FloatArray, group: int) -> FloatArray:
    """Return the squared norms (G,) of groups of rows of ``values`` (G * group, C)."""
    return np.asarray(np.einsum("gkc,gkc->g", *[values.reshape(-1, group, values.shape[1])] * 2))


class BlockTerm(Protocol):
    """A term that is made of blocks."""

    @property
    def auxiliary(self) -> int:
        """Unknowns per pixel beside the chroma."""
        ...

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks."""
        ...


def blocks_of(term: Term) -> tuple[Block, ...]:
    """Return the blocks of any term that is an energy.

    Raises
    ------
    InputError
        If it is none (`levin` as published).
    """
    if hasattr(term, "blocks"):
        return tuple(term.blocks())
    if not term.symmetric:
        raise InputError(
            "levin as published is no energy: it cannot be part of a sum; use levin-ls"
        )
    return (Block(edge_operator(term.stencil), 1, 1.0, square=True),)


def edge_operator(stencil: Stencil) -> csr_array:
    """Return the rows sqrt(w_rs) (u_s - u_r) of a symmetric stencil, each pair once."""
    half = len(stencil.offsets) // 2
    forward = range(half, len(stencil.offsets))
    parts = [difference_rows(stencil, k) for k in forward]
    from scipy.sparse import csr_array, vstack

    rows = csr_array(vstack(parts, format="csr"))
    return rows[np.flatnonzero(np.diff(rows.indptr))]


def difference_rows(stencil: Stencil, k: int) -> csr_array:
    """Return (N, N): sqrt(w_rs) (u_s - u_r) for offset k; empty rows where the weight is zero."""
    from scipy.sparse import csr_array

    count = stencil.weights[k].size
    root = np.sqrt(np.asarray(stencil.weights[k], dtype=np.float64).ravel())
    here = np.flatnonzero(root)
    step = stencil.offsets[k][0] * stencil.shape[1] + stencil.offsets[k][1]
    values = np.concatenate([-root[here], root[here]])
    place = (np.concatenate([here, here]), np.concatenate([here, here + step]))
    return csr_array((values, place), shape=(count, count))


def grouped(parts: Sequence[csr_array]) -> csr_array:
    """Interleave operators of equal shape: row g of every part makes group g."""
    from scipy.sparse import csr_array, vstack

    count = parts[0].shape[0]
    order = np.arange(len(parts) * count).reshape(len(parts), count).T.ravel()
    return csr_array(vstack(parts, format="csr")[order])


class OnBlocks(ABC):
    """What terms made of blocks share; their `value` is a plain formula of their own."""

    __slots__ = ()
    symmetric: bool = True

    @property
    def auxiliary(self) -> int:
        """No further unknowns."""
        return 0

    @property
    def stencil(self) -> Stencil:
        """Second-order solvers ask for this, and get an answer in words."""
        raise InputError(
            "this solver takes harmonic and levin only: use the solver auto, or block-direct"
        )

    @abstractmethod
    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks."""

    @abstractmethod
    def value(self, u: Array) -> float:
        """Return the energy of u (H, W, C)."""

    def matrix(self) -> csr_array:
        """Return (N, N): half the gradient of a quadratic term."""
        from scipy.sparse import csr_array

        blocks = self.blocks()
        if not all(block.square for block in blocks):
            raise InputError("this energy has no matrix: it is not quadratic")
        parts = [block.strength * (block.operator.T @ block.operator) for block in blocks]
        return csr_array(sum(parts[1:], start=parts[0]))
