"""The speed suite measures what it says: systems, stops, limits and tables."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from benchmarks import readme
from benchmarks.harness import Limits, Process, StoppedError
from benchmarks.rivals import jacobi, superlu
from benchmarks.rivals.linear import Answer, Linear, Rival, Stop, on_grid
from benchmarks.rivals.solvers import SOLVERS
from benchmarks.speed import task as tasks
from benchmarks.speed.__main__ import main
from benchmarks.speed.cases import CUES, SPACE, Case, make_case, resized
from benchmarks.speed.duel import Duel, Stops
from benchmarks.speed.memory import Meter
from benchmarks.speed.oracle import RTOLS, search
from benchmarks.speed.reference import make_reference, makers
from benchmarks.speed.scores import distance, psnr_of
from benchmarks.speed.suite import Suite, all_solvers
from benchmarks.speed.systems import SYMMETRIC, SYSTEMS, assembled, guide_of
from benchmarks.speed.tables import markdown
from benchmarks.speed.task import Task, describe, obstacle, runner

TRUST = {"date": "today", "processor": "any", "cores": 2, "python": "3"}


@pytest.fixture
def case(cat):
    return Case(cat, vc.to_gray(cat), CUES["b"](cat))


@pytest.fixture
def task(case, tmp_path):
    case.save(tmp_path / "case.npz")
    return Task(str(tmp_path / "case.npz"), "S8", "superlu", 1)


def test_photos_are_cropped_or_shrunk_but_never_enlarged(rng):
    photo = Image.fromarray(rng.integers(0, 255, (300, 400, 3), np.uint8))
    assert resized(photo, 0.12).shape == (300, 400, 3)
    crop = resized(photo, 0.09)
    assert crop.shape[0] * crop.shape[1] == pytest.approx(0.09e6, rel=0.01)
    whole = np.asarray(photo)
    top, left = (300 - crop.shape[0]) // 2, (400 - crop.shape[1]) // 2
    np.testing.assert_array_equal(
        crop, whole[top : top + crop.shape[0], left : left + crop.shape[1]]
    )
    small = resized(photo, 0.03)
    assert small.shape == (150, 200, 3)
    np.testing.assert_allclose(small, whole.reshape(150, 2, 200, 2, 3).mean((1, 3)), atol=1)
    with pytest.raises(ValueError, match=r"0\.12 megapixels only"):
        resized(photo, 0.2)


@pytest.mark.parametrize("kind", CUES)
def test_cues_have_the_colours_of_the_photo(kind, cat, tmp_path):
    Image.fromarray(cat).save(tmp_path / "cat.png")
    case = make_case(tmp_path / "cat.png", cat.shape[0] * cat.shape[1] / 1e6, kind)
    np.testing.assert_array_equal(case.gray, vc.to_gray(cat))
    assert len(case.cues) == {"b": 20, "c": 20}.get(kind, len(case.cues)) > 0
    if kind != "a":
        rows, columns = case.cues.at.T
        np.testing.assert_allclose(case.cues.color * 255, cat[rows, columns], atol=1e-4)
    case.save(tmp_path / "case.npz")
    again = Case.load(tmp_path / "case.npz")
    np.testing.assert_array_equal(again.cues.at, case.cues.at)
    np.testing.assert_array_equal(again.cues.color, case.cues.color)


@pytest.mark.parametrize("system", SYSTEMS)
def test_rivals_and_varcolor_solve_the_same_system(system, case):
    problem = assembled(case, SYSTEMS[system])
    assert problem.linear.symmetric == (system in SYMMETRIC)
    chroma = problem.picture(superlu.symmetric_mode(problem.linear, Stop()).x)
    result = vc.colorize(case.gray, case.cues, method=SYSTEMS[system], space=SPACE, solver="direct")
    np.testing.assert_allclose(chroma, result.chroma, atol=1e-6)
    np.testing.assert_allclose(problem.picture(problem.deviation(chroma)), chroma, atol=1e-15)
    largest, rms = distance(case, result.chroma, chroma)
    assert 0 <= rms <= largest < 1e-3


def test_the_system_of_the_whole_picture_has_the_same_solution(case):
    linear = assembled(case, SYSTEMS["S8"]).linear
    matrix, rhs = on_grid(linear)
    assert matrix.shape == (case.gray.size, case.gray.size)
    assert abs(matrix - matrix.T).max() == 0
    from scipy.sparse.linalg import spsolve

    x = spsolve(matrix.tocsc(), rhs)
    expected = superlu.symmetric_mode(linear, Stop()).x
    np.testing.assert_allclose(x[linear.free], expected, atol=1e-12)
    assert np.count_nonzero(np.delete(x, linear.free, axis=0)) == 0


@pytest.mark.parametrize("name", [name for name, rival in SOLVERS.items() if rival.kind != "model"])
def test_every_rival_that_is_installed_solves(name, case):
    if obstacle(name, "S8"):
        pytest.skip(obstacle(name, "S8"))
    linear = assembled(case, SYSTEMS["S8"]).linear
    answer = SOLVERS[name].solve(linear, Stop(rtol=1e-10))
    expected = superlu.symmetric_mode(linear, Stop()).x
    np.testing.assert_allclose(answer.x, expected, atol=1e-6)
    assert (answer.iterations > 0) == (SOLVERS[name].kind == "iterative")


@pytest.mark.parametrize("name", [name for name, rival in SOLVERS.items() if rival.kind == "model"])
def test_other_models_meet_the_cues(name, case):
    cv2 = pytest.importorskip("cv2", reason="OpenCV is a rival, not a dependency")
    if not hasattr(cv2, "ximgproc"):
        pytest.skip("this OpenCV is without its contributed modules")
    guide = guide_of(case)
    chroma = SOLVERS[name].solve(guide)
    np.testing.assert_allclose(chroma[guide.mask], case.chroma, atol=1e-6)
    assert np.isfinite(chroma).all()


def test_the_oracle_finds_the_loosest_stop_that_is_good_enough(case):
    problem = assembled(case, SYSTEMS["S8"])
    linear = problem.linear
    exact = superlu.symmetric_mode(linear, Stop()).x
    limit = 0.5
    rtol, reached = search(jacobi.jacobi, linear, exact, limit)
    assert reached

    def error(rtol):
        x = jacobi.jacobi(linear, Stop(rtol=rtol)).x
        return distance(case, problem.picture(x), problem.picture(exact))[0]

    assert error(rtol) <= limit
    position = RTOLS.index(rtol)
    assert position == 0 or error(RTOLS[position - 1]) > limit


def test_the_oracle_says_if_nothing_is_good_enough(case):
    linear = assembled(case, SYSTEMS["S8"]).linear
    exact = superlu.symmetric_mode(linear, Stop()).x

    def lazy(system: Linear, stop: Stop) -> Answer:
        return jacobi.jacobi(system, replace(stop, most=2))

    rtol, reached = search(lazy, linear, exact, 1e-3)
    assert not reached
    assert rtol in RTOLS


def test_scores_by_hand(case):
    exact = np.zeros((*case.shape, 2))
    chroma = exact.copy()
    chroma[3, 4] = 0.01, 0.0
    largest, rms = distance(case, chroma, exact)
    assert largest == pytest.approx(255 * 1.772 * 0.01)
    green = 1.772 * 0.114 / 0.587
    assert rms == pytest.approx(2.55 * np.hypot(1.772, green) / np.sqrt(3 * case.gray.size))
    chroma[0, 0] = np.nan
    assert distance(case, chroma, exact) == (np.inf, np.inf)
    own = SPACE.split(case.truth / 255.0)[1]
    assert psnr_of(case, own) > 45  # only the rounding of the grey is lost


def test_what_cannot_run_says_why(monkeypatch):
    gone = Rival("direct", "no-such-package", "no_such_module", superlu.symmetric_mode)
    monkeypatch.setitem(tasks.SOLVERS, "gone", gone)
    assert obstacle("gone", "S8") == "not installed: pip install no-such-package"
    assert describe("gone")["version"] == "no-such-package"
    assert obstacle("pymatting-vcycle", "LEV") == "symmetric systems only"
    assert obstacle("varcolor", "LEV") is None


def test_reference_makers_by_size():
    assert [name for name, _ in makers(1)] == ["superlu", "pardiso-spd", "pardiso", "varcolor"]
    assert [name for name, _ in makers(12)] == ["varcolor"]


def test_memory_is_measured_above_the_base():
    meter = Meter()
    meter.reset()
    block = np.ones(4_000_000)
    assert meter.peak() - meter.base > 0.9 * block.nbytes or not meter.exact


def test_a_process_runs_scores_and_ends(task, case, tmp_path):
    reference = make_reference(replace(task, threads=1), 0.01, tmp_path / "exact.npy", Limits())
    assert reference.source == "superlu"
    with Duel(replace(task, exact=reference.file), Limits(), repeats=2, budget=30) as duel:
        rival = duel.measure("jacobi-cg", Stops(Limits()))
        own = duel.measure("varcolor", Stops(Limits()))
    assert rival["status"] == own["status"] == "ok"
    assert rival["runs"] == 2
    assert rival["rtol"] in RTOLS
    assert rival["ratio"] > 0
    assert own["ratio"] == 1
    assert own["max error"] <= own["own bound"] + 1e-3 <= 0.5 + 1e-3
    assert own["PSNR"] == pytest.approx(rival["PSNR"], abs=0.05)


def test_limits_and_failures_are_results(task, tmp_path):
    with pytest.raises(StoppedError, match="time limit"):
        Process(task.work(), Limits(seconds=0.2))
    with pytest.raises(StoppedError, match="memory limit"):
        Process(task.work(), Limits(megabytes=5))
    with pytest.raises(StoppedError, match="FileNotFoundError"):
        Process(replace(task, case=str(tmp_path / "none.npz")).work(), Limits())


def test_a_solver_that_met_a_limit_is_not_tried_where_it_is_harder(tmp_path, monkeypatch):
    tried = []

    class Easy:
        partner = "varcolor"

        def __init__(self, task, *rest):
            self.task = task

        def measure(self, solver, stops):
            tried.append((self.task.threads, solver))
            return {"status": "time limit, 1 s"} if solver == "superlu" else {"status": "ok"}

        def __enter__(self):
            return self

        def __exit__(self, *rest):
            pass

    monkeypatch.setattr("benchmarks.speed.suite.Duel", Easy)
    monkeypatch.setattr(
        "benchmarks.speed.suite.make_reference",
        lambda *rest: type("R", (), {"file": "", "source": ""}),
    )
    Image.new("RGB", (60, 50), (90, 80, 70)).save(tmp_path / "plain.png")
    suite = Suite(
        tmp_path, ("plain.png",), (0.001, 0.003, 9.0), ("S8",), ("varcolor", "superlu"), ("b",)
    )
    kept = []
    rows = suite.run(tmp_path, [], kept.append)
    assert tried == [
        (2, "superlu"),
        (2, "varcolor"),
        (1, "varcolor"),
        (2, "varcolor"),
        (1, "varcolor"),
    ]
    assert rows == kept
    assert len(rows) == 8  # nothing at 9 megapixels
    late = [row for row in rows if row["solver"] == "superlu" and row["size"] == 0.003]
    assert late[0]["status"] == "not tried: time limit, 1 s at 0.001 MP, 2 threads"
    assert suite.run(tmp_path, rows, kept.append) == rows  # nothing is left to do


def test_the_command_writes_tables_and_redraws_them(tmp_path, monkeypatch):
    place = {"photo": "x/y.png", "cues": "a", "system": "S8", "threads": 2, "pixels": 250_000}
    base = place | {"size": 0.25, "shape": "500 x 500", "cued pixels": 9, "reference": "superlu"}
    measured = {"seconds": 0.123456, "iterations": 4, "max error": 0.25, "PSNR": 31.26}
    rows = [
        base | {"solver": "superlu", "status": "not installed: pip install it"},
        base | {"solver": "varcolor", "status": "ok", "ratio": 1.0} | measured,
    ]
    rows = [row | describe(row["solver"]) for row in rows]
    text = markdown(rows, TRUST)
    assert "| varcolor | 0.123 s, x1 |" in text
    assert "| superlu | not installed: pip install it |" in text
    assert "exact solution: superlu" in text
    pytest.importorskip("matplotlib", reason="for the plots of the benchmarks only")
    (tmp_path / "s.rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["--data", str(tmp_path), "--out", str(tmp_path), "--rows", str(tmp_path)]
    words += ["--name", "s", "--redraw"]
    main(words)
    document = json.loads((tmp_path / "s.json").read_text())
    assert [row["solver"] for row in document["rows"]] == ["varcolor", "superlu"]
    assert (tmp_path / "s.png").stat().st_size > 1000


def test_the_readme_gets_seconds_ratios_and_errors(monkeypatch):
    place = {"size": 1.0, "cues": "a", "photo": "p", "threads": 2, "system": "S8"}
    rows = [
        place | {"solver": "varcolor", "seconds": 0.213, "max error": 0.121, "ratio": 1.0},
        place | {"solver": "superlu", "seconds": 9.1, "max error": 0.0, "ratio": 42.7},
        place | {"solver": "cholmod", "status": "not installed: pip install it"},
        place | {"solver": "varcolor", "threads": 1, "seconds": 9.9, "ratio": 1.0},
    ]
    monkeypatch.setattr(readme, "load", lambda name: rows)
    assert readme.speed().splitlines()[2:] == [
        "| varcolor | 0.21 s (0.1) |",
        "| superlu | x 43 (0) |",
        "| cholmod | not installed: pip install it |",
    ]
    assert readme.rendered("no marks") == "no marks"


def test_runs_of_all_kinds_have_the_same_shape(task, case):
    for name in ("varcolor", "superlu"):
        outcome = runner(replace(task, solver=name))(case, Meter())
        assert outcome.chroma.shape == (*case.shape, 2)
        assert 0 < outcome.assembly < outcome.seconds
    assert set(all_solvers()) >= {"varcolor", "varcolor-auto", *SOLVERS}
    assert Task(**task.work().arguments) == task
