"""Ctrl-C, kill, full disk, read-only folder, three writers: 20 times each, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import varcolor as vc
from varcolor.image.publish import sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")
TURNS = 20
COLORS = ("#ff0000", "#00ff00", "#0000ff")


class Worker:
    """A Python program that is told what to do line by line, and answers."""

    def __init__(self, code: str, folder, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        print(line, file=self.process.stdin, flush=True)

    def answer(self, *words: str) -> str:
        """Return the next line that begins with one of these words."""
        for line in self.process.stdout:
            if line.startswith(words):
                return line.strip()
        raise AssertionError(self.process.stderr.read())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


@pytest.fixture
def start(tmp_path):
    """Start workers in the test's folder; all of them are ended."""
    workers = []

    def begin(code, *arguments):
        workers.append(Worker(code, tmp_path, *arguments))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.end()


def no_private_files(folder):
    return not [p for p in folder.rglob("*") if p.name.startswith(".varcolor-")]


WRITER = """
import sys
from varcolor.cli import run, saving
place = saving.place

def wait(*values):
    print("solved", flush=True)
    sys.stdin.readline()
    return place(*values)

saving.place = wait
for line in iter(sys.stdin.readline, ""):
    name, rule = line.split()
    command = ["colorize", "g.png", "--cue", "1,1," + sys.argv[1], "--quiet", "-o", name]
    print("code", run([*command, "--on-exists", rule]), flush=True)
"""


def test_three_writers(tmp_path, start):
    """Three programs solve at once and write one name: each picture is somewhere, and whole."""
    gray = np.full((5, 6), 128, np.uint8)
    vc.write(gray, tmp_path / "g.png")
    cues = [vc.Cues.from_points(gray, [(1, 1)], [color]) for color in COLORS]
    wanted = [vc.colorize(gray, cue).rgb.tobytes() for cue in cues]
    assert len(set(wanted)) == 3
    workers = [start(WRITER, color) for color in COLORS]
    for turn in range(TURNS):
        rule = ("error", "number", "skip", "overwrite")[turn % 4]
        for worker in workers:
            worker.tell(f"t{turn}/x.png {rule}")
        for worker in workers:
            assert worker.answer("solved", "code") == "solved"
        for worker in workers:
            worker.tell("go")
        codes = sorted(worker.answer("code") for worker in workers)
        folder = tmp_path / f"t{turn}"
        names = sorted(p.name for p in folder.iterdir())
        found = [vc.read(folder / name).pixels.tobytes() for name in names]
        if rule in ("error", "number"):
            assert names == ["x-2.png", "x-3.png", "x.png"]
            assert sorted(found) == sorted(wanted)
            assert codes == ["code 0", *(["code 1"] * 2 if rule == "error" else ["code 0"] * 2)]
        else:
            assert names == ["x.png"]
            assert found[0] in wanted
            assert codes == ["code 0"] * 3


INTERRUPTED = """
import signal, sys
from varcolor.cli import run
signal.signal(signal.SIGINT, signal.SIG_IGN)
for line in iter(sys.stdin.readline, ""):
    print("start", flush=True)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            code = run(line.split())
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        code = 130
    print("code", code, flush=True)
"""


