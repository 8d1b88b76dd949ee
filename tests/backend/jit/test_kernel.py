"""Kernels run from machine code as Numba would run them, and are compiled once only."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.backend.jit import disk_cache as store
from varcolor.backend.jit import kernel as numba_kernel
from varcolor.backend.jit import precompile as warm
from varcolor.backend.jit.calling_convention import Argument, Signature
from varcolor.backend.jit.kernel import Kernel, helper, kernel
from varcolor.backend.jit.sources import texts
from varcolor.backend.kernels.stencil.matvec import dot
from varcolor.errors import CacheWarning

PACKAGE = "varcolor.backend.kernels"


@helper
def twice(x):
    return x + x


@kernel("float64[:](float32[:,::1], uint8[::1], boolean, float64, float32, int64)")
def everything(a, levels, negative, scale, more, row):
    sums = np.zeros(3)
    for c in range(a.shape[1]):
        sums[0] += twice(a[row, c])
    sums[1] = levels.sum()
    sums[2] = -scale if negative else scale + more
    return sums


@kernel("int64(int64[:,:,::1], int64)")
def middle(a, k):
    return a[k, a.shape[1] // 2, a.shape[2] - 1]


@kernel("float64(float64[::1])")
def largest(a):
    return a.max()


@kernel("void(float32[:,::1], float32[:,::1])")
def copy(a, out):
    for r in range(a.shape[0]):
        for c in range(a.shape[1]):
            out[r, c] = a[r, c]


def test_arguments_and_results_arrive(rng):
    a = rng.random((4, 7), np.float32)
    levels = rng.integers(0, 9, 5, np.uint8)
    for negative, third in ((True, -2.5), (False, 2.75)):
        found = everything(a, levels, negative, 2.5, 0.25, np.int64(2))
        np.testing.assert_allclose(found, [2 * a[2].sum(), levels.sum(), third], rtol=1e-6)
    cube = rng.integers(-5, 5, (2, 3, 4))
    assert [middle(cube, k) for k in range(2)] == [cube[k, 1, 3] for k in range(2)]
    assert largest(np.array([0.5, -2.0, 1.5])) == 1.5
    out = np.zeros_like(a)
    assert copy.bind(a)(id(out)) is None  # bound arrays as objects, the last ones as they are
    np.testing.assert_array_equal(out, a)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 7)),
        np.zeros(4, np.float32),
        np.zeros((4, 14), np.float32)[:, ::2],
        np.zeros((4, 7), np.float32).T,
        [[1.0, 2.0]],
    ],
    ids=["double", "one dimension", "gaps", "transposed", "list"],
)
def test_other_arrays_are_refused(bad):
    with pytest.raises(TypeError, match="expected a contiguous, writeable float32 array"):
        copy(bad, np.zeros((4, 7), np.float32))
    fixed = np.zeros((4, 7), np.float32)
    fixed.flags.writeable = False
    with pytest.raises(TypeError, match="writeable"):
        copy(np.zeros((4, 7), np.float32), fixed)
    with pytest.raises(TypeError):
        middle(np.zeros((2, 3, 4), np.int64), 0.5)


def test_bound_arrays_live_as_long_as_the_function():
    a = np.arange(12, dtype=np.float32).reshape(3, 4)
    out = np.zeros_like(a)
    bound = copy.bind(a.copy(), out)
    np.empty_like(a)[:] = -1  # would take the place of a freed copy
    bound()
    np.testing.assert_array_equal(out, a)


def test_signatures():
    assert Signature.parse("void(float32[:,:,::1], boolean)") == Signature(
        Argument("void"), (Argument("float32", 3), Argument("boolean"))
    )
    assert Signature.parse("float64[:,::1](int64)").result == Argument("float64", 2)


def run(code, folder):
    """Run Python with a place of its own for compiled kernels; return what it prints as JSON."""
    env = os.environ | {"NUMBA_CACHE_DIR": str(folder), "TMPDIR": str(folder)}
    lines = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout
    return json.loads(lines)


DOT = """
import json, sys
import numpy as np
from varcolor.backend.kernels.stencil.matvec import dot
from varcolor.errors import CacheWarning
ready = dot.ready
a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
print(json.dumps([ready, dot(a, a, 0, 3).tolist(), "numba" in sys.modules]))
"""


def test_what_was_compiled_needs_no_compiler_again(tmp_path):
    squares = [sum(i * i for i in range(12)), sum(i * i for i in range(12, 24))]
    assert run(DOT, tmp_path) == [False, squares, True]
    assert run(DOT, tmp_path) == [True, squares, False]
    (file,) = tmp_path.glob("*matvec.dot-*")
    file.write_bytes(file.read_bytes()[:-1])  # a damaged file is as good as none
    assert run(DOT, tmp_path) == [True, squares, True]
    (tmp_path / "a file").touch()
    assert run(DOT, tmp_path / "a file") == [False, squares, True]  # no place to keep anything


def test_the_mark_of_a_file_covers_all_sources():
    smoother = f"{PACKAGE}.multigrid.ic_sweep"
    needed = {smoother, f"{PACKAGE}.multigrid.ic_remainder", f"{PACKAGE}.bfloat16"}
    needed |= {f"varcolor.backend.jit.{n}" for n in ("kernel", "calling_convention", "object_code")}
    found = texts(smoother)
    assert set(found) >= needed
    assert f"{PACKAGE}.multigrid.transfer" not in found
    assert store._digest(smoother) != store._digest(f"{PACKAGE}.multigrid.transfer")
    assert not store.save(everything.name, store.Code((), ()))  # not one of ours
    assert store.load(everything.name) is None


@pytest.mark.parametrize(
    ("method", "solver", "kind"),
    [
        ("levin", "multigrid", "directed"),
        ("harmonic", "multigrid", "symmetric"),
        (vc.Harmonic(affinity="gauss4"), "multigrid", "clustered"),
        ("tgv", "admm", "slopes"),
    ],
)
def test_a_solve_takes_the_kernels_that_were_made_ready(method, solver, kind, rng, monkeypatch):
    listed = {each.name for each in warm.kernels(kind)}
    used, bind = set(), Kernel.bind
    monkeypatch.setattr(Kernel, "bind", lambda self, *a: used.add(self.name) or bind(self, *a))
    smooth = gaussian_filter(rng.random((300, 320)), 8)
    photo = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)
    points = [(20, 30), (250, 280), (280, 20), (150, 140), (40, 250)]
    colors = ["#c03010", "#2060c0", "#309030", "#c0c020", "#808080"]
    cues = vc.Cues.from_points(photo, points, colors)
    vc.colorize(photo, cues, method=method, solver=solver, max_steps=40, on_miss="ignore")
    contained = {
        "stencil.matvec.product_row",
        "multigrid.ic_remainder.remainder_row",
        "multigrid.incomplete_cholesky.weights_to_fixed",
    }
    assert used == listed - {f"{PACKAGE}.{name}" for name in contained}


@pytest.mark.parametrize("kind", ["directed", "symmetric"])
def test_number_of_kernels_to_compile(kind):
    assert len(warm.kernels(kind)) <= 34


class Stub:
    """A kernel that is not compiled yet."""

    ready = False

    def __init__(self, log):
        self.load = lambda: log.append(self)


@pytest.mark.parametrize("helps", [True, False])
def test_compiling_with_and_without_a_second_process(helps, monkeypatch):
    log, said, ended = [], [], []

    class Child:
        def __init__(self, command, **options):
            if not helps:
                raise OSError("no processes here")
            assert "-I" in command and warm.__name__ in command[4] and command[5] == "directed"

        def kill(self):
            ended.append(self)

        wait = kill

    stubs = [Stub(log) for _ in range(3)]
    monkeypatch.setattr(warm, "kernels", lambda kind: stubs)
    monkeypatch.setattr(warm.cores, "usable", lambda: 2)
    monkeypatch.setattr(subprocess, "Popen", Child)
    warm.load("directed", said.append)
    assert log == stubs
    assert said == ["compile (once on this machine)"]
    assert len(ended) == (2 if helps else 0)
    for stub in stubs:
        stub.ready = True
    warm.load("symmetric", said.append)
    assert said[1:] == ["load"]


def test_kernels_are_safe_to_call_from_threads():
    from concurrent.futures import ThreadPoolExecutor

    a = np.ones((2, 40, 50), np.float32)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: dot(a, a, 0, 40), range(200)))
    np.testing.assert_array_equal(results, np.full((200, 2), 2000.0))


def test_a_version_of_numba_with_other_insides_serves_too(rng, monkeypatch):
    def refuse(*_):
        raise RuntimeError("other insides")

    monkeypatch.setattr("varcolor.backend.jit.object_code.compiled", refuse)
    monkeypatch.setattr(store, "load", lambda _: None)
    plain = Kernel(copy.__wrapped__, "void(float32[:,::1], float32[:,::1])")
    a = rng.random((4, 7), np.float32)
    said = "Numba .* is unlike .*results are the same"
    numba_kernel._say_unlike.cache_clear()
    with pytest.warns(CacheWarning, match=said):
        plain.load()
    for run in (plain, plain.bind()):  # it is said once
        out = np.zeros_like(a)
        run(a, out)
        np.testing.assert_array_equal(out, a)


def test_numba_alone_keeps_no_files(monkeypatch):
    tried = []

    def njit(function, *signature, **options):
        tried.append(options)
        return function

    monkeypatch.setattr("varcolor.backend.jit.kernel._njit", njit)
    monkeypatch.setenv("VARCOLOR_JIT", "numba")
    own = kernel("int64(int64)")(lambda x: x + 1)
    assert own(2) == 3
    assert own.ready
    assert ["cache" in options for options in tried] == [False]  # its files are pickles


def test_a_wish_that_nobody_knows_is_refused(monkeypatch):
    monkeypatch.setenv("VARCOLOR_JIT", "cython")
    with pytest.raises(vc.InputError, match=r"VARCOLOR_JIT='cython'.*numba"):
        kernel("int64(int64)")(lambda x: x + 1)(2)


ANYWHERE = """
import sys, hashlib, numpy as np, varcolor as vc
from varcolor.backend.jit.kernel import plain_numba
rows, columns = np.mgrid[:60, :80]
photo = (120 + 90 * np.sin(rows / 7) * np.cos(columns / 9)).astype(np.uint8)
cues = vc.Cues.from_points(photo, [(5, 5), (70, 50), (40, 20)], ["#c03010", "#2060c0", "#309030"])
result = vc.colorize(photo, cues, method="harmonic", solver="multigrid")
print(plain_numba(), result.steps, hashlib.sha256(result.rgb).hexdigest())
"""


def test_numba_alone_finds_the_same():
    def found(**wish):
        done = subprocess.run(
            [sys.executable, "-c", ANYWHERE],
            env=os.environ | wish,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    own, numbas = found(), found(VARCOLOR_JIT="numba")
    assert (own[0], numbas[0]) == ("False", "True")
    assert own[1:] == numbas[1:]
