"""The incremental raster of strokes against the plain one, and filled and protected strokes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varcolor.cues.cues import Cues
from varcolor.cues.downsample import shrunk_cues
from varcolor.cues.files import cues_to_json, parse_cues
from varcolor.cues.stroke_raster import StrokeRaster
from varcolor.cues.strokes import Stroke, rasterise, strokes_from_document, strokes_to_json
from varcolor.errors import CueError
from varcolor.image.picture import Picture

SHAPE = (23, 31)


def same(a: Cues, b: Cues) -> None:
    for name in ("at", "color", "weight", "keep", "protected"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert a.notes == b.notes


@st.composite
def strokes(draw: st.DrawFn) -> Stroke:
    kind = draw(st.sampled_from(["paint", "neutral", "keep", "erase", "protect"]))
    x, y = st.floats(-3, SHAPE[1] + 3), st.floats(-3, SHAPE[0] + 3)
    points = draw(st.lists(st.tuples(x, y), min_size=0, max_size=5))
    first = draw(st.tuples(st.floats(1, SHAPE[1] - 1), st.floats(1, SHAPE[0] - 1)))
    soft = kind in ("paint", "neutral") and draw(st.booleans())
    return Stroke(
        (first, *points),
        draw(st.floats(0, 6)),
        kind,
        draw(st.sampled_from(["red", "#102030", "tan"])) if kind == "paint" else None,
        draw(st.floats(0.1, 10)) if soft else None,
        draw(st.booleans()),
    )


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(strokes(), max_size=6), min_size=1, max_size=3))
def test_is_that_of_rasterise_list_after_list(lists: list[list[Stroke]]) -> None:
    raster = StrokeRaster(SHAPE)
    for some in lists:
        same(raster.cues(some), rasterise(some, SHAPE))


def test_base_lies_under_strokes_and_is_erased() -> None:
    mask = np.zeros(SHAPE, bool)
    mask[5, 5:12] = True
    base = Cues.from_mask(mask, "blue")
    paint = Stroke(((8.5, 0), (8.5, 20)), 0, "paint", "red")
    cues = StrokeRaster(SHAPE).cues([Stroke(((11.5, 5.5),), 0, "erase"), paint], base)
    assert 5 * SHAPE[1] + 11 not in cues.flat
    assert tuple(cues.color[cues.flat == 5 * SHAPE[1] + 8][0]) == (1, 0, 0)
    assert tuple(cues.color[cues.flat == 5 * SHAPE[1] + 6][0]) == (0, 0, 1)


def test_points_outside_are_refused_as_by_rasterise() -> None:
    away = Stroke(((90, 90),), 2, "paint", "red")
    with pytest.raises(CueError, match="stroke 1 has a point at 90, 90"):
        StrokeRaster(SHAPE).cues([away])


def test_fill_covers_what_the_closed_line_encloses() -> None:
    square = Stroke(((2, 3), (12, 3), (12, 9), (2, 9)), 0, "paint", "red", fill=True)
    cues = rasterise([square], SHAPE)
    inside = np.zeros(SHAPE, bool)
    inside[cues.at[:, 0], cues.at[:, 1]] = True
    assert inside[3:9, 2:12].all()
    assert inside.sum() < 12 * 8
    ring = ((2, 2), (20, 2), (20, 20), (2, 20), (2, 2), (8, 8), (8, 14), (14, 14), (14, 8), (8, 8))
    hole = rasterise([Stroke(ring, 0, "paint", "red", fill=True)], SHAPE)
    assert 11 * SHAPE[1] + 11 not in hole.flat  # even-odd: the inner square is a hole
    again = strokes_from_document(__import__("json").loads(strokes_to_json([square], SHAPE)))[0]
    assert again == [square]


def test_protected_pixels_are_kept_in_files_and_combined() -> None:
    guarded = rasterise([Stroke(((5, 5), (20, 5)), 3, "protect")], SHAPE)
    assert len(guarded) == 0 and len(guarded.protected) > 60
    paint = rasterise([Stroke(((12, 0), (12, 20)), 1, "paint", "red")], SHAPE)
    same(parse_cues(cues_to_json(guarded | paint), SHAPE), guarded | paint)
    over, under = guarded | paint, paint | guarded
    assert not np.isin(over.protected, paint.flat).any() and len(over) == len(paint)
    assert np.array_equal(under.protected, guarded.protected)
    assert not np.isin(under.flat, guarded.protected).any() and 0 < len(under) < len(paint)


def test_protected_blocks_of_a_smaller_copy() -> None:
    guarded = rasterise(
        [Stroke(((0, 0), (31, 0), (31, 11), (0, 11)), 0, "protect", fill=True)], SHAPE
    )
    small = shrunk_cues(guarded, Picture(np.zeros(SHAPE, np.uint8)), (6, 8), 4)
    rows = np.unique(small.protected // 8)
    assert rows.tolist() == [0, 1, 2]
    with pytest.raises(CueError, match="protected pixel lies outside"):
        Cues(SHAPE, [], [], [], [], (), [SHAPE[0] * SHAPE[1]])
