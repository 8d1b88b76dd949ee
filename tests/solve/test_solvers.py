"""Every solver against a dense solve, its status and its proof."""

import numpy as np
import pytest

import varcolor as vc
from tests.summary import solvers_of, summary_of
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.methods import METHODS
from varcolor.solve.multigrid.solver import UP_TO
from varcolor.solve.result import Status
from varcolor.solve.selection import SOLVERS, candidates, choose
from varcolor.solve.solver import Goal, Solver
from varcolor.solve.sparse.lu import DIRECT_UP_TO

#: The solvers of other energies have tests of their own.
SECOND_ORDER = sorted(solvers_of(vc.Levin()))
SOLVED = [n for n in METHODS.names() if summary_of(METHODS[n]()).terms]  # not networks alone
METHODS_OF_SECOND_ORDER = [n for n in SOLVED if summary_of(METHODS[n]()).second_order]
SYSTEMS = {
    "levin": vc.Levin(),
    "levin, radius 2": vc.Levin(radius=2),
    "harmonic, levin-sym": vc.Harmonic(),
    "harmonic, gauss4": vc.Harmonic(affinity="gauss4"),
}


def make_problem(method, shape, rng, soft=False, holes=False, cues=6):
    guide = rng.random(shape)
    visible = rng.random(shape) < 0.75 if holes else None
    candidates = np.flatnonzero(visible) if holes else np.arange(guide.size)
    at = np.sort(rng.choice(candidates, min(cues, len(candidates)), replace=False))
    weight = np.full(len(at), np.inf)
    if soft:
        weight[::2] = rng.uniform(0.01, 5, len(weight[::2]))
    problem = Problem(shape, visible, method.terms(guide, visible), at, weight)
    return problem, rng.normal(0, 0.2, (len(at), 2))


def dense_solution(problem, values):
    """Solve with every pixel as an unknown; unreached parts get the pseudo-inverse's zero."""
    matrix = sum(term.matrix().toarray() for term in problem.terms)
    b = np.zeros((len(matrix), values.shape[1]))
    for at, weight, value in zip(problem.at, problem.weight, values, strict=True):
        if np.isinf(weight):
            matrix[at] = 0
            matrix[at, at] = 1
            b[at] = value
        else:
            matrix[at, at] += weight
            b[at] += weight * value
    reach = reached_by_powers(matrix, problem.at)
    matrix, b = matrix[np.ix_(reach, reach)], b[reach]
    u = np.zeros((len(reach), values.shape[1]))
    u[reach] = np.linalg.solve(matrix, b)
    return u.reshape(*problem.shape, -1), reach.reshape(problem.shape)


def reached_by_powers(matrix, at):
    """Walk from the cues, one edge at a time."""
    depends = matrix != 0
    reach = np.zeros(len(matrix), bool)
    reach[at] = True
    for _ in range(len(matrix)):
        reach = reach | (depends[:, reach].any(axis=1))
    return reach


@pytest.mark.parametrize("solver", SECOND_ORDER)
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", ["exact", "soft", "holes"])
@pytest.mark.parametrize("shape", [(9, 11), (1, 30), (17, 1)])
def test_against_dense(solver, system, kind, shape, rng):
    problem, values = make_problem(
        SYSTEMS[system], shape, rng, soft=kind == "soft", holes=kind == "holes"
    )
    wanted, reach = dense_solution(problem, values)
    chosen = SOLVERS[solver]()
    if solver == "multigrid" and system == "levin, radius 2":
        with pytest.raises(vc.InputError, match="3x3"):
            chosen.prepare(problem)
        return
    tolerance = 5e-3 if solver == "multigrid" else 1e-3  # the former is in single precision
    solution = chosen.run(chosen.prepare(problem), values, None, Goal(tolerance))
    true_error = 255 * np.abs(solution.u - wanted).max()
    if (solver, system, min(shape)) == ("multigrid", "levin", 1):
        # Noise on a line: weights may be so far apart that the search loses its way, and says so.
        assert solution.status is Status.STAGNATED or true_error <= tolerance
        return
    assert solution.status is Status.CONVERGED
    assert true_error <= solution.error + 1e-10 <= tolerance
    visible = np.ones(shape, bool) if problem.visible is None else problem.visible
    np.testing.assert_array_equal(solution.unreached, visible & ~reach)


