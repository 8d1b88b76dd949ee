"""The harness: processes of their own, in turns, with varcolor from any tree; and who uses it."""

import os
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from benchmarks.energies import convergence, fourth, speed
from benchmarks.harness import (
    Limits,
    Process,
    StoppedError,
    Work,
    clocked,
    command_timed,
    compared,
    in_turns,
)
from benchmarks.speed import commits, session
from benchmarks.speed.cases import CUES, Case
from benchmarks.speed.task import Task

ROOT = Path(__file__).parents[2]


def counting(start=0, **options):
    return Work("tests.benchmarks.counting:Counting", {"start": start}, **options)


@pytest.fixture
def case(cat, tmp_path):
    case = Case(cat, vc.to_gray(cat), CUES["b"](cat))
    case.save(tmp_path / "case.npz")
    return tmp_path / "case.npz"


def test_work_stays_in_a_process_of_its_own():
    found = compared({"a": counting(), "b": counting(10)}, 2)
    assert [row["runs"] for row in found["a"]] == [2, 3]  # the first round does not count
    assert [row["runs"] for row in found["b"]] == [12, 13]
    assert len({row["process"] for rows in found.values() for row in rows} | {os.getpid()}) == 3
    assert {row["cores"] for row in found["a"]} <= {0, 1}
    assert found["a"][0]["OMP"] == "1"


def test_all_take_turns():
    order = []

    def run(name):
        order.append(name)
        return {"n": len(order)}

    found = in_turns({"a": lambda: run("a"), "b": lambda: run("b")}, 2)
    assert order == ["a", "b"] * 3
    assert [row["n"] for row in found["b"]] == [4, 6]


def test_words_failures_and_what_libraries_print():
    with Process(counting(), Limits()) as process:
        assert process.ask("say two words") == {"words": "two words"}
        with pytest.raises(StoppedError, match="ValueError: no luck"):
            process.ask("fail")
        assert process.run()["runs"] == 1
    with pytest.raises(StoppedError, match="no_such_module"):
        Process(Work("no_such_module:Work"), Limits())


def test_varcolor_may_come_from_another_tree(tmp_path):
    (tmp_path / "varcolor").symlink_to(ROOT / "varcolor")
    found = compared({"own": counting(), "other": counting(tree=str(tmp_path))}, 1)
    assert found["own"][0]["varcolor"] == vc.__file__
    assert found["other"][0]["varcolor"] == str(tmp_path / "varcolor" / "__init__.py")


def test_clocks():
    seconds, result = clocked(lambda: time.sleep(0.02) or 7)
    assert result == 7
    assert seconds >= 0.02
    worked, _ = clocked(lambda: time.sleep(0.05), time.process_time)
    assert worked < 0.05
    run = command_timed([sys.executable, "-c", "print('done'); x = bytearray(90_000_000)"])
    assert run["text"] == "done\n"
    assert run["MB"] > 90
    with pytest.raises(SystemExit, match="exit code 3"):
        command_timed([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_commit_is_compared_with_itself(case, tmp_path):
    (tmp_path / "varcolor").symlink_to(ROOT / "varcolor")
    row = commits.against(Task(str(case), "S8", "varcolor", 1), tmp_path, 2, Limits())
    assert row["steps"] == row["steps before"] > 0
    assert row["lowest"] <= row["ratio"] <= row["highest"]
    assert set(commits.COLUMNS) - set(row) == {"system", "MP", "cues", "threads"}


def test_an_unknown_commit_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="no-such-commit: is not a commit"):
        commits.checkout("no-such-commit", tmp_path)


def test_an_energy_beside_harmonic(case):
    row = speed.measured(case, "gtv", 0.1, 1, 1, Limits())
    assert row["status"] == "converged"
    assert row["gap"] <= 0.1
    assert row["times harmonic"] > 0
    run, times = convergence.measured(case, "bilaplacian", Limits())
    assert run["status"] == "converged"
    assert times > 0


def test_fourth_order_keeps_its_picture(case, tmp_path):
    own = {"weights": "gentle", "side": "ours", "threads": 1, "picture": str(tmp_path / "u.npy")}
    side = fourth.Side(str(case), **own)
    row = side.run()
    assert row["status"] == "converged"
    loaded = Case.load(case)
    u = np.load(tmp_path / "u.npy")
    assert u.shape == (*loaded.shape, 2)
    rows, columns = loaded.cues.at.T
    np.testing.assert_allclose(u[rows, columns], loaded.chroma, atol=1e-6)


@pytest.mark.parametrize("what", ["cold", "more", "preview"])
def test_strokes_are_added_one_by_one(what, monkeypatch, cat):
    monkeypatch.setattr(session, "photo_of", lambda data, megapixels: cat)
    strokes = session.Strokes("", 1.0, "harmonic", what)
    rows = [strokes.run() for _ in range(2)]
    assert strokes._count == 43
    assert all(row["seconds"] > 0 for row in rows)
    assert all(("steps" in row) == (what != "preview") for row in rows)


def test_nothing_else_keeps_time():
    """Only iterations that stop their own clock within a run may look at it themselves."""
    inside = {"energies/norms.py", "energies/primal_dual.py", "estimator/__main__.py"}
    inside |= {"harness.py", "speed/gpu.py", "speed/runs.py"}
    # Many processes at once, a person's waiting, CPU time of whole jobs.
    inside |= {
        "batches/__main__.py",
        "batches/kills.py",
        "batches/watching.py",
        "paint.py",
        "film/__main__.py",
    }
    inside |= {"batches/networks.py", "film/cost.py"}
    inside |= {"palette/extract.py", "palette/timed.py"}
    found = {
        path.relative_to(ROOT / "benchmarks").as_posix()
        for path in (ROOT / "benchmarks").rglob("*.py")
        if re.search(r"(perf_counter|process_time|time\.time|monotonic)\(", path.read_text())
    }
    assert found == inside | {"quality/run.py", "quality/stains.py"}  # how long, for who waits
