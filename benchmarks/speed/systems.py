"""The systems that the solvers are compared on, and how the rivals get them.

This file and `ours` are all that the suite knows of varcolor's inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import varcolor as vc
from benchmarks.rivals.linear import Guide, Linear
from benchmarks.speed.cases import Case
from varcolor.energy.problem import Problem
from varcolor.methods import Method
from varcolor.solve.solver import middle
from varcolor.solve.sparse.linear_system import LinearSystem, assemble
from varcolor.typing import FloatArray

SYSTEMS: dict[str, Method] = {
    # Eight neighbours, Levin's weights made symmetric: well-behaved.
    "S8": vc.Harmonic(affinity="levin-sym"),
    # The tuned affinity of `harmonic`.
    "default": vc.Harmonic(),
    # Levin's published system: not symmetric.
    "LEV": vc.Levin(),
    # Four neighbours, Gaussian weights down to 1e-6: contrast 1e6, the hard one.
    "G4": vc.Harmonic(affinity="gauss4", sigma=0.03, floor=1e-6),
}
#: Systems that are the minimum of an energy.
SYMMETRIC = {"S8", "default", "G4"}


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """A sparse system, and the way back from its solution to a picture."""

    linear: Linear
    system: LinearSystem
    values: FloatArray
    """(N, C): the chroma of the cues."""
    start: FloatArray
    """(C,): what the unknowns are deviations from."""

    def picture(self, x: FloatArray) -> FloatArray:
        """Return the chroma (H, W, C) of a solution (F, C)."""
        return self.system.fill(x + self.start, self.values)

    def deviation(self, chroma: FloatArray) -> FloatArray:
        """Return the solution (F, C) of a chroma picture (H, W, C)."""
        flat = chroma.reshape(-1, chroma.shape[2])
        return np.asarray(flat[self.linear.free] - self.start)


def assembled(case: Case, method: Method) -> Assembled:
    """Compute the weights and assemble the sparse system of the unknown pixels."""
    cues = case.cues
    terms = method.terms(case.luma, None)
    problem = Problem(case.shape, None, terms, cues.flat, cues.weight.astype(np.float64))
    system, values = assemble(problem), case.chroma
    start = middle(values)
    rhs = system.rhs(values - start)  # every row sums to zero with its cues
    linear = Linear(system.matrix, rhs, case.shape, system.free, problem.symmetric)
    return Assembled(linear, system, values, start)


def guide_of(case: Case) -> Guide:
    """Return what another model gets."""
    mask = np.zeros(case.shape, bool)
    chroma = np.zeros((*case.shape, 2))
    rows, columns = case.cues.at.T
    mask[rows, columns] = True
    chroma[rows, columns] = case.chroma
    return Guide(case.gray, mask, chroma)
