"""The slopes solver against the factorised one, its multigrid, and the truth of its bounds."""

from functools import partial

import numpy as np
import pytest

import varcolor as vc
from tests.backend.kernels.admm.test_tgv import images, inside, operator, picture, transposed
from tests.solve.admm.test_tv_solver import make as splitting_make
from tests.solve.admm.test_tv_solver import watched
from tests.summary import summary_of
from varcolor.backend.cpu import CpuBackend
from varcolor.energy.problem import Problem
from varcolor.methods.nonsmooth import GTV, TGV
from varcolor.methods.quadratic import Bilaplacian
from varcolor.solve.admm.energies import is_tgv
from varcolor.solve.admm.solver import ADMM, FACTORISED_UP_TO
from varcolor.solve.admm.tgv_operator import TgvOperator
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.result import Status
from varcolor.solve.selection import choose
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect

METHODS = {
    "tgv": TGV(),
    "tgv, ratio 5": TGV(ratio=5.0),
    "tgv isotropic": TGV(affinity="isotropic"),
    "3 tgv": 3 * TGV(affinity="levin-sym"),
}


#: A problem on a guide with an edge, and values of its cues.
make = partial(splitting_make, share=0.9)


def matrix_of(shape, rng, spread, soft=True):
    """Return a matrix with random weights and penalties, and K."""
    root, second_weights, K = operator(shape, rng)
    free, reaction = bordered(shape), bordered(shape)
    inside(free)[:] = rng.random(shape) < 0.9
    inside(reaction)[:] = (rng.random(shape) < 0.1) * rng.uniform(0, 5, shape) * soft
    matrix = TgvOperator(root, second_weights, reaction, free, CpuBackend(1))
    inside(matrix.rho)[:] = spread ** rng.uniform(-1, 1, (2, *shape))
    matrix.refactor()
    return matrix, K


