"""Clicks: the random walker against a dense solve, and what a person sees."""

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.errors import InputError
from varcolor.objects.clicks import Clicks, _around
from varcolor.objects.evidence import Model, nearest


def test_the_share_is_the_random_walkers(rng):
    """Against a dense solve of the same equations."""
    gray = rng.integers(0, 255, (12, 15)).astype(np.uint8)
    clicks = Clicks(gray, model=Model(look=2e-3, edge=1e-3, turns=0))
    inside, outside = np.array([[3, 4]]), np.array([[9, 9], [2, 12]])
    found = clicks.share(inside, outside)
    target, weight = clicks._held(clicks._evidence.log_odds(inside, outside))
    L = clicks._terms[0].matrix().toarray()
    A = L + np.diag(weight.ravel())
    b = (weight * target).ravel()
    for points, value in ((inside, 1.0), (outside, 0.0)):
        for k in np.ravel_multi_index(tuple(_around(points, gray.shape).T), gray.shape):
            A[k], b[k] = 0, value
            A[k, k] = 1
    wanted = np.linalg.solve(A, b).reshape(gray.shape)
    np.testing.assert_allclose(found, wanted, atol=4 / 255)


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("pixels", [100_000, 2_000])
def test_a_disc(gray, pixels):
    y, x = np.indices((90, 120))
    disc = (y - 45) ** 2 + (x - 50) ** 2 < 25**2
    picture = np.where(disc[..., None], (150, 90, 60), (70, 110, 60)).astype(np.uint8)
    rng = np.random.default_rng(1)
    picture = np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
    clicks = Clicks(picture[..., 0] if gray else picture, pixels=pixels)
    own = clicks.object([(50.5, 45.5)], [(10, 10), (110, 80)], "disc")
    iou = (own.full & disc).sum() / (own.full | disc).sum()
    assert iou > 0.95
    assert own.label == "disc"


def test_more_clicks_take_away_and_add():
    picture = np.full((60, 90), 100, np.uint8)
    picture[20:40, 10:40] = picture[20:40, 50:80] = 180
    clicks = Clicks(picture)
    one = clicks.mask([(20, 30)], [(3, 3), (60, 30)])
    assert one[30, 20]
    assert not one[30, 60]
    both = clicks.mask([(20, 30), (60, 30)], [(3, 3)])
    assert both[30, 20]
    assert both[30, 60]
    assert not both[5, 45]


def test_clicks_are_what_they_say():
    picture = photo()[60:140, 100:200]
    clicks = Clicks(np.ascontiguousarray(picture), pixels=1000)
    inside, outside = [(20, 30), (50, 50)], [(21, 30), (90, 70)]
    found = clicks.mask(inside, outside)
    assert found[30, 20]
    assert found[50, 50]
    assert not found[70, 90]


@pytest.mark.parametrize(
    ("inside", "outside", "words"),
    [
        ([], [(3, 3)], "at least one click inside"),
        ([(100, 3)], [], "a click at 100,3: the photo is 30 x 20"),
        ([(-1, 3)], [], "a click at -1,3"),
        ([(float("nan"), 3)], [], "not finite"),
    ],
)
def test_bad_clicks(inside, outside, words):
    with pytest.raises(InputError) as caught:
        Clicks(np.zeros((20, 30), np.uint8)).object(inside, outside)
    assert words in str(caught.value)


def test_the_nearest_click_by_tree_and_one_by_one(rng):
    features = rng.random((9, 11, 4))
    points = np.stack([rng.integers(0, 9, 40), rng.integers(0, 11, 40)], axis=1)
    few, many = nearest(features, points[:5]), nearest(features, points)
    for found, own in ((few, points[:5]), (many, points)):
        gaps = features[:, :, None] - features[own[:, 0], own[:, 1]]
        np.testing.assert_allclose(found, np.sqrt((gaps**2).sum(axis=3)).min(axis=2))


def test_what_depends_on_the_photo_is_kept():
    clicks = Clicks(photo())
    clicks.object([(100, 100)], [(10, 10)])
    weights = clicks._state.weights
    clicks.object([(120, 100)], [(10, 10)])
    assert clicks._state.weights is weights
    assert vc.Clicks is Clicks


def evidence(picture, **options):
    clicks = Clicks(picture, pixels=1000, model=Model(**options))
    return clicks._evidence, clicks.step


def test_texture_tells_where_lightness_does_not(rng):
    """Half of a grey photo is rough, both halves are equally light."""
    picture = np.full((30, 32), 128.0)
    picture[:, 16:] += rng.normal(0, 25, (30, 16))
    own, _ = evidence(picture.clip(0, 255).astype(np.uint8), paths=0.0, place=0.0, far_edge=9.0)
    told = own.log_odds(np.array([[10, 24]]), np.array([[10, 8]]))
    assert told[:, 22:].mean() > 0 > told[:, 3:12].mean()


def test_paths_are_the_cheapest_ones():
    """A wall with a gap: what lies behind it is as far as the way around."""
    picture = np.full((20, 30), 100, np.uint8)
    picture[:14, 15] = 250
    own, step = evidence(picture, texture=0.0)
    assert step == 1
    start = own._path_from(np.array([[3, 10]]))
    assert start[3, 5] < start[3, 20] < 0.003 * 45 + 1.0
    assert start[18, 20] < start[3, 20] + 0.003 * 20
    np.testing.assert_allclose(start[3, 10 - 4], 4 * 0.003, rtol=0.5)


def test_log_odds_have_the_clicks_signs():
    own, _ = evidence(photo()[60:90, 100:130])
    u = own.log_odds(np.array([[5, 5], [20, 8]]), np.array([[25, 25]]))
    assert u[5, 5] > 0
    assert u[20, 8] > 0
    assert u[25, 25] < 0
    assert np.isfinite(own.log_odds(np.array([[5, 5]]), np.zeros((0, 2), int))).all()


def test_kinds_found_inside_speak_for_it():
    picture = np.full((30, 30), 60, np.uint8)
    picture[:, 15:] = 200
    own, _ = evidence(picture)
    share = np.zeros((30, 30))
    share[10:20, 20:25] = 1
    told = own.of_kinds(share, np.array([10 * 30 + 20]))
    assert told[5, 28] > 0 > told[5, 2]
