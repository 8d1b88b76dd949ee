"""Chains of pixels against exact rational arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.problem import Problem
from varcolor.solve.sparse.gth_elimination import solve_chain
from varcolor.solve.sparse.linear_system import assemble


def rational(problem, values):
    """Eliminate the dense system with fractions; u (N,) of one channel."""
    count = max(problem.shape)
    matrix = [[Fraction(0)] * count for _ in range(count)]
    b = [Fraction(0)] * count
    for term in problem.terms:
        for k, here, there in term.stencil.edges():
            index = np.arange(count).reshape(problem.shape)
            pairs = zip(index[here].ravel(), index[there].ravel(), strict=True)
            for i, j in pairs:
                weight = Fraction(float(term.stencil.weights[k].ravel()[i]))
                matrix[i][i] += weight
                matrix[i][j] -= weight
    for at, weight, value in zip(problem.at, problem.weight, values[:, 0], strict=True):
        if np.isinf(weight):
            matrix[at] = [Fraction(int(j == at)) for j in range(count)]
            b[at] = Fraction(float(value))
        else:
            matrix[at][at] += Fraction(float(weight))
            b[at] += Fraction(float(weight)) * Fraction(float(value))
    for i in range(count - 1):  # tridiagonal
        share = matrix[i + 1][i] / matrix[i][i]
        matrix[i + 1][i + 1] -= share * matrix[i][i + 1]
        b[i + 1] -= share * b[i]
    u = [Fraction(0)] * (count + 1)
    for i in reversed(range(count)):
        after = matrix[i][i + 1] * u[i + 1] if i + 1 < count else 0
        u[i] = (b[i] - after) / matrix[i][i]
    return np.array([float(v) for v in u[:count]])


@pytest.mark.parametrize("shape", [(1, 40), (40, 1)])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("method", [vc.Levin(), vc.Harmonic(affinity="gauss4")])
def test_chains_are_exact(shape, soft, method, rng):
    guide = rng.random(shape)
    at = np.array([3, 17, 30])
    weight = np.array([np.inf, 0.5 if soft else np.inf, np.inf])
    problem = Problem(shape, None, method.terms(guide, None), at, weight)
    values = rng.normal(0, 0.2, (3, 2))
    system = assemble(problem)
    found, bound = solve_chain(system, values)
    wanted = rational(problem, values)[system.free]
    assert (np.abs(found[:, 0] - wanted) <= bound[:, 0]).all()
    assert bound.max() < 1e-11


@pytest.mark.parametrize("shape", [(1, 2000), (500, 1)])
def test_a_line_of_noise_is_solved(shape, rng):
    gray = rng.integers(0, 256, shape, dtype=np.uint8)
    ends = [(0, 0), (shape[1] - 1, shape[0] - 1)]
    result = vc.colorize(gray, vc.Cues.from_points(gray, ends, ["#c08040", "#4080c0"]))
    assert result.status is vc.Status.CONVERGED
    low, high = result.chroma[0, 0], result.chroma[-1, -1]
    spread = np.abs(result.chroma.reshape(-1, 2) - (low + high) / 2)
    assert (spread <= np.abs(high - low) / 2 + 1e-6).all()
