"""What is kept from one solve of a photo to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from varcolor.energy.problem import Term
from varcolor.objects.instance import Instance
from varcolor.prior.base import Source
from varcolor.typing import Array


@dataclass(slots=True, eq=False)
class Kept:
    """Weights, the solver's matrix, the prior's features, the last answer; of one photo."""

    terms: tuple[Term, ...] | None = None
    solver: str = ""
    """Name of the solver that prepared ``state``."""
    state: Any = None
    source: tuple[Source, Any] | None = None
    """A source of a prior and what it has prepared."""
    instances: tuple[Instance, ...] | None = None
    """The photo's objects, once they have been found."""
    scoped: tuple[int, ...] = ()
    """The objects whose borders nothing passes, in ``terms``."""
    chroma: Array | None = None
    """(H, W, 2) float32: the last answer, which the next solve begins with."""
    reused: bool = False
    """Whether more solves of this photo follow: then all of this is kept, and compiled kernels
    count as loaded."""
