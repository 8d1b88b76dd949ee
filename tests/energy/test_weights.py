import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from varcolor.energy.levin import levin_weights
from varcolor.energy.weights import AFFINITIES, gauss4, levin_sym


@pytest.mark.parametrize("name", AFFINITIES.names())
@pytest.mark.parametrize("shape", [(6, 7), (1, 5), (1, 1)])
def test_affinities_are_symmetric_positive_and_respect_holes(name, shape, rng):
    visible = rng.random(shape) < 0.8
    stencil = AFFINITIES[name](rng.random(shape), visible, 0.03, 1e-6)
    matrix = stencil.laplacian().toarray()
    assert stencil.symmetric
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-15)
    assert (stencil.weights >= 0).all()
    assert (matrix[~visible.ravel()] == 0).all()
    full = AFFINITIES[name](rng.random(shape), None, 0.03, 1e-6)
    least = 0.02 * 1e-6 if name == "far" else 1e-6  # far links count for a fiftieth
    for k, here, _ in full.edges():
        assert (full.weights[k][here] >= least).all()


def test_default_by_its_formula(rng):
    guide = rng.random((9, 8))
    blurred = gaussian_filter(guide, 2, mode="nearest")
    stencil = AFFINITIES["default"](guide, None, 0.0, None)
    k = stencil.offsets.index((1, -1))
    d2 = (guide[3, 4] - guide[4, 3]) ** 2 + 20 * (blurred[3, 4] - blurred[4, 3]) ** 2
    assert stencil.weights[k, 3, 4] == pytest.approx((1 + 8000 * d2) ** -1.5 + 1e-5)
    assert stencil.weights[k, 3, 0] == 0


def test_gentle_weights_are_about_roots_of_the_default(rng):
    guide = rng.random((9, 8)) / 10
    gentle, default = (AFFINITIES[n](guide, None, 0.0, None).weights for n in ("gentle", "default"))
    np.testing.assert_allclose(gentle, np.sqrt(default), atol=4e-3)


def test_hidden_pixels_do_not_blur_into_the_guide(rng):
    visible = np.ones((12, 12), bool)
    visible[:, 6:] = False
    guide = np.where(visible, rng.random((12, 12)), 0.0)
    other = np.where(visible, guide, 1.0)
    one, two = (AFFINITIES["default"](g, visible, 0.0, None).weights for g in (guide, other))
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_gauss4_by_hand():
    guide = np.array([[0.2, 0.23], [0.9, 0.2]])
    weights = gauss4(guide, None, 0.03, 1e-6).laplacian().toarray()
    assert weights[0, 1] == pytest.approx(-np.exp(-0.5))
    assert weights[0, 2] == pytest.approx(-1e-6)
    assert weights[0, 3] == 0


def test_levin_sym_is_the_mean_of_both_directions(rng):
    guide = rng.random((5, 4))
    directed = levin_weights(guide).weights
    symmetric = levin_sym(guide, None, 0.0, 1e-6).weights
    # offset 4 is (0, 1), offset 3 is (0, -1)
    np.testing.assert_allclose(
        symmetric[4][:, :-1], (directed[4][:, :-1] + directed[3][:, 1:]) / 2 + 1e-6
    )
