"""Pipes, devices, sockets and loops; settings of a folder; standard output; failures in JSON."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from varcolor.batch.naming import numbered
from varcolor.cli import run
from varcolor.ir import legacy

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
QUICK = ["--cue", "1,1,#f00", "--quiet"]


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """A folder with small photos in `in/`, and one of them beside it."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in ("a", "z"):
        vc.write(rng.integers(0, 255, (6, 7, 3)).astype(np.uint8), f"in/{name}.png")
    vc.write(rng.integers(0, 255, (6, 7)).astype(np.uint8), "g.png")
    return tmp_path


@pytest.fixture
def listening():
    """Make sockets; close them in the end."""
    made = []

    def listen(path):
        here = socket.socket(socket.AF_UNIX)
        made.append(here)
        here.bind(str(path))

    yield listen
    for one in made:
        one.close()


def make(kind, path, listening):
    """Make something that is no regular file."""
    path = Path(path)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        listening(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "two loops":
        path.symlink_to("other")
        path.with_name("other").symlink_to(path.name)
    elif kind == "dangling":
        path.symlink_to("nowhere.png")
    elif kind == "link to a pipe":
        os.mkfifo("pipe")
        path.symlink_to(Path("pipe").resolve())
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()


KINDS = ["pipe", "socket", "device", "loop", "two loops", "dangling", "link to a pipe", "empty"]


@pytest.mark.parametrize("kind", KINDS)
class TestInputs:
    def test_in_a_folder(self, folder, capsys, kind, listening):
        make(kind, "in/m.png", listening)
        assert run(["encode", "in", "-o", "out", "--budget", "0"]) == 1
        assert "in/m.png" in capsys.readouterr().err
        assert sorted(p.name for p in Path("out").iterdir()) == ["a.vcir", "z.vcir"]
        assert run(["roundtrip", "in", "-o", "back", "--budget", "0"]) == 1
        assert len(list(Path("back").iterdir())) == 2

    def test_by_name(self, folder, capsys, kind, listening):
        make(kind, "m.png", listening)
        for command in (["info"], ["colorize", "--quiet"], ["encode"], ["metrics", "g.png"]):
            assert run([*command, "m.png"]) == 3
            err = capsys.readouterr().err
            assert "m.png" in err
            assert "Traceback" not in err
        assert run(["metrics", "m.png", "g.png"]) == 3
        assert run(["colorize", "g.png", "--marked", "m.png"]) == 3
        assert run(["colorize", "g.png", "--strokes", "m.png"]) in (2, 3)
        assert not Path("g.colour.png").exists()

    def test_among_encoded_files(self, folder, capsys, kind, listening):
        Path("d").mkdir()
        for name in ("b", "z"):
            vc.encode(vc.read("in/a.png"), budget=0).save(f"d/{name}.vcir")
        make(kind, "d/m.vcir", listening)
        shutil.copy("g.png", "d/n.gray.png")
        Path("d/n.glob_dist").symlink_to("gone.glob_dist")
        Path("d/o.mask").symlink_to("gone.mask")
        shutil.copy("g.png", "d/o.gray.png")
        assert run(["decode", "d", "-o", "out"]) == 1
        err = capsys.readouterr().err
        assert err.count("varcolor: ") == 3
        assert "standard output" not in err
        assert sorted(p.name for p in Path("out").iterdir()) == ["b.colour.png", "z.colour.png"]


def test_folders_that_lead_to_themselves(folder, capsys):
    Path("in/again").symlink_to("..")
    Path("in/self").symlink_to("self")
    assert run(["encode", "in", "-o", "out", "--budget", "0"]) == 0
    assert run(["encode", "in", "-o", "in/again/new", "--budget", "0"]) == 0
    assert run(["metrics", "in", "in/again/in", "--json"]) in (0, 3)
    assert run(["encode", "in/self", "--budget", "0"]) == 3
    assert "in/self" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_cannot_be_read(folder, capsys):
    Path("in/secret").mkdir(mode=0)
    assert run(["encode", "in", "-o", "out", "--budget", "0"]) == 1
    assert "in/secret: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [*KINDS[:-1], "folder"])
def test_outputs(folder, capsys, kind, listening):
    make(kind, "out.png", listening)
    make(kind, "out.json", listening) if "two" not in kind and "to a" not in kind else None
    before = {p.name: p.lstat().st_ino for p in Path().iterdir()}
    command = ["colorize", "g.png", *QUICK, "--on-exists", "overwrite"]
    assert run([*command, "-o", "out.png/" if kind == "folder" else "out.png"]) == (
        0 if kind == "folder" else 3
    )
    if Path("out.json").is_symlink() or Path("out.json").exists():
        assert run([*command, "-o", "o.png", "--save-cues", "out.json"]) == 3
        assert not Path("o.png").exists()
    assert {p.name: p.lstat().st_ino for p in Path().iterdir()} == before
    assert run(["colorize", "g.png", *QUICK, "-o", "out.png", "--on-exists", "number"]) == 0


def test_links_modes_and_inputs(folder, capsys):
    Path("r").mkdir()
    Path("r/t.png").write_bytes(b"x")
    Path("l.png").symlink_to("r/t.png")
    Path("p.png").write_bytes(b"x")
    Path("p.png").chmod(0o600)
    Path("same.png").symlink_to("g.png")
    os.link("g.png", "hard.png")
    for name in ("l.png", "p.png"):
        command = ["colorize", "g.png", *QUICK, "--on-exists", "overwrite", "-o", name]
        assert run(command) == 0
    assert Path("l.png").is_symlink()
    assert vc.read("r/t.png").shape == (6, 7)
    assert stat.S_IMODE(Path("p.png").stat().st_mode) == 0o600
    before = Path("g.png").read_bytes()
    for name in ("same.png", "hard.png", "g.png", "./r/../g.png"):
        for command in ("colorize", "recolor"):
            given = [command, "g.png", *QUICK, "-o", name, "--on-exists", "overwrite"]
            assert run(given) == 2
            assert "is an input" in capsys.readouterr().err
    assert Path("g.png").read_bytes() == before


WRITING = [
    ("colorize", 'save-cues = "victim"'),
    ("colorize", 'save_cues = "victim"'),
    ("colorize", 'on-exists = "overwrite"'),
    ("colorize", 'out = "victim"'),
    ("recolor", 'save-cues = "victim"'),
    ("recolor", 'on_exists = "number"'),
    ("encode", 'out = "victim"'),
    ("encode", 'on-exists = "overwrite"'),
    ("encode", "plot = true"),
    ("decode", 'out = "victim"'),
    ("roundtrip", 'ir = "victim"'),
    ("roundtrip", "delete-gray = true"),
    ("metrics", 'report = "victim.txt"'),
    ("metrics", 'sheet = "victim"'),
    ("metrics", 'heatmap = "victim"'),
    ("metrics", 'on-exists = "overwrite"'),
    ("demo", 'on-exists = "overwrite"'),
]


@pytest.mark.parametrize(("command", "line"), WRITING)
def test_a_folder_says_nothing_about_what_is_written(folder, capsys, command, line):
    Path("victim").write_text("mine")
    Path("varcolor.toml").write_text(f"[{command}]\n{line}\n")
    given = {
        "colorize": ["g.png"],
        "recolor": ["g.png"],
        "encode": ["in"],
        "decode": ["in"],
        "roundtrip": ["in"],
        "metrics": ["in", "in/a.png"],
        "demo": [],
    }[command]
    before = sorted(Path().rglob("*"))
    assert run([command, *given]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "varcolor.toml" in err
    assert line.split()[0].replace("_", "-") in err
    assert sorted(Path().rglob("*")) == before
    assert Path("victim").read_text() == "mine"


def test_every_option_that_writes_is_marked():
    """An option that names files is an input of this list, or marked as one that writes."""
    from varcolor.cli import COMMANDS, app
    from varcolor.cli.config import _writes

    inputs = "PHOTO FILE PATHS REFERENCE RESULTS --marked --overlay --strokes --points --start"
    inputs += " PHOTOS INPUTS FOLDER WHAT --cues --weights --reference --card --lpips-weights"
    inputs += " --palette-from --transfer"
    inputs += " FILM --keys"
    known = set(inputs.split())
    marked = set()
    for command in COMMANDS:
        for argument in app[command].assemble_argument_collection():
            names_files = "Path" in str(argument.hint)
            writes = str(argument.parameter.help).startswith(("Write", "Also write", "Where to wr"))
            if _writes(argument):
                marked.add(f"{command} {argument.name}")
            elif argument.name not in ("--sidecar", "--legacy"):  # only how, never where
                assert not writes, f"mark {command} {argument.name} with WRITES"
                assert not names_files or argument.name in known, f"{command} {argument.name}"
    silent = {
        "info",
        "methods",
        "models",
        "suggest",
        "paint",
        "watch",
        "train",
    }  # they replace no file
    assert {f"{c} --on-exists" for c in COMMANDS if c not in silent} <= marked
    assert {"colorize --out", "recolor --save-cues", "metrics --report", "roundtrip --ir"} <= marked


def test_settings_of_a_folder_are_told(folder, capsys):
    Path("varcolor.toml").write_text('[colorize]\nmethod = "harmonic"\nspace = "lab"\n')
    command = ["colorize", "g.png", "--cue", "1,1,#f00", "--json", "--on-exists", "number"]
    assert run([*command, "--space", "yuv"]) == 0
    told = capsys.readouterr()
    assert "note: settings from varcolor.toml: method=harmonic\n" in told.err
    assert json.loads(told.out)["settings"] == {"method": "harmonic"}
    assert run([*command, "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert json.loads(told.out)["settings"] == {"method": "harmonic", "space": "lab"}
    Path("varcolor.toml").unlink()
    assert run(command) == 0
    assert "settings" not in json.loads(capsys.readouterr().out)


def test_the_environment_may_name_outputs(folder, monkeypatch):
    monkeypatch.setenv("VARCOLOR_COLORIZE_SAVE_CUES", "cues.json")
    assert run(["colorize", "g.png", *QUICK]) == 0
    assert Path("cues.json").exists()


def test_settings_that_are_no_file(folder, capsys):
    os.mkfifo("varcolor.toml")
    assert run(["info", "g.png"]) == 3
    assert "varcolor.toml" in capsys.readouterr().err


class TestStandardOutput:
    def test_the_picture_alone(self, folder):
        command = [sys.executable, "-m", "varcolor", "colorize", "g.png", *QUICK, "-o", "-"]
        done = subprocess.run([*command, "--json"], capture_output=True, check=False)
        assert done.returncode == 0
        Path("x.png").write_bytes(done.stdout)
        assert vc.read("x.png").shape == (6, 7)
        assert json.loads(done.stderr)["output"] == "-"
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3
        assert done.stderr.count(b"\n") == 1
        assert b"standard output cannot be written" in done.stderr
        assert not Path("-").exists()
        assert not Path("g.colour.png").exists()

    def test_a_terminal_is_refused(self, folder, capsys, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert run(["colorize", "g.png", *QUICK, "-o", "-"]) == 2
        assert "terminal" in capsys.readouterr().err

    def test_cues_are_written_beside(self, folder, capsysbinary):
        given = ["colorize", "g.png", *QUICK, "-o", "-", "--save-cues", "c.json"]
        assert run(given) == 0
        assert capsysbinary.readouterr().out.startswith(b"\x89PNG")
        assert Path("c.json").exists()
        assert run(given) == 2

    @pytest.mark.parametrize("out", ["--json", "-q", "--on-exists"])
    def test_another_option_is_no_name(self, folder, capsys, out):
        assert run(["colorize", "g.png", "-o", out]) == 2
        assert "varcolor: " in capsys.readouterr().err
        assert run(["colorize", "g.png", "-o", "./-x.png", "--quiet"]) == 0
        assert Path("-x.png").exists()

    def test_the_codec_needs_a_folder(self, folder, capsys):
        assert run(["encode", "in", "-o", "-"]) == 2
        assert not Path("-").exists()

    @pytest.mark.parametrize("closed", ["stdout", "both"])
    def test_a_reader_that_goes_does_not_stop_the_work(self, folder, closed):
        Path("many").mkdir()
        for number in range(100):
            shutil.copy("in/a.png", f"many/{number}.png")
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "varcolor", "encode", "many", "-o", "out", "--budget", "0"]
        done = subprocess.run(
            command,
            stdout=write,
            stderr=write if closed == "both" else subprocess.PIPE,
            check=False,
        )
        os.close(write)
        assert done.returncode == 0
        assert not done.stderr
        assert len(list(Path("out").iterdir())) == 100

    def test_a_full_disk_behind_it_does_not_stop_the_work_but_is_told(self, folder):
        command = [sys.executable, "-m", "varcolor", "encode", "in", "-o", "out", "--budget", "0"]
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3
        assert done.stderr.count(b"standard output cannot be written") == 1
        assert len(list(Path("out").iterdir())) == 2


FAULTS = [
    (OSError("Could not find/load shared object file 'libllvmlite.so'"), "a library could not be"),
    (ImportError("libgfortran.so: failed to map segment"), "a library could not be"),
    (OSError(12, "Cannot allocate memory"), "out of memory"),
    (MemoryError(), "out of memory"),
    (FileNotFoundError(2, "No such file or directory", "/x/y"), "/x/y: No such file"),
    (PermissionError(13, "Permission denied", "/x/y"), "/x/y: Permission denied"),
    (BrokenPipeError(32, "Broken pipe"), "Broken pipe"),
    (OSError(5, "Input/output error"), "Input/output error"),
    (OSError(24, "Too many open files", "z"), "z: Too many open files"),
    (TimeoutError("a word"), "a word"),
]


@pytest.mark.parametrize(("fault", "told"), FAULTS)
def test_a_fault_is_blamed_on_what_caused_it(folder, capsys, monkeypatch, fault, told):
    def broken(*_, **__):
        raise fault

    monkeypatch.setattr("varcolor.colorization.colorize", broken)
    assert run(["colorize", "g.png", "--json"]) == 3
    out, err = capsys.readouterr()
    assert told in err
    assert "standard output" not in err
    assert err.count("\n") == 1
    if not isinstance(fault, ImportError):
        assert json.loads(out) == {
            "input": "g.png",
            "status": "failed",
            "error": err.removeprefix("varcolor: ").strip(),
        }


class TestFailuresInJson:
    def lines(self, capsys):
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_of_a_folder(self, folder, capsys):
        Path("in/bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
        os.mkfifo("in/pipe.png")
        Path("in/cut.png").write_bytes(Path("in/a.png").read_bytes()[:60])
        command = ["encode", "in", "gone", "-o", "out", "--budget", "0", "--json"]
        assert run(command) == 1
        facts = self.lines(capsys)
        failed = {f["input"]: f["error"] for f in facts if f["status"] == "failed"}
        assert set(failed) == {"gone", "in/bad.png", "in/pipe.png", "in/cut.png"}
        assert all(failed.values())
        assert [f["input"] for f in facts if f["status"] == "done"] == ["in/a.png", "in/z.png"]

    @pytest.mark.parametrize(
        "command",
        [
            ["colorize", "gone.png"],
            ["recolor", "gone.png"],
            ["colorize", "g.png", "--cue", "99,99,#f00"],
            ["colorize", "g.png", "-o", "x.gif"],
            ["colorize", "g.png", "-o", "in/a.png"],
            ["colorize", "g.png", "--points", "gone.csv"],
            ["colorize", "g.png", "--solver", "nonsense"],
            ["info", "gone.png"],
            ["encode", "gone.png"],
            ["decode", "gone.vcir"],
            ["roundtrip", "gone.png"],
            ["encode", "bad.png"],
            ["metrics", "gone.png", "g.png"],
            ["metrics", "g.png", "g.png", "--sheet", "x.gif"],
        ],
    )
    def test_of_one_photo(self, folder, capsys, command):
        Path("bad.png").write_bytes(b"nothing")
        code = run([*command, "--json"])
        out, err = capsys.readouterr()
        assert code in (2, 3)
        facts = json.loads(out)
        assert facts["status"] == "failed"
        assert " ".join(facts["error"].split()) in err
        named = [facts[key] for key in ("input", "file", "reference") if key in facts]
        assert named == [command[1]]


class TestSizesAreKnownBefore:
    @pytest.fixture(autouse=True)
    def wide(self, folder, monkeypatch):
        vc.write(np.zeros((2, 70_000), np.uint8), "wide.png")
        vc.write(np.zeros((2, 40_000), np.uint8), "w40.png")
        vc.write(np.zeros((20_000, 1), np.uint8), "tall.png")

        def never(*_, **__):
            raise AssertionError("solved")

        for name in ("colorize", "recolor"):
            monkeypatch.setattr(f"varcolor.colorization.{name}", never)
        for name in ("encode_photo", "decode_picture"):
            monkeypatch.setattr(f"varcolor.batch.jobs.codec.{name}", never)

    @pytest.mark.parametrize("command", ["colorize", "recolor"])
    @pytest.mark.parametrize(
        ("photo", "out", "advice"),
        [
            ("wide.png", "o.jpg", "PNG, TIFF, JPEG XL, BMP"),
            ("wide.png", "o.avif", "PNG, TIFF, JPEG XL, BMP"),
            ("wide.png", "o.webp", "PNG, TIFF, JPEG XL, BMP"),
            ("w40.png", "o.avif", "PNG, JPEG, TIFF, JPEG XL, BMP"),
            ("w40.png", "o.webp", "PNG, JPEG, TIFF, JPEG XL, BMP"),
            ("tall.png", "o.webp", "PNG, JPEG, TIFF, AVIF, JPEG XL, BMP"),
        ],
    )
    def test_photos(self, capsys, command, photo, out, advice):
        assert run([command, photo, "--cue", "0,0,#c08040", "-o", out]) == 3
        assert capsys.readouterr().err.strip().endswith(f"use {advice}")
        assert not Path(out).exists()

    def test_the_codec(self, capsys):
        vc.write(np.zeros((1, 1_000_001), np.uint8), "long.tif")
        for command in ("encode", "roundtrip"):
            assert run([command, "long.tif", "--budget", "0"]) == 3
            assert "PNG holds at most 1,000,000 pixels a side" in capsys.readouterr().err
        vc.write(np.zeros((1, 40_000), np.uint8), "g40.png")
        with pytest.raises(vc.FileError, match="AVIF"):
            vc.encode(vc.read("g40.png"), budget=0, gray_quality=50)


def test_a_format_that_fails_after_the_solve_gives_a_png(folder, capsys, monkeypatch):
    from varcolor.image.encode import encoders

    def broken(*_):
        raise KeyError("AVIF")

    monkeypatch.setitem(encoders.ENCODERS, "AVIF", broken)
    Path("o.png").write_bytes(b"mine")
    assert run(["colorize", "g.png", "--cue", "1,1,#f00", "-o", "o.avif"]) == 1
    out, err = capsys.readouterr()
    assert out == "o-2.png\n"
    assert "saved as PNG instead" in err
    assert vc.read("o-2.png").shape == (6, 7)
    assert Path("o.png").read_bytes() == b"mine"


def test_numbers_fit_into_names():
    for name in ("a.png", "a" * 251 + ".png", "é" * 125 + ".png"):
        made = numbered(Path("d") / name, 12)
        assert made.name.endswith("-12.png")
        assert len(os.fsencode(made.name)) <= 255
    assert numbered(Path("x.gray.png"), 3, "x").name == "x-3.gray.png"
    assert numbered(Path("a.b.png"), 3).name == "a.b-3.png"


@pytest.mark.parametrize("written", ["pair", "legacy", "plot"])
def test_what_belongs_together_is_written_whole_or_not(folder, capsys, monkeypatch, written):
    """The second file cannot be made: the first one is not there either."""
    options = {
        "pair": ["--sidecar"],
        "legacy": ["--legacy", "-m", "global"],
        "plot": ["--sidecar", "--plot"],
    }[written]
    real, made = os.fsync, []

    def full(descriptor):
        made.append(descriptor)
        if len(made) >= 2:
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert run(["encode", "in/a.png", "-o", "out", "--quiet", *options]) == 3
    assert "No space left" in capsys.readouterr().err
    assert list(Path("out").iterdir()) == []
    assert run(["encode", "in/a.png", "-o", "out", *options]) == 0
    before = {p: p.read_bytes() for p in Path("out").iterdir()}
    assert len(before) == (3 if written == "plot" else 2)
    made.clear()
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        Path("in/z.png").replace("in/a.png")
        again = ["encode", "in/a.png", "-o", "out", "--on-exists", "overwrite", *options]
        assert run(again) == 3
    assert {p: p.read_bytes() for p in Path("out").iterdir()} == before


def test_legacy_files_are_whole(folder):
    ir = vc.encode(vc.read("in/a.png"), "global")
    files = legacy.files_of(ir, Path("x"))
    assert [p.name for p in files] == ["x.gray.png", "x.glob_dist"]


def test_streams_that_are_none_or_special(monkeypatch):
    from varcolor.cli.streams import fault_of, guarded

    special = io.StringIO()
    assert guarded(special) is special
    assert fault_of(special) is None
    with guarded(None) as nothing:
        nothing.write("x")
