import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array

from varcolor.solve.sparse.krylov import bicgstab, columnwise, conjugate_gradients, method_for


@pytest.mark.parametrize("method", [conjugate_gradients, bicgstab])
def test_columns_are_solved_independently(method, rng):
    base = rng.normal(size=(30, 30))
    dense = base @ base.T + 5 * np.eye(30)
    b = rng.normal(size=(30, 3))
    b[:, 1] = 0  # a column that is solved at the start
    x = np.zeros((30, 3))
    steps = method(csr_array(dense), b, x, lambda r: r / np.diag(dense)[:, None])
    for _, residual in itertools.islice(steps, 60):
        assert np.isfinite(residual).all()
    np.testing.assert_allclose(x, np.linalg.solve(dense, b), atol=1e-9)
    assert (x[:, 1] == 0).all()


def test_bicgstab_solves_non_symmetric_systems(rng):
    dense = np.eye(25) * 4 + rng.uniform(-0.3, 0.3, (25, 25))
    b, x = rng.normal(size=(25, 2)), rng.normal(size=(25, 2))
    for _ in itertools.islice(bicgstab(csr_array(dense), b, x, lambda r: r), 40):
        pass
    np.testing.assert_allclose(x, np.linalg.solve(dense, b), atol=1e-9)


def test_exact_starts_stay(rng):
    x = rng.normal(size=(5, 1))
    for method in (conjugate_gradients, bicgstab):
        y = x.copy()
        next(method(csr_array(np.eye(5)), x, y, lambda r: r))
        np.testing.assert_array_equal(x, y)


def test_helpers():
    assert method_for(True) is conjugate_gradients
    assert method_for(False) is bicgstab
    twice = columnwise(lambda v: 2 * v)
    np.testing.assert_array_equal(twice(np.ones((3, 2))), 2 * np.ones((3, 2)))
