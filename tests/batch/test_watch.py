"""Watched folders: each photo taken once, whole, whatever way it comes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import varcolor as vc
from tests.batch.conftest import strokes
from tests.batch.test_run import final
from tests.conftest import photo
from varcolor.batch.engines.inline import Inline
from varcolor.batch.jobs.colour import Colorize
from varcolor.batch.journal import Journal
from varcolor.batch.share import Share
from varcolor.batch.watch import Watch


@pytest.fixture
def watched(tmp_path):
    """A watch in a thread; yields its folder, its outcomes so far, and how to wait for some."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    found: list[vc.Outcome] = []
    own = (Colorize(vc.SolveOptions(threads=1)), Journal(tmp_path / "journal"))
    watch = Watch(folder, out, *own, Inline, Share(1, 1, 1e12), polling=True, sweep=0.2, settle=0.2)
    watch.patience = 1.0
    thread = threading.Thread(target=lambda: found.extend(_kept(watch, found)), daemon=True)
    thread.start()

    def until(count: int, seconds: float = 15) -> list[vc.Outcome]:
        end = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < end:
            time.sleep(0.05)
        return found

    yield folder, until
    watch.stop.set()
    thread.join(10)
    assert not thread.is_alive()


def _kept(watch, found):
    for outcome in watch.outcomes():
        found.append(outcome)
    return ()


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr("varcolor.batch.watch.POLL", 0.2)


def content(folder: Path, name: str) -> bytes:
    path = folder.parent / name
    vc.write(vc.to_gray(photo()[:40, 50:90].copy()), path)
    return path.read_bytes()


def test_slowly_copied_moved_and_renamed(watched):
    folder, until = watched
    data = content(folder, "a.png")
    for name in ("slow", "moved", "renamed"):
        (folder / f"{name}.strokes.json").write_text(strokes(40, 40))
    with open(folder / "slow.png", "wb") as file:
        for part in range(0, len(data), len(data) // 8):
            file.write(data[part : part + len(data) // 8])
            file.flush()
            time.sleep(0.12)
    (folder.parent / "b.png").write_bytes(data)
    (folder.parent / "b.png").rename(folder / "moved.png")
    (folder / "renamed.png.tmp").write_bytes(data)
    (folder / "renamed.png.tmp").rename(folder / "renamed.png")
    found = until(3)
    time.sleep(0.8)
    assert sorted(o.input.name for o in found) == ["moved.png", "renamed.png", "slow.png"]
    assert {o.status for o in found} == {"done"}


def test_cues_before_and_after_and_again(watched):
    folder, until = watched
    data = content(folder, "a.png")
    (folder / "p.png").write_bytes(data)
    time.sleep(1)
    assert not until(0), "it has no cues yet"
    (folder / "p.strokes.json").write_text(strokes(40, 40))
    (first,) = until(1)
    before = first.outputs[0].read_bytes()
    (folder / "p.strokes.json").write_text(strokes(40, 40).replace("#c08040", "#20ff20"))
    until(2)
    assert first.outputs[0].read_bytes() != before
    assert not list(first.outputs[0].parent.glob("*-2*")), "replaced, not numbered"
    (folder / "p.png").unlink()
    time.sleep(0.8)
    assert first.outputs[0].exists(), "deletions are no commands"


def test_what_never_decodes_is_said_once(watched):
    folder, until = watched
    (folder / "bad.png").write_bytes(content(folder, "a.png")[:300])
    (folder / "bad.strokes.json").write_text(strokes(40, 40))
    (outcome,) = until(1)
    assert outcome.status == "failed" and "broken" in outcome.reason
    time.sleep(1)
    assert len(until(1)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_the_program_ends_by_sigterm_and_goes_on(tmp_path):
    pytest.importorskip("watchfiles")
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    data = content(folder, "a.png")
    command = [sys.executable, "-m", "varcolor", "watch", str(folder), str(out), "--json"]
    for name in ("one", "two"):
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with program:
            (folder / f"{name}.strokes.json").write_text(strokes(40, 40))
            (folder / f"{name}.png").write_bytes(data)
            row = json.loads(program.stdout.readline())
            assert Path(row["input"]).name == f"{name}.png", "the other one is not done again"
            program.send_signal(signal.SIGTERM)
            assert program.wait(20) == 0
    assert len(final(out / "varcolor-journal.jsonl")) == 2


@pytest.mark.skipif(not hasattr(os, "times"), reason="needs times of children")
def test_idle_costs_little(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "varcolor",
        "watch",
        str(folder),
        str(tmp_path / "out"),
        "--polling",
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as program:
        import psutil

        time.sleep(3)
        process = psutil.Process(program.pid)
        before = sum(process.cpu_times()[:2])
        time.sleep(6)
        spent = sum(process.cpu_times()[:2]) - before
        program.terminate()
    assert spent < 0.02 * 6
