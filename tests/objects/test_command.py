"""`varcolor segment`, and --objects of the other commands."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from varcolor.cli import run
from varcolor.objects.files.read import read_objects


@pytest.fixture
def folder(tmp_path, monkeypatch, cat):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(cat).save("cat.png")
    vc.write(vc.to_gray(cat), "gray.png")
    mask = np.zeros(cat.shape[:2], np.uint8)
    mask[20:50, 20:60] = 255
    Image.fromarray(mask).save("mask.png")
    return tmp_path


def test_masks_are_written_and_used(folder, capsys, cat):
    assert run(["segment", "gray.png", "--json", "--set", "regions=5", "--boxes", "b.png"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outputs"] == ["gray.objects.png", "b.png"]
    assert len(told["objects"]) == 5
    assert set(told["objects"][0]) == {"label", "score", "box", "area"}
    assert len(read_objects(Path("gray.objects.png"), cat.shape[:2])) == 5
    assert vc.read("b.png").pixels.shape == cat.shape
    command = ["colorize", "gray.png", "--cue", "30,30,tan", "--objects", "gray.objects.png"]
    assert run([*command, "--cut", "1", "-o", "out.png"]) == 0
    assert "5 objects" in capsys.readouterr().err
    assert run(["recolor", "cat.png", "--cue", "30,30,tan", "--objects", "slic", "--whole"]) == 0


@pytest.mark.parametrize("name", ["m.json", "m.npy", "m.tif"])
def test_formats(name, folder, capsys, cat):
    assert run(["segment", "gray.png", "--objects", "mask.png", "-o", name]) == 0
    (own,) = read_objects(Path(name), cat.shape[:2])
    assert own.box == (20, 20, 60, 50)


def test_clicks(folder, capsys, cat):
    command = ["segment", "cat.png", "--inside", "40,30", "--outside", "2,2", "-o", "m.png"]
    assert run([*command, "--quiet"]) == 0
    (own,) = read_objects(Path("m.png"), cat.shape[:2])
    assert own.full[30, 40]
    assert not own.full[2, 2]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["segment", "gray.png", "--objects", "slick"], 2, "objects 'slick' (did you mean 'slic'?)"),
        (["segment", "gray.png", "--objects", "none.png"], 3, "none.png: no such file"),
        (["segment", "gray.png", "--set", "regions"], 2, "write NAME=VALUE"),
        (["segment", "gray.png", "--set", "regions=x"], 2, "expected int"),
        (["segment", "gray.png", "--set", "region=3"], 2, "did you mean 'regions'"),
        (["segment", "gray.png", "--objects", "mask.png", "--set", "a=1"], 2, "have no options"),
        (["segment", "gray.png", "--outside", "3,3"], 2, "--inside X,Y"),
        (["segment", "gray.png", "--inside", "3"], 2, "write X,Y"),
        (["segment", "gray.png", "--inside", "300,3"], 2, "the photo is 80 x 60"),
        (["segment", "gray.png", "--label", "cat"], 2, "no object is labelled 'cat'"),
        (["segment", "gray.png", "-o", "m.jpg"], 2, "lossless format"),
        (["segment", "gray.png", "-o", "mask.png"], 2, "exists already"),
        (["colorize", "gray.png", "--objects", "gray.png", "--cue", "3,3,tan", "--cut", "2"], 2,
         "expected 0 to 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_done(words, code, told, folder, capsys):
    before = sorted(Path().iterdir())
    assert run(words) == code
    out = capsys.readouterr()
    assert told in out.err
    assert out.err.count("\n") == 1
    assert sorted(Path().iterdir()) == before


def test_masks_of_another_size(folder, capsys):
    vc.write(np.full((9, 9), 3, np.uint8), "small.png")
    assert run(["colorize", "gray.png", "--cue", "3,3,tan", "--objects", "small.png"]) == 2
    assert "small.png: is 9 x 9, but the photo is 80 x 60" in capsys.readouterr().err
    assert not Path("gray.colour.png").exists()


def test_a_batch_finds_each_photos_masks(folder, capsys, cat):
    Path("in").mkdir()
    Path("masks").mkdir()
    for k, name in enumerate("ab"):
        vc.write(vc.to_gray(cat), f"in/{name}.png")
        mask = np.zeros(cat.shape[:2], np.uint8)
        mask[10 * k : 30, 10:40] = 1
        Image.fromarray(mask).save(f"masks/{name}.png")
    command = ["batch", "in", "-o", "out", "--objects", "masks", "--cue", "20,20,tan"]
    assert run([*command, "--cue", "70,5,navy", "--cut", "1", "--method", "harmonic"]) == 0
    one, two = (vc.read(f"out/{name}.colour.png").pixels for name in "ab")
    assert (one != two).any()


def test_options_go_to_json_and_back():
    options = vc.SolveOptions(objects="slic", cut=0.5, scope=True, fusion="hard")
    assert vc.SolveOptions.from_dict(options.to_dict()).to_dict() == options.to_dict()
    assert options.to_dict() == {"objects": "slic", "cut": 0.5, "scope": True, "fusion": "hard"}
