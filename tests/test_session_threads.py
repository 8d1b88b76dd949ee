"""One session from many threads gives what single calls give, and stops when it is told to."""

from __future__ import annotations

import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc

COLORS = ["#c03010", "#2060c0", "#10a010", "#c0c020", "#808080"]
#: Most that two colourings to half a level each may differ by, after rounding.
APART = 2


def smooth(rng, shape):
    values = gaussian_filter(rng.random(shape), 2)
    return (255 * (values - values.min()) / np.ptp(values)).astype(np.uint8)


def some_cues(rng, shape, count):
    """A few exact or soft points and a stroke."""
    points = np.column_stack([rng.integers(0, shape[1], count), rng.integers(0, shape[0], count)])
    points = np.unique(points, axis=0)
    cues = vc.Cues.from_points(shape, points, list(rng.choice(COLORS, len(points))))
    mask = np.zeros(shape, bool)
    top, left = rng.integers(0, shape[0] - 3), rng.integers(0, shape[1] - 8)
    mask[top : top + 2, left : left + 8] = True
    return cues | vc.Cues.from_mask(mask, str(rng.choice(COLORS)))


def apart(found, wanted):
    return int(np.abs(found.rgb.astype(int) - wanted.rgb).max())


@pytest.fixture
def often():
    """Let threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(
    ("method", "solver", "edits"),
    [
        ("harmonic", "multigrid", 300),
        ("levin", "multigrid", 300),
        ("harmonic", "auto", 200),
        ("levin", "auto", 200),
    ],
)
def test_a_thousand_edits_by_two_threads_are_as_single_calls(method, solver, edits):
    rng = np.random.default_rng(len(method) + edits)
    photo = smooth(rng, (25, 34))
    # Strokes are added, replaced and taken away.
    session = vc.Session(photo, method, solver=solver)
    own = [some_cues(rng, photo.shape, rng.integers(1, 8)) for _ in range(40)]
    wanted = [vc.colorize(photo, c, method=method, solver="direct") for c in own]
    plan = rng.integers(0, len(own), (2, edits // 2))

    def work(part):
        return [apart(session.colorize(own[k]), wanted[k]) for k in part]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(work, plan))
    assert max(itertools.chain(*found)) <= APART
    assert sum(map(len, found)) == edits


@pytest.mark.usefixtures("often")
def test_previews_beside_full_solves(rng):
    photo = smooth(rng, (60, 80))
    session = vc.Session(photo, "harmonic", solver="multigrid")
    own = [some_cues(rng, photo.shape, 5) for _ in range(6)]
    wanted = [vc.colorize(photo, c, method="harmonic", solver="direct") for c in own]
    alone = [vc.Session(photo, "harmonic").preview(c, 1200) for c in own]

    def full(k):
        return apart(session.colorize(own[k % 6]), wanted[k % 6]) <= APART

    def small(k):
        # Sizes that change make the copy anew.
        session.preview(own[k % 6], 500)
        return apart(session.preview(own[k % 6], 1200), alone[k % 6]) <= 9

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(work, k) for k in range(30) for work in (full, small)]
        assert all(job.result() for job in jobs)


def test_a_preview_does_not_wait_for_a_full_solve(rng):
    photo = smooth(rng, (60, 80))
    session, cues = vc.Session(photo, "harmonic"), some_cues(rng, (60, 80), 4)
    shown = threading.Event()

    def progress(*_):
        with ThreadPoolExecutor(1) as other:
            other.submit(session.preview, cues, 1000).result(60)
        shown.set()

    session.colorize(cues, progress)
    assert shown.is_set()


@pytest.mark.usefixtures("often")
def test_many_photos_at_once(rng):
    shapes = [(31, 42), (60, 35), (44, 40), (20, 90)] * 2
    photos = [smooth(rng, shape) for shape in shapes]
    cues = [some_cues(rng, shape, 4) for shape in shapes]
    for method in ("levin", "harmonic"):

        def work(k, method=method, solver="multigrid"):
            return vc.colorize(photos[k], cues[k], method=method, solver=solver)

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(work, range(8)))
        for k, result in enumerate(found):
            assert apart(result, work(k, solver="direct")) <= APART


class Gate:
    """Progress that waits at its first report until it is let go."""

    def __init__(self):
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, *_):
        self.reached.set()
        assert self.open.wait(60)


@pytest.fixture
def desk(rng):
    """A session, cues, and what starts calls in threads of their own."""
    photo = smooth(rng, (60, 80))
    with ThreadPoolExecutor(8) as pool:
        yield vc.Session(photo, "harmonic"), some_cues(rng, photo.shape, 4), pool


def waiting(session, count):
    """Wait until so many calls have not ended."""
    for _ in range(6000):
        if len(session._calls._calls) == count:
            return
        threading.Event().wait(0.01)
    raise AssertionError("the calls did not come")


def test_cancelling_stops_what_runs_and_what_waits(desk):
    session, cues, pool = desk
    gate = Gate()
    running = pool.submit(session.colorize, cues, gate)
    assert gate.reached.wait(60)
    others = [pool.submit(session.colorize, cues) for _ in range(3)]
    waiting(session, 4)
    session.cancel()
    for other in others:  # they do not wait for the running one
        with pytest.raises(vc.Cancelled):
            other.result(60)
    gate.open.set()
    with pytest.raises(vc.Cancelled):
        running.result(60)
    assert session.colorize(cues).status is vc.Status.CONVERGED


def test_a_cancel_just_before_a_call_is_not_forgotten(desk):
    session, cues, _ = desk
    session.cancel()
    with pytest.raises(vc.Cancelled):
        session.colorize(cues)
    assert session.colorize(cues).status is vc.Status.CONVERGED
    session.cancel()
    session.cancel()
    with pytest.raises(vc.Cancelled):
        session.preview(cues, 1000)
    assert session.colorize(cues).status is vc.Status.CONVERGED


def test_a_cancel_at_any_moment_of_a_call_stops_it_or_the_next(desk):
    session, cues, pool = desk
    for k in range(24):
        first = pool.submit(session.colorize, cues)
        threading.Event().wait(0.0004 * (k % 12))
        session.cancel()
        outcomes = []
        for call in (first, pool.submit(session.colorize, cues)):
            try:
                call.result(60)
                outcomes.append("done")
            except vc.Cancelled:
                outcomes.append("cancelled")
        # The first one, or the second if the first had ended.
        assert outcomes.count("cancelled") == 1


def test_no_result_after_a_cancel_in_the_last_report(desk):
    session, cues, _ = desk

    def progress(_, fraction, __=None):
        if fraction == 1:
            session.cancel()

    with pytest.raises(vc.Cancelled):
        session.colorize(cues, progress)
    assert session.colorize(cues).status is vc.Status.CONVERGED


def test_the_newest_request_wins(desk):
    session, cues, pool = desk
    gate, small = Gate(), Gate()
    old = pool.submit(session.colorize, cues, gate)
    preview = pool.submit(session.preview, cues, 1000, small)
    assert gate.reached.wait(60) and small.reached.wait(60)
    older = pool.submit(session.colorize, cues)
    waiting(session, 3)
    new = pool.submit(session.colorize, cues, latest=True)
    with pytest.raises(vc.Cancelled):
        older.result(60)
    gate.open.set()
    with pytest.raises(vc.Cancelled):
        old.result(60)
    assert new.result(60).status is vc.Status.CONVERGED
    small.open.set()  # the preview is of the newest stroke, too
    assert preview.result(60).status is vc.Status.CONVERGED
    assert session.colorize(cues, latest=True).status is vc.Status.CONVERGED


def test_calls_come_in_turn(desk):
    session, cues, pool = desk
    gate, order = Gate(), []
    first = pool.submit(session.colorize, cues, gate)
    assert gate.reached.wait(60)
    rest = []
    for k in range(5):
        rest.append(pool.submit(session.colorize, cues, lambda *_, k=k: order.append(k)))
        waiting(session, 2 + k)
    gate.open.set()
    for call in (first, *rest):
        call.result(60)
    assert order == sorted(order) and set(order) == set(range(5))


@pytest.mark.parametrize("name", ["colorize", "preview"])
def test_progress_may_cancel_but_not_ask_for_more(name, desk):
    session, cues, _ = desk
    said = []

    def progress(*_):
        with pytest.raises(vc.InputError, match="while it calls back") as caught:
            getattr(session, name)(cues)
        said.append(caught)

    assert session.colorize(cues, progress).status is vc.Status.CONVERGED
    assert session.preview(cues, 1000, progress).status is vc.Status.CONVERGED
    assert said
    with pytest.raises(vc.Cancelled):
        session.colorize(cues, lambda *_: session.cancel())
    assert getattr(session, name)(cues).status is vc.Status.CONVERGED


class FaultError(Exception):
    pass


@pytest.mark.parametrize("error", [vc.Cancelled, MemoryError, FaultError])
@pytest.mark.parametrize(
    ("method", "solver", "options"),
    [
        ("harmonic", "multigrid", {}),
        ("levin", "multigrid", {}),
        ("levin", "direct", {}),
        ("harmonic", "multigrid", {"prior": "gp", "loss": "huber"}),
    ],
)
def test_a_session_is_right_after_a_stop_anywhere(method, solver, options, error, rng):
    photo = smooth(rng, (30, 40))
    own = [some_cues(rng, photo.shape, count) for count in (3, 6, 1, 5)]
    wanted = [vc.colorize(photo, c, method=method, solver="direct", **options) for c in own]
    session = vc.Session(photo, method, solver=solver, **options)
    reports = itertools.count()
    session.colorize(own[0], lambda *_: next(reports))
    all_of_them = next(reports)
    assert all_of_them >= 8
    stops = np.unique(np.r_[:6, np.linspace(6, all_of_them - 1, 6).astype(int)])
    missed = 0
    for turn, last in enumerate(stops):
        reports = itertools.count()

        def progress(*_, reports=reports, last=last):
            if next(reports) == last:
                raise error("now")

        try:
            session.colorize(own[turn % 4], progress)
            missed += 1
        except error:
            pass
        other = (turn + turn // 4) % 4
        assert apart(session.colorize(own[other]), wanted[other]) <= APART
    assert missed < 6  # a solve that begins near its answer reports less often


@pytest.mark.parametrize("name", ["update", "begin"])
def test_a_session_is_right_after_a_fault_inside(name, rng, monkeypatch):
    from varcolor.solve.multigrid.operator import Matrix

    photo = smooth(rng, (48, 60))
    own = [some_cues(rng, photo.shape, count) for count in (3, 6, 1)]
    wanted = [vc.colorize(photo, c, method="levin", solver="direct") for c in own]
    session = vc.Session(photo, "levin", solver="multigrid")
    session.colorize(own[0])
    inside = getattr(Matrix, name)

    def broken(*arguments):
        inside(*arguments)
        raise MemoryError

    for k in (1, 2, 0):
        monkeypatch.setattr(Matrix, name, broken)
        with pytest.raises(MemoryError):
            session.colorize(own[k])
        monkeypatch.undo()
        assert apart(session.colorize(own[k]), wanted[k]) <= APART
