"""Every export holds what it says, and never goes over another file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from varcolor.app.work.document import Document, Painting
from varcolor.app.work.saving import exported, place
from varcolor.app.work.suggest import next_place, suggestions
from varcolor.app.work.views import VIEWS, Views
from varcolor.image.formats import FORMATS
from varcolor.image.read import parse
from varcolor.image.write import content
from varcolor.project import Settings

SHAPE = (40, 60)
STROKES = (
    vc.Stroke(((5, 5), (20, 8)), 2, color="#c04020"),
    vc.Stroke(((40, 30), (55, 35)), 2, color="#2040c0"),
)


@pytest.fixture(scope="module")
def document() -> Document:
    rng = np.random.default_rng(0)
    pixels = (rng.random(SHAPE) * 9000 + 20000).astype(np.uint16)
    pixels[:, 30:] += 20000
    picture = vc.Picture(pixels)
    return Document(content(picture, FORMATS["TIFF"])[0], picture, "old.photo.tif", None)


PAINTING = Painting(STROKES, (), Settings.of("colorize", {"method": "harmonic"}))


def test_results_of_every_kind(document: Document) -> None:
    expected = document.exact(PAINTING)
    name, data, _ = exported(document, PAINTING, "result", ".tif", None)
    assert name == "old.photo.colour.tif"
    assert np.array_equal(parse(data, name).pixels, expected.rgb)
    name, data, _ = exported(document, PAINTING, "layer", ".png", None)
    layer = parse(data, name)
    assert np.array_equal(layer.pixels, expected.layer.pixels)
    name, data, _ = exported(document, PAINTING, "chroma", ".png", None)
    assert np.array_equal(np.load(io.BytesIO(data)), expected.chroma)
    name, data, _ = exported(document, PAINTING, "comparison", ".png", None)
    both = parse(data, name).pixels
    assert both.shape == (2 * SHAPE[0] + 8, SHAPE[1], 3)
    assert np.array_equal(both[-SHAPE[0] :], expected.rgb)
    assert (both[: SHAPE[0]] == document.picture.pixels[..., None]).all()
    name, data, _ = exported(document, PAINTING, "result", ".jpg", 80)
    assert data[:2] == b"\xff\xd8" and name == "old.photo.colour.jpg"


def test_strokes_come_back_from_both_forms(document: Document, tmp_path: Path) -> None:
    cues = vc.rasterise(STROKES, SHAPE)
    name, data, _ = exported(document, PAINTING, "strokes", ".png", None)
    (tmp_path / name).write_bytes(data)
    again = vc.read_cues(tmp_path / name)
    assert np.array_equal(again.at, cues.at) and np.array_equal(again.color, cues.color)
    name, data, _ = exported(document, PAINTING, "strokes-png", ".png", None)
    overlay = vc.Cues.from_overlay(parse(data, name))
    assert np.array_equal(overlay.at, cues.at)
    assert np.abs(overlay.color - cues.color).max() < 1 / 255


def test_names_are_never_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "a.colour.png").write_bytes(b"mine")
    assert place(tmp_path, "a.colour.png", b"1").name == "a-2.colour.png"
    assert place(tmp_path, "a.colour.png", b"2").name == "a-3.colour.png"
    assert (tmp_path / "a.colour.png").read_bytes() == b"mine"
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere")
    assert place(tmp_path, "link.png", b"3").name == "link-2.png"
    for name in ("../a.png", "/a.png", "b/c.png", ""):
        with pytest.raises(vc.InputError):
            place(tmp_path, name, b"4")


def test_suggestions_and_the_next_place(document: Document) -> None:
    found = suggestions(document, PAINTING, 8, 6)
    assert sum(s["share"] for s in found) <= 1 + 1e-9
    red = found[0]["color"]
    assert int(red[1:3], 16) > int(red[5:7], 16), "near the red stroke, on its luma"
    assert suggestions(document, Painting(), 8, 6) == []
    x, y = next_place(document, PAINTING)
    assert 0 <= x < SHAPE[1] and 0 <= y < SHAPE[0]
    away = min(np.hypot(x - a, y - b) for s in STROKES for a, b in s.points)
    assert away > 8
    next_place(document, Painting())


def test_views(document: Document) -> None:
    views = Views()
    for name in VIEWS:
        with pytest.raises(vc.InputError):
            views.view(name)
    auto = Painting(STROKES[:1])
    engine = document.engine(auto.settings)
    quiet = lambda *_: None  # noqa: E731
    for strokes in (STROKES[:1], STROKES):
        painting = Painting(strokes)
        views.add(engine.preview(strokes, None, quiet), painting, document)
    change, words = views.view("difference")
    assert change.pixels.max() == 255 and "levels" in words["text"]
    trust, _ = views.view("confidence")
    assert trust.pixels.max() == 255
    mask, words = views.view("unreached")
    assert mask.alpha is not None and not mask.alpha.any()
    wall = vc.Stroke(((30, -1), (30, 41)), 1, "protect")
    own = Settings.of("colorize", {"method": "harmonic"})
    only = Painting((STROKES[0], wall), (), own)
    views.add(document.engine(own).preview(only.strokes, None, quiet), only, document)
    mask, words = views.view("unreached")
    assert mask.alpha is not None and 0.4 < (mask.alpha > 0).mean() < 0.6
