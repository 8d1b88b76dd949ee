import numpy as np
import pytest

from varcolor.image.color import SPACES
from varcolor.image.gamut import outside, reduce_chroma


@pytest.mark.parametrize("name", SPACES.names())
def test_chroma_is_reduced_to_the_border_and_luma_kept(name, rng):
    space = SPACES[name]
    luma = rng.uniform(0, 1, 3000)
    chroma = rng.normal(0, {"yuv": 0.3, "lab": 60, "oklab": 0.2}[name], (3000, 2))
    rgb, reduced = reduce_chroma(space, luma, chroma)
    assert 500 < reduced.sum() < 3000
    assert not outside(rgb).any()
    after, scaled = space.split(rgb)
    np.testing.assert_allclose(after, luma, atol=1e-9)
    np.testing.assert_allclose(scaled[~reduced], chroma[~reduced], atol=1e-9)
    # Reduced colours keep their hue, and lie on the border of the cube.
    cross = scaled[:, 0] * chroma[:, 1] - scaled[:, 1] * chroma[:, 0]
    assert np.abs(cross).max() < 1e-9 * np.abs(chroma).max() ** 2
    border = np.minimum(np.abs(rgb).min(axis=1), np.abs(1 - rgb).min(axis=1))
    assert border[reduced].max() < 1e-4


def test_black_and_white_stay_what_they_are():
    rgb, reduced = reduce_chroma(SPACES["lab"], np.array([0.0, 1.0]), np.full((2, 2), 30.0))
    np.testing.assert_allclose(rgb, [[0, 0, 0], [1, 1, 1]], atol=1e-3)
    assert reduced.all()


def test_a_linear_space_needs_no_bisection(rng):
    yuv = SPACES["yuv"]
    luma, chroma = rng.uniform(0, 1, 500), rng.normal(0, 0.4, (500, 2))
    luma[:2] = 0, 1
    at_once, one = reduce_chroma(yuv, luma, chroma)

    class Curved:
        linear, merge = False, staticmethod(yuv.merge)

    bisected, other = reduce_chroma(Curved(), luma, chroma)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(at_once, bisected, atol=2e-5)
