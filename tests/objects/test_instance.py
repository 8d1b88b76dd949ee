"""Instances, which are kept, and how they are drawn."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.objects.boxes import boxes_picture
from varcolor.objects.instance import Instance, by_area, label_map, scaled
from varcolor.objects.selection import overlap, selected

SHAPE = (30, 40)


def box(left, top, right, bottom, score=1.0, label=""):
    mask = np.zeros(SHAPE, bool)
    mask[top:bottom, left:right] = True
    return Instance.of(mask, score, label)


def test_a_mask_and_its_box():
    own = box(3, 5, 10, 9)
    assert (own.box, own.area, own.shape) == ((3, 5, 10, 9), 28, SHAPE)
    assert own.full.sum() == 28
    assert own.full[own.place].all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Instance.of(np.zeros(SHAPE, bool)), "its mask is empty"),
        (lambda: Instance.of(np.ones(SHAPE)), "expected (H, W) bool"),
        (lambda: Instance(np.ones((2, 2), bool), (0, 0, 3, 2), SHAPE), "in the box"),
        (lambda: Instance(np.ones((2, 2), bool), (39, 0, 41, 2), SHAPE), "does not lie in"),
        (lambda: box(0, 0, 3, 3, 1.5), "a score of 1.5"),
        (lambda: box(0, 0, 3, 3, float("nan")), "a score of nan"),
    ],
)
def test_what_is_no_instance(make, words):
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)


def test_small_objects_lie_on_large_ones():
    own = [box(4, 4, 8, 8), box(0, 0, 20, 20), box(30, 0, 33, 3)]
    labels = label_map(own, SHAPE)
    assert (labels[5, 5], labels[0, 0], labels[1, 31], labels[29, 39]) == (1, 2, 3, 0)
    assert [one.area for one in by_area(own)] == [400, 16, 9]


@pytest.mark.parametrize("shape", [(15, 20), (60, 80), (7, 13), (1, 1)])
def test_copies_of_another_size(shape):
    own = [box(4, 4, 28, 22), box(30, 20, 31, 21)]
    found = scaled(own, shape)
    rows, columns = ((np.arange(n) + 0.5) * m // n for n, m in zip(shape, SHAPE, strict=True))
    rows, columns = rows.astype(int), columns.astype(int)
    wanted = [m for m in (o.full[np.ix_(rows, columns)] for o in own) if m.any()]
    assert len(found) == len(wanted)
    for one, mask in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one.full, mask)


def test_overlap_by_counting(rng):
    for _ in range(20):
        corners = np.sort(rng.integers(0, 30, (2, 2, 2)), axis=2)
        one, two = (box(a, c, b + 1, d + 1) for (a, b), (c, d) in corners)
        wanted = (one.full & two.full).sum() / (one.full | two.full).sum()
        assert overlap(one, two) == pytest.approx(wanted)


def test_which_detections_are_kept():
    own = [
        box(0, 0, 20, 20, 0.9, "best"),
        box(1, 0, 21, 20, 0.8, "double"),
        box(18, 0, 38, 20, 0.7, "touches"),
        box(0, 25, 10, 30, 0.2, "unsure"),
        box(39, 29, 40, 30, 0.6, "small"),
    ]
    assert [one.label for one in selected(own)] == ["best", "touches"]
    assert [one.label for one in selected(own, 0.1, 0.0, 1.0)] == [
        "best", "double", "touches", "small", "unsure",
    ]  # fmt: skip
    with pytest.raises(InputError, match="nms"):
        selected(own, nms=2.0)


def test_boxes_are_drawn():
    gray = Picture(np.full((90, 120), 100, np.uint8))
    mask = np.zeros((90, 120), bool)
    mask[20:60, 30:80] = True
    shown = boxes_picture(gray, [Instance.of(mask, 0.87, "cat")]).pixels
    assert shown.shape == (90, 120, 3)
    assert (shown[80, 100] == 100).all()
    assert np.ptp(shown[50, 50].astype(int)) > 20  # tinted
    assert np.ptp(shown[20, 79].astype(int)) > np.ptp(shown[50, 50].astype(int))  # the box


def test_segment_takes_what_there_is():
    gray = np.zeros(SHAPE, np.uint8)
    own = [box(0, 0, 9, 9, label="a"), box(10, 0, 19, 9, label="b")]
    assert vc.segment(gray, own) == own
    assert vc.segment(gray, own, labels=["b"]) == own[1:]
    for objects, options, words in [
        ("slick", {}, "objects 'slick' (did you mean 'slic'?)"),
        ("slic", {"piece": 3}, "slic has no option 'piece' (did you mean 'pieces'?)"),
        (own, {"labels": ["c"]}, "no object is labelled 'c'"),
        (own, {"threshold": 1}, "threshold is an option of what finds objects"),
        (3, {}, "objects of type int"),
        ([box(0, 0, 9, 9), 3], {}, "objects of type list"),
    ]:
        with pytest.raises(InputError) as caught:
            vc.segment(gray, objects, **options)
        assert words in str(caught.value)
    with pytest.raises(InputError, match="made for 40 x 30, but the photo is 9 x 9"):
        vc.segment(np.zeros((9, 9), np.uint8), own)
