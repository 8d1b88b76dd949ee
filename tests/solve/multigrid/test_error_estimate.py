"""The smallest eigenvalues that the estimate of the error rests on."""

import numpy as np
import pytest

from varcolor.solve.multigrid.error_estimate import largest_eigenvalue, smallest_eigenvalue


@pytest.mark.parametrize("steps", [1, 2, 7, 60])
def test_the_smallest_eigenvalue_is_that_of_the_matrix(steps, rng):
    """Of the tridiagonal matrix that steps of conjugate gradients on a random matrix make up."""
    n = 80
    basis = np.linalg.qr(rng.normal(size=(n, n)))[0]
    matrix = (basis * np.geomspace(0.002, 1.0, n)) @ basis.T
    r = rng.normal(size=n)
    p, before, alphas, betas = np.zeros(n), np.inf, [], []
    for _ in range(steps):
        beta = (r @ r) / before
        p = r + beta * p
        before = r @ r
        alpha = before / (p @ matrix @ p)
        r = r - alpha * matrix @ p
        alphas.append(np.array([alpha, 0.0]))
        betas.append(np.array([beta, 0.0]))
    a, b = np.array(alphas)[:, 0], np.array(betas)[:, 0]
    diagonal = 1 / a + np.append(0, b[1:] / a[:-1])
    beside = np.sqrt(b[1:]) / a[:-1]
    dense = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    expected = min(np.linalg.eigvalsh(dense)[0], 1.0)
    assert smallest_eigenvalue(alphas, betas, 0) == pytest.approx(expected, rel=1e-6)
    assert smallest_eigenvalue(alphas, betas, 1) == 1.0  # a channel that is solved exactly
    largest = np.linalg.eigvalsh(dense)[-1]
    assert largest_eigenvalue(alphas, betas) == pytest.approx(largest, rel=1e-6)
    alphas[-1] = np.full(2, np.nan)
    assert largest_eigenvalue(alphas, betas) == 0
