"""The splitting solver against the factorised one, and the truth of its bounds."""

import numpy as np
import pytest
from skimage import data
from skimage.transform import resize

import varcolor as vc
from tests.summary import summary_of
from varcolor.energy.problem import Problem
from varcolor.methods.nonsmooth import GTV, TGV, TV
from varcolor.methods.quadratic import Bilaplacian
from varcolor.solve.admm import tv as variation
from varcolor.solve.admm.base import Alternation
from varcolor.solve.admm.certification_schedule import Proofs
from varcolor.solve.admm.solver import ADMM, FACTORISED_UP_TO
from varcolor.solve.admm.tv import Variation
from varcolor.solve.initial_guess import contiguous, first_guess
from varcolor.solve.result import Status
from varcolor.solve.selection import choose
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect

METHODS = {
    "tv": TV(),
    "gtv": GTV(),
    "gtv levin-sym": GTV(affinity="levin-sym"),
    "harmonic+gtv": 0.2 * vc.Harmonic() + 3 * GTV(),
    "bilaplacian+gtv": 0.3 * Bilaplacian() + GTV(),
    "all three": 5 * Bilaplacian(affinity="isotropic") + 0.1 * vc.Harmonic() + TV(),
}


def make(method, shape, rng, kind="exact", share=0.8):
    """Return a problem on a guide with an edge, and values of its cues.

    With holes a ``share`` of the pixels is visible.
    """
    guide = np.add.outer(np.linspace(0, 0.3, shape[0]), np.linspace(0, 0.2, shape[1]))
    guide = guide + rng.normal(0, 0.02, shape)
    guide[shape[0] // 2 :] += 0.2
    visible = rng.random(shape) < share if kind == "holes" else None
    places = np.arange(guide.size) if visible is None else np.flatnonzero(visible)
    at = np.sort(rng.choice(places, min(12, len(places)), replace=False))
    weight = np.full(len(at), np.inf)
    if kind == "soft":
        weight[::2] = rng.uniform(0.1, 5, len(weight[::2]))
    problem = Problem(shape, visible, method.terms(guide, visible), at, weight)
    return problem, rng.normal(0, 0.2, (len(at), 2))


@pytest.mark.parametrize("kind", ["exact", "soft", "holes"])
@pytest.mark.parametrize("shape", [(32, 32), (1, 40), (70, 9)])
@pytest.mark.parametrize("method", METHODS)
def test_agrees_with_the_factorised_solver(method, shape, kind, rng):
    problem, values = make(METHODS[method], shape, rng, kind)
    fast, slow = ADMM(gap=1e-4), BlockDirect(gap=5e-4)
    goal = Goal(max_steps=20_000)
    first = fast.run(fast.prepare(problem), values, None, goal)
    second = slow.run(slow.prepare(problem), values, None, goal)
    energies = [problem.energy(s.u, values) for s in (first, second)]
    assert first.status is Status.CONVERGED
    assert abs(energies[0] - energies[1]) <= 5e-4 * min(energies) + 1e-9
    assert np.isclose(first.energies[-1], energies[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(first.unreached, second.unreached)
    assert (first.u[first.unreached] == 0).all()
    exact = problem.exact
    given = first.u.reshape(-1, 2)[problem.at[exact]]
    np.testing.assert_allclose(given, values[exact], atol=1e-12)


def watched(monkeypatch):
    """Return a list that gets the energy and the bound of every proof, and have many tried."""
    seen = []
    certify = Alternation.certify

    def noted(self, best, allowance, thorough):
        bound, reached = certify(self, best, allowance, thorough)
        seen.append((best, bound))
        return bound, reached

    monkeypatch.setattr(Alternation, "certify", noted)
    monkeypatch.setattr(Proofs, "due", lambda *_: True)
    monkeypatch.setattr(Proofs, "next_evaluation", lambda self, step, _: max(int(1.2 * step), 6))
    return seen


@pytest.mark.parametrize("method", ["tv", "gtv", "bilaplacian+gtv"])
def test_every_bound_is_below_the_minimum(method, rng, monkeypatch):
    problem, values = make(METHODS[method], (20, 24), rng, "soft")
    slow = BlockDirect(gap=1e-6)
    best = slow.run(slow.prepare(problem), values, None, Goal(max_steps=20_000))
    least = problem.energy(best.u, values)
    seen = watched(monkeypatch)
    fast = ADMM(gap=1e-5)
    fast.run(fast.prepare(problem), values, None, Goal(max_steps=100))
    assert len(seen) > 5
    for energy, bound in seen:
        assert bound <= least * (1 + 1e-6)
        assert energy >= least * (1 - 2e-6)
    assert max(bound for _, bound in seen) > 0.999 * least


def begun(problem, values):
    """Return the iteration at the harmonic picture."""
    solver = ADMM()
    state = solver.prepare(problem)
    target, u = first_guess(problem, state.cues.free_mask, values, None, np.float64)
    box = values.min(axis=0) - 0.3, values.max(axis=0) + 0.3
    free = np.pad(state.cues.free_mask, 1).astype(np.float32)
    loops = state.matrix.backend
    search = Variation(state.matrix, loops, state.parts, free, target, u, box)
    search.start()
    return search


def photo(method):
    """Return a problem on a photo with 40 cues, and their values."""
    rgb = resize(data.astronaut(), (140, 160), anti_aliasing=True)
    gray = vc.to_gray(rgb)
    at = np.sort(np.random.default_rng(1).choice(gray.size, 40, replace=False))
    chroma = (rgb[..., [2, 0]] - gray[..., None]).reshape(-1, 2)
    problem = Problem(gray.shape, None, method.terms(gray, None), at, np.full(40, np.inf))
    return problem, chroma[at]


@pytest.mark.parametrize("method", ["tv", "gtv", "bilaplacian+gtv"])
def test_penalties_that_follow_the_norms_bring_the_bound_nearer(method):
    shares = []
    for seed in (7, 1, 2):
        problem, values = make(METHODS[method], (30, 40), np.random.default_rng(seed))
        distances = []
        for first in (10**9, 12):
            search = begun(problem, values)
            search.split()
            search._next = first
            for _ in range(100):
                search.step()
            energy, _, _ = search.evaluate()
            distances.append(energy - search.certify(energy, 0.0, thorough=True)[0])
        shares.append(distances[1] / distances[0])
    assert np.exp(np.mean(np.log(shares))) < 0.5


@pytest.mark.parametrize("method", ["tv", "gtv", "bilaplacian+gtv"])
def test_a_proof_leaves_the_solution_and_finds_more_than_the_iteration_knows(method, rng):
    problem, values = make(METHODS[method], (30, 40), rng)
    search = begun(problem, values)
    search.split()
    search._next = 10**9
    for _ in range(40):
        search.step()
    energy, complementarity_gap, _ = search.evaluate()
    assert np.isclose(energy, problem.energy(contiguous(search.u, 2), values), rtol=1e-6)
    before = search.u.copy()
    bound, reached = search.certify(energy, 1e-9 * energy, thorough=True)
    np.testing.assert_array_equal(search.u, before)
    assert bound <= reached <= energy
    # The flux that it leaves behind is the one of the bound: nearly feasible.
    again, kept, _ = search.evaluate()
    assert again == energy
    assert np.isclose(kept, energy - reached, rtol=0.05, atol=0.05 * complementarity_gap)
    without = search._bounds(energy, 1e-9 * energy, thorough=True)[0]
    assert energy - without <= 1.5 * (energy - bound) + 1e-12


def test_other_penalties_wait_for_the_step_that_changes_them_anyway(rng):
    problem, values = make(GTV(), (30, 40), rng)
    search, plain = (begun(problem, values) for _ in range(2))
    for each in (search, plain):
        each.split()
        for _ in range(12):
            each.step()
    before = search._rho.copy()
    for factor in (0.25, 2.0):
        search.scale_penalties(factor)
    np.testing.assert_array_equal(search._rho, before)
    search.step()
    plain.step()
    # All of them at once, and to stay so: half of what they would be.
    inside = np.s_[1:-1, 1:-1]
    np.testing.assert_allclose(search._rho[inside], 0.5 * plain._rho[inside], rtol=1e-5)
    after = search._rho.copy()
    search.scale_penalties(0.5)
    np.testing.assert_allclose(search._rho[inside], 0.5 * after[inside], rtol=1e-6)


@pytest.mark.parametrize(
    ("method", "scale"),
    [
        ("gtv", 0.5),
        ("gtv", 1.0),
        ("gtv", 2.0),
        ("bilaplacian+gtv", 0.5),
        ("bilaplacian+gtv", 1.0),  # with larger penalties it grows by much more
    ],
)
def test_the_residual_tells_how_much_a_proof_makes_the_gap_grow(method, scale):
    problem, values = photo(METHODS[method])
    search = begun(problem, values)
    for _ in range(3):
        search.reweight()
    search.split()
    search.scale_penalties(scale)
    for step in range(48):
        search.step(damped=step >= 46)
    energy, complementarity_gap, cost = search.evaluate()
    _, reached = search.certify(energy, 1e-9 * energy, thorough=True)
    growth = (energy - reached) / complementarity_gap - 1
    told = Proofs(1e-3, 1000, per=search.per, power=search.power).growth(complementarity_gap, cost)
    assert told / 3 < growth < 3 * told


@pytest.mark.parametrize(
    ("strength", "share"),
    [(0.1, 0.8), (3.0, 0.8), (300.0, 1.25)],  # not steady there: no gain
)
def test_lengths_of_corrections_are_taken_again(strength, share, monkeypatch):
    problem, values = photo(strength * Bilaplacian() + GTV())
    curvature, measured, runs = Variation._curvature, [], []

    def counted(self, last=False):
        measured[-1] += 1
        return curvature(self, last)

    monkeypatch.setattr(Variation, "_curvature", counted)
    for trust in (0, variation._TRUST):
        monkeypatch.setattr(variation, "_TRUST", trust)
        measured.append(0)
        solver = ADMM()
        runs.append(solver.run(solver.prepare(problem), values, None, Goal(max_steps=2000)))
    always, seldom = runs
    assert always.status is seldom.status is Status.CONVERGED
    assert abs(seldom.energies[-1] - always.energies[-1]) <= 1e-3 * always.energies[-1]
    assert seldom.steps <= 1.25 * always.steps
    assert measured[1] < share * measured[0]


def test_lengths_that_vary_are_measured_again(rng):
    problem, values = make(METHODS["bilaplacian+gtv"], (30, 40), rng)
    search = begun(problem, values)
    for length, again in [((1.0, 1.1), True), ((1.0, 0.0), True), ((1.0, 1.9), False)]:
        search._trust(np.array(length))
        assert (search._trusted > 0) == again
    search._trust(np.ones(2))
    search.scale_penalties(2.0)
    assert search._trusted == 0  # another matrix


def test_the_number_of_threads_changes_nothing(rng):
    problem, values = make(GTV(), (150, 60), rng)
    found = []
    for threads in (1, 3):
        solver = ADMM(threads=threads)
        found.append(solver.run(solver.prepare(problem), values, None, Goal(max_steps=30)))
    np.testing.assert_allclose(found[0].u, found[1].u, atol=1e-12)


def test_a_start_and_other_cues(rng):
    problem, values = make(GTV(), (40, 30), rng)
    solver = ADMM()
    state = solver.prepare(problem)
    first = solver.run(state, values, None, Goal())
    again = solver.run(state, values, first.u, Goal())
    assert again.status is Status.CONVERGED
    fewer = Problem(problem.shape, None, problem.terms, problem.at[2:], problem.weight[2:])
    other = solver.run(solver.prepare(fewer, state), values[2:], first.u, Goal())
    fresh = solver.run(solver.prepare(fewer), values[2:], None, Goal())
    assert np.isclose(other.energies[-1], fresh.energies[-1], rtol=2e-3)


def test_step_limit(rng):
    problem, values = make(GTV(), (30, 30), rng)
    solver = ADMM(gap=1e-5)
    solution = solver.run(solver.prepare(problem), values, None, Goal(max_steps=15))
    assert solution.status is Status.STEP_LIMIT
    assert solution.steps == 15
    assert solution.gap > 1e-5


@pytest.mark.parametrize(
    "method",
    [
        TGV() + GTV(),
        Bilaplacian(),
        GTV(symmetric=True),
        GTV() + TV(),
        vc.Harmonic(),
        GTV() + Bilaplacian() + Bilaplacian(affinity="isotropic"),
        GTV() + Bilaplacian(affinity="wide"),
        Bilaplacian() + vc.Harmonic(),
    ],
)
def test_other_energies_are_refused(method, rng):
    problem, _ = make(method, (6, 7), rng)
    assert ADMM().supports(problem.summary)
    with pytest.raises(vc.InputError, match="admm"):
        ADMM().prepare(problem)


def test_large_pictures_take_it():
    for method in METHODS.values():
        large, reason = choose("auto", summary_of(method, FACTORISED_UP_TO + 1))
        assert large.name == "admm"
        assert reason is None
        small, _ = choose("auto", summary_of(method, FACTORISED_UP_TO))
        assert small.name == "block-direct"
    with pytest.raises(vc.InputError, match="gap"):
        ADMM(gap=0)


@pytest.mark.parametrize("method", ["gtv", "bilaplacian:0.3+gtv:1"])
def test_from_the_front_door(method, rng):
    photo = rng.integers(0, 255, (120, 100, 3), dtype=np.uint8)
    cues = vc.Cues.from_points(photo, [(5, 6), (80, 90), (30, 70)], photo[:3, 0] / 255)
    result = vc.colorize(vc.to_gray(photo), cues, method=method, threads=2)
    assert result.solver == "admm"
    assert result.status is Status.CONVERGED
    assert result.gap <= 1e-3
    assert not any("unknowns" in note for note in result.notes)


@pytest.mark.parametrize("steps", [1, 7, 9, 30])
def test_a_bound_at_any_step(steps, rng):
    problem, values = make(GTV(), (30, 30), rng)
    solver = ADMM(gap=1e-6)
    solution = solver.run(solver.prepare(problem), values, None, Goal(max_steps=steps))
    assert solution.steps == steps
    assert 1e-6 < solution.gap < 1
    energy = problem.energy(solution.u, values)
    exact = BlockDirect(gap=1e-6)
    best = exact.run(exact.prepare(problem), values, None, Goal(max_steps=20_000))
    assert energy * (1 - solution.gap) <= problem.energy(best.u, values) * (1 + 1e-6)


def test_a_second_run_is_the_first_again(rng):
    problem, values = make(GTV(), (40, 30), rng)
    solver = ADMM()
    state = solver.prepare(problem)
    first, second = (solver.run(state, values, None, Goal()) for _ in range(2))
    np.testing.assert_array_equal(first.u, second.u)
    assert first.steps == second.steps


def test_few_cues_take_few_steps():
    from skimage.data import astronaut

    photo = np.ascontiguousarray(astronaut()[:480:5, :480:5])
    places = np.random.default_rng(4).integers(0, 93, (5, 2))
    at = np.unique([(c + j, r + i) for r, c in places for i in range(3) for j in range(3)], axis=0)
    cues = vc.Cues.from_points(photo.shape[:2], at, photo[at[:, 1], at[:, 0]])
    result = vc.colorize(vc.to_gray(photo), cues, method="gtv", space="lab", solver=ADMM(gap=1e-2))
    assert result.status is Status.CONVERGED
    assert result.steps <= 110


@pytest.mark.parametrize("method", ["tv", "gtv", "bilaplacian+gtv"])
def test_damped_steps_show_a_lower_energy(method):
    """Where there is a fourth order; elsewhere they cost next to nothing."""
    problem, values = photo(METHODS[method])
    found = []
    for damped in (False, True):
        search = begun(problem, values)
        for _ in range(7):
            search.reweight()
        search.split()
        energies = []
        for step in range(1, 101):
            search.step(damped and step % 10 in (9, 0))
            if step % 10 == 0:
                energies.append(search.evaluate()[0])
        found.append(np.mean(energies))
    assert found[1] < (0.95 if method == "bilaplacian+gtv" else 1.005) * found[0]


def test_the_last_steps_before_an_evaluation_are_damped(rng, monkeypatch):
    problem, values = make(METHODS["gtv"], (30, 40), rng)
    seen = []
    step, evaluate = Variation.step, Variation.evaluate

    def stepped(self, damped=False):
        seen.append("damped" if damped else "step")
        step(self, damped)

    def looked(self):
        seen.append("evaluate")
        return evaluate(self)

    monkeypatch.setattr(Variation, "step", stepped)
    monkeypatch.setattr(Variation, "evaluate", looked)
    solver = ADMM(gap=1e-5)
    solver.run(solver.prepare(problem), values, None, Goal(max_steps=80))
    assert seen.count("evaluate") > 3
    for i, what in enumerate(seen):
        assert (what == "damped") == ("evaluate" in seen[i + 1 : i + 3] and what != "evaluate")


@pytest.mark.parametrize(
    ("method", "tightens"), [(GTV(), False), (100 * Bilaplacian() + GTV(), True)]
)
def test_no_time_is_spent_on_a_bound_that_must_miss(method, tightens, rng, monkeypatch):
    """But quadratic terms may owe their energy to the residual."""
    problem, values = make(method, (30, 40), rng)
    search = begun(problem, values)
    search.split()
    for _ in range(60):
        search.step()
    calls = []
    tighten = Variation._tighten
    monkeypatch.setattr(
        Variation, "_tighten", lambda self, share: (calls.append(share), tighten(self, share))
    )
    energy, _, _ = search.evaluate()
    search.certify(energy, 1e-6 * energy)
    assert bool(calls) == tightens
    search.certify(energy, 1e-6 * energy, thorough=True)
    assert calls
    assert all(0 < share < 1 for share in calls)


@pytest.mark.parametrize("method", ["tv", "gtv", "bilaplacian+gtv"])
@pytest.mark.parametrize("share", [0.1, 0.01])
def test_the_residual_becomes_as_small_as_it_shall(method, share, rng):
    problem, values = make(METHODS[method], (30, 40), rng)
    search = begun(problem, values)
    search.split()
    for _ in range(10):
        search.step()
    before = search._sums(None, 0.0)[0]
    search._tighten(share)
    assert search._sums(None, 0.0)[0] < 2 * share * before


def test_a_run_that_is_cut_short_knows_its_gap(rng):
    """Hopeless proofs end early, but for the last one."""
    problem, values = make(GTV(), (60, 80), rng)
    solver = ADMM(gap=1e-9)
    found = solver.run(solver.prepare(problem), values, None, Goal(max_steps=60))
    assert found.status is Status.STEP_LIMIT
    assert found.gap < 0.1


def test_weights_too_small_to_calculate_with_are_no_error():
    gray = np.random.default_rng(0).integers(0, 255, (24, 30), dtype=np.uint8)
    cues = vc.Cues.from_points(gray, [(3, 4), (20, 20)], ["#e04020", "#2040e0"], 1e-30)
    found = vc.colorize(gray, cues, method="gtv", solver="admm", max_steps=200, on_miss="ignore")
    assert found.status != "converged"
    assert np.isfinite(found.chroma).all()
