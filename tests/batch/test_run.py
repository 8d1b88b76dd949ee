"""Plans done by processes: everything done or named, whatever happens on the way."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import varcolor as vc
from tests.batch.conftest import fill, spoil
from varcolor.batch.engines.inline import Inline
from varcolor.batch.engines.processes import Processes
from varcolor.batch.jobs.colour import Colorize
from varcolor.batch.journal import Journal
from varcolor.batch.plan import settle
from varcolor.batch.run import Run
from varcolor.batch.share import Share
from varcolor.batch.task import Task
from varcolor.cli import run
from varcolor.errors import FileError
from varcolor.image import publish


def rows(journal: Path) -> list[dict]:
    return [json.loads(line) for line in journal.read_text().splitlines()[1:]]


def final(journal: Path) -> dict[str, dict]:
    """Return the final rows; each input has one."""
    found = [row for row in rows(journal) if row["status"] != "started"]
    assert len({row["input"] for row in found}) == len(found)
    return {row["input"]: row for row in found}


def test_good_ones_as_by_themselves_bad_ones_named(scans, tmp_path, capsys):
    words = spoil(scans)
    (scans / ".hidden.png").write_bytes(b"x")
    (scans / "._p0.png").write_bytes(b"x")
    (scans / "notes.txt").write_text("x")
    out = tmp_path / "out"
    assert run(["batch", str(scans), "-o", str(out), "--jobs", "2"]) == 1
    err = capsys.readouterr().err
    journal = final(out / "varcolor-journal.jsonl")
    for name, word in words.items():
        row = journal[str(scans / name)]
        assert row["status"] == "failed" and word in row["reason"] and name in row["reason"], row
        assert name in err
    done = {name: row for name, row in journal.items() if row["status"] == "done"}
    assert len(done) == 12 and len(journal) == 22
    for name, row in done.items():
        (made,) = map(Path, row["outputs"])
        assert made.parent == out / Path(name).parent.relative_to(scans)
        cues = Path(name).with_name(f"{Path(name).stem}.strokes.json")
        alone = tmp_path / f"alone{made.suffix}"
        options = ["--strokes", str(cues), "--on-exists", "overwrite", "--quiet"]
        assert run(["colorize", name, "-o", str(alone), *options]) == 0
        assert alone.read_bytes() == made.read_bytes()
    for told in (
        "1 file that is no input was passed over (AppleDouble",
        "(hidden)",
        "cues of photos",
    ):
        assert told in err
    assert "12 done, 0 skipped, 10 failed" in err


def test_the_dry_run_is_the_run(scans, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    command = ["batch", str(scans), "-o", str(tmp_path / "out"), "--on-exists", "number", "--json"]
    for expected in ("", "-2"):
        assert run([*command, "--dry-run", "--journal", str(tmp_path / f"j{expected}")]) == 0
        planned = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert not (tmp_path / f"j{expected}").exists()
        assert run([*command, "--jobs", "1", "--journal", str(tmp_path / f"j{expected}")]) == 0
        done = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        outputs = {row["input"]: row["outputs"] for row in done}
        assert outputs == {row["input"]: row["outputs"] for row in planned}
        assert all(Path(p[0]).stem.endswith(f".colour{expected}") for p in outputs.values())


def test_options_and_outputs_of_a_manifest(scans, tmp_path):
    (tmp_path / "m.csv").write_text(
        "path,cues,options,output\n"
        'scans/p3.png,scans/p3.strokes.json,"{""method"": ""harmonic""}",one.png\n'
        "scans/p5.jpg,scans/p5.strokes.json;more.points.csv,,\n"
        "scans/gone.png,,,\n"
    )
    (tmp_path / "more.points.csv").write_text("2,20,red\n")
    plan = vc.plan(tmp_path / "m.csv", tmp_path / "out", vc.SolveOptions(space="lab"))
    outcomes = {o.input.name: o for o in vc.batch(plan, jobs=1)}
    assert outcomes["gone.png"].status == "failed" and "no such file" in outcomes["gone.png"].reason
    one = outcomes["p3.png"]
    assert one.outputs == (tmp_path / "one.png",)
    assert (one.facts["method"], one.facts["space"]) == ("harmonic", "lab")
    two = outcomes["p5.jpg"]
    assert two.outputs == (tmp_path / "out" / "p5.colour.png",)
    assert two.facts["method"] == "auto" and two.facts["cues"] > outcomes["p3.png"].facts["cues"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,cuse\na.png,b\n", "did you mean 'cues'"),
        ("path,options\na.png,{\n", "line 2: not valid JSON"),
        ('path,options\na.png,"{""metod"": 1}"\n', "line 2: unknown option 'metod'"),
        ("path,cues\na.png,b.docx\n", "line 2: .*told by its name"),
        ("cues\nb.json\n", "'path' is missing"),
    ],
)
def test_bad_manifests_are_refused_whole(tmp_path, text, message):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(vc.InputError, match=rf"m\.csv: .*{message}"):
        vc.plan(tmp_path / "m.csv")


def killed(command: list[str], after: float) -> None:
    """Run a program and kill it, with nothing said, at a moment."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        time.sleep(after)
        program.send_signal(signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_killed_at_any_moment_and_gone_on(tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    fill(scans, 40)
    command = [sys.executable, "-m", "varcolor", "batch", str(scans), "-o", str(out), "--jobs", "1"]
    moments = np.random.default_rng(int(time.time())).uniform(0.3, 3.0, 3)
    for moment in moments:
        killed([*command, "--on-exists", "error"], float(moment))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0, moments
    journal = final(out / "varcolor-journal.jsonl")
    assert len(journal) == 40 and {row["status"] for row in journal.values()} == {"done"}
    made = [p for p in out.rglob("*") if p.is_file() and p.name != "varcolor-journal.jsonl"]
    assert sorted(made) == sorted(Path(row["outputs"][0]) for row in journal.values())
    for name, row in journal.items():
        gray = vc.to_gray(vc.read(row["outputs"][0])).pixels
        assert (gray == vc.read(name).pixels).all(), "swapped"


def test_killed_twice_at_the_same_photo(scans, tmp_path, monkeypatch):
    """Killed after its file was written, and again while it was done anew: still its own file."""
    mine, foreign = vc.plan(scans, tmp_path / "out").tasks[:2]
    mine.output.parent.mkdir()
    foreign.output.write_bytes(b"x")
    os.utime(foreign.output, (500, 500))
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for again in range(3):
        journal = Journal(tmp_path / "journal")
        settled = [settle(t, set(), partial(journal.left, t)) for t in (mine, foreign)]
        assert not settled[0].reason, again
        assert settled[0].on_exists == (mine.on_exists if again == 0 else "overwrite")
        assert settled[1].skip or settled[1].reason
        journal.start(settled)
        journal.close()
        if again == 0:
            settled[0].output.write_bytes(b"made")
            os.utime(settled[0].output, (now + 5, now + 5))
        now += 60


@dataclass(frozen=True)
class Deadly(Colorize):
    """Ends its process at photos of some name."""

    name: ClassVar[str] = "deadly"
    poison: str = ""
    mark: str = ""

    def run(self, task, progress):
        if self.poison in task.input.name:
            with open(self.mark, "a") as file:
                file.write("x")
            if not self.mark.endswith("once") or len(Path(self.mark).read_text()) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().run(task, progress)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("mark", "status"), [("always", "failed"), ("once", "done")])
def test_a_killed_worker_costs_its_photo_one_retry_and_no_other(scans, tmp_path, mark, status):
    plan = vc.plan(scans, tmp_path / "out")
    job = Deadly(vc.SolveOptions(threads=1), poison="p6", mark=str(tmp_path / mark))
    tasks = tuple(replace(task, job=job) for task in plan.tasks)
    engine, journal = Processes(2), Journal(tmp_path / "journal")
    outcomes = list(Run(tasks, engine, Share(2, 1, 1e12), journal).outcomes())
    found = {o.input.name: o.status for o in outcomes}
    assert len(outcomes) == len(found) == 12
    assert found.pop("p6.png") == status
    assert set(found.values()) == {"done"}
    assert (tmp_path / mark).read_text() == "xx"
    if status == "failed":
        assert "killed 2 times" in final(tmp_path / "journal")[str(scans / "sub/p6.png")]["reason"]


@dataclass(frozen=True)
class Full(Colorize):
    """The disk is full at photos of some name."""

    name: ClassVar[str] = "full"

    def run(self, task, progress):
        if "p6" in task.input.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(task.output))
        return super().run(task, progress)


