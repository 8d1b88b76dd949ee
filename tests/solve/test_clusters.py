"""Multigrid with clusters, for weights of high contrast: against direct solutions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.backend.threads import Team
from varcolor.energy.problem import Problem
from varcolor.solve.base import Goal
from varcolor.solve.clusters import Clusters
from varcolor.solve.components import parts_on_grid
from varcolor.solve.direct import Direct
from varcolor.solve.matrix import Matrix, weights_of
from varcolor.solve.multigrid import Multigrid
from varcolor.solve.pictures import first_guess
from varcolor.solve.result import Status
from varcolor.solve.system import assemble

GAUSS4 = vc.Harmonic(affinity="gauss4")


def photo(shape, seed=3, noise=0.02):
    """Return luma with flat parts, edges and texture, in steps of 1/255."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.random(shape), 6)
    steps = np.floor(6 * (smooth - smooth.min()) / max(np.ptp(smooth), 1e-9)) / 7
    texture = noise * rng.normal(size=shape) * (gaussian_filter(rng.random(shape), 9) > 0.5)
    return np.rint(np.clip(steps + texture, 0, 1) * 255) / 255


def problem_on(guide, method=GAUSS4, cues=20, soft=False, seed=4):
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(guide.size, cues, replace=False))
    weight = np.full(cues, np.inf)
    if soft:
        weight[::2] = 10 ** rng.uniform(-2, 2, len(weight[::2]))
    return Problem(guide.shape, None, method.terms(guide, None), at, weight)


def values_of(problem, seed=5):
    return np.random.default_rng(seed).normal(0, 0.2, (len(problem.at), 2))


def direct(problem, values):
    return Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u


@pytest.mark.parametrize("sigma", [1e-6, 0.003, 0.03, 0.3, 1e6])
@pytest.mark.parametrize("soft", [False, True])
def test_the_estimate_holds_for_any_width_of_the_weights(sigma, soft):
    method = vc.Harmonic(affinity="gauss4", sigma=sigma)
    problem = problem_on(photo((150, 131)), method, soft=soft)
    values = values_of(problem)
    wanted = direct(problem, values)
    state, steps = Multigrid().prepare(problem), []
    for tolerance in (2, 0.5, 0.05):
        found = Multigrid().run(state, values, None, Goal(tolerance))
        assert found.status is Status.CONVERGED
        assert 255 * np.abs(found.u - wanted).max() <= found.error <= tolerance
        steps.append(found.steps)
    assert max(steps) <= 30


@pytest.mark.parametrize("floor", [1e-8, 1e-3])
def test_any_floor(floor):
    method = vc.Harmonic(affinity="gauss4", sigma=0.01, floor=floor)
    problem = problem_on(photo((97, 110)), method)
    values = values_of(problem)
    found = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5))
    assert found.status is Status.CONVERGED
    assert 255 * np.abs(found.u - direct(problem, values)).max() <= found.error <= 0.5


def test_a_floor_too_low_for_single_precision_is_refused():
    method = vc.Harmonic(affinity="gauss4", floor=1e-9)
    with pytest.raises(vc.InputError, match="differ by a factor of 1e.08 at most"):
        Multigrid().prepare(problem_on(photo((30, 40)), method))
    assert not method.compact
    assert vc.Harmonic(affinity="gauss4", floor=1e-8).compact


def test_steps_are_few_and_do_not_grow():
    """Pinned: more steps than these mean that the preconditioner got worse."""
    steps = []
    for side in (64, 256):
        problem = problem_on(photo((side, side)))
        solution = Multigrid().run(
            Multigrid().prepare(problem), values_of(problem), None, Goal(0.5)
        )
        steps.append(solution.steps)
    assert steps[0] <= 12, steps
    assert steps[1] <= 18, steps


@pytest.mark.parametrize("threads", [2, 3])
def test_the_answer_does_not_depend_on_the_threads(threads):
    problem = problem_on(photo((300, 280)))
    values = values_of(problem)
    one, other = Multigrid(threads=1), Multigrid(threads=threads)
    first = one.run(one.prepare(problem), values, None, Goal(0.5))
    second = other.run(other.prepare(problem), values, None, Goal(0.5))
    np.testing.assert_array_equal(first.u, second.u)


def test_other_cues_of_the_same_photo():
    """A matrix that was made for other cues is the one that is made for these."""
    guide = photo((160, 140))
    before = problem_on(guide, cues=30)
    after = Problem(guide.shape, None, before.terms, before.at[5:] + 1, before.weight[5:])
    solver, values = Multigrid(), values_of(after)
    state = solver.prepare(before)
    solver.run(state, values_of(before), None, Goal(0.5))
    again = solver.prepare(after, state)
    fresh = solver.prepare(after)
    again.known = 0.0
    np.testing.assert_array_equal(
        solver.run(again, values, None, Goal(0.05)).u, solver.run(fresh, values, None, Goal(0.05)).u
    )


def test_the_correction_is_exact_on_clusters():
    """C (b - A z) is the Galerkin correction, and none is left after `begin`."""
    problem = problem_on(photo((40, 50)), soft=True)
    team = Team(2)
    weights = weights_of(problem.terms[0].stencil.planes(team), team)
    unknown, _ = parts_on_grid(problem, weights.planes)
    matrix = Matrix(weights, problem, unknown, team, Clusters)
    assert matrix._deflation is not None
    labels = matrix._deflation._labels[1:-1, 1:-1][unknown]
    q = np.eye(matrix._deflation.count)[labels - 1]
    dense = assemble(problem).matrix.toarray()
    rng = np.random.default_rng(6)
    r, z = np.zeros((2, 2, 42, 52), np.float32)
    for picture in (r, z):
        picture[:, 1:-1, 1:-1][:, unknown] = rng.normal(size=(2, unknown.sum()))
    here = [picture[:, 1:-1, 1:-1][:, unknown].astype(float).T for picture in (r, z)]
    left = q.T @ (here[0] - dense @ here[1])
    wanted = here[1] + q @ np.linalg.solve(q.T @ dense @ q, left)
    slope = np.array([[1, 0]], np.float32)
    most = matrix._deflation.correct(r, z, slope, 0.0)
    found = z[:, 1:-1, 1:-1][:, unknown].T
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())
    assert most == pytest.approx(np.abs(z[0]).max())
    pull, u = first_guess(problem, unknown, values_of(problem), None)
    matrix.begin(pull, u)
    matrix.residual(pull, u, r)
    sums = q.T @ r[:, 1:-1, 1:-1][:, unknown].T
    assert np.abs(sums).max() < 1e-5


def test_room_for_the_factor_grows(monkeypatch):
    problem = problem_on(photo((60, 60)))
    values = values_of(problem)
    wanted = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5)).u
    monkeypatch.setattr("varcolor.solve.graph_factor._ROOM", 1)
    found = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5)).u
    np.testing.assert_array_equal(found, wanted)
