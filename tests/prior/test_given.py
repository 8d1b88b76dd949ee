"""Priors as users hand them over, through the front door."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.prior import Prior
from varcolor.image.color import SPACES


@pytest.fixture
def gray(cat):
    return vc.to_gray(cat)


def chroma_error(result, truth):
    wanted = SPACES[result.space].split(truth / 255.0)[1]
    return float(np.sqrt(((result.chroma - wanted) ** 2).mean()))


@pytest.mark.parametrize("method", ["levin", "harmonic"])
def test_a_firm_prior_wins_and_none_changes_nothing(method, gray, cat, cat_cues):
    plain = vc.colorize(gray, cat_cues, method=method)
    zero = vc.colorize(gray, cat_cues, method=method, prior=cat, confidence=0)
    np.testing.assert_allclose(zero.chroma, plain.chroma, atol=1e-7)
    errors = [
        chroma_error(vc.colorize(gray, cat_cues, method=method, prior=cat, confidence=k), cat)
        for k in (1e-3, 1e-1, 1e4)
    ]
    assert chroma_error(plain, cat) > errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-4


def test_better_than_prior_and_cues_alone_over_a_range_of_confidences(gray, cat, cat_cues, rng):
    """A true picture with noise, and regions that are wrong and known to be."""
    space = SPACES["yuv"]
    truth = space.split(cat / 255.0)[1]
    guess = truth + rng.normal(0, 0.04, truth.shape)
    guess[10:30, 20:50] = [0.2, -0.3]
    trust = np.ones(gray.shape)
    trust[10:30, 20:50] = 1e-4
    alone = float(np.sqrt(((guess - truth) ** 2).mean()))
    plain = chroma_error(vc.colorize(gray, cat_cues, method="harmonic"), cat)
    for k in (0.001, 0.01, 0.1):
        both = vc.colorize(gray, cat_cues, method="harmonic", prior=Prior(guess, k * trust))
        assert chroma_error(both, cat) < min(alone, plain)


@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
def test_wrong_regions_do_less_harm_with_other_losses(space, gray, cat, cat_cues):
    wrong = cat.copy()
    wrong[12:24, 24:40] = [10, 200, 30]
    options = {"method": "harmonic", "prior": wrong, "confidence": 0.003, "space": space}
    plain = chroma_error(vc.colorize(gray, cat_cues, method="harmonic", space=space), cat)
    errors = [
        chroma_error(vc.colorize(gray, cat_cues, loss=loss, **options), cat)
        for loss in ("square", "huber", "l1")
    ]
    assert max(errors[1:]) < min(plain, 0.7 * errors[0])


def test_no_cues_but_a_prior(gray, cat):
    result = vc.colorize(gray, None, prior=cat, confidence=100.0, method="harmonic")
    assert chroma_error(result, cat) < 0.01
    assert not any("no cues" in note for note in result.notes)
    nothing = vc.colorize(gray, None, prior=cat, confidence=0.0)
    assert any("no cues" in note for note in nothing.notes)
    np.testing.assert_array_equal(nothing.rgb, np.repeat(gray[..., None], 3, axis=2))


def test_a_map_of_confidences(gray, cat, cat_cues):
    levels = np.zeros(gray.shape, np.uint8)
    levels[:, 40:] = 255
    by_picture = vc.colorize(gray, cat_cues, prior=cat, confidence=levels)
    by_array = vc.colorize(gray, cat_cues, prior=cat, confidence=levels / 255.0)
    np.testing.assert_array_equal(by_picture.chroma, by_array.chroma)
    truth = SPACES["yuv"].split(cat / 255.0)[1]
    error = np.abs(by_picture.chroma - truth).mean(axis=(0, 2))
    assert error[45:].mean() < 0.5 * error[:35].mean()


def test_transparent_pixels_of_a_prior_say_nothing(gray, cat, cat_cues):
    alpha = np.full(gray.shape, 255, np.uint8)
    alpha[:, :40] = 0
    result = vc.colorize(gray, cat_cues, prior=np.dstack([cat, alpha]), confidence=0.5)
    levels = np.where(alpha > 0, 0.5, 0.0)
    same = vc.colorize(gray, cat_cues, prior=cat, confidence=levels)
    np.testing.assert_array_equal(result.chroma, same.chroma)


@pytest.mark.parametrize("solver", ["multigrid", "amg", "cg"])
def test_a_start_saves_steps_and_changes_nothing(solver, gray, cat_cues):
    options = {"method": "harmonic", "solver": solver}
    first = vc.colorize(gray, cat_cues, **options)
    again = vc.colorize(gray, cat_cues, start=first.picture, **options)
    # Both are within half a level of the exact answer.
    assert 255 * np.abs(again.chroma - first.chroma).max() < 1
    assert again.steps <= first.steps + 1
    assert again.error <= 0.5


def test_repeat_with_the_result_as_seed(gray, cat_cues):
    result = vc.colorize(gray, cat_cues, method="harmonic")
    for _ in range(2):
        result = vc.colorize(gray, cat_cues, method="harmonic", prior=result.picture)
    assert str(result.status) == "converged"


def test_regions_are_divided_between_cues_alone(cat):
    strokes = vc.Cues.from_points(cat, [(20, 20), (21, 20)], "#ff0000")
    keep = vc.Cues(strokes.shape, [(5, 5)], [(0, 0, 0)], [np.inf], [True])
    options = {"keep_outside": True, "method": "harmonic"}
    plain = vc.recolor(cat, strokes | keep, **options)
    guided = vc.recolor(cat, strokes | keep, prior=cat, confidence=0.01, **options)
    kept = (plain.rgb == cat).all(axis=2) & ~(guided.rgb == cat).all(axis=2)
    assert kept.mean() < 0.01


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"prior": "gpp"}, "unknown prior 'gpp'.*'gp'"),
        ({"confidence": 0.1, "method": "levin"}, "without a prior"),
        ({"loss": "huber", "method": "levin"}, "loss without a prior"),
        ({"prior": "cat", "loss": "hubr"}, "loss 'hubr': expected square, huber, l1"),
        ({"prior": "none", "confidence": 0.1}, "without a prior"),
        ({"prior": np.zeros((5, 5, 3), np.uint8)}, "5 x 5.*80 x 60"),
        ({"start": np.zeros((5, 5, 3), np.uint8)}, "5 x 5.*80 x 60"),
        ({"prior": "cat", "confidence": -0.1}, "-0.1"),
        ({"prior": "cat", "confidence": float("nan")}, "nan"),
        ({"prior": "cat", "confidence": np.full((60, 80), -1.0)}, "not negative"),
        ({"prior": "cat", "confidence": np.full((60, 80), np.nan)}, "finite"),
        ({"prior": "cat", "confidence": np.zeros((5, 5))}, r"\(5, 5\)"),
        ({"prior": "cat", "confidence": np.zeros((5, 5), np.uint8)}, "5 x 5"),
        ({"prior": "cat", "confidence": np.zeros((60, 80, 3), np.uint8)}, "grey"),
        ({"prior": "nan"}, "finite"),
        ({"prior": 7}, "prior 7: expected gp, agreed, .*none, or a picture"),
    ],
)
def test_refusals(options, match, gray, cat, cat_cues):
    pictures = {"cat": cat, "nan": np.full((60, 80, 3), np.nan)}
    prior = options.get("prior")
    if isinstance(prior, str):
        options = {**options, "prior": pictures.get(prior, prior)}
    with pytest.raises(vc.InputError, match=match):
        vc.colorize(gray, cat_cues, **options)
