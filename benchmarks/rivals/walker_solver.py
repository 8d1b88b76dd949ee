"""The solver inside scikit-image's random walker, on our systems instead of its own.

It has no public name, so a later version may lack it. Mode cg_mg: PyAMG's classical hierarchy and
at most 30 iterations; mode cg_j: diagonal scaling. Both are SciPy's conjugate gradients, which
are wrapped here to count iterations.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from benchmarks.rivals.krylov import Counter
from benchmarks.rivals.linear import Answer, Linear, Stop


def multigrid_mode(system: Linear, stop: Stop) -> Answer:
    """Solve as mode cg_mg does."""
    return _solve(system, stop, "cg_mg")


def jacobi_mode(system: Linear, stop: Stop) -> Answer:
    """Solve as mode cg_j does."""
    return _solve(system, stop, "cg_j")


def _solve(system: Linear, stop: Stop, mode: str) -> Answer:
    from scipy.sparse import csc_array
    from skimage.segmentation import random_walker_segmentation as walker

    plain, counters = walker.cg, []

    def counted(*args: Any, **options: Any) -> Any:
        counters.append(Counter(len(counters), stop))
        return plain(*args, callback=counters[-1], **options)

    walker.cg = counted
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns when 30 iterations were not enough
            x = walker._solve_linear_system(system.matrix, csc_array(system.rhs), stop.rtol, mode)
    finally:
        walker.cg = plain
    return Answer(np.asarray(x).T, max(counter.count for counter in counters))
