import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varcolor.image.color import SPACES, encode, linearise

NAMES = SPACES.names()


@pytest.mark.parametrize("name", NAMES)
@given(st.integers(0, 2**32 - 1))
def test_merge_is_the_inverse_of_split(name, seed):
    rgb = np.random.default_rng(seed).uniform(-0.2, 1.3, (50, 3))  # outside of the gamut, too
    space = SPACES[name]
    luma, chroma = space.split(rgb)
    np.testing.assert_allclose(space.merge(luma, chroma), rgb, atol=2e-12)
    np.testing.assert_allclose(space.luma(rgb), luma, atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_greys_have_no_chroma_and_luma_from_0_to_1(name):
    space, gray = SPACES[name], np.linspace(0, 1, 4001)
    luma, chroma = space.split(np.repeat(gray[:, None], 3, axis=1))
    assert np.abs(chroma).max() < 1e-12
    np.testing.assert_allclose(luma, space.luma_of_gray(gray), atol=1e-15)
    np.testing.assert_allclose(space.gray_of_luma(luma), gray, atol=1e-14)
    assert luma[0] == pytest.approx(0, abs=1e-15)
    assert luma[-1] == pytest.approx(1)
    assert (np.diff(luma) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_jacobian_against_differences(name, rng):
    space = SPACES[name]
    luma, chroma = space.split(rng.uniform(0.1, 0.9, (200, 3)))
    step = 1e-6 * (100 if name == "lab" else 1)
    columns = [
        (space.merge(luma, chroma + step * e) - space.merge(luma, chroma - step * e)) / (2 * step)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(
        space.jacobian(luma, chroma), np.stack(columns, axis=-1), rtol=1e-5, atol=1e-7
    )


def test_lab_agrees_with_scikit_image(rng):
    from skimage.color import rgb2lab

    rgb = rng.uniform(0, 1, (1, 500, 3))
    luma, chroma = SPACES["lab"].split(rgb)
    ours = np.concatenate([100 * luma[..., None], chroma], axis=-1)
    # scikit-image rounds its matrix and white point to about four digits.
    np.testing.assert_allclose(ours, rgb2lab(rgb), atol=0.02)


def test_oklab_of_the_primaries():
    # B. Ottosson's page: the sRGB primaries in Oklab.
    luma, chroma = SPACES["oklab"].split(np.eye(3))
    found = np.concatenate([luma[:, None], chroma], axis=1)
    wanted = [[0.628, 0.225, 0.126], [0.866, -0.234, 0.179], [0.452, -0.032, -0.312]]
    np.testing.assert_allclose(found, wanted, atol=5e-4)


def test_yuv_is_bt601():
    luma, chroma = SPACES["yuv"].split(np.array([[1.0, 0, 0], [0, 0, 1.0]]))
    np.testing.assert_allclose(luma, [0.299, 0.114], atol=1e-15)
    np.testing.assert_allclose(chroma[0, 1], 0.5)
    np.testing.assert_allclose(chroma[1, 0], 0.5)


def test_transfer_functions_are_inverse():
    value = np.linspace(-0.2, 1.5, 1001)
    np.testing.assert_allclose(encode(linearise(value)), value, atol=2e-7)
