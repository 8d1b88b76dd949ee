"""encode, decode and roundtrip as a user types them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run


@pytest.fixture
def folder(tmp_path, cat, monkeypatch):
    """A tree of photos: two of one stem, one in a sub-folder, a grey one, and a text."""
    monkeypatch.chdir(tmp_path)
    photos = tmp_path / "photos"
    vc.write(cat, photos / "cat.png")
    vc.write(cat[::-1].copy(), photos / "cat.jpg")
    vc.write(cat[:30], photos / "sub" / "cat.png")
    vc.write(vc.to_gray(cat), photos / "sub" / "gray.png")
    (photos / "notes.txt").write_text("no picture")
    return tmp_path


def names(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_folder_there_and_back(folder, capsys, cat):
    assert run(["encode", "photos", "-o", "small", "--budget", "200", "--json"]) == 0
    facts = lines(capsys)
    assert [f["color_bytes"] <= 200 for f in facts] == [True] * 4
    assert names(folder / "small") == [
        "cat.jpg.vcir",
        "cat.png.vcir",
        "sub/cat.vcir",
        "sub/gray.vcir",
    ]
    assert run(["decode", "small", "-o", "back"]) == 0
    assert names(folder / "back") == [
        "cat.jpg.colour.png",
        "cat.png.colour.png",
        "sub/cat.colour.png",
        "sub/gray.colour.png",
    ]
    back = vc.read(folder / "back/cat.png.colour.png").pixels
    assert (vc.to_gray(back) == vc.to_gray(cat)).all()


def test_what_is_no_photo_is_counted(folder, capsys):
    run(["encode", "photos", "-o", "small"])
    assert "1 file that is no input was" in capsys.readouterr().err


def test_the_grey_of_a_pair_is_not_passed_over(folder, capsys):
    run(["encode", "photos/sub", "-o", "pair", "--sidecar"])
    (folder / "pair/lonely.gray.png").write_bytes(b"")
    capsys.readouterr()
    assert run(["decode", "pair", "-o", "back"]) == 0
    assert "1 file that is no input was" in capsys.readouterr().err
    run(["encode", "photos/cat.png", "-o", "old", "--legacy", "-m", "grid+selective"])
    capsys.readouterr()
    assert run(["decode", "old", "-o", "back2"]) == 0
    assert "passed over" not in capsys.readouterr().err


def test_sidecars(folder, capsys):
    assert run(["encode", "photos/cat.png", "-o", "pair", "--sidecar", "--budget", "60"]) == 0
    assert names(folder / "pair") == ["cat.gray.png", "cat.vcc"]
    assert (folder / "pair/cat.vcc").stat().st_size <= 60
    assert run(["decode", "pair/cat.gray.png", "-o", "one"]) == 0
    assert run(["decode", "pair", "-o", "two"]) == 0
    one, two = (vc.read(folder / d / "cat.colour.png").pixels for d in ("one", "two"))
    np.testing.assert_array_equal(one, two)


def test_encoding_again_does_not_take_what_was_made_for_photos(folder, capsys):
    run(["encode", "photos/sub", "--sidecar", "--plot"])
    run(["decode", "photos/sub"])
    capsys.readouterr()
    run(["encode", "photos/sub", "-o", "again", "--json"])
    assert {f["input"] for f in lines(capsys)} == {
        "photos/sub/cat.png",
        "photos/sub/gray.png",
        "photos/sub/cat.colour.png",
        "photos/sub/gray.colour.png",
    }


@pytest.mark.parametrize(
    ("rule", "code", "kept"), [("error", 2, True), ("skip", 0, True), ("overwrite", 0, False)]
)
def test_existing_files(folder, rule, code, kept, capsys):
    (folder / "out").mkdir()
    (folder / "out/cat.vcir").write_bytes(b"mine")
    assert run(["encode", "photos/cat.png", "-o", "out", "--on-exists", rule]) == code
    assert ((folder / "out/cat.vcir").read_bytes() == b"mine") == kept


def test_numbers_keep_pairs_together(folder, capsys):
    (folder / "out").mkdir()
    (folder / "out/cat.vcc").write_bytes(b"mine")
    assert run(["encode", "photos/cat.png", "-o", "out", "--sidecar", "--on-exists", "number"]) == 0
    assert names(folder / "out") == ["cat-2.gray.png", "cat-2.vcc", "cat.vcc"]
    assert run(["decode", "out/cat-2.vcc", "-o", "back"]) == 0


def test_one_input_is_not_replaced_and_many_are_skipped(folder, capsys):
    assert run(["encode", "photos", "-o", "out"]) == 0
    assert run(["encode", "photos/cat.png", "-o", "out/.."]) == 0
    assert run(["encode", "photos/cat.png", "-o", "out/.."]) == 2
    before = [p.stat().st_mtime_ns for p in (folder / "out").rglob("*.vcir")]
    assert run(["encode", "photos", "-o", "out"]) == 0
    assert [p.stat().st_mtime_ns for p in (folder / "out").rglob("*.vcir")] == before


def test_roundtrip_says_what_it_cost(folder, capsys):
    assert run(["roundtrip", "photos", "-o", "back", "--budget", "300", "--json"]) == 0
    facts = {f["input"]: f for f in lines(capsys)}
    assert facts["photos/cat.png"]["psnr"] > 30
    assert facts["photos/cat.png"]["color_bytes"] <= 300
    assert names(folder / "back")[0] == "cat.jpg.colour.png"
    assert run(["recolorize", "photos/cat.png", "-o", "table"]) == 0
    out = capsys.readouterr().out
    assert "dE2000" in out
    assert "table/cat.colour.png" in out


def test_roundtrip_keeps_the_encoded_files(folder, capsys):
    assert run(["roundtrip", "photos", "-o", "back", "--ir", "kept", "--budget", "50"]) == 0
    assert names(folder / "kept")[-1] == "sub/gray.vcir"
    assert run(["roundtrip", "photos", "-o", "b", "--ir", "k", "--delete-gray"]) == 0
    assert names(folder / "k") == ["cat.jpg.vcc", "cat.png.vcc", "sub/cat.vcc", "sub/gray.vcc"]
    assert run(["roundtrip", "photos", "--delete-gray"]) == 2


def test_plots(folder, capsys):
    assert run(["encode", "photos/cat.png", "-o", "p", "--plot", "--budget", "300"]) == 0
    plot = vc.read(folder / "p/cat.plot.png").pixels
    assert (plot == [230, 30, 30]).all(axis=2).any()
    assert run(["decode", "p/cat.vcir", "-o", "p", "--plot"]) == 0
    assert (folder / "p/cat.given.png").exists()


def test_methods_and_their_options(folder, capsys):
    grid = ["encode", "photos/cat.png", "-m", "ideepcolor-px-grid", "-s", "40", "--json"]
    assert run([*grid, "-o", "a", "-g", "4", "-p", "1", "-q", "6"]) == 0
    assert run([*grid, "-o", "b", "-g", "-1"]) == 0
    assert run([*grid, "-o", "c", "-g", "4", "--fit"]) == 0
    a, b, c = lines(capsys)
    assert a["method"] == "grid"
    assert a["color_bytes"] < b["color_bytes"]
    assert c["notes"] == ["70 cues"]
    blobs = ["encode", "photos/cat.png", "-m", "selective", "-o", "d"]
    assert run([*blobs, "--set", "round-to=5", "--set", "blur=0.5"]) == 0
    assert run(["decode", "a", "-o", "a", "--decoder", "levin"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "gird"], "did you mean 'grid'"),
        (["-m", "grid", "--budget", "50"], "--budget"),
        (["-g", "4"], "--grid"),
        (["--budget", "3"], "10 or more"),
        (["--budget", "50", "--quality", "2"], "choose one"),
        (["--set", "bugdet=4"], "did you mean 'budget'"),
        (["--set", "budget"], "NAME=VALUE"),
        (["--set", "budget=many"], "number"),
        (["--gray-quality", "0"], "1 to 100"),
        (["--sidecar", "--legacy"], "choose one"),
        (["--legacy"], "tree"),
    ],
)
def test_wrong_arguments(folder, arguments, message, capsys):
    assert run(["encode", "photos/cat.png", "-o", "out", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_failures_are_counted(folder, capsys):
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert run(["encode", "photos/cat.png", "bad.png", "none.png", "-o", "out"]) == 1
    err = capsys.readouterr().err
    assert "bad.png" in err
    assert "none.png: no such file" in err
    assert "1 done, 0 skipped, 2 failed" in err
    assert run(["encode", "bad.png", "none.png", "-o", "out"]) == 3
    assert run(["encode", "bad.png", "-o", "out"]) == 3
    assert run(["encode", "-o", "out"]) == 2


def test_broken_encoded_files(folder, capsys):
    run(["encode", "photos/cat.png", "-o", "out"])
    data = (folder / "out/cat.vcir").read_bytes()
    (folder / "out/cut.vcir").write_bytes(data[:-20])
    assert run(["decode", "out/cut.vcir", "-o", "back"]) == 3
    assert "cut.vcir: is cut off" in capsys.readouterr().err
    assert run(["decode", "out", "-o", "back"]) == 1
    assert names(folder / "back") == ["cat.colour.png"]


def test_the_older_programs_files(folder, capsys):
    assert run(["encode", "photos/cat.png", "-o", "old", "--legacy", "-m", "grid"]) == 0
    assert names(folder / "old") == ["cat.gray.png", "cat.mask"]
    assert (folder / "old/cat.mask").stat().st_size == 1356
    assert run(["decode", "old", "-o", "back"]) == 0
    assert names(folder / "back") == ["cat.colour.png"]


def test_a_lossy_grey(folder, capsys):
    assert run(["encode", "photos/cat.png", "-o", "a", "--gray-quality", "40"]) == 0
    assert run(["decode", "a", "-o", "a"]) == 0
