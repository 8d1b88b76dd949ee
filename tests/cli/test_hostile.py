"""Hostile use of the command line: odd files, streams, names and values never end in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run

FRAME = {"format": "varcolor-strokes", "version": 1, "width": 50, "height": 40}


@pytest.fixture
def photo(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    vc.write(rng.integers(0, 256, (40, 50), dtype=np.uint8), tmp_path / "p.png")
    return tmp_path


def strokes(**stroke):
    entry = {"color": "#fff", "radius": 2, "points": [[1, 1]], **stroke}
    return json.dumps({**FRAME, "strokes": [entry]})


def refused(capsys, code, arguments, *words):
    assert run(arguments) == code
    err = capsys.readouterr().err.strip()
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1, err
    for word in words:
        assert word in err


OPTIONS = [
    ["--method", "harmonic", "--set", "affinity=gauss4", "--set", "sigma=1e-300"],
    ["--method", "levin", "--set", "variance_scale=1e-300"],
    ["--method", "levin", "--set", "floor=0"],
    ["--quality", "50.5"],
    ["--max-steps", "1.5"],
    ["--cue=-1,2,#fff"],
    ["--cue", "9223372036854775808,1,#fff"],
    ["--cue", "1_0,2,#fff"],
    ["--save-cues", "out.png"],
    ["--save-cues", "./out.png"],
    ["--save-cues", "out.png/cues.json"],
    ["--save-cues", "a" * 300 + ".json"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: " ".join(o)[:40])
def test_options_that_are_refused(photo, capsys, options):
    before = sorted(photo.iterdir())
    assert run(["colorize", "p.png", "--cue", "3,1,#c08040", "-o", "out.png", *options]) in (2, 3)
    err = capsys.readouterr().err.strip()
    assert len(err.splitlines()) == 1
    assert sorted(photo.iterdir()) == before


@pytest.mark.parametrize(
    "text",
    [
        strokes(radius=10**400),
        strokes(points=[[10**400, 1]]),
        strokes(weight=1e-300),
        strokes(weight=1e300),
        strokes().replace('"radius": 2', '"radius": 1' + "0" * 5000),
        json.dumps({**FRAME, "width": 10**30, "strokes": []}),
        json.dumps(
            {
                "format": "varcolor-cues",
                "version": 1,
                "width": 2**31 - 1,
                "height": 1,
                "cues": [{"color": "#fff", "runs": [[0, 0, 2**31 - 1]]}],
            }
        ),
    ],
    ids=["radius", "point", "light", "heavy", "digits", "size", "bomb"],
)
def test_cue_files_that_are_refused(photo, capsys, text):
    (photo / "s.json").write_text(text)
    refused(capsys, 2, ["info", "s.json"], "s.json")


def test_a_huge_radius_covers_everything(photo):
    (photo / "s.json").write_text(strokes(radius=1e19))
    assert len(vc.read_cues("s.json")) == 40 * 50


def test_csv_of_old_spreadsheets(photo, capsys):
    (photo / "p.csv").write_bytes(b"\n# note\rx,y,color\r1,2,#c08040\r3,4,#c08040\r")
    assert len(vc.read_cues("p.csv", np.zeros((40, 50), np.uint8))) == 2
    (photo / "q.csv").write_text("x,color,y\n1,2,#fff\n")
    refused(capsys, 2, ["colorize", "p.png", "--points", "q.csv"], "q.csv", "line 1")


def test_names(photo, capsys):
    name = "a" * 251 + ".png"
    assert run(["colorize", "p.png", "--cue", "1,1,#f00", "-o", name]) == 0
    capsys.readouterr()
    refused(capsys, 3, ["colorize", "p.png", "-o", "a" * 300 + ".png"], "cannot be written")
    (photo / "link.png").symlink_to("nowhere.png")
    refused(capsys, 2, ["colorize", "p.png", "-o", "link.png"], "exists already")


@pytest.mark.parametrize("text", ["[colorise]\n", 'space = "lab"\n', "[colorize\n", "\x00"])
def test_configuration(photo, capsys, text):
    (photo / "varcolor.toml").write_text(text)
    refused(capsys, 2, ["info", "p.png"], "varcolor.toml")


def test_configuration_that_is_a_folder(photo, capsys):
    (photo / "varcolor.toml").mkdir()
    refused(capsys, 3, ["info", "p.png"], "varcolor.toml")


def test_skipping_says_so_in_json(photo, capsys):
    (photo / "out.png").write_bytes(b"x")
    assert run(["colorize", "p.png", "-o", "out.png", "--on-exists", "skip", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "skipped"


def test_quality_of_a_lossless_format(photo, capsys):
    assert run(["colorize", "p.png", "--cue", "1,1,#f00", "-o", "o.png", "--quality", "50"]) == 0
    assert "always lossless" in capsys.readouterr().err


def shell(command, folder, **environment):
    python = f"{sys.executable} -m varcolor"
    return subprocess.run(
        command.replace("varcolor", python, 1),
        shell=True,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
def test_streams(photo):
    assert "Traceback" not in shell("varcolor metrics --list | head -c0", photo).stderr
    full = shell("varcolor info p.png > /dev/full", photo)
    assert full.returncode == 3
    assert full.stderr.count("\n") == 1
    closed = shell("varcolor colorize p.png --cue 1,1,#f00 -o x.png 2>&-", photo)
    assert closed.returncode == 0
    assert (photo / "x.png").exists()
    plain = shell("varcolor metrics --list", photo, PYTHONIOENCODING="ascii")
    assert plain.returncode == 0, plain.stderr


def test_run_stays_a_function_after_a_job(photo):
    assert run(["colorize", "p.png", "--cue", "1,1,#f00"]) == 0
    import varcolor.cli

    assert callable(varcolor.cli.run)


def wrong_arguments():
    gray = np.zeros((4, 4), np.uint8)
    cues = vc.Cues.from_points(gray, [(1, 1)], "#f00")
    yield "tolerance", lambda: vc.colorize(gray, cues, tolerance="x")
    yield "max_steps", lambda: vc.colorize(gray, cues, max_steps=None)
    yield "max_steps float", lambda: vc.colorize(gray, cues, max_steps=1.5)
    yield "method", lambda: vc.colorize(gray, cues, method=5)
    yield "method class", lambda: vc.colorize(gray, cues, method=vc.Levin)
    yield "space", lambda: vc.colorize(gray, cues, space=None)
    yield "solver", lambda: vc.colorize(gray, cues, solver=5)
    yield "weight", lambda: vc.Cues.from_points(gray, [(1, 2)], ["#fff"], weight="x")
    yield "weights", lambda: vc.Cues.from_points(gray, [(1, 2)], ["#fff"], weight=[1, 2])
    yield "ragged", lambda: vc.Cues.from_points(gray, [(1, 2), (1,)], ["#fff"])
    yield "colours", lambda: vc.Cues.from_points(gray, [(1, 2)], [(1, 2), (1,)])
    yield "shape", lambda: vc.Cues.from_points(5, [(1, 2)], ["#fff"])
    yield "far", lambda: vc.Cues.from_points((2**40, 2**40), [(2**39, 2**39)], ["#fff"])
    yield "mask", lambda: vc.Cues.from_mask(np.full((2, 2), np.nan), "#fff")
    yield "mask weight", lambda: vc.Cues.from_mask(gray, "#fff", weight=np.ones((3, 3)))


@pytest.mark.parametrize("call", [pytest.param(c, id=n) for n, c in wrong_arguments()])
def test_wrong_arguments_are_input_errors(call):
    with pytest.raises(vc.InputError):
        call()
