"""What decides whether the mixed form is taken: energies, and the memory of the search's basis."""

from __future__ import annotations

import numpy as np

from varcolor.energy.problem import ProblemSummary

#: Steps of a search at least and at most, and the part of the free memory that its basis may take.
_SHORT, _LONG, _SHARE = 16, 160, 0.5
#: Bytes a pixel that a step takes.
STEP_BYTES = 16.0
#: On a GPU: most steps of a search, the memory that counts as free for them (it gives all at once),
#: and most pixels of the coarse grid, whose inverse has the square of that many numbers.
GPU_STEPS, GPU_ROOM, MOST_COARSE = 48, 2.0**33, 5000


def refusal(problem: ProblemSummary) -> str:
    """Return why the mixed form does not take a problem; "" if it does."""
    if [term.form for term in problem.terms] == ["biharmonic"] and problem.compact:
        return ""
    return (
        "the gmres solver takes the bilaplacian or levin-ls alone, in a 3x3 window: use the "
        "solver 'block-direct'"
    )


def longest(pixels: int, free: float, most: int = _LONG) -> int:
    """Return how many steps a search may have in so many free bytes of memory, at most ``most``."""
    return int(np.clip(_SHARE * free / (STEP_BYTES * max(pixels, 1)) - 1, _SHORT, most))
