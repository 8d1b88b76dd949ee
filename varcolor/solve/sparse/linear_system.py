"""A quadratic problem as the sparse linear system of its free pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import InputError
from varcolor.solve.reachability import reached
from varcolor.typing import Array, BoolArray, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Relative rounding error of a sum of products over a window, generously.
_ROUNDING = 32 * np.finfo(float).eps


def needs_second_order(problem: ProblemSummary, name: str) -> str:
    """Return why an assembled system of second order cannot be had; ``""`` if it can."""
    if problem.second_order:
        return ""
    return f"the {name} solver takes harmonic and levin only: use the solver auto, or block-direct"


@dataclass(frozen=True, slots=True, eq=False)
class LinearSystem:
    """matrix @ u[free] = rhs(values): exact cues and unreached pixels are eliminated.

    The matrix is a non-singular M-matrix: off-diagonal entries are not positive, rows are
    diagonally dominant, and every unknown depends on a cue.
    """

    problem: Problem
    matrix: csr_array
    """(F, F) float64."""
    coupling: csr_array
    """(F, K): minus the entries of the unknowns' rows in the columns of the K exact cues."""
    free: Array
    """(F,) flat indices of the free pixels."""
    soft: Array
    """(S,) positions in ``free`` of the pixels with a soft cue."""
    unreached: BoolArray
    """(H, W): visible pixels that no cue reaches."""

    def rhs(self, values: FloatArray) -> FloatArray:
        """Return the right-hand side (F, C) for cue values (N, C)."""
        exact, weight = self.problem.exact, self.problem.weight
        b: FloatArray = self.coupling @ values[exact]
        b[self.soft] += weight[~exact, None] * values[~exact]
        return b

    def residual(self, x: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return rhs(values) - matrix @ x, (F, C), and a bound of its rounding errors.

        It is summed as w_rs (u_s - u_r), not as diagonal minus neighbours: then rounding errors
        are as small as the differences of u, and vanish where u is constant.
        """
        u = self.fill(x, values)
        total, size = np.zeros_like(u), np.zeros_like(u)
        for term in self.problem.terms:
            for k, here, there in term.stencil.edges():
                part = term.stencil.weights[k][here][..., None] * (u[there] - u[here])
                total[here] += part
                size[here] += np.abs(part, out=part)
        flat = (total.reshape(-1, u.shape[2]), size.reshape(-1, u.shape[2]))
        soft = ~self.problem.exact
        at = self.problem.at[soft]
        from_cue = self.problem.weight[soft, None] * (values[soft] - u.reshape(-1, u.shape[2])[at])
        flat[0][at] += from_cue
        flat[1][at] += np.abs(from_cue)
        return flat[0][self.free], _ROUNDING * flat[1][self.free]

    def fill(self, unknown: FloatArray, values: FloatArray) -> FloatArray:
        """Return the whole picture (H, W, C): unknowns, exact cues, zero elsewhere."""
        height, width = self.problem.shape
        exact = self.problem.exact
        u = np.zeros((height * width, values.shape[1]))
        u[self.free] = unknown
        u[self.problem.at[exact]] = values[exact]
        return u.reshape(height, width, -1)


def assemble(problem: Problem) -> LinearSystem:
    """Build the linear system of a problem whose terms are all quadratic."""
    from scipy.sparse import diags_array

    if not all(term.quadratic for term in problem.terms):
        raise InputError("this solver takes quadratic energies only")
    matrix = problem.terms[0].matrix()
    for term in problem.terms[1:]:
        matrix = matrix + term.matrix()
    count, exact = matrix.shape[0], problem.exact
    reach = reached(problem, matrix)
    soft_at = problem.at[~exact]
    if len(soft_at):
        diagonal = np.zeros(count)
        diagonal[soft_at] = problem.weight[~exact]
        matrix = (matrix + diags_array(diagonal)).tocsr()
    unknown = reach.copy()
    unknown[problem.at[exact]] = False
    free = np.flatnonzero(unknown)
    rows = matrix if len(free) == count else matrix[free]
    del matrix
    coupling = -rows[:, problem.at[exact]]
    position = np.full(count, -1, np.int64)
    position[free] = np.arange(len(free))
    unreached = ~reach.reshape(problem.shape)
    if problem.visible is not None:
        unreached &= problem.visible
    return LinearSystem(
        problem,
        rows if len(free) == count else rows[:, free],
        coupling,
        free,
        position[soft_at],
        unreached,
    )
