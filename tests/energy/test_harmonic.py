import numpy as np
import pytest

from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem
from varcolor.energy.weights import gauss4


def test_value_is_the_quadratic_form_of_the_matrix(rng):
    term = Harmonic(gauss4(rng.random((5, 7)), None, 0.2, 1e-6))
    u = rng.normal(size=(5, 7, 2))
    flat = u.reshape(-1, 2)
    assert term.value(u) == pytest.approx(float((flat * (term.matrix() @ flat)).sum()))


def test_value_against_a_sum_over_edges():
    guide = np.array([[0.0, 0.1, 0.5]])
    term = Harmonic(gauss4(guide, None, 0.1, 1e-6))
    u = np.array([[[1.0], [3.0], [0.0]]])
    assert term.value(u) == pytest.approx(4 * np.exp(-0.5) + 9 * np.exp(-8))


def test_adjoint(rng):
    matrix = Harmonic(gauss4(rng.random((6, 6)), None, 0.1, 1e-6)).matrix()
    a, b = rng.normal(size=(2, 36))
    assert a @ (matrix @ b) == pytest.approx(b @ (matrix @ a))


def test_problem_energy_adds_soft_cues(rng):
    term = Harmonic(gauss4(rng.random((3, 3)), None, 0.1, 1e-6))
    problem = Problem((3, 3), None, (term,), np.array([1, 4]), np.array([2.0, np.inf]))
    u, values = rng.normal(size=(3, 3, 2)), rng.normal(size=(2, 2))
    gap = u[0, 1] - values[0]
    assert problem.energy(u, values) == pytest.approx(term.value(u) + 2 * float(gap @ gap))
    assert problem.symmetric
    assert problem.exact.tolist() == [False, True]
