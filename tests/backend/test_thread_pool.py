"""The threads of a process do every strip once, whoever is awake."""

import itertools
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from varcolor.backend import thread_pool as threads
from varcolor.backend.jit.kernel import kernel
from varcolor.backend.kernels.stencil.matvec import dot
from varcolor.backend.thread_pool import Team


@kernel("void(int64[::1], boolean, float32, int64, int64)")
def mark(a, twice, more, top, bottom):
    for r in range(top, bottom):
        a[r] += (2 if twice else 1) + np.int64(more)


@kernel("float64(int64[::1], float64, int64, int64)")
def mean(a, scale, top, bottom):
    return scale * a[top:bottom].mean()


@kernel("int64(int64[::1], int64, int64)")
def first(a, top, bottom):
    return a[top]


def strips(rows, count):
    edges = [rows * i // count for i in range(count + 1)]
    return list(itertools.pairwise(edges))


@pytest.mark.parametrize("size", [1, 3])
def test_every_strip_is_done_once(size):
    team, a, rounds = Team(size + 1), np.zeros(1000, np.int64), 3000
    for k in range(rounds):
        team.run(mark, strips(1000, 1 + k % 9), a, k % 2 == 1, 3.0)
    assert (a == rounds * 3 + rounds // 2 * 3).all()


def test_results_come_in_order():
    team, a = Team(3), np.arange(600)
    parts = strips(600, 7)
    assert team.run(first, parts, a) == [top for top, _ in parts]
    wanted = [0.5 * a[top:bottom].mean() for top, bottom in parts]
    assert team.run(mean, parts, a, 0.5) == wanted
    b = np.ones((2, 600, 5), np.float32)
    found = team.run(dot, parts, b, b)
    np.testing.assert_array_equal(found, [[5.0 * (bottom - top)] * 2 for top, bottom in parts])


def test_callers_from_several_threads_take_turns():
    team, counts = Team(3), [np.zeros(100, np.int64) for _ in range(4)]

    def work(a):
        for _ in range(300):
            team.run(mark, strips(100, 6), a, False, 0.0)

    callers = [threading.Thread(target=work, args=(a,)) for a in counts]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert all((a == 300).all() for a in counts)


def test_an_interrupt_and_an_error_leave_the_threads_usable():
    team, a = Team(3), np.zeros(100, np.int64)

    def fails(top, bottom, error=KeyboardInterrupt):
        a[top:bottom] += 1
        if top == 0:
            raise error

    for _ in range(20):
        with pytest.raises(KeyboardInterrupt):
            team.run(fails, strips(100, 9))
        with pytest.raises(MemoryError):
            team.run(lambda top, bottom: fails(top, bottom, MemoryError), strips(100, 9))
    a[:] = 0
    team.run(mark, strips(100, 9), a, False, 0.0)
    assert (a == 1).all()
    assert not threads._POOL._at_work


def test_nobody_waits_for_a_thread_that_has_not_begun():
    """All other threads are held: who asks does everything alone."""
    team, a, held = Team(3), np.zeros(100, np.int64), threading.Event()
    team.run(mark, strips(100, 6), a, False, 0.0)
    executor = threads._POOL.executor(2)
    busy = [executor.submit(held.wait) for _ in range(2)]
    try:
        team.run(mark, strips(100, 6), a, False, 0.0)
    finally:
        held.set()
    assert [each.result() for each in busy] == [True, True]
    assert (a == 2).all()


@pytest.mark.parametrize("kernels", [True, False], ids=["kernels", "other work"])
def test_many_callers_share_the_threads_of_the_process(monkeypatch, kernels):
    """However many teams there are, and callers at once: the budget holds, and nobody waits."""
    monkeypatch.setattr(threads, "usable", lambda: 4)
    monkeypatch.setattr(threads, "_POOL", threads.ThreadPool())
    before, inside, most = threading.active_count(), [], []

    def other(a, top, bottom):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.001)
        a[top:bottom] += 1
        inside.pop()

    def work(a, size):
        for _ in range(40):
            args = (mark, strips(100, 8), a, False, 0.0) if kernels else (other, strips(100, 8), a)
            Team(size).run(*args)

    counts = [np.zeros(100, np.int64) for _ in range(12)]
    sizes = [1 + k % 4 for k in range(12)]
    callers = [threading.Thread(target=work, args=own) for own in zip(counts, sizes, strict=True)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert all((a == 40).all() for a in counts)
    assert not threads._POOL._at_work
    # Helpers of teams of two, three and four; never more than three of them at a time.
    assert threading.active_count() - before <= 1 + 2 + 3
    assert max(most, default=0) <= len(callers) + 3


def test_work_may_ask_for_work(monkeypatch):
    monkeypatch.setattr(threads, "_POOL", threads.ThreadPool())
    team, a = Team(3), np.zeros((6, 100), np.int64)

    def outer(top, bottom):
        for row in range(top, bottom):
            team.run(mark, strips(100, 6), a[row], False, 0.0)

    team.run(outer, strips(6, 6))
    assert (a == 1).all()


FORK = """
import os
import numpy as np
from varcolor.backend.kernels.stencil.matvec import dot
from varcolor.backend.thread_pool import Team
team, a = Team(2), np.ones((2, 40, 50), np.float32)
parts = [(0, 20), (20, 40)]
team.run(dot, parts, a, a)
child = os.fork()
found = np.sum(team.run(dot, parts, a, a), axis=0).tolist()
if child == 0:
    os._exit(found != [2000.0, 2000.0])
print(found, os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_does_it_alone():
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split("\n")[0] == "[2000.0, 2000.0] 0"
