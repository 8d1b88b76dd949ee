import numpy as np
import pytest

from varcolor.energy.stencil import FOUR, Stencil, differences, presence, window


def test_windows():
    assert window(1) == ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
    assert len(window(3)) == 48
    assert [tuple(-v for v in o) for o in reversed(FOUR)] == list(FOUR)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1), (3, 4), (2, 2)])
@pytest.mark.parametrize("offsets", [FOUR, window(1), window(2)])
def test_laplacian_against_loops(shape, offsets, rng):
    visible = rng.random(shape) < 0.8
    weights = rng.random((len(offsets), *shape)) * presence(shape, offsets, visible)
    found = Stencil(offsets, weights, symmetric=False).laplacian().toarray()
    wanted = np.zeros_like(found)
    for k, (dr, dc) in enumerate(offsets):
        for r in range(shape[0]):
            for c in range(shape[1]):
                rr, cc = r + dr, c + dc
                if 0 <= rr < shape[0] and 0 <= cc < shape[1] and visible[r, c] and visible[rr, cc]:
                    here, there = r * shape[1] + c, rr * shape[1] + cc
                    wanted[here, here] += weights[k, r, c]
                    wanted[here, there] -= weights[k, r, c]
    np.testing.assert_allclose(found, wanted, atol=1e-15)


def test_laplacian_rows_are_sorted_and_start_no_explicit_zeros(rng):
    weights = rng.random((8, 5, 6)) * presence((5, 6), window(1), None)
    matrix = Stencil(window(1), weights, symmetric=False).laplacian()
    assert matrix.has_sorted_indices
    assert matrix.has_canonical_format
    assert (matrix.data != 0).all()


def test_differences():
    guide = np.array([[1.0, 4.0], [9.0, 16.0]])
    np.testing.assert_array_equal(differences(guide, ((0, 1),))[0], [[-3, 0], [-7, 0]])
    np.testing.assert_array_equal(differences(guide, ((-1, -1),))[0], [[0, 0], [0, 15]])
