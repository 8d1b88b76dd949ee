import itertools
import json
from importlib import resources

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import varcolor as vc
from varcolor.cues.strokes import rasterise, strokes_from_document, strokes_to_json
from varcolor.errors import CueError

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
    return mask


@given(st.integers(0, 2**32 - 1))
def test_coverage_against_loops(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    points = tuple((float(x), float(y)) for x, y in rng.uniform(0, (14, 11), (count, 2)))
    stroke = vc.Stroke(points, float(rng.uniform(0.3, 6)), color=RED)
    wanted = covered_by_loops(stroke, (11, 14))
    cues = rasterise([stroke], (11, 14))
    np.testing.assert_array_equal(cues.at, np.argwhere(wanted))


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
    (lambda: vc.Stroke(((1, 1),), 0, color=RED), "radius"),
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
    "radius": changed({"radius": 0}),
    "radius type": changed({"radius": "2"}),
    "no points": changed({"points": []}),
    "point type": changed({"points": [[1, "2"]]}),
    "point length": changed({"points": [[1, 2, 3]]}),
    "negative point": changed({"points": [[-1, 2]]}),
    "colour": changed({"color": "brown"}),
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
