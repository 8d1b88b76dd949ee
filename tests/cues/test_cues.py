import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import varcolor as vc
from varcolor.errors import CueError, CueWarning


def test_points_are_column_row():
    cues = vc.Cues.from_points((4, 6), [(5, 1), (0, 3)], ["#ff0000", "#00f"])
    assert cues.at.tolist() == [[1, 5], [3, 0]]
    assert cues.color.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert np.isinf(cues.weight).all()
    assert not cues.keep.any()
    assert len(cues) == 2


def test_points_take_the_photo_instead_of_its_shape(cat):
    assert vc.Cues.from_points(cat, [(1, 2)], [(255, 0, 0)]).shape == (60, 80)


def test_integers_that_look_like_floats_get_a_warning():
    with pytest.warns(CueWarning, match=r"write 1\.0"):
        vc.Cues.from_points((4, 6), [(1, 1)], [(1, 0, 0)])


def test_the_later_of_two_cues_wins():
    cues = vc.Cues.from_points((4, 6), [(1, 1), (1, 1)], ["#ff0000", "#00ff00"])
    assert cues.color.tolist() == [[0, 1, 0]]
    other = vc.Cues.from_points((4, 6), [(1, 1), (2, 2)], "#0000ff", weight=3.0)
    both = cues | other
    assert both.color.tolist() == [[0, 0, 1], [0, 0, 1]]
    assert both.weight.tolist() == [3, 3]
    assert (other | cues).color.tolist() == [[0, 1, 0], [0, 0, 1]]


@given(st.integers(0, 2**32 - 1))
def test_union_is_associative_and_sorted(seed):
    rng = np.random.default_rng(seed)

    def some():
        count = int(rng.integers(0, 9))
        return vc.Cues.from_points((3, 4), rng.integers(0, 3, (count, 2)), rng.random((count, 3)))

    a, b, c = some(), some(), some()
    left, right = (a | b) | c, a | (b | c)
    assert (np.diff(left.flat) > 0).all()
    for name in ("at", "color", "weight", "keep"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


def test_mask_and_colours_of_every_kind(rng):
    mask = rng.random((5, 6)) < 0.4
    deep = rng.integers(0, 65536, (5, 6, 3), dtype=np.uint16)
    cues = vc.Cues.from_mask(mask, deep)
    np.testing.assert_allclose(cues.color, deep[mask] / 65535, atol=1e-7)
    np.testing.assert_array_equal(cues.at, np.argwhere(mask))
    assert (vc.Cues.from_mask(mask, "#808080").color == np.float32(128 / 255)).all()
    assert vc.Cues.from_mask(mask, (1.5, -0.2, 0.0)).color[0].tolist() == pytest.approx(
        [1.5, -0.2, 0]
    )


@pytest.mark.parametrize(("call", "message"), [
    (lambda: vc.Cues.from_points((4, 6), [(6, 0)], "#fff"), r"column 6, row 0 lies outside .* 6 x 4"),
    (lambda: vc.Cues.from_points((4, 6), [(0, -1)], "#fff"), "row -1"),
    (lambda: vc.Cues.from_points((4, 6), [(0.5, 1)], "#fff"), "whole numbers"),
    (lambda: vc.Cues.from_points((4, 6), [(np.nan, 1)], "#fff"), "whole numbers"),
    (lambda: vc.Cues.from_points((4, 6), [1, 2, 3], "#fff"), "column, row"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], "redd"), "'redd' is not a colour"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], [(np.nan, 0, 0)]), "column 1, row 2 has no finite"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], [(300, 0, 0)]), r"0..255; got 0..300"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], "#fff", weight=0), "expected 1e-30 to 1e30"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], "#fff", weight=np.nan), "weights must be positive"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], ["#fff", "#000"]), "expected as many"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], [(128, 1.5, 0)]), "holds the level 128"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], [(128.0, 64.0, 0)]), "three whole numbers"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], "#fff", radius=-1), "radius -1"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], "#fff", radius=np.nan), "radius nan"),
    (lambda: vc.Cues.from_points((4, 6), [(1, 2)], "#fff", radius=[1, 2]), "radii that do not fit"),
    (lambda: vc.Cues.from_points((4, 6), [(7, 2)], "#fff", radius=5), "outside"),
    (lambda: vc.Cues.from_mask(np.ones((4, 4)), (300, 0, 0)), "0..255; got 0..300"),
    (lambda: vc.Cues.from_mask(np.ones(4), "#fff"), r"expected \(H, W\)"),
    (lambda: vc.Cues.from_mask(np.ones((4, 4)), np.ones((4, 5, 3))), "do not fit a mask"),
    (lambda: vc.Cues.none((4, 6)) | vc.Cues.none((6, 4)), "6 x 4 .* 4 x 6"),
])  # fmt: skip
def test_cues_that_are_refused(call, message):
    with pytest.raises(CueError, match=message):
        call()


