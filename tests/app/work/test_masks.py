"""Objects on the page: by clicks, kept from edit to edit, in views, commands and projects."""

import json

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.app.work.commands import lines
from varcolor.app.work.document import Document, Painting
from varcolor.app.work.masks import Masks
from varcolor.app.work.views import Views
from varcolor.cues.strokes import Stroke
from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.objects.clicked import Clicked
from varcolor.options import SolveOptions
from varcolor.project import Settings

MASK = {"inside": [[100, 60]], "outside": [[5, 5], [190, 140]]}


@pytest.fixture
def document():
    picture = Picture(np.ascontiguousarray(photo()[60:210, 60:260]))
    return Document(b"data", picture, "cat.png", None)


def settings(masks, **options):
    return Settings.of("colorize", {"objects": {"name": "clicks", "masks": masks}, **options})


def progress(*_, **__):
    pass


def test_clicks_cut(document):
    own = settings([MASK], method="harmonic", cut=1.0)
    strokes = [Stroke(((100, 60),), 3, color="#c08040"), Stroke(((5, 140),), 3, color="#4060c0")]
    engine = document.engine(own)
    (found,) = engine.objects()
    gray = Picture(document.gray.pixels)
    np.testing.assert_array_equal(found.full, vc.Clicks(gray).mask(MASK["inside"], MASK["outside"]))
    full = engine.full(strokes, None, progress)
    exact = document.exact(Painting(tuple(strokes), settings=own))
    assert np.abs(full.rgb.astype(int) - exact.rgb).max() <= 1
    plain = document.exact(Painting(tuple(strokes), settings=Settings.of("colorize", {
        "method": "harmonic"})))  # fmt: skip
    assert (exact.rgb != plain.rgb).any()
    small = engine.preview(strokes, None, progress)
    assert small.picture.shape == engine.small().shape


def test_only_changed_masks_are_found_again(document, monkeypatch):
    masks, asked = Masks(document.picture, document.gray), []
    own = vc.Clicks.object
    monkeypatch.setattr(vc.Clicks, "object", lambda self, *a: asked.append(a[0]) or own(self, *a))
    other = {"inside": [[20, 130]]}
    masks.of(SolveOptions(objects=Clicked(masks=[MASK])), False)
    found = masks.of(SolveOptions(objects=Clicked(masks=[MASK, other])), False)
    assert asked == [MASK["inside"], other["inside"]]
    assert len(found) == 2
    assert masks.of(SolveOptions(), False) is None
    assert len(masks.of(SolveOptions(objects="slic"), True)) > 5


def test_the_view_shows_them(document):
    views = Views()
    for own, words in (
        (settings([MASK]), "1 objects, at whose"),
        (Settings.of("colorize", {}), "no objects: choose"),
    ):
        painting = Painting((Stroke(((100, 60),), 3, color="#c08040"),), settings=own)
        result = document.engine(own).preview(painting.strokes, None, progress)
        views.add(result, painting, document)
        picture, facts = views.view("objects")
        assert words in facts["text"]
        assert picture.shape == result.picture.shape
        assert (picture.alpha > 0).any() == ("1 objects" in words)


def test_commands_go_by_a_project(document):
    told = lines(document, Painting(settings=settings([MASK])))
    assert told["shell"] == "varcolor colorize cat.varcolor"
    named = lines(document, Painting(settings=Settings.of("colorize", {"objects": "slic"})))
    assert "--objects slic" in named["shell"]


def test_clicks_are_options_in_json():
    options = SolveOptions(objects=Clicked(masks=[MASK]))
    written = json.loads(json.dumps(options.to_dict()))
    assert written == {"objects": {"name": "clicks", "masks": [MASK]}}
    assert SolveOptions.from_dict(written).objects == Clicked(masks=[MASK])


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ("x", "a list of at most"),
        ([3], "expected inside, outside and label"),
        ([{"inside": [[1, 2]], "shape": 3}], "expected inside, outside and label"),
        ([{"outside": [[1, 2]]}], "has no click inside"),
        ([{"inside": [[1]]}], "pairs x, y"),
        ([{"inside": [["a", 2]]}], "that is no place"),
        ([{"inside": [[1, 2]], "outside": 3}], "pairs x, y"),
        ([{"inside": [[float("nan"), 2]]}], "that is no place"),
    ],
)
def test_bad_clicks(masks, words):
    with pytest.raises(InputError, match=words):
        settings(masks)


@pytest.mark.parametrize("name", ["/etc/passwd", "masks.png", "a/b"])
def test_pages_name_no_files(name):
    with pytest.raises(InputError, match="take no files as options"):
        Settings.of("colorize", {"objects": name})