@pytest.mark.parametrize("solver", SECOND_ORDER)
@pytest.mark.parametrize("method", METHODS_OF_SECOND_ORDER)
def test_cues_without_unknowns_and_unknowns_without_cues(solver, method, rng):
    chosen = SOLVERS[solver]()
    full, values = make_problem(METHODS[method](), (3, 4), rng, cues=12)
    solution = chosen.run(chosen.prepare(full), values, None, Goal())
    np.testing.assert_array_equal(solution.u.reshape(12, 2), values.astype(solution.u.dtype))
    empty, none = make_problem(METHODS[method](), (3, 4), rng, cues=0)
    solution = chosen.run(chosen.prepare(empty), none, None, Goal())
    assert solution.status is Status.CONVERGED
    assert (solution.u == 0).all()
    assert solution.unreached.all()


@pytest.mark.parametrize("solver", SECOND_ORDER)
@pytest.mark.parametrize("method", METHODS_OF_SECOND_ORDER)
def test_one_preparation_serves_many_values_and_starts(solver, method, rng):
    chosen = SOLVERS[solver]()
    problem, values = make_problem(METHODS[method](), (10, 12), rng)
    state = chosen.prepare(problem)
    for scale in (1.0, -2.0):
        wanted, _ = dense_solution(problem, scale * values)
        near = wanted + rng.normal(0, 1e-3, wanted.shape)
        solution = chosen.run(state, scale * values, near, Goal(1e-4))
        assert 255 * np.abs(solution.u - wanted).max() <= 1e-4


@pytest.mark.parametrize("solver", ["amg", "cg"])
@pytest.mark.parametrize("method", METHODS_OF_SECOND_ORDER)
def test_a_tighter_tolerance_is_met_and_costs_steps(solver, method, rng):
    chosen = SOLVERS[solver]()
    problem, values = make_problem(METHODS[method](), (24, 30), rng)
    wanted, _ = dense_solution(problem, values)
    steps = []
    for tolerance in (20.0, 0.5, 1e-4):
        solution = chosen.run(chosen.prepare(problem), values, None, Goal(tolerance))
        assert 255 * np.abs(solution.u - wanted).max() <= solution.error <= tolerance
        steps.append(solution.steps)
    assert steps == sorted(steps)
    assert steps[0] < steps[-1]


@pytest.mark.parametrize("solver", ["amg", "cg"])
def test_energy_falls_monotonically(solver, rng):
    chosen = SOLVERS[solver]()
    problem, values = make_problem(vc.Harmonic(affinity="gauss4"), (20, 20), rng, soft=True)
    solution = chosen.run(chosen.prepare(problem), values, None, Goal(1e-4))
    energies = np.array(solution.energies)
    assert len(energies) == solution.steps > 1
    scale = problem.energy(0 * solution.u, values)  # energies are differences from this one
    assert (np.diff(energies) <= 1e-14 * scale).all()
    assert energies[-1] == pytest.approx(problem.energy(solution.u, values), rel=1e-9)


def test_the_step_limit_is_a_status_not_a_lie(rng):
    chosen = SOLVERS["cg"]()
    problem, values = make_problem(vc.Harmonic(), (30, 30), rng)
    solution = chosen.run(chosen.prepare(problem), values, None, Goal(1e-6, max_steps=3))
    assert solution.status is Status.STEP_LIMIT
    assert solution.steps == 3
    assert solution.error > 1e-6
    assert "max_steps" in solution.status.explanation


@pytest.mark.parametrize("solver", SECOND_ORDER)
def test_an_impossible_tolerance_is_reported(solver, rng):
    chosen = SOLVERS[solver]()
    problem, values = make_problem(vc.Harmonic(affinity="gauss4"), (15, 15), rng)
    solution = chosen.run(chosen.prepare(problem), values, None, Goal(1e-18, max_steps=3000))
    assert solution.status in (Status.STAGNATED, Status.STEP_LIMIT)
    assert solution.error < 1e-3


def test_multigrid_steps_are_few_and_do_not_grow(rng):
    """Pinned: more steps than these mean that the preconditioner got worse."""
    from scipy.ndimage import gaussian_filter

    steps = []
    for side in (60, 240):
        guide = gaussian_filter(rng.random((side, side)), 2)
        guide = (guide - guide.min()) / np.ptp(guide)
        at = np.sort(rng.choice(side * side, 20, replace=False))
        problem = Problem(
            (side, side),
            None,
            vc.Harmonic(affinity="levin-sym").terms(guide, None),
            at,
            np.full(20, np.inf),
        )
        chosen = SOLVERS["amg"]()
        values = rng.normal(0, 0.2, (20, 2))
        steps.append(chosen.run(chosen.prepare(problem), values, None, Goal(0.5)).steps)
    assert max(steps) <= 16
    assert steps[1] <= steps[0] + 6


