"""The network's planes: their grid, and what they hold."""

import numpy as np
import pytest

from varcolor.image.color import SPACES
from varcolor.prior.features import features_of
from varcolor.prior.learned.planes import HAND_MADE, PLANES, planes_of


def test_planes_of_a_picture_of_the_reference_size(rng):
    luma = rng.random((256, 256))
    planes = planes_of(luma, None, SPACES["lab"])
    assert planes.values.shape == (128, 128, PLANES)
    np.testing.assert_allclose(planes.values[3, 5, HAND_MADE:], luma[6:8, 10:12].ravel(), rtol=1e-6)
    wanted = features_of(luma, None).values[..., 0]
    assert abs(planes.values[60, 70, 0] - wanted[120:122, 140:142].mean()) < 0.1
    np.testing.assert_allclose(planes.position[0, 0], -127 / 256)
    np.testing.assert_allclose(planes.position[127, 0], [127 / 256, -127 / 256])


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 51), (300, 700)])
def test_any_shape(shape, rng):
    planes = planes_of(rng.random(shape), None, SPACES["yuv"])
    assert planes.values.shape[:2] == planes.position.shape[:2]
    assert np.prod(planes.values.shape[:2]) <= max(1, 1.05 * min(128**2, np.prod(shape) / 2 + 40))
    assert np.isfinite(planes.values).all()


def test_the_space_does_not_matter(rng):
    gray = rng.random((40, 50))
    found = [
        planes_of(SPACES[name].luma_of_gray(gray), None, SPACES[name]).values
        for name in ("yuv", "lab", "oklab")
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)
    np.testing.assert_allclose(found[2], found[1], atol=1e-5)


def test_what_is_transparent_has_no_say(rng):
    luma, visible = rng.random((40, 50)), np.ones((40, 50), bool)
    visible[:, 30:] = False
    other = np.where(visible, luma, rng.random((40, 50)))
    first, second = (planes_of(x, visible, SPACES["lab"]).values for x in (luma, other))
    np.testing.assert_allclose(first[:, :14], second[:, :14], atol=1e-9)