def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(scans, tmp_path):
    plan = vc.plan(scans, tmp_path / "out")
    full = tuple(replace(t, job=Full(vc.SolveOptions())) for t in plan.tasks)
    own = Share(1, 1, 1e12)
    with pytest.raises(FileError, match="No space left.*run the same command again"):
        list(Run(full, Inline(), own, Journal(tmp_path / "j")).outcomes())
    before = final(tmp_path / "j")
    assert str(scans / "sub/p6.png") not in before and 0 < len(before) < 12
    again = list(Run(plan.tasks, Inline(), own, Journal(tmp_path / "j")).outcomes())
    assert {o.status for o in again} == {"done"}
    assert len(final(tmp_path / "j")) == 12


@dataclass(frozen=True)
class Half(Full):
    """The disk is full at one photo while the others are being written."""

    name: ClassVar[str] = "half"

    def run(self, task, progress):
        folder = task.output.parent
        if "p6" in task.input.name:
            until = time.monotonic() + 60
            while not list(folder.glob(".varcolor-*.part")) and time.monotonic() < until:
                time.sleep(0.01)
            return super().run(task, progress)
        publish._private(folder).write_bytes(b"half")
        time.sleep(60)
        return None


def test_what_others_are_writing_when_the_disk_is_full_is_removed(scans, tmp_path):
    plan = vc.plan(scans / "sub", tmp_path / "out")
    tasks = [replace(t, job=Half(vc.SolveOptions())) for t in plan.tasks]
    tasks.sort(key=lambda task: "p6" not in task.input.name)  # that one is the first
    (tmp_path / "out").mkdir()
    with pytest.raises(FileError, match="No space left.*run the same command again"):
        list(Run(tasks, Processes(2), Share(2, 1, 1e12), Journal(tmp_path / "j")).outcomes())
    assert not list((tmp_path / "out").iterdir())