def dense(matrix, shape, apply):
    """Return a linear function of pictures as a matrix, on the first channel, and what is free."""
    count = shape[0] * shape[1]
    found = np.zeros((3 * count, 3 * count))
    for n in range(3 * count):
        x = bordered(shape, 6)
        inside(x)[2 * (n // count)].flat[n % count] = 1
        found[:, n] = inside(apply(x))[::2].ravel()
    free = np.concatenate([inside(matrix.free).ravel() > 0, np.ones(2 * count, bool)])
    return found, free


@pytest.mark.parametrize("spread", [1.0, 10.0])
@pytest.mark.parametrize("shape", [(20, 17), (1, 40), (30, 4), (3, 3)])
def test_a_cycle_is_about_the_inverse(shape, spread, rng):
    matrix, K = matrix_of(shape, rng, spread)
    out = bordered(shape, 6)
    A, free = dense(matrix, shape, lambda x: (matrix.apply(x, out), out)[1])
    held = free & (np.abs(A).sum(axis=0) > 0)
    A = A[np.ix_(held, held)]
    x = picture(shape, rng, 6, np.float32)
    inside(x)[:2] *= inside(matrix.free)
    penalties = np.repeat(inside(matrix.rho), (4, 6), axis=0)
    expected = transposed(K, penalties * images(K, x))
    expected[:2] += 2 * inside(matrix.reaction) * inside(x)[:2]
    expected[:2] *= inside(matrix.free)
    matrix.apply(x, out)
    np.testing.assert_allclose(inside(out), expected, rtol=1e-3, atol=1e-3)
    B = dense(matrix, shape, matrix.cycle)[0][np.ix_(held, held)]
    np.testing.assert_allclose(B, B.T, rtol=1e-2, atol=1e-4 * np.abs(B).max())
    own, turn = np.linalg.eigh(A)
    kept = own > 1e-5 * own.max()
    root = turn[:, kept] * np.sqrt(own[kept])
    found = np.linalg.eigvalsh(root.T @ B @ root)
    assert found.min() > (0.05 if min(shape) > 3 else 0.01)
    assert found.max() < 1.05


def test_both_channels_are_treated_alike(rng):
    matrix, _ = matrix_of((40, 33), rng, 3.0)
    r = picture((40, 33), rng, 6, np.float32)
    inside(r)[:2] *= inside(matrix.free)
    first = matrix.cycle(r).copy()
    second = matrix.cycle(np.ascontiguousarray(r[[1, 0, 3, 2, 5, 4]]))
    np.testing.assert_allclose(second[[1, 0, 3, 2, 5, 4]], first, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["exact", "soft", "holes"])
@pytest.mark.parametrize("shape", [(32, 32), (1, 40), (50, 9)])
@pytest.mark.parametrize("method", METHODS)
def test_agrees_with_the_factorised_solver(method, shape, kind, rng):
    problem, values = make(METHODS[method], shape, rng, kind)
    fast, slow = ADMM(gap=2e-4), BlockDirect(gap=1e-3)
    goal = Goal(max_steps=20_000)
    first = fast.run(fast.prepare(problem), values, None, goal)
    second = slow.run(slow.prepare(problem), values, None, goal)
    assert first.status is Status.CONVERGED
    energies = first.energies[-1], second.energies[-1]
    assert energies[0] <= energies[1] * (1 + 2.1e-4) + 1e-9
    assert energies[1] * (1 - second.gap) <= energies[0] * (1 + 1e-6) + 1e-9
    # What the energy says of the picture alone, with slopes of its own finding.
    assert problem.energy(first.u, values) <= energies[0] * (1 + 5e-3) + 1e-9
    np.testing.assert_array_equal(first.unreached, second.unreached)
    assert (first.u[first.unreached] == 0).all()
    exact = problem.exact
    given = first.u.reshape(-1, 2)[problem.at[exact]]
    np.testing.assert_allclose(given, values[exact], atol=1e-12)
    if second.loose is None:
        assert first.loose is None
    else:
        np.testing.assert_array_equal(first.loose, second.loose)


def test_every_bound_is_below_the_minimum(rng, monkeypatch):
    problem, values = make(TGV(), (20, 24), rng, "soft")
    slow = BlockDirect(gap=1e-5)
    best = slow.run(slow.prepare(problem), values, None, Goal(max_steps=20_000))
    least = best.energies[-1]
    seen = watched(monkeypatch)
    fast = ADMM(gap=1e-5)
    fast.run(fast.prepare(problem), values, None, Goal(max_steps=150))
    assert len(seen) > 5
    for energy, bound in seen:
        assert bound <= least * (1 + 1e-6)
        assert energy >= least * (1 - 2e-5)
    assert max(bound for _, bound in seen) > 0.998 * least


def test_a_plane_through_three_cues_costs_nothing(rng):
    shape = 40, 50
    guide = rng.uniform(0, 1, shape)
    at = np.array([3 * 50 + 4, 5 * 50 + 44, 36 * 50 + 20])
    rows, columns = np.divmod(at, 50)
    values = np.column_stack([0.003 * columns - 0.002 * rows, 0.1 + 0.001 * rows])
    problem = Problem(shape, None, TGV().terms(guide, None), at, np.full(3, np.inf))
    solver = ADMM()
    found = solver.run(solver.prepare(problem), values, None, Goal())
    assert found.status is Status.CONVERGED
    r, c = np.mgrid[:40, :50]
    plane = np.stack([0.003 * c - 0.002 * r, 0.1 + 0.001 * r], axis=-1)
    assert np.abs(found.u - plane).max() < 0.02 * np.ptp(plane)


def test_cues_on_a_line_leave_the_smallest_slope(rng):
    shape = 30, 36
    at = np.array([10 * 36 + 3, 10 * 36 + 17, 10 * 36 + 30])
    values = np.array([[0.0, 0.1], [0.07, 0.1], [0.135, 0.1]])
    terms = TGV(affinity="isotropic").terms(np.zeros(shape), None)
    problem = Problem(shape, None, terms, at, np.full(3, np.inf))
    solver = ADMM()
    found = solver.run(solver.prepare(problem), values, None, Goal())
    assert found.loose is not None
    assert found.loose.all()
    plane = np.broadcast_to(0.005 * (np.arange(36) - 3), shape)
    assert np.abs(found.u[..., 0] - plane).max() < 2e-3
    assert np.abs(found.u[..., 1] - 0.1).max() < 2e-3


def test_the_number_of_threads_changes_nothing(rng):
    problem, values = make(TGV(), (300, 240), rng)
    found = []
    for threads in (1, 3):
        solver = ADMM(threads=threads)
        found.append(solver.run(solver.prepare(problem), values, None, Goal(max_steps=12)))
    np.testing.assert_allclose(found[0].u, found[1].u, atol=1e-6)


def test_one_channel_and_a_start(rng):
    problem, values = make(TGV(), (40, 30), rng)
    solver = ADMM()
    state = solver.prepare(problem)
    first = solver.run(state, values[:, :1], None, Goal())
    assert first.u.shape == (40, 30, 1)
    assert first.status is Status.CONVERGED
    again = solver.run(state, values[:, :1], first.u, Goal())
    assert again.status is Status.CONVERGED
    assert np.isclose(again.energies[-1], first.energies[-1], rtol=2e-3)
    with pytest.raises(vc.InputError, match="channels"):
        solver.run(state, np.zeros((12, 3)), None, Goal())


def test_a_second_run_is_the_first_again(rng):
    problem, values = make(TGV(), (40, 30), rng)
    solver = ADMM()
    state = solver.prepare(problem)
    first, second = (solver.run(state, values, None, Goal()) for _ in range(2))
    np.testing.assert_array_equal(first.u, second.u)


def test_step_limit_and_progress(rng):
    problem, values = make(TGV(), (30, 30), rng)
    shown = []
    goal = Goal(max_steps=40, report=lambda done, _: shown.append(done))
    solver = ADMM(gap=1e-6)
    solution = solver.run(solver.prepare(problem), values, None, goal)
    assert solution.status is Status.STEP_LIMIT
    assert solution.steps == 40
    assert 1e-6 < solution.gap < 1
    assert shown
    assert shown == sorted(shown)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (2, 3)])
