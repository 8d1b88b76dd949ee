"""A forked process goes on with what its parent has begun, and never waits for threads it has not."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

#: What all programs below begin with; ``in_child`` tells whether a function holds in a forked one.
BEGIN = """
import multiprocessing, os, signal, sys, threading, time
import numpy as np
import varcolor as vc
from varcolor.backend import thread_pool as threads
y, x = np.mgrid[:300, :280]
photo = (120 + 60 * np.sin(x / 15) + 40 * np.cos(y / 11)).clip(0, 255).astype(np.uint8)
cues = vc.Cues.from_points(photo, [(20, 30), (250, 280), (140, 100)], ["#c03010", "#2060c0", "#30a030"])

def solve(method, solver="multigrid"):
    return vc.colorize(photo, cues, method=method, solver=solver, threads=3).rgb.astype(int)

def in_child(check):
    child = os.fork()
    if child == 0:
        signal.alarm(100)  # what hangs ends
        try:
            code = 0 if check() else 3
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 4
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def run(code):
    command = [sys.executable, "-W", "ignore", "-c", BEGIN + code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


AFTER = """
wanted = solve({method!r}, {solver!r})
def check():
    found = solve({method!r}, {solver!r})
    return np.abs(found - wanted).max() <= 1 and np.abs(solve("levin") - levin).max() <= 1
levin = solve("levin")
print(in_child(check), in_child(check), check())
"""


BUSY = """
busy = threading.Event()
def work(top, bottom):
    busy.set()
    time.sleep(1)
team = threads.Team(3)
threading.Thread(target=team.run, args=(work, [(0, 1), (1, 2), (2, 3)])).start()
busy.wait()
def check():
    assert not threads._POOL._at_work and not threads._POOL._executors
    return team.run(lambda top, bottom: bottom - top, [(0, 2), (2, 3), (3, 7)]) == [2, 1, 4]
print(in_child(check), check() if not threads._POOL._at_work else True)
"""


def test_threads_at_work_while_a_process_forks_are_not_waited_for():
    assert run(BUSY) == ["0", "True"]


@pytest.mark.parametrize(
    ("method", "solver"),
    [
        ("harmonic", "multigrid"),
        ("levin", "direct"),
        ("gtv", "admm"),
        ("tgv", "admm"),
        ("bilaplacian", "gmres"),
    ],
)
def test_solve_fork_solve(method, solver):
    assert run(AFTER.format(method=method, solver=solver)) == ["0", "0", "True"]


POOL = """
session = vc.Session(photo, "harmonic", solver="multigrid", threads=3)
wanted = session.colorize(cues).rgb.astype(int)
def check():
    return np.abs(session.colorize(cues).rgb.astype(int) - wanted).max() <= 1
print(in_child(check), check())
"""


def test_pools_of_threads_are_made_anew():
    assert run(POOL) == ["0", "True"]


SESSION = """
session = vc.Session(photo, "levin", solver="multigrid", threads=3)
more = cues | vc.Cues.from_points(photo, [(60, 200)], ["#c0c020"])
wanted = [session.colorize(c).rgb.astype(int) for c in (cues, more)]
small = session.preview(cues, 20_000).rgb.astype(int)
def check():
    found = [session.colorize(c).rgb.astype(int) for c in (more, cues)]
    again = session.preview(cues, 20_000).rgb.astype(int)
    return all(np.abs(a - b).max() <= 1 for a, b in zip(found[::-1], wanted)) and (
        np.abs(again - small).max() <= 9)
print(in_child(check), in_child(lambda: in_child(check) == 0), check())

# A fork while other threads are at work: in both sessions, and waiting for their turn.
def work():
    while not over:
        session.colorize(more)
        session.preview(cues, 20_000)
over = []
workers = [threading.Thread(target=work) for _ in range(3)]
for each in workers: each.start()
codes = set()
for k in range(12):
    time.sleep(0.013 * k)
    codes.add(in_child(check))
over.append(1)
for each in workers: each.join()
print(codes, check())

# A fork inside of a call goes on with it.
seen = []
def progress(stage, fraction, preview=None):
    if stage == "solve" and not seen:
        seen.append(os.fork())
result = session.colorize(cues, progress).rgb.astype(int)
right = np.abs(result - wanted[0]).max() <= 1 and check()
if seen[0] == 0:
    os._exit(0 if right else 3)
print(os.waitstatus_to_exitcode(os.waitpid(seen[0], 0)[1]), right)
"""


def test_sessions_go_on_in_forked_processes():
    assert run(SESSION) == "0 0 True {0} True 0 True".split()


LOCKS = """
from varcolor.backend.kernels.stencil import matvec as operator
from varcolor.backend.jit.kernel import LOADING
from varcolor.backend.kernels.stencil.matvec import dot
held, free = threading.Event(), threading.Event()
def hold():
    with LOADING:
        held.set()
        free.wait(1)
holder = threading.Thread(target=hold)
holder.start()
held.wait()
ones = np.ones((2, 9, 9), np.float32)
print(in_child(lambda: dot(ones, ones, 0, 8).shape == (2,)))
holder.join()

vc.write(photo, "photo.png")
vc.read("photo.png")  # what Python imports is locked by Python
def read():
    while not over:
        vc.read("photo.png")
over = []
readers = [threading.Thread(target=read) for _ in range(2)]
for each in readers: each.start()
codes = {in_child(lambda: vc.read("photo.png").shape == photo.shape) for _ in range(20)}
over.append(1)
for each in readers: each.join()
print(codes)

# Compiling while others fork.
from varcolor.backend.jit import disk_cache as store
store.load = lambda kernel: None
store.save = lambda *a: True
def compile_some():
    operator.add_scaled.load()
    operator.scale_and_add.load()
    operator.product.load()
import numba
compiler = threading.Thread(target=compile_some)
compiler.start()
codes = set()
while compiler.is_alive():
    time.sleep(0.2)
    codes.add(in_child(lambda: callable(operator.dot_and_max.load())))
print(codes)
"""


def test_no_lock_stays_held(tmp_path):
    code = f"os.chdir({str(tmp_path)!r})\n" + LOCKS
    assert run(code) == ["0", "{0}", "{0}"]


DATA_LOADER = """
session = vc.Session(photo, "harmonic", solver="multigrid", threads=2)
wanted = session.colorize(cues).rgb.astype(int)
def item(k):
    signal.alarm(100)
    own = session.colorize(cues) if k % 2 else vc.colorize(photo, cues, method="harmonic", solver="multigrid")
    return int(np.abs(own.rgb.astype(int) - wanted).max())
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(max(pool.map(item, range(8))) <= 1)
"""


def test_workers_of_a_pool_of_processes():
    assert run(DATA_LOADER) == ["True"]