def test_control_c(tmp_path, start, rng):
    """A pair that is being replaced is the old one or the new one, and a new one whole or none."""
    for name in ("a", "b"):
        vc.write(rng.integers(0, 255, (120, 160, 3)).astype(np.uint8), tmp_path / f"{name}.png")
    worker = start(INTERRUPTED)
    options = "--sidecar -m global --quiet"
    worker.tell(f"encode a.png -o old {options}")
    assert worker.answer("code") == "code 0"
    begun = time.monotonic()
    worker.tell(f"encode b.png -o b {options}")
    assert worker.answer("code") == "code 0"
    needed = time.monotonic() - begun
    shutil.copy(tmp_path / "old" / "a.gray.png", tmp_path / "old" / "b.gray.png")
    shutil.copy(tmp_path / "old" / "a.vcc", tmp_path / "old" / "b.vcc")
    grays = [vc.IR.load(tmp_path / file).gray.tobytes() for file in ("old/a.vcc", "b/b.vcc")]
    codes = []
    for turn in range(TURNS):
        where = "old" if turn % 2 else f"new{turn}"
        worker.tell(f"encode b.png -o {where} --on-exists overwrite {options}")
        worker.answer("start")
        time.sleep(needed * turn / TURNS)
        worker.process.send_signal(signal.SIGINT)
        codes.append(worker.answer("code"))
        files = list((tmp_path / where).glob("b.*"))
        assert len(files) in ((2,) if turn % 2 else (0, 2))
        if files:
            assert vc.IR.load(tmp_path / where / "b.vcc").gray.tobytes() in grays
        assert no_private_files(tmp_path)
    assert "code 130" in codes


KILLED = """
import sys
from pathlib import Path
from varcolor.image.publish import write_files
print("start", flush=True)
for number in range(100_000):
    content = bytes([65 + number % 26]) * 200_000
    write_files({Path("one"): content})
    write_files({Path("two"): content, Path("three"): content})
    write_files({Path(f"new-{sys.argv[1]}-{number}"): content}, replace=False)
"""


def test_kill(tmp_path, start):
    """A killed writer leaves whole files; what it had not published is swept by the next one."""
    for turn in range(0, TURNS, 4):
        for worker in [start(KILLED, str(turn + k)) for k in range(4)]:
            worker.answer("start")
            time.sleep(0.01 * (turn + 1) / 4)
            worker.process.send_signal(signal.SIGKILL)
            worker.process.wait()
        for path in tmp_path.iterdir():
            if path.name.startswith("new"):
                assert path.stat().st_size == 200_000
    sweep([tmp_path])
    assert no_private_files(tmp_path)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert content == content[:1] * 200_000


LIMITED = """
import resource, sys
from varcolor.cli import run
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for line in iter(sys.stdin.readline, ""):
    limit, *command = line.split()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit) or hard, hard))
    code = run(command)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print("code", code, flush=True)
"""


def test_files_that_cannot_grow(tmp_path, start, rng):
    """Writing stops at every length: all files or none, and what was there stays."""
    vc.write(rng.integers(0, 255, (20, 30, 3)).astype(np.uint8), tmp_path / "a.png")
    worker = start(LIMITED)
    commands = (
        "encode a.png -o e --sidecar -m global --on-exists overwrite",
        "colorize a.png --cue 1,1,#f00 --save-cues c/c.json -o c/c.png --on-exists overwrite",
    )
    for command in commands:
        worker.tell(f"0 {command} --quiet")
        assert worker.answer("code") == "code 0"
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.*")}
    largest = max(len(data) for data in before.values())
    codes = []
    for turn in range(TURNS):
        limit = 1 + largest * turn // TURNS
        for number, command in enumerate(commands):
            fresh = command.replace(" e ", f" e{turn} ").replace("c/", f"c{turn}/")
            worker.tell(f"{limit} {command} --quiet")
            worker.tell(f"{limit} {fresh} --quiet")
            codes += [worker.answer("code"), worker.answer("code")]
            new = list((tmp_path / f"{'ec'[number]}{turn}").iterdir())
            assert len(new) == (2 if codes[-1] == "code 0" else 0)
        assert {p: p.read_bytes() for p in before} == before
        assert no_private_files(tmp_path)
    assert codes.count("code 3") > TURNS
    worker.process.stdin.close()
    assert "File too large" in worker.process.stderr.read()


