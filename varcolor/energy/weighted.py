"""A term times a number: what weighted sums are made of."""

from __future__ import annotations

from dataclasses import dataclass

from varcolor.energy.blocks import Block, OnBlocks, blocks_of
from varcolor.energy.problem import Term, TermSummary
from varcolor.typing import Array


@dataclass(frozen=True, eq=False)
class Weighted(OnBlocks):
    """factor * term."""

    term: Term
    factor: float
    """Not negative."""

    @property
    def summary(self) -> TermSummary:
        """As the term."""
        return self.term.summary

    @property
    def quadratic(self) -> bool:
        """As the term."""
        return self.term.quadratic

    @property
    def auxiliary(self) -> int:
        """As the term."""
        return int(getattr(self.term, "auxiliary", 0))

    def value(self, u: Array) -> float:
        """Return the energy of u (H, W, C)."""
        return self.factor * self.term.value(u)

    def blocks(self) -> tuple[Block, ...]:
        """Return the term's blocks, scaled."""
        return tuple(block.scaled(self.factor) for block in blocks_of(self.term))


def bare_term(term: Term) -> tuple[float, Term]:
    """Return the factor of a term, and the term without it."""
    return (term.factor, term.term) if isinstance(term, Weighted) else (1.0, term)