def test_marked_pair_follows_the_published_rule():
    gray = np.full((4, 5, 3), 100, np.uint8)
    marked = gray.copy()
    marked[1, 2] = 101, 101, 100  # sum of differences 2/255 = 0.0078: not marked
    marked[2, 3] = 101, 101, 101  # 3/255 = 0.0118: marked
    marked[0, 0] = 200, 0, 50
    cues = vc.Cues.from_marked(gray, marked)
    assert cues.at.tolist() == [[0, 0], [2, 3]]
    np.testing.assert_allclose(cues.color[0], np.array([200, 0, 50]) / 255, atol=1e-7)


def test_marked_pair_of_different_depths(cat):
    gray = vc.to_gray(cat)
    marked = np.repeat(gray[..., None], 3, axis=2)
    marked[10:12, 10:30] = 255, 0, 0
    deep = marked.astype(np.uint16) * 257
    np.testing.assert_array_equal(
        vc.Cues.from_marked(gray, deep).at, vc.Cues.from_marked(gray, marked).at
    )


def test_marked_pairs_that_are_refused_or_suspicious(cat):
    gray = vc.to_gray(cat)
    with pytest.raises(CueError, match="must have the photo's size"):
        vc.Cues.from_marked(gray, cat[:-1])
    with pytest.raises(CueError, match="nothing is marked"):
        vc.Cues.from_marked(gray, gray)
    with pytest.warns(CueWarning, match="save it as PNG"):
        vc.Cues.from_marked(gray, cat)


def test_overlay_takes_opaque_pixels_of_any_colour():
    overlay = np.zeros((3, 4, 4), np.uint8)
    overlay[0, 0] = 0, 0, 0, 255  # black is a colour
    overlay[1, 1] = 255, 255, 255, 255
    overlay[2, 2] = 255, 0, 0, 128  # the soft rim of a brush
    cues = vc.Cues.from_overlay(overlay)
    assert cues.at.tolist() == [[0, 0], [1, 1]]
    assert cues.color.tolist() == [[0, 0, 0], [1, 1, 1]]


def test_overlays_that_are_refused(cat):
    with pytest.raises(CueError, match="no transparent pixels"):
        vc.Cues.from_overlay(cat)
    with pytest.raises(CueError, match="no pixel is opaque"):
        vc.Cues.from_overlay(np.full((3, 4, 4), 100, np.uint8))


def test_points_with_a_radius_are_dots():
    cues = vc.Cues.from_points((9, 12), [(2, 4), (11, 0)], ["tan", (1.0, 0, 0)], radius=[1.5, 1])
    wanted = {(4 + y, 2 + x) for y in (-1, 0, 1) for x in (-1, 0, 1)} | {(0, 11), (0, 10), (1, 11)}
    assert {tuple(p) for p in cues.at} == wanted
    both = vc.Cues.from_points((9, 12), [(2, 4), (3, 4)], ["tan", "red"], radius=[2, 1])
    assert both.color[(both.at == (4, 4)).all(axis=1)].tolist() == [[1, 0, 0]]  # the later wins
    back = vc.Cues.from_points((9, 12), [(2, 4), (3, 4)], ["tan", "red"], radius=[1, 2])
    assert (back.color == [1, 0, 0]).all(axis=1).sum() == len(back)
    small = vc.Cues.from_points((9, 12), [(2, 4)], "tan", radius=0.9)
    assert small.at.tolist() == [[4, 2]]
    assert len(vc.Cues.from_points((9, 12), [(2, 4)], "tan", radius=1e9)) == 9 * 12


def test_notes_are_kept_and_reach_the_result():
    one = vc.Cues.from_points((4, 6), [(1, 1)], "tan").with_notes("first")
    other = vc.Cues.from_points((4, 6), [(2, 2)], "red").with_notes("second", "first")
    assert (one | other).notes == ("first", "second")
    assert one.select(np.array([True])).notes == ("first",)
    assert {"first", "second"} <= set(vc.colorize(np.zeros((4, 6), np.uint8), one | other).notes)
    session = vc.Session(np.zeros((4, 6), np.uint8), "harmonic")
    assert "first" in session.preview(one, max_pixels=6).notes
