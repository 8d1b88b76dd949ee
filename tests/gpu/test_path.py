"""The whole path on a device, from photo and cues to colour, against that on the CPU.

The emulated device's arrays refuse to mix with those of the host, so that a passing test has made
every crossing on purpose.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from tests.gpu.emulated import Emulated, kernels
from varcolor.backend import get_backend
from varcolor.backend.launch import files
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import BackendError
from varcolor.methods import sum_of
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.lu import Direct

METHODS = {
    "levin": vc.Levin(),
    "levin-sym": vc.Harmonic(affinity="levin-sym"),
    "default": vc.Harmonic(),
    "gauss4": vc.Harmonic(affinity="gauss4"),
}
SHAPES = [(1, 1), (1, 50), (60, 1), (2, 3), (3, 2000), (41, 57), (64, 64)]


def grey(shape, rng):
    smooth = gaussian_filter(rng.random(shape), 2)
    return (255 * (smooth - smooth.min()) / max(np.ptp(smooth), 1e-9)).astype(np.uint8)


def scattered(shape, rng, soft=True):
    """Cues on a tenth of the pixels, at most forty; half of them soft."""
    count = min(40, 1 + shape[0] * shape[1] // 10)
    at = np.sort(rng.choice(shape[0] * shape[1], count, replace=False))
    weight = np.where(soft & (rng.random(count) < 0.5), 10 ** rng.uniform(-3, 3, count), np.inf)
    return at, weight, rng.normal(0, 0.1, (count, 2))


@pytest.fixture
def backend(device):
    device.wanted = True
    return device


#: Thin pictures with random weights, where Levin's equations are too skew for multigrid.
LOST = [("levin", (1, 50)), ("levin", (60, 1)), ("levin", (3, 2000))]


@pytest.mark.parametrize(
    ("method", "shape"), [(m, s) for m in METHODS for s in SHAPES if (m, s) not in LOST]
)
def test_solutions_agree(device, method, shape, rng):
    guide = grey(shape, rng) / 255
    at, weight, values = scattered(shape, rng)
    problem = Problem(shape, None, METHODS[method].terms(guide, None), at, weight)
    wanted = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    for tolerance in (0.5, 0.05) if max(shape) < 1000 else (0.5,):
        solver, cpu = Multigrid(backend=device), Multigrid(threads=1)
        found = solver.run(solver.prepare(problem), values, None, Goal(tolerance))
        other = cpu.run(cpu.prepare(problem), values, None, Goal(tolerance))
        assert found.status is Status.CONVERGED
        assert 255 * np.abs(found.u - wanted).max() <= tolerance
        assert 255 * np.abs(found.u - other.u).max() <= tolerance
        flat = found.u.reshape(-1, 2)[at[np.isinf(weight)]]
        np.testing.assert_array_equal(flat, values[np.isinf(weight)].astype(np.float32))


@pytest.mark.parametrize("trust", [1e-8, 1e-3])
@pytest.mark.parametrize("method", ["default", "levin"])
def test_light_cues_alone(device, method, trust, rng):
    guide, visible = grey((41, 57), rng) / 255, np.ones((41, 57), bool)
    visible[:, 30] = False
    at = np.array([200, 1100, 1700, 250, 2200])
    weight = trust * np.array([1, 4, 2, 1, 9])
    values = rng.uniform(-0.3, 0.3, (5, 2))
    terms = METHODS[method].terms(guide, visible)
    problem = Problem(guide.shape, visible, terms, at, weight)
    wanted = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    solver = Multigrid(backend=device)
    found = solver.run(solver.prepare(problem), values, None, Goal(0.5))
    assert found.status is Status.CONVERGED
    assert 255 * np.abs(found.u - wanted).max() <= 0.5


def test_rows_are_scaled_again(device, rng, monkeypatch):
    monkeypatch.setattr("varcolor.solve.multigrid.krylov._LONG", 2)
    guide = grey((41, 57), rng) / 255
    at, weight, values = scattered(guide.shape, rng)
    problem = Problem(guide.shape, None, METHODS["levin"].terms(guide, None), at, weight)
    wanted = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    states = []
    for solver in (Multigrid(backend=device), Multigrid(threads=1)):
        state = solver.prepare(problem)
        assert not state.improved
        state.improve()
        assert state.improved
        found = solver.run(state, values, None, Goal(0.5))
        assert found.status is Status.CONVERGED
        assert 255 * np.abs(found.u - wanted).max() <= 0.5
        states.append(state)
    scale, other = device.to_numpy(states[0].weights.scale), states[1].weights.scale
    np.testing.assert_allclose(scale, other, rtol=0.02, atol=1e-4)
    symmetric = Problem(guide.shape, None, METHODS["default"].terms(guide, None), at, weight)
    assert Multigrid(backend=device).prepare(symmetric).improved  # nothing to be scaled


@pytest.mark.parametrize(("method", "shape"), LOST[:2])
def test_where_the_search_is_lost_the_picture_is_right(backend, method, shape, rng):
    gray = grey(shape, rng)
    at, weight, _ = scattered(shape, rng)
    points = np.stack(np.divmod(at, shape[1]), axis=1)[:, ::-1]
    cues = vc.Cues.from_points(shape, points, rng.random((len(at), 3)), weight)
    one = vc.colorize(gray, cues, method=method, solver="direct", backend="cpu")
    other = vc.colorize(gray, cues, method=method, backend=backend)
    assert other.status is Status.CONVERGED
    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 1
    assert other.backend == "gpu" or any("lost its way" in note for note in other.notes)


def test_clusters_are_solved_on_the_device(backend, rng):
    """Weights of a contrast of a million; few cues, so that clusters decide."""
    method, gray = vc.Harmonic(affinity="gauss4"), grey((80, 90), rng)
    cues = vc.Cues.from_points(gray.shape, [(5, 5), (60, 60)], ["#c03010", "#2060c0"])
    said = set()
    one = vc.colorize(gray, cues, method=method, solver="direct", backend="cpu")
    other = vc.colorize(
        gray, cues, method=method, backend=backend, progress=lambda stage, *_: said.add(stage)
    )
    assert "load" in said  # the kernels of the host, which finds clusters
    assert other.backend == "gpu"
    assert other.status is Status.CONVERGED
    assert 4 <= other.steps < 40
    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 1


@pytest.mark.parametrize("space", ["yuv", "oklab"])
@pytest.mark.parametrize("method", METHODS)
def test_pictures_agree(backend, method, space, rng):
    """Exact and soft cues, transparent bars that cut off a part of the photo."""
    gray = grey((45, 61), rng)
    alpha = np.full_like(gray, 255)
    alpha[20:23] = alpha[:, 40] = 0
    at, weight, _ = scattered(gray.shape, rng)
    at, weight = at[at // 61 < 20], weight[at // 61 < 20]
    points = np.stack(np.divmod(at, 61), axis=1)[:, ::-1]
    seen = alpha[points[:, 1], points[:, 0]] > 0
    cues = vc.Cues.from_points(gray.shape, points[seen], rng.random((seen.sum(), 3)), weight[seen])
    photo = np.dstack([gray, alpha])
    one, other = (
        vc.colorize(photo, cues, method=METHODS[method], space=space, solver="multigrid", backend=b)
        for b in ("cpu", backend)
    )
    assert (one.backend, other.backend) == ("cpu", "gpu")
    assert other.status is Status.CONVERGED
    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 2
    assert any("reached by no cue" in note for note in other.notes)


@pytest.mark.parametrize("loss", ["square", "huber"])
def test_priors(backend, loss, cat, cat_cues):
    gray = vc.to_gray(cat)
    results = [
        vc.colorize(
            gray,
            cat_cues,
            method="harmonic",
            prior=cat[::-1],
            confidence=0.05,
            loss=loss,
            solver="multigrid",
            backend=b,
        )
        for b in ("cpu", backend)
    ]
    assert results[1].backend == "gpu"
    assert np.abs(results[0].rgb.astype(int) - results[1].rgb).max() <= 2


def test_a_session_goes_on_from_its_last_colours(backend, cat, cat_cues):
    gray = vc.to_gray(cat)
    session = vc.Session(gray, "harmonic", backend=backend)
    first = session.colorize(cat_cues)
    more = cat_cues | vc.Cues.from_points(gray.shape, [[5, 5]], [[1.0, 0.2, 0.1]])
    second = session.colorize(more)
    fresh = vc.colorize(gray, more, method="harmonic", solver="direct")
    assert first.backend == second.backend == "gpu"
    assert np.abs(second.rgb.astype(int) - fresh.rgb).max() <= 1


def test_painted_regions(backend, cat):
    mask = np.zeros(cat.shape[:2], bool)
    mask[10:20, 10:20] = True
    keep = np.argwhere(np.roll(mask, (30, 40), (0, 1)))
    kept = vc.Cues(
        mask.shape,
        keep,
        np.zeros((len(keep), 3)),
        np.full(len(keep), np.inf),
        np.ones(len(keep), bool),
    )
    cues = vc.Cues.from_mask(mask, "#c03010") | kept
    one, other = (
        vc.recolor(cat, cues, keep_outside=True, solver="multigrid", backend=b)
        for b in ("cpu", backend)
    )
    assert other.backend == "gpu"
    assert (np.abs(one.rgb.astype(int) - other.rgb).max(axis=2) > 2).mean() < 0.01


def check_energies(photo, cues, method, name, backend):
    """Pictures within a gap need not agree; their energies do."""
    one, other = (
        vc.colorize(vc.to_gray(photo), cues, method=method, solver=solver, backend=b)
        for solver, b in ((name, "cpu"), ("auto", backend))
    )
    assert (one.backend, other.backend) == ("cpu", "gpu")
    assert other.status is Status.CONVERGED
    assert other.solver.startswith(name)
    assert np.isclose(one.energies[-1], other.energies[-1], rtol=2e-3)
    assert np.abs(one.rgb.astype(int) - other.rgb).mean() < 1


@pytest.mark.parametrize("method", ["gtv", "tv", "bilaplacian:3+gtv:1"])
def test_energies_with_norms_agree(backend, method, cat, cat_cues):
    method = sum_of(method) if ":" in method else method
    check_energies(cat, cat_cues, method, "admm", backend)


def test_slopes_agree(backend, cat):
    small = cat[20:44, 20:50]
    points = np.array([[3, 4], [25, 6], [14, 19], [8, 11], [20, 12], [28, 21], [2, 22]])
    cues = vc.Cues.from_points(small, points, small[points[:, 1], points[:, 0]] / 255)
    check_energies(small, cues, "tgv", "admm", backend)


@pytest.mark.parametrize("method", ["bilaplacian", "levin-ls"])
@pytest.mark.parametrize("loss", ["square", "huber"])
def test_fourth_order_agrees(backend, method, loss, cat, cat_cues):
    own = {"prior": cat[::-1], "confidence": 0.05, "loss": loss} if loss == "huber" else {}
    one, other = (
        vc.colorize(vc.to_gray(cat), cat_cues, method=method, solver=solver, backend=b, **own)
        for solver, b in (("gmres", "cpu"), ("auto", backend))
    )
    assert (one.backend, other.backend) == ("cpu", "gpu")
    assert other.status is Status.CONVERGED
    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 2


@pytest.mark.parametrize("method", ["gtv", "bilaplacian", "tgv"])
def test_where_a_search_for_higher_energies_ends_early_the_cpu_goes_on(
    emulated, monkeypatch, method, cat, cat_cues
):
    def lost(solver, state, values, start, goal):
        if solver.backend is None:
            return run[type(solver)](solver, state, values, start, goal)
        flat = np.zeros((60, 80, 2), np.float32)
        return Solution(flat, Status.STAGNATED, 1, 1.0, 1.0, (), np.zeros((60, 80), bool))

    run = {kind: kind.run for kind in (ADMM, GMRES)}
    for kind in run:
        monkeypatch.setattr(kind, "run", lost)
    emulated.wanted = True
    result = vc.colorize(vc.to_gray(cat), cat_cues, method=method, backend=emulated)
    assert result.status is Status.CONVERGED
    assert (result.backend, result.solver) == ("cpu", "block-direct")
    assert any(" on emulated lost its way: solved by block-direct" in note for note in result.notes)


def test_every_kernel_is_used(emulated, cat, cat_cues):
    emulated.wanted, backend = True, emulated
    for method in (*METHODS.values(), "bilaplacian", sum_of("bilaplacian:3+gtv:1")):
        vc.colorize(vc.to_gray(cat), cat_cues, method=method, backend=backend)
    short = {"max_steps": 8, "on_miss": "ignore"}
    vc.colorize(vc.to_gray(cat), cat_cues, method="tgv", backend=backend, **short)
    soft = replace(cat_cues, weight=np.full(len(cat_cues.at), 2.0, np.float32))
    vc.colorize(vc.to_gray(cat), soft, method="levin", backend=backend)
    half = vc.Instance.of(np.indices(cat_cues.shape)[1] < 40)
    vc.colorize(vc.to_gray(cat), cat_cues, method="harmonic", backend=backend, objects=[half])
    # Penalties change only where a proof says so: see test_variation and test_slopes.
    used = {*emulated.launched, "change_penalty", "tgv_change_penalties"}
    assert used == {name for file in files() for name in kernels(file)}


def test_what_the_device_does_not_do_is_done_by_the_cpu(emulated, cat, cat_cues):
    backend, gray = emulated, vc.to_gray(cat)
    emulated.wanted = True
    for options, words in (
        ({"method": sum_of("tgv+gtv")}, "this method has no GPU path"),
        ({"method": vc.LevinLS(radius=2)}, "this method has no GPU path"),
        ({"method": "levin", "solver": "direct"}, "this solver has no GPU path"),
    ):
        result = vc.colorize(gray, cat_cues, backend=backend, **options)
        assert result.backend == "cpu"
        assert any(words in note for note in result.notes)
    assert not emulated.launched
    method = sum_of("tgv+gtv")
    emulated.wanted = False
    quiet = vc.colorize(gray, cat_cues, method=method, backend=emulated)
    assert not any("GPU" in note for note in quiet.notes)


def test_small_pictures_stay_on_the_cpu_unless_it_is_asked_for(emulated, cat, cat_cues):
    result = vc.colorize(vc.to_gray(cat), cat_cues, backend=emulated)
    assert result.backend == "cpu"
    assert not emulated.launched


def test_too_little_memory_is_seen_before(emulated, cat, cat_cues):
    emulated.limit, emulated.wanted = 1000.0, True
    result = vc.colorize(vc.to_gray(cat), cat_cues, backend=emulated)
    assert result.backend == "cpu"
    assert result.status is Status.CONVERGED
    assert any("emulated: 1 MB are needed, 1 kB can be had" in note for note in result.notes)
    assert not emulated.launched


@pytest.mark.parametrize("room", [0.05, 0.5])
def test_memory_that_runs_out_is_no_end(library, room, cat, cat_cues):
    class Crowded(Emulated):
        """Believes that it has more memory than it has."""

        def available(self):
            return 1e9

    device = Crowded(library)
    device.limit = room * Multigrid(backend=device).memory(
        ProblemSummary(cat.shape[0] * cat.shape[1])
    )
    device.wanted, backend = True, device
    session = vc.Session(vc.to_gray(cat), backend=backend)
    for _ in range(2):
        result = session.colorize(cat_cues)
        assert result.backend == "cpu"
        assert result.status is Status.CONVERGED
        assert "gpu: out of memory, solved on the CPU" in result.notes


def test_without_cupy_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr("varcolor.backend.cuda.find_spec", lambda name: None)
    with pytest.raises(BackendError, match=r"pip install 'varcolor\[gpu\]'.*backend='cpu'"):
        get_backend("gpu")
    assert get_backend("auto").name == "cpu"


def imitation(library, count=1):
    """Return a module with what of CuPy is used, on the host's memory."""

    def devices():
        if not count:
            raise RuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected\nsee also")
        return count

    emulated = Emulated(library)

    class RawModule:
        def __init__(self, code, options):
            assert options == ("--std=c++17",)
            self.names = [n for f in files() for n in kernels(f) if f"{n}(" in code]

        def get_function(self, name):
            assert name in self.names

            def start(blocks, threads, arguments):
                own = [
                    emulated.xp.asarray(a, device=emulated._device)
                    if isinstance(a, np.ndarray)
                    else a
                    for a in arguments
                ]
                file = next(f for f in files() if name in kernels(f))
                emulated.launch(file, name, blocks, threads, *own)

            return start

    module = ModuleType("cupy")
    used = "asarray zeros where stack sum max all any clip floor float32 float64".split()
    for name in used:
        setattr(module, name, getattr(np, name))
    module.asnumpy, module.RawModule = np.array, RawModule
    module.get_default_memory_pool = lambda: SimpleNamespace(free_bytes=lambda: 1e6)
    module.cuda = SimpleNamespace(
        Device=lambda: SimpleNamespace(id=0),
        runtime=SimpleNamespace(
            getDeviceCount=devices,
            getDeviceProperties=lambda number: {"name": b"Imitation"},
            memGetInfo=lambda: (1e9, 2e9),
        ),
    )
    return module


def test_without_a_device_the_message_says_why(library, monkeypatch):
    monkeypatch.setattr("varcolor.backend.cuda.find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "cupy", imitation(library, 0))
    with pytest.raises(BackendError, match=r"finds no GPU \(cudaErrorNoDevice[^\n]*detected\)"):
        get_backend("gpu")
    assert get_backend("auto").name == "cpu"


def test_the_calls_of_cupy(library, monkeypatch, cat, cat_cues):
    """What CuPy is asked for, on an imitation of it."""
    monkeypatch.setattr("varcolor.backend.cuda.find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "cupy", imitation(library))
    assert get_backend("auto").available() == pytest.approx(0.9 * 1.001e9)
    result = vc.colorize(vc.to_gray(cat), cat_cues, method="harmonic", backend="gpu")
    assert result.backend == "gpu"
    wanted = vc.colorize(
        vc.to_gray(cat), cat_cues, method="harmonic", solver="direct", backend="cpu"
    )
    assert np.abs(result.rgb.astype(int) - wanted.rgb).max() <= 1
