import itertools
import json
from importlib import resources

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import varcolor as vc
from varcolor.cues.strokes import rasterise, strokes_from_document, strokes_to_json
from varcolor.errors import CueError, CueWarning

RED = (1.0, 0.0, 0.0)


def covered_by_loops(stroke, shape):
    """Distance of every pixel centre to every segment, the obvious way."""
    points = [np.array(p) for p in stroke.points]
    segments = list(itertools.pairwise(points)) or [(points[0], points[0])]
    mask = np.zeros(shape, bool)
    for r in range(shape[0]):
        for c in range(shape[1]):
            centre = np.array([c + 0.5, r + 0.5])
            for a, b in segments:
                d = b - a
                t = 0.0 if not d.any() else float(np.clip((centre - a) @ d / (d @ d), 0, 1))
                if np.hypot(*(centre - a - t * d)) <= stroke.radius:
                    mask[r, c] = True
    for a, b in segments:  # and what the line crosses, by many points of it
        x, y = a[:, None] + np.linspace(0, 1, 20_001) * (b - a)[:, None]
        mask[np.minimum(y.astype(int), shape[0] - 1), np.minimum(x.astype(int), shape[1] - 1)] = 1
    return mask


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_coverage_against_loops(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    points = tuple((float(x), float(y)) for x, y in rng.uniform(0, (14, 11), (count, 2)))
    stroke = vc.Stroke(points, float(rng.choice([0, 0.3, 0.6, 1.5, 5])), color=RED)
    wanted = covered_by_loops(stroke, (11, 14))
    cues = rasterise([stroke], (11, 14))
    found = np.zeros((11, 14), bool)
    found[cues.at[:, 0], cues.at[:, 1]] = True
    assert not (wanted & ~found).any()
    assert (found & ~wanted).sum() <= 1  # a corner that is touched between two of the points


def test_a_dot_covers_its_pixel():
    cues = rasterise([vc.Stroke(((3.5, 2.5),), 0.5, color=RED)], (5, 6))
    assert cues.at.tolist() == [[2, 3]]


def test_kinds_and_order():
    line = ((0.5, 0.5), (9.5, 0.5))
    cues = rasterise(
        [
            vc.Stroke(line, 0.5, color=RED),
            vc.Stroke(((2.5, 0.5),), 0.5, kind="neutral", weight=7.0),
            vc.Stroke(((4.5, 0.5),), 0.5, kind="keep"),
            vc.Stroke(((6.5, 0.5),), 0.5, kind="erase"),
        ],
        (1, 10),
    )
    assert cues.at[:, 1].tolist() == [0, 1, 2, 3, 4, 5, 7, 8, 9]
    assert cues.color[2].tolist() == [0.5, 0.5, 0.5]
    assert cues.weight[2] == 7
    assert np.isinf(np.delete(cues.weight, 2)).all()
    assert np.flatnonzero(cues.keep).tolist() == [4]
    again = rasterise(
        [vc.Stroke(line, 0.5, kind="erase"), vc.Stroke(line, 0.5, color=RED)], (1, 10)
    )
    assert len(again) == 10


@pytest.mark.parametrize(("make", "message"), [
    (lambda: vc.Stroke((), 1, color=RED), "at least one point"),
    (lambda: vc.Stroke(((1, 1),), -1, color=RED), "radius -1 must be 0 or more"),
    (lambda: vc.Stroke(((1, 1),), "wide", color=RED), "all numbers"),
    (lambda: vc.Stroke((1, 1), 1, color=RED), "all numbers"),
    (lambda: vc.Stroke(((1, 1),), 1, color="#c0804"), "not a colour"),
    (lambda: vc.Stroke(((1, 1),), 1, color="browm"), "did you mean 'brown'"),
    (lambda: vc.Stroke(((1, 1),), 1, color=(300, 0, 0)), "0..255; got 0..300"),
    (lambda: vc.Stroke(((1, 1),), 1, color=(-5, 0, 0)), "0..255; got -5..0"),
    (lambda: vc.Stroke(((1, 1),), 1, color=(128, 1.5, 64)), "holds the level 128"),
    (lambda: vc.Stroke(((1, 1),), 1, color=(192.0, 128.0, 64.0)), "write three whole numbers"),
    (lambda: vc.Stroke(((1, 1),), 1, color=(1.0, 0.0)), "three numbers"),
    (lambda: vc.Stroke(((1, 1),), 1, color=5), "three numbers"),
    (lambda: vc.Stroke(((1, 1),), 1, color=(True, False, True)), "expected"),
    (lambda: vc.Stroke(((1, 1),), float("nan"), color=RED), "radius"),
    (lambda: vc.Stroke(((1, float("nan")),), 1, color=RED), "not finite"),
    (lambda: vc.Stroke(((1, 1),), 1), "needs a colour"),
    (lambda: vc.Stroke(((1, 1),), 1, kind="keep", color=RED), "no colour of its own"),
    (lambda: vc.Stroke(((1, 1),), 1, kind="erase", weight=2), "no weight"),
    (lambda: vc.Stroke(((1, 1),), 1, color=RED, weight=-1), "weight"),
    (lambda: vc.Stroke(((1, 1),), 1, kind="pain"), "did you mean 'paint'"),
    (lambda: rasterise([vc.Stroke(((11, 1),), 1, color=RED)], (9, 10)), "stroke 1 .* 11, 1, outside"),
])  # fmt: skip
def test_strokes_that_are_refused(make, message):
    with pytest.raises(CueError, match=message):
        make()


GOOD = {
    "format": "varcolor-strokes",
    "version": 1,
    "width": 20,
    "height": 10,
    "strokes": [
        {"kind": "paint", "color": "#c08040", "radius": 2, "points": [[1, 2], [3.5, 4]]},
        {"color": [1.2, 0, -0.1], "radius": 0.5, "points": [[1, 2]], "weight": 3},
        {"kind": "neutral", "radius": 1, "points": [[20, 10]], "weight": 1.5},
        {"kind": "keep", "radius": 1, "points": [[0, 0]]},
        {"kind": "erase", "radius": 1, "points": [[5, 5]]},
    ],
}


def changed(stroke=None, **top):
    document = json.loads(json.dumps(GOOD)) | top
    if stroke is not None:
        document["strokes"][0] = {**document["strokes"][0], **stroke}
    return document


BAD = {
    "format": changed(format="strokes"),
    "version": changed(version=2),
    "width": changed(width=0),
    "width type": changed(width=20.5),
    "unknown entry": changed(author="me"),
    "strokes type": changed(strokes={}),
    "kind": changed({"kind": "pain"}),
    "radius": changed({"radius": -1}),
    "radius type": changed({"radius": "2"}),
    "no points": changed({"points": []}),
    "point type": changed({"points": [[1, "2"]]}),
    "point length": changed({"points": [[1, 2, 3]]}),
    "above": changed({"points": [[-1, -2], [3, -4]]}),
    "left": changed({"points": [[-1, 2], [-3, 4]]}),
    "colour": changed({"color": "browm"}),
    "colour digits": changed({"color": "#12345"}),
    "colour too high": changed({"color": [300, 0, 0]}),
    "colour negative": changed({"color": [-5, 0, 0]}),
    "colour mixed": changed({"color": [192, 128.5, 64]}),
    "colour fraction too high": changed({"color": [2.5, 0.5, 0.5]}),
    "colour function": changed({"color": "rgb()"}),
    "colour types": changed({"color": ["#f00", 1, 2]}),
    "colour length": changed({"color": [0, 1]}),
    "keep with colour": changed({"kind": "keep"}),
    "weight": changed({"weight": 0}),
    "unknown in stroke": changed({"colour": "#fff"}),
}


def schema():
    return json.loads((resources.files("varcolor.cues") / "strokes.schema.json").read_text())


def test_the_schema_accepts_what_the_reader_accepts(tmp_path):
    jsonschema.validate(GOOD, schema())
    (tmp_path / "s.json").write_text(json.dumps(GOOD))
    assert len(vc.read_cues(tmp_path / "s.json")) > 10


@pytest.mark.parametrize("name", BAD)
def test_the_schema_refuses_what_the_reader_refuses(tmp_path, name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(BAD[name], schema())
    (tmp_path / "s.json").write_text(json.dumps(BAD[name]))
    with pytest.raises(CueError, match=r"s\.json: "):
        vc.read_cues(tmp_path / "s.json")


@pytest.mark.parametrize("missing", ["format", "version", "width", "height", "strokes"])
def test_missing_entries(tmp_path, missing):
    document = {k: v for k, v in GOOD.items() if k != missing}
    (tmp_path / "s.json").write_text(json.dumps(document))
    with pytest.raises(CueError):
        vc.read_cues(tmp_path / "s.json")


def test_documents_round_trip():
    strokes, shape = strokes_from_document(GOOD)
    assert shape == (10, 20)
    assert strokes_from_document(json.loads(strokes_to_json(strokes, shape))) == (strokes, shape)


@pytest.mark.parametrize(("color", "wanted"), [
    ([192, 128, 64], (192 / 255, 128 / 255, 64 / 255)),
    ([0, 0, 0], (0, 0, 0)),
    ([255, 255, 255], (1, 1, 1)),
    ([2, 1, 0], (2 / 255, 1 / 255, 0)),
    ([0.75, 0.5, 0.25], (0.75, 0.5, 0.25)),
    ([1, 0.5, 0], (1, 0.5, 0)),
    ([1.0, 0.0, 0.0], (1, 0, 0)),
    ([1.2, 0, -0.1], (1.2, 0, -0.1)),
    ("#c08040", (192 / 255, 128 / 255, 64 / 255)),
    ("c84", (204 / 255, 136 / 255, 68 / 255)),
    ("tan", (210 / 255, 180 / 255, 140 / 255)),
    ("RebeccaPurple", (102 / 255, 51 / 255, 153 / 255)),
    ("dark slate grey", (47 / 255, 79 / 255, 79 / 255)),
    ("rgb(192, 128, 64)", (192 / 255, 128 / 255, 64 / 255)),
    ("rgb(100% 50% 0%)", (1, 0.5, 0)),
])  # fmt: skip
def test_colours_mean_the_same_everywhere(tmp_path, color, wanted):
    document = changed({"color": color})
    document["strokes"] = document["strokes"][:1]
    if isinstance(color, list) or (" " not in color and color == color.lower()):
        jsonschema.validate(document, schema())
    (tmp_path / "s.json").write_text(json.dumps(document))
    shape = (10, 20)
    given_in_python = color if isinstance(color, str) else tuple(color)
    found = [
        vc.read_cues(tmp_path / "s.json"),
        rasterise([vc.Stroke(((3, 4),), 2, color=given_in_python)], shape),
        vc.Cues.from_points(shape, [(3, 4)], [given_in_python]),
        vc.Cues.from_mask(np.ones(shape, bool), given_in_python),
    ]
    for cues in found:
        np.testing.assert_allclose(cues.color[0], wanted, atol=1e-7)


def test_almost_black_by_mistake_is_warned_about(tmp_path):
    (tmp_path / "s.json").write_text(json.dumps(changed({"color": [1, 0, 0]})))
    with pytest.warns(CueWarning, match=r"almost black; write 1\.0"):
        vc.read_cues(tmp_path / "s.json")


@pytest.mark.parametrize(("points", "radius", "marked"), [
    (((5, 5),), 0.5, {(5, 5)}),
    (((5, 5),), 0, {(5, 5)}),
    (((5.9, 5.1),), 0.3, {(5, 5)}),
    (((0, 0),), 0, {(0, 0)}),
    (((40, 30),), 0, {(29, 39)}),
    (((5, 5), (25, 5)), 0.3, {(5, x) for x in range(5, 26)}),
    (((5, 5), (25, 5)), 0, {(5, x) for x in range(5, 26)}),
    (((7.5, 3), (7.5, 9)), 0, {(y, 7) for y in range(3, 10)}),
    (((2, 2), (6, 6)), 0, {(k, k) for k in range(2, 7)}),
    (((2.5, 2.5), (5.5, 3.5)), 0, {(2, 2), (2, 3), (3, 4), (3, 5)}),
    (((1, 1), (1, 1)), 0.1, {(1, 1)}),
    (((1.5, 1.5), (3.5, 1.5), (3.5, 3.5)), 0, {(1, 1), (1, 2), (1, 3), (2, 3), (3, 3)}),
    (((38.5, 5.5), (55, 5.5)), 0, {(5, 38), (5, 39)}),
    (((3.5, 3.5), (3.5, -1e6)), 0, {(0, 3), (1, 3), (2, 3), (3, 3)}),
])  # fmt: skip
def test_lines_mark_every_pixel_that_they_cross(points, radius, marked):
    found = {tuple(p) for p in rasterise([vc.Stroke(points, radius, color=RED)], (30, 40)).at}
    assert marked <= found
    assert found <= marked


def test_what_leaves_the_picture_is_cut_off_and_said():
    strokes = [vc.Stroke(((5, 5),), 2, color=RED), vc.Stroke(((5, 5), (-20, 5)), 1, color=RED)]
    cues = rasterise(strokes, (30, 40))
    assert (5, 0) in {tuple(p) for p in cues.at}
    assert cues.notes == ("stroke 2 leaves the picture: cut off at its border",)
    assert rasterise(strokes[:1], (30, 40)).notes == ()


@pytest.mark.parametrize("size", [(40, 20), (80, 40), (10, 5), (30, 15), (25, 13), (23, 11)])
def test_strokes_are_scaled_to_another_size_of_the_picture(tmp_path, size):
    document = changed(strokes=[{"color": "tan", "radius": 2, "points": [[5, 5], [15, 5]]}])
    (tmp_path / "s.json").write_text(json.dumps(document))
    width, height = size
    cues = vc.read_cues(tmp_path / "s.json", np.zeros((height, width), np.uint8))
    assert cues.shape == (height, width)
    across, down = width / 20, height / 10
    line = ((5 * across, 5 * down), (15 * across, 5 * down))
    wanted = rasterise([vc.Stroke(line, 2 * np.sqrt(across * down), color="tan")], cues.shape)
    np.testing.assert_array_equal(cues.at, wanted.at)
    assert f"s.json: made for a 20 x 10 picture: scaled {across:.4g} times" in cues.notes[0]
    result = vc.colorize(np.zeros((height, width), np.uint8), cues)
    assert cues.notes[0] in result.notes


@pytest.mark.parametrize(("size", "hint"), [
    ((20, 11), "not the same picture"),
    ((21, 10), "not the same picture"),
    ((40, 30), "not the same picture"),
    ((10, 20), "turned"),
    ((200, 70), "not the same picture"),
])  # fmt: skip
def test_strokes_of_another_picture_are_refused(tmp_path, size, hint):
    (tmp_path / "s.json").write_text(json.dumps(GOOD))
    photo = np.zeros(size[::-1], np.uint8)
    with pytest.raises(CueError, match=rf"made for a 20 x 10 .* {size[0]} x {size[1]}.*{hint}"):
        vc.read_cues(tmp_path / "s.json", photo)


@pytest.mark.parametrize(("points", "wanted"), [
    (((-3, 2.5), (20, 2.5)), [[2, x] for x in range(9)]),
    (((4.5, -50), (4.5, 50)), [[y, 4] for y in range(6)]),
    (((-9, -9), (-1, 3.5), (99, 3.5)), [[3, x] for x in range(9)]),
])  # fmt: skip
def test_a_line_across_the_picture_marks_what_it_crosses(points, wanted):
    cues = rasterise([vc.Stroke(points=points, radius=0.3, color=RED)], (6, 9))
    assert cues.at.tolist() == wanted
    assert any("leaves the picture" in note for note in cues.notes)


def test_the_schema_takes_a_line_across_the_picture(tmp_path):
    document = changed({"points": [[-3, 5], [7, -5]]})
    jsonschema.validate(document, schema())
    (tmp_path / "s.json").write_text(json.dumps(document))
    assert len(vc.read_cues(tmp_path / "s.json")) > 0


@pytest.mark.parametrize("points", [((-3, -3), (20, -3)), ((-9, 3), (3, -9)), ((20, 20),)])
def test_a_line_beside_the_picture_is_refused(points):
    with pytest.raises(CueError, match="none inside"):
        rasterise([vc.Stroke(points=points, radius=0.3, color=RED)], (6, 9))
