"""The prior of the default method: trusted where look-alike cues agree, and nowhere else."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.prior import Data
from varcolor.image.color import SPACES, lab
from varcolor.prior.agreed import Agreed
from varcolor.prior.base import PRIORS, Scene
from varcolor.prior.gp import GP

RED, GREEN, GRAY = "#b03030", "#4f8a4f", "#808080"


def fields(levels, side=40, gap=4):
    """Return a row of square fields of these luma levels on black, and a slice of each."""
    width = len(levels) * (side + gap) + gap
    photo = np.zeros((side + 2 * gap, width))
    places = []
    for k, level in enumerate(levels):
        place = (slice(gap, gap + side), slice(gap + k * (side + gap), (k + 1) * (side + gap)))
        photo[place] = level
        places.append(place)
    return photo, places


def stroke(places, photo, colours, only=None):
    """Return a horizontal stroke across the middle of some fields."""
    cues = vc.Cues.none(photo.shape)
    for k, (place, colour) in enumerate(zip(places, colours, strict=True)):
        if colour is None or (only is not None and k not in only):
            continue
        mask = np.zeros(photo.shape, bool)
        middle = (place[0].start + place[0].stop) // 2
        mask[middle - 2 : middle + 2, place[1].start + 6 : place[1].stop - 6] = True
        cues |= vc.Cues.from_mask(mask, colour)
    return cues


def chroma_in(result, place):
    inner = result.chroma[place][8:-8, 8:-8]
    return inner.reshape(-1, 2).mean(axis=0)


def test_one_sign_stains_no_roof_of_its_grey():
    """A red and a grey field of one luma: a third one without a stroke takes neither's part."""
    photo, places = fields([0.5, 0.5, 0.5, 0.5])
    cues = stroke(places, photo, [RED, GRAY, None, None])
    plain = vc.colorize(photo, cues, method="harmonic")
    gp = vc.colorize(photo, cues, method="harmonic", prior="gp")
    found = vc.colorize(photo, cues)
    red = np.linalg.norm(chroma_in(plain, places[0]))
    moved = [
        np.linalg.norm(chroma_in(r, places[3]) - chroma_in(plain, places[3])) for r in (gp, found)
    ]
    assert moved[1] < 0.6 * moved[0]
    assert np.linalg.norm(chroma_in(found, places[0])) == pytest.approx(red, rel=0.2)


def test_look_alikes_that_agree_reach_what_no_path_reaches():
    photo, places = fields([0.2, 0.9, 0.2, 0.9])
    cues = stroke(places, photo, [GREEN, RED, None, None])
    found, plain = vc.colorize(photo, cues), vc.colorize(photo, cues, method="harmonic")
    for unknown, own, other in ((2, 0, 1), (3, 1, 0)):
        color = chroma_in(found, places[unknown])
        away = [np.linalg.norm(color - chroma_in(found, places[k])) for k in (own, other)]
        assert away[0] < away[1]
    # Alone, harmonic mixes both in what neither reaches.
    mixed = [chroma_in(plain, places[k]) for k in (2, 3)]
    np.testing.assert_allclose(mixed[0], mixed[1], atol=0.02)


@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
def test_confidence_against_the_formula(space, rng):
    """k / (1 + (v / d^2)^3), v the variance of CIELAB by the same regression."""
    from varcolor.prior.features import features_of
    from varcolor.prior.kernel import fitted_kernel
    from varcolor.prior.points import points_of
    from varcolor.prior.regression import Regression

    luma = rng.random((24, 30))
    at = np.sort(rng.choice(luma.size, 12, replace=False))
    rgb = rng.uniform(0.2, 0.8, (12, 3))
    values = SPACES[space].split(rgb)[1]
    scene, cues = Scene(luma, None, SPACES[space]), Data(at, np.full(12, np.inf), values)
    even, found = (s.run(s.prepare(scene), cues) for s in (GP(strength=4e-5), Agreed()))
    np.testing.assert_allclose(found.chroma, even.chroma, atol=1e-5)
    features, kernel = features_of(luma, None), fitted_kernel()
    points = points_of(features, luma.shape, at, np.full(12, np.inf), values)
    ab = lab.split(SPACES[space].merge(luma.ravel()[at], values))[1]
    order = [int(np.argmin(np.linalg.norm(points.values - v, axis=1))) for v in values]
    both = np.empty((12, 4))
    both[order] = np.concatenate([ab, ab**2], axis=1)
    moments = Regression.of(kernel, points.features, both, kernel.noise * points.noise).predict(
        features.values.reshape(luma.size, -1)
    )
    v = np.maximum(moments[:, 2:] - moments[:, :2] ** 2, -np.inf).sum(axis=1).clip(0)
    wanted = even.confidence.ravel() / (1 + (v / 8.5**2) ** 3)
    np.testing.assert_allclose(found.confidence.ravel(), wanted, rtol=2e-3, atol=1e-9)


def test_without_agreement_it_is_the_plain_one(rng):
    luma = rng.random((20, 20))
    at, values = np.arange(0, 400, 37), rng.normal(0, 0.1, (11, 2))
    scene, cues = Scene(luma, None, SPACES["yuv"]), Data(at, np.full(11, np.inf), values)
    one, two = (s.run(s.prepare(scene), cues) for s in (GP(strength=4e-5), Agreed(agreement=0.0)))
    np.testing.assert_array_equal(one.confidence, two.confidence)
    np.testing.assert_array_equal(one.chroma, two.chroma)
    assert one.reason == two.reason == ""


def test_one_colour_is_trusted_everywhere(rng):
    photo, places = fields([0.3, 0.6, 0.9])
    result = vc.colorize(photo, stroke(places, photo, [GREEN, GREEN, None]))
    assert "trusted on all of the photo" in result.choice


def test_the_result_says_what_was_chosen(cat, cat_cues):
    gray = vc.to_gray(cat)
    assert "agree" in vc.colorize(gray, cat_cues).choice
    assert vc.colorize(gray, cat_cues, method="harmonic").choice == ""
    assert vc.colorize(gray, None).choice == ""
    assert PRIORS["agreed"] is Agreed


def test_range_of_the_agreement():
    with pytest.raises(vc.InputError, match="agreement"):
        Agreed(agreement=-1)