def test_failures_are_retried_only_if_asked_for(scans, tmp_path, capsys):
    bad = scans / "bad.png"
    bad.write_bytes(b"nothing")
    good = next((scans / "sub").glob("*.png"))
    bad.with_name("bad.strokes.json").write_text(good.with_suffix(".strokes.json").read_text())
    command = ["batch", str(scans), "-o", str(tmp_path / "out"), "--jobs", "1", "--json"]

    def last():
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {Path(row["input"]).name: row for row in lines}

    assert run(command) == 1
    assert last()["bad.png"]["status"] == "failed"
    bad.write_bytes(good.read_bytes())
    status = bad.stat()
    assert run(command) == 0, "a changed photo is done without being asked"
    assert last()["bad.png"]["status"] == "done"
    assert all(row.get("earlier") for name, row in last().items() if name != "bad.png")
    bad.write_bytes(b"nothing")
    assert run(command) == 1
    last()
    os.utime(bad, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert run(command) == 1 and last()["bad.png"]["earlier"], "touched is not changed"
    journal = ["--journal", str(tmp_path / "out/varcolor-journal.jsonl")]
    assert run([*command, *journal, "--retry-failed"]) == 1
    assert "earlier" not in last()["bad.png"]


def test_fail_fast(scans, tmp_path):
    (scans / "a.png").write_bytes(b"nothing")
    (scans / "a.points.csv").write_text("1,1,red\n")
    plan = vc.plan(scans, tmp_path / "out")
    outcomes = list(vc.batch(plan, engine=Inline(), fail_fast=True))
    assert [o.status for o in outcomes] == ["failed"]


def test_memory_is_shared_out():
    class Counting:
        """Keeps tasks until nothing more is handed over."""

        def __init__(self):
            self.most, self.now = 0.0, []

        def room(self):
            return 8 - len(self.now)

        def width(self):
            return 8

        def submit(self, task):
            future: Future = Future()
            self.now.append((task, future))
            self.most = max(self.most, sum(t.job.memory((1, 1)) for t, _ in self.now))
            if len(self.now) == 8 or task.input.name == "9":
                self.flush()
            return future

        def flush(self):
            for task, future in self.now:
                future.set_result(vc.Outcome(task.input, "done"))
            self.now = []

        def close(self, now=False):
            pass

    @dataclass(frozen=True)
    class Sized:
        name: ClassVar[str] = "sized"
        size: float

        def targets(self, task):
            return ()

        def memory(self, shape):
            return self.size

        def on_threads(self, threads):
            return self

        def to_dict(self):
            return {}

    engine = Counting()
    tasks = [Task(Path(str(k)), Path(str(k)), Sized(3.0)) for k in range(10)]
    work = Run(tasks, engine, Share(8, 1, 10.0))
    known = work._hand_out()
    assert not known and len(engine.now) == 3 and engine.most == 9.0


def test_a_journal_belongs_to_one_run(tmp_path):
    first = Journal(tmp_path / "j")
    with pytest.raises(FileError, match="another run has this journal"):
        Journal(tmp_path / "j")
    first.close()
    Journal(tmp_path / "j").close()
    (tmp_path / "k").write_text("my notes\n")
    with pytest.raises(FileError, match="no journal of varcolor"):
        Journal(tmp_path / "k")
    assert (tmp_path / "k").read_text() == "my notes\n"


def test_a_torn_line_is_dropped(scans, tmp_path):
    plan = vc.plan(scans, tmp_path / "out")
    list(vc.batch(plan, engine=Inline(), journal=tmp_path / "j"))
    kept, last = (tmp_path / "j").read_bytes()[:-1].rsplit(b"\n", 1)
    row = json.loads(last)
    begun = {"input": row["input"], "status": "started", "outputs": row["outputs"], "time": 0}
    torn = b"\n".join([kept, json.dumps(begun).encode(), last[:-40]])
    (tmp_path / "j").write_bytes(torn)
    again = list(vc.batch(plan, engine=Inline(), journal=tmp_path / "j"))
    assert [o.earlier for o in again].count(False) == 1
    assert {o.status for o in again} == {"done"}
    assert len(final(tmp_path / "j")) == 12