def test_tiny_pictures(shape, rng):
    guide = rng.uniform(0, 1, shape)
    problem = Problem(shape, None, TGV().terms(guide, None), np.array([0]), np.array([np.inf]))
    solver = ADMM()
    found = solver.run(solver.prepare(problem), np.array([[0.1, -0.2]]), None, Goal())
    np.testing.assert_allclose(found.u, np.broadcast_to([0.1, -0.2], (*shape, 2)), atol=1e-9)


@pytest.mark.parametrize("method", [Bilaplacian(), TGV() + vc.Harmonic(), TGV() + GTV()])
def test_other_energies_are_refused(method, rng):
    problem, _ = make(method, (6, 7), rng)
    assert not is_tgv(problem.summary)
    with pytest.raises(vc.InputError, match="admm"):
        ADMM().prepare(problem)


def test_large_pictures_take_it(rng):
    for method in METHODS.values():
        large, reason = choose("auto", summary_of(method, FACTORISED_UP_TO + 1))
        assert large.name == "admm"
        assert reason is None
        small, _ = choose("auto", summary_of(method, FACTORISED_UP_TO))
        assert small.name == "block-direct"
    with pytest.raises(vc.InputError, match="gap"):
        ADMM(gap=1)
    photo = rng.integers(0, 255, (120, 100, 3), dtype=np.uint8)
    cues = vc.Cues.from_points(photo, [(5, 6), (80, 90), (30, 70)], photo[:3, 0] / 255)
    result = vc.colorize(vc.to_gray(photo), cues, method="tgv", threads=2)
    assert result.solver == "admm"
    assert result.status is Status.CONVERGED
    assert result.gap <= 1e-3
