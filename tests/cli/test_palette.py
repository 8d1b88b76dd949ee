"""`varcolor palette`, and `recolor` by palette: files that are written, and bad input."""

import json
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run

COLORS = np.array([[200, 60, 30], [20, 60, 160], [240, 230, 200]], np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A poster of three colours, a grey one, and palettes, good and bad."""
    monkeypatch.chdir(tmp_path)
    poster = np.repeat(COLORS, [12, 8, 4], axis=0)[None].repeat(20, axis=0)
    vc.write(poster, "poster.png")
    vc.write(poster[..., 0], "grey.png")
    Path("two.json").write_text('["#208040", "#f0f0f0"]')
    Path("one.json").write_text('["#208040"]')
    Path("many.json").write_text(json.dumps([f"#{k:06x}" for k in range(500)]))
    Path("empty.gpl").write_bytes(b"")
    Path("text.gpl").write_text("hello\n")
    return tmp_path


def told(capsys):
    return json.loads(capsys.readouterr().out)


def test_colours_and_shares(folder, capsys):
    assert run(["palette", "poster.png", "--colors", "3"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert [line.split() for line in lines[:3]] == [
        ["1", "#c83c1e", "50.0%"],
        ["2", "#143ca0", "33.3%"],
        ["3", "#f0e6c8", "16.7%"],
    ]


@pytest.mark.parametrize("suffix", ["gpl", "ase", "json"])
def test_files_there_and_back(suffix, folder, capsys):
    assert run(["palette", "poster.png", "-o", f"p.{suffix}", "--json"]) == 0
    first = told(capsys)
    assert first["outputs"] == [f"p.{suffix}"]
    assert run(["palette", f"p.{suffix}", "--json"]) == 0
    second = told(capsys)
    assert [c["hex"] for c in first["colors"]] == [c["hex"] for c in second["colors"]]
    assert [c["share"] for c in second["colors"]] == pytest.approx(
        [c["share"] for c in first["colors"]], abs=1e-4
    )


def test_as_a_picture(folder):
    assert run(["palette", "poster.png", "-o", "p.png", "--quiet"]) == 0
    shown = {tuple(color) for color in np.unique(vc.read("p.png").pixels.reshape(-1, 3), axis=0)}
    assert shown == {tuple(color) for color in COLORS}


def test_existing_files_are_kept(folder, capsys):
    Path("p.gpl").write_text("mine")
    assert run(["palette", "poster.png", "-o", "new.json", "-o", "p.gpl"]) == 2
    assert not Path("new.json").exists()  # all or none
    assert run(["palette", "poster.png", "-o", "p.gpl", "--on-exists", "skip"]) == 0
    assert Path("p.gpl").read_text() == "mine"
    assert run(["palette", "poster.png", "-o", "p.gpl", "--on-exists", "number"]) == 0
    assert Path("p.gpl").read_text() == "mine"
    assert run(["palette", "poster.png", "-o", "p.gpl", "--on-exists", "overwrite"]) == 0
    assert Path("p.gpl").read_text().startswith("GIMP Palette")
    assert run(["palette", "poster.png", "-o", "poster.png", "--on-exists", "overwrite"]) == 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["palette", "poster.png", "--colors", "1"], 2, "2 to 64"),
        (["palette", "poster.png", "--colors", "500"], 2, "2 to 64"),
        (["palette", "nowhere.png"], 3, "nowhere.png"),
        (["palette", "empty.gpl"], 3, "the file is empty"),
        (["palette", "poster.png", "-o", "p.xyz"], 3, "p.xyz"),
        (["recolor", "grey.png", "--scheme", "1920s"], 2, "grey.png: is grey"),
        (["recolor", "poster.png", "--palette", "one.json"], 2, "one.json: holds 1 colour"),
        (["recolor", "poster.png", "--palette", "many.json"], 2, "many.json: holds 500 colours"),
        (["recolor", "poster.png", "--scheme", "many.json"], 2, "many.json: holds 500 colours"),
        (["recolor", "poster.png", "--palette", "empty.gpl"], 3, "empty.gpl: the file is empty"),
        (["recolor", "poster.png", "--palette", "text.gpl"], 3, "text.gpl: is no palette"),
        (["recolor", "poster.png", "--palette", "nowhere.gpl"], 3, "nowhere.gpl"),
        (["recolor", "poster.png", "--palette", "red=blu"], 2, "blue"),
        (["recolor", "poster.png", "--palette", "9=blue"], 2, "1 to 3"),
        (["recolor", "poster.png", "--palette", "lime=blue"], 2, "no main colour is like lime"),
        (["recolor", "poster.png", "--scheme", "1820s"], 2, "1920s, modern"),
        (["recolor", "poster.png", "--palette-from", "grey.png"], 2, "grey.png: is grey"),
        (["recolor", "poster.png", "--transfer", "grey.png"], 2, "grey.png: is grey"),
        (["recolor", "poster.png", "--snap"], 2, "go with a palette"),
        (["recolor", "poster.png", "--scheme", "1920s", "--whole"], 2, "go with strokes"),
        (
            ["recolor", "poster.png", "--scheme", "1920s", "--transfer", "poster.png"],
            2,
            "contradict",
        ),
        (["recolor", "poster.png", "--transfer", "poster.png", "--snap"], 2, "transfer goes"),
        (["recolor", "poster.png", "--scheme", "1920s", "--cue", "1,1,red"], 2, "at once"),
        (["recolor", "poster.png", "--scheme", "1920s", "--palette-colors", "1"], 2, "2 to 64"),
    ],
)
def test_bad_input_is_one_line(words, code, message, folder, capsys):
    before = sorted(path.name for path in folder.iterdir())
    assert run(words) == code
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert message in said[0]
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_palette_is_no_output(folder):
    Path("two.png").write_bytes(Path("two.json").read_bytes())
    words = ["recolor", "poster.png", "--palette", "two.png", "-o", "two.png"]
    assert run([*words, "--on-exists", "overwrite"]) == 2
    assert Path("two.png").read_bytes() == Path("two.json").read_bytes()


def test_the_report_of_a_recolouring(folder, capsys):
    words = ["recolor", "poster.png", "--palette", "1=#208040", "--palette", "2=lock", "--json"]
    assert run([*words, "-o", "out.png"]) == 0
    facts = told(capsys)
    assert [entry["what"] for entry in facts["palette"]] == ["moved", "locked", "kept"]
    assert facts["palette"][0]["to"] == "#208040"
    assert facts["colors"]["ab_bins_photo"] == 3
    assert facts["colors"]["ab_same_bin"] == pytest.approx(0.5, abs=0.01)
    photo, result = vc.read("poster.png"), vc.read("out.png")
    np.testing.assert_array_equal(vc.to_gray(photo).pixels, vc.to_gray(result).pixels)
    np.testing.assert_array_equal(photo.pixels[:, 12:20], result.pixels[:, 12:20])
    assert (result.pixels[:, :12, 1] > result.pixels[:, :12, 0]).all()
