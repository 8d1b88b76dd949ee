import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import varcolor as vc
from varcolor.energy.problem import Problem
from varcolor.solve.sparse.linear_system import assemble
from varcolor.solve.sparse.mmatrix_bound import Certificate


def random_system(rng, symmetric):
    """A small picture with noise, one to five cues, exact or soft."""
    shape = (int(rng.integers(2, 9)), int(rng.integers(2, 9)))
    guide = rng.random(shape) * rng.choice([0.02, 0.3, 1.0])
    method = vc.Harmonic(affinity="gauss4", sigma=0.1) if symmetric else vc.Levin()
    count = int(rng.integers(1, 4))
    at = np.sort(rng.choice(guide.size, count, replace=False))
    weight = np.where(rng.random(count) < 0.5, np.inf, rng.uniform(1e-3, 10, count))
    problem = Problem(shape, None, method.terms(guide, None), at, weight)
    return assemble(problem), rng.normal(0, 0.3, (count, 2))


@pytest.mark.parametrize("symmetric", [True, False])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_bound_holds_at_every_pixel(symmetric, seed):
    rng = np.random.default_rng(seed)
    system, values = random_system(rng, symmetric)
    dense, b = system.matrix.toarray(), system.rhs(values)
    exact = np.linalg.solve(dense, b)
    x = exact + rng.normal(size=exact.shape) * 10.0 ** rng.uniform(-8, 0)
    diagonal = np.diag(dense)[:, None]
    bound, residual = Certificate(system, lambda r: r / diagonal, 3000).bound(x, values)
    assert np.isfinite(bound).all()
    assert (np.abs(x - exact) <= bound * (1 + 1e-6) + 1e-12).all()
    assert residual == pytest.approx(np.abs(b - dense @ x).max(), rel=1e-6)


def test_no_bound_is_claimed_where_none_was_found(rng):
    system, values = random_system(rng, symmetric=True)
    x = np.zeros((len(system.free), 2))
    bound, _ = Certificate(system, lambda r: 0 * r, 3).bound(x, values)
    assert np.isinf(bound).all()


def test_the_residual_of_a_constant_has_no_rounding_error(rng):
    system, values = random_system(rng, symmetric=False)
    constant = np.full((len(system.free), 2), 0.1)
    residual, rounding = system.residual(constant, np.full(values.shape, 0.1))
    assert (residual == 0).all()
    assert (rounding == 0).all()
