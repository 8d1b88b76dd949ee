"""The layers against plain loops."""

import numpy as np
import pytest

from varcolor.prior.learned.layers import convolved, doubled, halved, mixed


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (5, 4), (130, 70)])
@pytest.mark.parametrize("rectified", [True, False])
def test_convolution(shape, rectified, rng):
    x = rng.normal(size=(*shape, 3)).astype(np.float32)
    weight = rng.normal(size=(3, 3, 3, 2)).astype(np.float32)
    bias = np.array([0.5, -1], np.float32)
    wanted = np.zeros((*shape, 2)) + bias
    for row, column in np.ndindex(shape) if shape != (130, 70) else [(0, 0), (77, 69), (129, 3)]:
        for dy, dx in np.ndindex(3, 3):
            r, c = row + dy - 1, column + dx - 1
            if 0 <= r < shape[0] and 0 <= c < shape[1]:
                wanted[row, column] += x[r, c] @ weight[dy, dx]
    found = convolved(x, weight, bias, rectified)
    assert found.dtype == np.float32
    wanted = np.maximum(wanted, 0) if rectified else wanted
    if shape == (130, 70):
        rows, columns = [0, 77, 129], [0, 69, 3]
        found, wanted = found[rows, columns], wanted[rows, columns]
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_mixed(rng):
    x, weight = rng.normal(size=(4, 5, 3)), rng.normal(size=(3, 2))
    found = mixed(x, weight, np.array([1.0, 2.0]))
    np.testing.assert_allclose(found[3, 1], x[3, 1] @ weight + [1, 2])


def test_halved_and_doubled(rng):
    x = rng.normal(size=(4, 6, 2))
    assert halved(x)[1, 2, 1] == pytest.approx(x[2:4, 4:6, 1].mean())
    np.testing.assert_array_equal(doubled(x)[5, 9], x[2, 4])