MOUNTED = """
import os, pathlib, subprocess, sys, tempfile
import numpy as np
import varcolor as vc
import varcolor.colorization
from varcolor.cli import run
pathlib.Path("d").mkdir()
pathlib.Path("safe").mkdir()
tempfile.tempdir = str(pathlib.Path("safe").resolve())

def mount(*options):
    subprocess.run(["mount", *options], check=True)

turns = int(sys.argv[1])
codes = []
mount("-t", "tmpfs", "-o", "size=64k,nr_inodes=400", "none", "d")
for turn in range(turns):  # the disk fills up
    for command in (["encode", "a.png", "-o", f"d/e{turn}", "--sidecar", "-m", "global"],
                    ["colorize", "a.png", "--cue", "1,1,#f00", "-o", f"d/c{turn}.png"]):
        codes.append(run([*command, "--quiet"]))
    for folder in pathlib.Path("d").glob("e*"):
        assert len(list(folder.iterdir())) in (0, 2), folder
assert 0 in codes and 3 in codes, codes
for file in pathlib.Path("d").rglob("*.png"):
    assert vc.read(file).shape == (20, 30)
saved = list(pathlib.Path("safe").rglob("*.png"))
assert len(saved) + len(list(pathlib.Path("d").glob("c*.png"))) == turns, (saved, codes)
for file in saved:
    assert vc.read(file).shape == (20, 30)
left = [p for p in pathlib.Path("d").rglob(".varcolor-*")]
assert not left, left
print("full", flush=True)

subprocess.run(["umount", "d"], check=True)
mount("-t", "tmpfs", "-o", "size=1m", "none", "d")
pathlib.Path("d/o.png").write_bytes(b"mine")
real = varcolor.colorization.colorize

def then_read_only(*values, **named):
    result = real(*values, **named)
    mount("-o", "remount,ro", "d")
    return result

def never(*values, **named):
    raise AssertionError("solved for a folder that cannot be written")

for turn in range(turns):  # read-only from the start, and in the middle
    before = len(list(pathlib.Path("safe").rglob("*.png")))
    command = ["colorize", "a.png", "--cue", "1,1,#f00", "--quiet", "-o", "d/o.png",
               "--on-exists", "overwrite"]
    varcolor.colorization.colorize = then_read_only
    assert run(command) == 3
    assert len(list(pathlib.Path("safe").rglob("*.png"))) == before + 1
    varcolor.colorization.colorize = never
    assert run(command) == 3
    assert os.listdir("d") == ["o.png"]
    assert pathlib.Path("d/o.png").read_bytes() == b"mine"
    mount("-o", "remount,rw", "d")
print("read-only", flush=True)
"""


def private_mounts() -> list[str]:
    """Return how to start a program with mounts of its own; empty where that is not possible."""
    unshare = shutil.which("unshare")
    for options in ("-m", "-rm"):
        start = [unshare or "unshare", options]
        try:
            probe = [*start, "mount", "-t", "tmpfs", "none", "/mnt"]
            if unshare and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                return start
        except OSError:
            continue
    return []


def test_a_full_and_a_read_only_disk(tmp_path, rng):
    begin = private_mounts()
    if not begin:
        pytest.skip("cannot mount a small disk here")
    vc.write(rng.integers(0, 255, (20, 30, 3)).astype(np.uint8), tmp_path / "a.png")
    done = subprocess.run(
        [*begin, sys.executable, "-c", MOUNTED, str(TURNS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "full\n" in done.stdout
    assert "read-only\n" in done.stdout
    assert "No space left on device" in done.stderr
    assert "the result was saved in" in done.stderr
    assert "Read-only file system" in done.stderr


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch, capsys):
    from varcolor.cli import run

    monkeypatch.chdir(tmp_path)
    vc.write(np.zeros((4, 4), np.uint8), "a.png")
    (tmp_path / "d").mkdir(mode=0o555)
    for turn in range(TURNS):
        assert run(["colorize", "a.png", "-o", f"d/{turn}.png"]) == 3
        assert "no permission" in capsys.readouterr().err
    assert list((tmp_path / "d").iterdir()) == []