class TestChoose:
    def test_small_pictures_are_solved_directly(self):
        solver, reason = choose("auto", ProblemSummary(1000))
        assert solver.name == "direct"
        assert reason is None

    def test_large_ones_by_multigrid_then_by_plain_iteration(self, monkeypatch):
        wide = vc.Harmonic(affinity="wide")
        assert choose("auto", ProblemSummary(UP_TO + 1))[0].name == "multigrid"
        assert choose("auto", summary_of(wide, UP_TO + 1))[0].name == "direct"
        assert choose("auto", summary_of(wide, DIRECT_UP_TO + 1))[0].name == "amg"
        amg, cg = SOLVERS["amg"](), SOLVERS["cg"]()
        count = summary_of(wide, 10 * DIRECT_UP_TO)
        free = (amg.memory(count) + cg.memory(count)) / 2
        monkeypatch.setattr("varcolor.backend.memory.available", lambda: free)
        assert choose("auto", count)[0].name == "cg"
        monkeypatch.setattr("varcolor.backend.memory.available", lambda: 1e6)
        with pytest.raises(vc.BackendError, match="memory"):
            choose("auto", count)
        with pytest.raises(vc.BackendError, match="try the solver cg"):
            choose("direct", count)

    def test_clusters_count(self):
        problem = summary_of(vc.Harmonic(affinity="gauss4"), UP_TO + 1)
        solver, reason = choose("auto", problem)
        assert solver.name == "multigrid"
        assert reason is None
        assert solver.memory(problem) > solver.memory(ProblemSummary(UP_TO + 1))

    def test_a_solver_object_is_taken_as_it_is(self):
        solver = SOLVERS["cg"]()
        assert choose(solver, ProblemSummary(10)) == (solver, None)

    def test_unknown_names(self):
        with pytest.raises(vc.InputError, match="unknown solver 'direkt'.*'direct'"):
            choose("direkt", ProblemSummary(10))
        with pytest.raises(vc.InputError, match="unknown solver 'general'.*known: .*block-direct"):
            choose("general", ProblemSummary(10))

    def test_what_a_solver_does_not_take_is_refused_before_anything_is_made(self):
        with pytest.raises(vc.InputError, match="direct solver takes harmonic and levin only"):
            choose("direct", summary_of(vc.GTV()))
        with pytest.raises(vc.InputError, match="3x3 windows only"):
            choose("multigrid", summary_of(vc.Levin(radius=2)))

    @pytest.mark.parametrize("method", SOLVED)
    def test_auto_asks_every_solver(self, method):
        own = METHODS[method]()
        for count in (1000, 10_001, 300_001, 600_001):
            found = candidates(summary_of(own, count))
            assert found
            assert set(found) <= set(solvers_of(own))

    def test_choosing_compiles_and_loads_nothing(self, monkeypatch):
        def load(*_):
            raise AssertionError("a kernel was loaded")

        monkeypatch.setattr("varcolor.backend.jit.kernel.Kernel.load", load)
        monkeypatch.setattr("varcolor.backend.jit.precompile.load", load)
        for method in ("harmonic", "levin", "gtv", "tgv", "bilaplacian"):
            choose("auto", summary_of(METHODS[method](), 1_000_000))

    def test_a_plug_in_can_be_chosen(self, monkeypatch, cat, cat_cues):
        monkeypatch.setattr(
            type(SOLVERS), "_plugins", lambda _: {"mine": f"{__name__}:_Mine"}, raising=True
        )
        monkeypatch.setitem(SOLVERS._loaded, "mine", _Mine)
        assert choose("auto", ProblemSummary(1000))[0].name == "mine"
        assert choose("auto", summary_of(vc.Levin()))[0].name == "direct"
        result = vc.colorize(vc.to_gray(cat), cat_cues, method="harmonic")
        assert result.solver == "mine"
        wanted = vc.colorize(vc.to_gray(cat), cat_cues, method="harmonic", solver="direct")
        np.testing.assert_array_equal(result.rgb, wanted.rgb)


class _Mine(Solver):
    """A solver of somebody else: symmetric equations of second order."""

    name = "mine"

    def __init__(self):
        self._own = SOLVERS["direct"]()

    def supports(self, problem):
        return "" if problem.second_order and not problem.directed else "symmetric weights only"

    def priority(self, problem, loaded):
        return 100.0

    def memory(self, problem):
        return 1.0 * problem.unknowns

    def prepare(self, problem, before=None):
        return self._own.prepare(problem)

    def run(self, state, values, start, goal):
        return self._own.run(state, values, start, goal)
