"""--layer, --chroma, --luma, --whole."""

import json

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run as main


@pytest.fixture
def folder(tmp_path, monkeypatch, cat, cat_cues):
    monkeypatch.chdir(tmp_path)
    vc.write(cat, "cat.png")
    vc.write(vc.to_gray(cat), "gray.png")
    vc.save_cues(cat_cues, "cues.json")
    return tmp_path


def run(*arguments):
    return main([*arguments, "--quiet"])


GRAY = ("colorize", "gray.png", "--strokes", "cues.json")


def test_layer_and_chroma(folder, capsys, cat_cues):
    assert run(*GRAY, "--layer", "layer.png", "--chroma", "c.npy", "--json", "-o", "out.png") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["layer"] == "layer.png"
    assert facts["chroma"] == "c.npy"
    result = vc.colorize("gray.png", cat_cues)
    layer = vc.read("layer.png")
    np.testing.assert_array_equal(layer.pixels, result.rgb)
    chroma = np.load("c.npy")
    assert chroma.dtype == np.float32
    np.testing.assert_array_equal(chroma, result.chroma)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("--layer", "layer.jpg"), "needs transparency; use one of .png"),
        (("--layer", "layer.bmp"), "needs transparency"),
        (("--layer", "layer.doc"), "cannot write files"),
        (("--layer", "gray.png"), "is an input"),
        (("--layer", "out.png"), "is an input|exists"),
        (("--layer", "cat.png"), "exists already"),
        (("--chroma", "c.png"), "name it .npy"),
        (("--chroma", "there.npy"), "exists already"),
        (("--chroma", "gray.png/c.npy"), "cannot be written"),
    ],
)
def test_bad_names_are_refused_before_any_work(folder, capsys, names, told):
    (folder / "there.npy").write_bytes(b"mine")
    before = sorted(p.name for p in folder.iterdir())
    assert run(*GRAY, "-o", "out.png", *names) in (2, 3)
    message = capsys.readouterr().err
    assert any(part in message for part in told.split("|"))
    assert sorted(p.name for p in folder.iterdir()) == before
    assert (folder / "there.npy").read_bytes() == b"mine"


def test_extras_follow_on_exists(folder):
    (folder / "c.npy").write_bytes(b"mine")
    assert run(*GRAY, "-o", "out.png", "--chroma", "c.npy", "--on-exists", "number") == 0
    assert (folder / "c.npy").read_bytes() == b"mine"
    assert np.load("c-2.npy").shape == (60, 80, 2)


def test_recolor_one_thing_or_the_whole(folder, capsys, cat):
    cue = ("recolor", "cat.png", "--cue", "40,30,#2050d0", "--json")
    assert main([*cue, "-o", "one.png", "--quiet"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert any("one thing was recoloured" in note for note in facts["notes"])
    assert main([*cue, "-o", "all.png", "--whole", "--quiet"]) == 0
    one, everything = vc.read("one.png").pixels, vc.read("all.png").pixels
    assert (one == cat).all(axis=2).mean() > 0.2
    assert (everything == cat).all(axis=2).mean() < 0.05
    assert main([*cue, "-o", "no.png", "--whole", "--keep-outside"]) == 2


def test_luma_fit(folder):
    vc.write(np.full((20, 20), 255, np.uint8), "page.png")
    page = ("colorize", "page.png", "--cue", "5,5,#ff2010")
    assert run(*page, "-o", "keep.png") == 0
    assert run(*page, "-o", "fit.png", "--luma", "fit") == 0
    assert (vc.read("keep.png").pixels == 255).all()
    assert np.abs(vc.read("fit.png").pixels.astype(int) - (255, 32, 16)).max() <= 1
    assert run(*page, "-o", "no.png", "--luma", "free") == 2


def test_confidence_map(folder, capsys, cat_cues):
    words = ["--prior", "learned", "--confidence-map", "sure.png", "--json", "-o", "out.png"]
    assert run(*GRAY, *words) == 0
    assert json.loads(capsys.readouterr().out)["confidence_map"] == "sure.png"
    drawn = vc.read("sure.png").pixels
    assert drawn.shape == (60, 80)
    result = vc.colorize("gray.png", cat_cues, prior="learned")
    np.testing.assert_array_equal(drawn, result.interval(0.9).drawn)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--confidence-map", "sure.png"], "only the prior learned"),
        (["--prior", "learned", "--confidence-map", "sure.jpg"], "name it .png"),
        (["--prior", "learned", "--confidence-map", "there.png"], "exists already"),
    ],
)
def test_maps_that_are_refused(folder, capsys, words, told):
    (folder / "there.png").write_bytes(b"mine")
    assert run(*GRAY, "-o", "out.png", *words) in (2, 3)
    assert told in capsys.readouterr().err
    assert not (folder / "out.png").exists()
    assert (folder / "there.png").read_bytes() == b"mine"
