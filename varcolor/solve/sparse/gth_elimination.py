"""GTH elimination (no subtractions) for pictures of one row or one column.

On noise, Levin's weights make a chain whose condition number is beyond double precision, though its
solution is well-behaved. If pivots are summed from the weights instead of being differences of
diagonal and products, no digit is lost: with weights a_i to the left, c_i to the right and e_i to
given values, and values that are not negative,

    e'_i = e_i + a_i e'_{i-1} / d_{i-1},   d_i = c_i + e'_i,   b'_i = b_i + a_i b'_{i-1} / d_{i-1},
    u_i = (b'_i + c_i u_{i+1}) / d_i,

every number is a sum, product or quotient of numbers that are not negative.

Reference: W. Grassmann, M. Taksar, D. Heyman, "Regenerative analysis and steady state distributions
for Markov chains", Operations Research 33 (1985).
"""

from __future__ import annotations

import numpy as np

from varcolor.energy.problem import Problem
from varcolor.energy.stencil import window
from varcolor.solve.sparse.linear_system import LinearSystem
from varcolor.typing import Array, FloatArray

#: Relative error of a pixel, per pixel of the chain: a handful of roundings each.
_PER_PIXEL = 16 * np.finfo(float).eps


def is_chain(problem: Problem) -> bool:
    """Return whether every pixel has at most two neighbours."""
    near = set(window(1))
    return min(problem.shape) == 1 and all(near >= set(t.stencil.offsets) for t in problem.terms)


def solve_chain(system: LinearSystem, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the unknowns (F, C) for cue values (N, C), and a bound (F, C) of their errors."""
    problem, count = system.problem, max(system.problem.shape)
    left, right = _weights(problem, count)
    low = values.min(axis=0)
    given = np.zeros((count, values.shape[1]))
    given[problem.at] = values - low
    exact = np.zeros(count, bool)
    exact[problem.at[problem.exact]] = True
    weight_of_cue = np.zeros(count)
    weight_of_cue[problem.at[~problem.exact]] = problem.weight[~problem.exact]
    reaction = weight_of_cue.copy()
    b = weight_of_cue[:, None] * given
    for weight, step in ((left, -1), (right, 1)):
        beside = np.roll(exact, -step)  # no weight leads beyond the ends
        reaction += np.where(beside, weight, 0)
        b += np.where(beside, weight, 0)[:, None] * np.roll(given, -step, axis=0)
        weight[beside] = 0
    pivot = np.zeros(count)
    for i in range(count):
        if i and pivot[i - 1] > 0:
            share = left[i] / pivot[i - 1]
            reaction[i] += share * reaction[i - 1]
            b[i] += share * b[i - 1]
        pivot[i] = right[i] + reaction[i]
    u = np.zeros_like(b)
    for i in reversed(range(count)):
        if pivot[i] > 0:
            after = right[i] * u[i + 1] if i + 1 < count else 0.0
            u[i] = (b[i] + after) / pivot[i]
    bound = np.full_like(u, _PER_PIXEL * count) * (u.max(axis=0, initial=0.0) + np.abs(low))
    return (u + low)[system.free], bound[system.free]


def _weights(problem: Problem, count: int) -> tuple[Array, Array]:
    """Return the weights to the neighbours before and after, (N,) each."""
    before, after = np.zeros(count), np.zeros(count)
    row = (0, 1) if problem.shape[0] == 1 else (1, 0)
    for term in problem.terms:
        for k, offset in enumerate(term.stencil.offsets):
            if offset == row:
                after += term.stencil.weights[k].ravel()
            elif offset == (-row[0], -row[1]):
                before += term.stencil.weights[k].ravel()
    return before, after
