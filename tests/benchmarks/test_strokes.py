"""Strokes are drawn as the suite says, and its measures and tables are right by hand."""

import numpy as np
import pytest
from PIL import Image
from skimage.data import chelsea

import varcolor as vc
from benchmarks.quality import segments, strokes
from varcolor.cues.strokes import covered
from varcolor.image.color import lab


@pytest.fixture(scope="module")
def plain():
    """A picture of four things: sky, meadow, a house and its small red door."""
    truth = np.empty((180, 240, 3), np.uint8)
    truth[:100], truth[100:] = (120, 160, 220), (80, 130, 60)
    truth[60:150, 80:160] = 190, 180, 160
    truth[105:150, 120:146] = 180, 30, 30
    noise = np.random.default_rng(0).integers(-3, 4, truth.shape)
    return np.clip(truth + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A data folder with pictures where the suite looks for them, and hand-drawn strokes."""
    data = tmp_path_factory.mktemp("data")
    place, hand = data / "bsds500" / "val", data / "levin" / "scribbles"
    place.mkdir(parents=True)
    hand.mkdir(parents=True)
    small = np.asarray(Image.fromarray(chelsea()).resize((60, 40)))
    for name, pixels in {"a": small, "b": small[::-1]}.items():
        Image.fromarray(np.ascontiguousarray(pixels)).save(place / f"{name}.png")
    gray = np.repeat(vc.to_gray(small)[..., None], 3, axis=2)
    marked = gray.copy()
    marked[10:13, 5:40] = 255, 0, 0
    marked[13, 5:40] = (marked[13, 5:40].astype(int) + np.array([255, 0, 0])) // 2  # a soft rim
    marked[20:23, 5:40] = 0, 0, 255
    for name, pixels in {"bw": gray, "marked": marked, "original": small}.items():
        vc.write(pixels, hand / f"1_{name}.bmp")
    return data


def test_segments_are_the_things_of_the_picture(plain):
    labels = segments.segments(plain)
    assert labels.min() == 0
    assert 4 <= labels.max() + 1 <= 12  # rims may be of their own
    places = ((5, 55, 5, 235), (160, 175, 5, 235), (66, 99, 86, 154), (112, 142, 126, 140))
    inner = [labels[top:bottom, left:right] for top, bottom, left, right in places]
    main = [np.bincount(part.ravel()).argmax() for part in inner]
    assert len(set(main)) == 4
    for part, label in zip(inner, main, strict=True):
        assert (part == label).mean() > 0.9


def test_distances_end_at_segments_but_not_at_the_picture():
    labels = np.zeros((7, 9), int)
    labels[:, 6:] = 1
    far = segments.distances(labels)
    np.testing.assert_allclose(far[3], [6, 5, 4, 3, 2, 1, 1, 2, 3])
    assert segments.distances(np.zeros((3, 4), int)).min() == 4


@pytest.mark.parametrize("seed", range(6))
def test_strokes_stay_inside_and_have_the_mean_colour_below_them(plain, seed):
    labels = segments.segments(plain)
    drawn = strokes.draw(plain, labels, 40, [seed])
    assert len(drawn) == 40
    scale = 240 / strokes.SIDE
    for one in drawn:
        rows, columns, mask = covered(one.stroke, labels.shape)
        assert mask.any()
        assert (labels[rows, columns][mask] == one.segment).all()
        mean = plain[rows, columns][mask].mean(axis=0)
        np.testing.assert_allclose(np.array(one.stroke.color) * 255, np.rint(mean), atol=1e-9)
        assert strokes.RADII[0] * scale <= one.stroke.radius <= strokes.RADII[1] * scale
        steps = np.linalg.norm(np.diff(one.stroke.points, axis=0), axis=1)
        np.testing.assert_allclose(steps, strokes.STEP)
    assert 0 < sum(len(one.stroke.points) == 1 for one in drawn) < 40


def test_a_painter_goes_on_and_begins_with_the_large_things(plain):
    labels = segments.segments(plain)
    areas = np.bincount(labels.ravel())
    first, later = [], []
    for seed in range(20):
        drawn = strokes.draw(plain, labels, 12, [seed])
        assert strokes.draw(plain, labels, 3, [seed]) == drawn[:3]
        first += [areas[one.segment] for one in drawn[:2]]
        later += [areas[one.segment] for one in drawn[2:]]
    assert np.mean(first) > 1.2 * np.mean(later)
    other = strokes.draw(plain, labels, 3, [20])
    assert other != drawn[:3]


def test_a_picture_without_room_for_a_brush_is_refused():
    labels = np.arange(40 * 480).reshape(40, 480)
    with pytest.raises(ValueError, match="smallest brush"):
        strokes.draw(np.zeros((40, 480, 3), np.uint8), labels, 1, [0])


def test_cases_hold_all_counts_and_the_truths_lightness(photo):
    cases = list(strokes.cases_of(photo / "bsds500" / "val" / "a.png", 0))
    assert [case.hints for case in cases] == list(strokes.COUNTS)
    luma = lab.luma(cases[0].truth / 255.0)
    np.testing.assert_allclose(lab.luma_of_gray(cases[0].gray), luma, atol=1e-12)
    sizes = [len(case.cues) for case in cases]
    assert sizes == sorted(sizes)
    found = list(strokes.samples(photo, 2, (3, 40)))
    assert [name for name, *_ in found] == ["a.png", "a.png", "b.png", "b.png"]
    np.testing.assert_array_equal(found[1][3].color, cases[4].cues.color)
    half = next(strokes.samples(photo, 1, (3,), side=30, space="yuv"))
    assert half[1].shape == (20, 30, 3)
    np.testing.assert_allclose(half[2], vc.to_gray(half[1] / 255.0), atol=1e-6)


def test_hand_drawn_strokes_have_one_true_colour_each(photo):
    (case,) = strokes.hand_drawn(photo / "levin" / "scribbles", 9, 0)
    assert case.hints == 2
    upper = case.cues.at[:, 0] < 16
    assert upper.sum() == 4 * 35
    for part in (upper, ~upper):
        rows, columns = case.cues.at[part].T
        mean = np.rint(case.truth[rows, columns].mean(axis=0)) / 255
        np.testing.assert_allclose(case.cues.color[part], np.tile(mean, (part.sum(), 1)), atol=1e-6)
