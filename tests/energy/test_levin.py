import numpy as np
import pytest

from benchmarks.parity.levin_loop import levin_rows
from varcolor.energy.levin import LevinEquation, levin_weights
from varcolor.energy.stencil import window


def loop_matrix(luma):
    rows, columns, values = levin_rows(luma, np.zeros(luma.shape, bool))
    matrix = np.zeros((luma.size, luma.size))
    np.add.at(matrix, (rows, columns), values)
    return matrix


@pytest.mark.parametrize("shape", [(9, 7), (1, 6), (5, 1), (2, 2), (1, 2)])
@pytest.mark.parametrize("levels", [256, 3])
def test_weights_are_the_published_ones(shape, levels, rng):
    luma = rng.integers(0, levels, shape) / (levels - 1)
    luma.flat[: luma.size // 3] = 0.5  # a flat part: the floor of the width acts there
    found = LevinEquation(levin_weights(luma)).matrix().toarray()
    np.testing.assert_allclose(found, loop_matrix(luma), atol=1e-14)


def test_rows_sum_to_one_and_invisible_pixels_have_no_edges(rng):
    visible = rng.random((8, 9)) < 0.7
    weights = levin_weights(rng.random((8, 9)), visible, radius=2).weights
    total = weights.sum(axis=0)
    assert np.isin(np.round(total, 12), [0, 1]).all()
    assert (total[~visible] == 0).all()
    for k, (dr, dc) in enumerate(window(2)):
        rows, columns = np.nonzero(weights[k])
        assert visible[rows + dr, columns + dc].all()


def test_holes_act_like_a_border(rng):
    luma = rng.random((6, 8))
    visible = np.ones((6, 8), bool)
    visible[:, 5:] = False
    part = levin_weights(luma[:, :5]).weights
    np.testing.assert_allclose(levin_weights(luma, visible).weights[:, :, :5], part, atol=1e-14)


def test_a_lone_pixel_has_no_neighbours():
    assert levin_weights(np.array([[0.3]])).weights.sum() == 0


def test_value_vanishes_at_solutions_only(rng):
    term = LevinEquation(levin_weights(rng.random((5, 6))))
    assert term.value(np.full((5, 6, 2), 0.3)) == pytest.approx(0, abs=1e-25)
    assert term.value(rng.random((5, 6, 2))) > 0.01
