"""What solvers are chosen by, of a method without a photo."""

from __future__ import annotations

import numpy as np

from varcolor.energy.problem import ProblemSummary
from varcolor.solve.selection import SOLVERS


def summary_of(method, unknowns=1000):
    terms = method.terms(np.zeros((3, 3)), None)
    return ProblemSummary(unknowns, tuple(term.summary for term in terms))


def solvers_of(method):
    """Return the names of all solvers that say that they take a method."""
    problem = summary_of(method)
    return [name for name in SOLVERS if not SOLVERS[name]().supports(problem)]
