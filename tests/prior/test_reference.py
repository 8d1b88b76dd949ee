"""The prior of a reference picture: its colours by lightness and roughness."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError


def _halves(dark, bright, shape=(40, 60)):
    picture = np.empty((*shape, 3), np.uint8)
    picture[:, : shape[1] // 2], picture[:, shape[1] // 2 :] = dark, bright
    return picture


def test_dark_and_bright_take_the_reference_colours():
    truth = _halves((110, 50, 40), (120, 190, 230))
    gray = vc.to_gray(truth)
    reference = _halves((120, 60, 50), (130, 200, 240), (80, 50))
    result = vc.colorize(gray, None, reference=reference, method="harmonic")
    inside = np.abs(np.arange(60) - 29.5) > 2
    np.testing.assert_allclose(result.rgb.astype(int)[:, inside], truth[:, inside], atol=16)
    np.testing.assert_array_equal(vc.to_gray(result.rgb), gray)
    assert "reference" in result.choice


def test_cues_overrule_it():
    gray = vc.to_gray(_halves((110, 50, 40), (120, 190, 230)))
    cues = vc.Cues.from_points(gray.shape, [(5, 5)], ["#205020"])
    result = vc.colorize(gray, cues, reference=_halves((120, 60, 50), (130, 200, 240)))
    assert result.rgb[5, 5, 1] > result.rgb[5, 5, 0]


def test_many_colours_of_one_grey_are_trusted_less():
    rng = np.random.default_rng(0)
    from varcolor.image.color import lab
    from varcolor.prior.base import Scene
    from varcolor.prior.reference import Reference

    hue = rng.uniform(0, 2 * np.pi, (64, 64))
    ab = 40 * np.stack([np.cos(hue), np.sin(hue)], axis=2)
    mixed = np.clip(lab.merge(np.full((64, 64), 0.6), ab), 0, 1)
    one = np.clip(lab.merge(np.full((64, 64), 0.6), np.full((64, 64, 2), 20.0)), 0, 1)
    scene = Scene(np.full((20, 20), 0.6), None, lab)
    priors = []
    for picture in (mixed, one):
        source = Reference(reference=picture)
        priors.append(source.run(source.prepare(scene), None))
    assert priors[0].confidence.max() < 0.2 * priors[1].confidence.min()
    np.testing.assert_allclose(priors[1].chroma, 20, atol=0.5)


def test_what_is_no_reference_is_refused():
    gray = np.zeros((10, 10), np.uint8)
    with pytest.raises(InputError, match="is grey"):
        vc.colorize(gray, None, reference=gray)
    with pytest.raises(InputError, match="needs a picture"):
        vc.colorize(gray, None, prior="reference")
