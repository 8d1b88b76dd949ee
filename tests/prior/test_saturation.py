"""How vivid expected colours are made: the rule by hand, luma, and sRGB's limits."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError
from varcolor.image.color import SPACES, as_space, oklab
from varcolor.image.gamut import outside
from varcolor.prior.saturation import _FIT, automatic_factor, lightness_and_colour, saturated


@pytest.fixture
def picture(rng):
    luma = rng.uniform(0.1, 0.9, (20, 30))
    return luma, rng.normal(0, 0.06, (20, 30, 2))


def test_the_parabola(picture):
    luma, chroma = picture
    found = saturated(chroma, luma, as_space("yuv"), "parabola")
    factor = -2.5 * luma**2 + 2.5 * luma + 0.375
    np.testing.assert_allclose(found, chroma * factor[..., None])
    assert 0.375 <= factor.min() < factor.max() <= 1


@pytest.mark.parametrize("name", SPACES.names())
def test_auto_is_one_factor_that_never_leaves_srgb(name, picture):
    space = as_space(name)
    luma, chroma = picture
    chroma = chroma * (100 if name == "lab" else 0.5)
    found = saturated(chroma, luma, space, "auto")
    length = np.linalg.norm(chroma, axis=2)
    ratio = np.linalg.norm(found, axis=2) / length
    factor = automatic_factor(*lightness_and_colour(chroma, luma, space))
    assert ratio.max() == pytest.approx(factor, rel=1e-6)
    was, now = (outside(space.merge(luma, c)) for c in (chroma, found))
    assert not (now & ~was).any()  # what was inside is inside
    np.testing.assert_allclose(ratio[was], 1.0 if factor > 1 else factor, rtol=1e-9)


def test_the_rule():
    mean, spread = 0.55, 0.2
    c0, c1, c2, c3 = _FIT
    wanted = np.exp(c0 + c1 * mean + c2 * spread + c3 * mean**2)
    assert automatic_factor(mean, spread, wanted) == pytest.approx(1)
    assert automatic_factor(mean, spread, wanted / 1.44) == pytest.approx(1.2)
    assert automatic_factor(mean, spread, wanted / 100) == 1.6
    assert automatic_factor(mean, spread, wanted * 100) == 0.7
    assert automatic_factor(mean, spread, 0.0) == 1


def test_statistics_of_a_photo(cat):
    luma, chroma = oklab.split(cat / 255)
    found = lightness_and_colour(chroma, luma, oklab)
    wanted = luma.mean(), luma.std(), np.hypot(chroma[..., 0], chroma[..., 1]).mean()
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_in_a_run(cat, cat_cues):
    gray = vc.to_gray(cat)
    pale = np.rint(0.3 * cat + 0.7 * gray[..., None]).astype(np.uint8)
    plain = vc.colorize(gray, None, "harmonic", prior=pale)
    for how in ("parabola", "auto"):
        result = vc.colorize(gray, None, "harmonic", prior=pale, saturation=how)
        assert (vc.to_gray(result.rgb) == gray).all()
        ratio = (
            np.linalg.norm(result.chroma, axis=2).mean()
            / np.linalg.norm(plain.chroma, axis=2).mean()
        )
        assert ratio < 1 if how == "parabola" else ratio > 1.2
    with pytest.raises(InputError, match="a saturation without a prior"):
        vc.colorize(gray, cat_cues, "harmonic", saturation="auto")
    with pytest.raises(InputError, match="expected none, parabola, auto"):
        vc.SolveOptions(saturation="vivid")
