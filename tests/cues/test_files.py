import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import varcolor as vc
from varcolor.cues.files import cues_to_json, parse_cues
from varcolor.errors import CueError, FileError


def assert_same(a, b):
    assert a.shape == b.shape
    for name in ("at", "weight", "keep"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_array_equal(a.color[~a.keep], b.color[~b.keep])


@given(st.integers(0, 2**32 - 1))
def test_saved_cues_come_back_bit_for_bit(seed):
    rng = np.random.default_rng(seed)
    at = np.argwhere(rng.random((9, 13)) < rng.random())
    palette = rng.normal(0.5, 0.5, (4, 3)).astype(np.float32)
    palette[0] = np.float32([10 / 255, 200 / 255, 1])
    color = palette[rng.integers(0, 4, len(at))]
    weight = rng.choice(np.float32([np.inf, 0.3, 1e-9]), len(at))
    keep = rng.random(len(at)) < 0.1
    weight[keep] = np.inf
    cues = vc.Cues((9, 13), at, color, weight, keep)
    assert_same(cues, parse_cues(cues_to_json(cues), (9, 13)))


def test_files(tmp_path, cat_cues):
    vc.save_cues(cat_cues, tmp_path / "cues.json")
    assert_same(cat_cues, vc.read_cues(tmp_path / "cues.json"))
    document = json.loads((tmp_path / "cues.json").read_text())
    assert document["format"] == "varcolor-cues"
    assert all(entry["color"].startswith("#") for entry in document["cues"])


def test_csv(tmp_path, cat):
    (tmp_path / "a.csv").write_text("x,y,color,weight\n3,4,#ff0000\n5, 6, #00ff00, 2.5\n\n# end\n")
    cues = vc.read_cues(tmp_path / "a.csv", cat)
    assert cues.at.tolist() == [[4, 3], [6, 5]]
    assert cues.weight.tolist() == [np.inf, 2.5]
    with pytest.raises(CueError, match="pass the photo"):
        vc.read_cues(tmp_path / "a.csv")


@pytest.mark.parametrize(("text", "message"), [
    ("1,2,#fff\n1,2\n", r"line 2: expected x,y"),
    ("1,b,#fff\n", "line 1: 'b' is not a whole number"),
    ("1,2,browm\n", "line 1: 'browm' is not a colour"),
    ("1,2,#fff,,-3\n", "line 1: the radius -3"),
    ("1,2,#fff,,wide\n", "line 1: 'wide' is not a radius"),
    ("1,2,#fff,heavy\n", "line 1: .*weight"),
    ("x,y,color,size\n1,2,#fff,3\n", "line 1: unknown column 'size'"),
    ("x,y,radius\n1,2,3\n", "line 1: the columns must begin with x, y and color"),
    ("x,y,color\n1,2,#fff,3\n", "line 2: expected x,y,color"),
    ("1,2,#fff\n900,2,#fff\n", "line 2: a cue at column 900"),
    ("1,2,#fff,-3\n", "line 1: .*weight"),
])  # fmt: skip
def test_csv_errors_name_the_line(tmp_path, cat, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(CueError, match=rf"a\.csv: {message}"):
        vc.read_cues(tmp_path / "a.csv", cat)


@pytest.mark.parametrize(("text", "message"), [
    ("{", "line 1: not valid JSON"),
    ("[]", "'format' is None"),
    ('{"format": "x"}', "'format' is 'x'"),
    ("[" * 100_000, "not valid JSON"),
    ('{"format": "varcolor-strokes", "version": 1, "width": 9, "height": 9, "strokes": '
     '[{"color": "#fff", "radius": NaN, "points": [[1, 1]]}]}', "stroke 1: 'radius' is nan"),
    ('{"format": "varcolor-strokes", "version": 1, "width": 9, "height": 9, "strokes": '
     '[{"color": "#fff", "radius": 1, "points": [[1e999, 1]]}]}', "stroke 1: 'points'"),
    ('{"format": "varcolor-strokes", "version": 1, "width": 900000000, "height": 900000000, '
     '"strokes": []}', "memory"),
    ('{"format": "varcolor-cues", "version": 1, "width": 9, "height": 9, "cues": '
     '[{"color": "#fff", "runs": [[0, 5, 9]]}]}', "entry 1 of 'cues': 'runs'"),
    ('{"format": "varcolor-cues", "version": 1, "width": 9, "height": 9, "cues": '
     '[{"runs": [[0, 5, 1]]}]}', "either a color or"),
])  # fmt: skip
def test_json_errors_name_the_place(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CueError, match=rf"(?s)a\.json: .*{message}"):
        vc.read_cues(tmp_path / "a.json")


def test_cues_of_another_picture(tmp_path, cat, cat_cues):
    vc.save_cues(cat_cues, tmp_path / "cues.json")
    with pytest.raises(CueError, match=r"made for a 80 x 60 picture, but the photo is 79 x 60"):
        vc.read_cues(tmp_path / "cues.json", cat[:, :-1])


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        vc.read_cues(tmp_path / "none.json")
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(CueError, match="neither JSON nor CSV"):
        vc.read_cues(tmp_path / "a.json")


DOT = {(4 + y, 3 + x) for y in (-1, 0, 1) for x in (-1, 0, 1)}


@pytest.mark.parametrize("text", [
    "3,4,#d2b48c,,1.5\n",
    "x,y,color,radius\n3,4,#d2b48c,1.5\n",
    "X, Y, Colour, Radius\n3, 4, tan, 1.5\n",
    "x;y;color;radius\n3;4;tan;1.5\n",
    "x\ty\tcolor\tradius\n3\t4\tTan\t1.5\n",
    "x y color radius\n3 4 tan 1.5\n",
    "sep=;\nx;y;color;radius\n3;4;rgb(210, 180, 140);1.5\n",
    "x,y,color,radius,weight\n3,4,#d2b48c,1.5,\n",
    'x,y,color,radius\n3,4,"rgb(210,180,140)",1.5\n',
    "x,y,color,radius\r\n3,4,rgb(210,180,140),1.5\r\n\r\n",
    "# painted\n\n3 ; 4 ; tan ; ; 1.5 ;\n",
    "col,row,hex,weight,radius\n3,4,d2b48c,,1.5\n",
])  # fmt: skip
def test_tables_as_people_write_them(tmp_path, cat, text):
    (tmp_path / "a.csv").write_text(text, newline="")
    cues = vc.read_cues(tmp_path / "a.csv", cat)
    assert {tuple(p) for p in cues.at} == DOT
    np.testing.assert_allclose(cues.color, np.tile(np.float32([210, 180, 140]) / 255, (9, 1)))
    assert np.isinf(cues.weight).all()
    assert cues.notes == ()


def test_a_weight_that_may_be_a_radius_is_said(tmp_path, cat):
    (tmp_path / "a.csv").write_text("3,4,tan,2\n")
    cues = vc.read_cues(tmp_path / "a.csv", cat)
    assert cues.weight.tolist() == [2]
    assert "x,y,color,radius" in cues.notes[0]
