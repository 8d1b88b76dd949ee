"""Multigrid with clusters, for weights of high contrast: against direct solutions."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from tests.summary import solvers_of
from varcolor.backend.cpu import CpuBackend
from varcolor.energy.cut import Cut, Region, cut_terms
from varcolor.energy.problem import Problem
from varcolor.solve.grid_cues import GridCues
from varcolor.solve.initial_guess import first_guess
from varcolor.solve.multigrid import prepared
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.deflation_tiles import Clusters, Pieces
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.row_scaling import weights_of
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.linear_system import assemble
from varcolor.solve.sparse.lu import Direct

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


def matrix_of(problem, deflation):
    backend = CpuBackend(2)
    weights = weights_of(problem.terms[0].stencil.planes(backend), backend)
    return Matrix(weights, GridCues.of(problem, weights.planes, backend), deflation)


def solved_by_threads(problem, threads):
    solver = Multigrid(threads=threads)
    return solver.run(solver.prepare(problem), values_of(problem), None, Goal(0.5)).u


def after_other_cues(guide, method):
    """Return the solution of a matrix that was made for other cues, and that of a fresh one."""
    before = problem_on(guide, method, cues=30)
    after = Problem(guide.shape, None, before.terms, before.at[5:] + 1, before.weight[5:])
    solver, values = Multigrid(), values_of(after)
    state = solver.prepare(before)
    solver.run(state, values_of(before), None, Goal(0.5))
    again = solver.prepare(after, state)
    again.known = 0.0
    fresh = solver.prepare(after)
    return [solver.run(ready, values, None, Goal(0.05)).u for ready in (again, fresh)]


def corrected(problem, matrix, q, level):
    """Correct a picture z for some r; return both, what z should be, and the largest |z| told.

    ``q`` are the indicator functions of what is deflated, on unknown pixels.
    """
    dense, rng = assemble(problem).matrix.toarray(), np.random.default_rng(6)
    r, z = (np.zeros((2, *matrix.reaction.shape), np.float32) for _ in range(2))
    for picture in (r, z):
        picture[:, 1:-1, 1:-1][:, matrix.free_mask] = rng.normal(size=(2, matrix.free_mask.sum()))
    here = [unknowns(matrix, picture).astype(float) for picture in (r, z)]
    left = q.T @ (here[0] - dense @ here[1])
    wanted = here[1] + q @ np.linalg.solve(q.T @ dense @ q, left)
    most = matrix._deflation.correct(r, z, np.array([[1, 0]], np.float32), level)
    return r, z, wanted, most


def left_at_first(problem, matrix, q):
    """Return the largest sum of a residual over what is deflated, after `begin`."""
    target, u = first_guess(problem, matrix.free_mask, values_of(problem), None)
    matrix.begin(target, u)
    r = np.zeros_like(u)
    matrix.residual(target, u, r)
    return np.abs(q.T @ unknowns(matrix, r)).max()


def unknowns(matrix, picture):
    """Return the unknown pixels (F, 2) of a picture."""
    return picture[:, 1:-1, 1:-1][:, matrix.free_mask].T


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
    assert "multigrid" not in solvers_of(method)
    assert "multigrid" in solvers_of(vc.Harmonic(affinity="gauss4", floor=1e-8))


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
    np.testing.assert_array_equal(
        solved_by_threads(problem, 1), solved_by_threads(problem, threads)
    )


def test_other_cues_of_the_same_photo():
    """A matrix that was made for other cues is the one that is made for these."""
    np.testing.assert_array_equal(*after_other_cues(photo((160, 140)), GAUSS4))


def test_the_correction_is_exact_on_clusters():
    """C (b - A z) is the Galerkin correction, and none is left after `begin`."""
    problem = problem_on(photo((40, 50)), soft=True)
    matrix = matrix_of(problem, Clusters)
    assert isinstance(matrix._deflation, Clusters)
    labels = matrix._deflation.labels[1:-1, 1:-1][matrix.free_mask]
    q = np.eye(matrix._deflation.count)[labels - 1]
    _, z, wanted, most = corrected(problem, matrix, q, 0.0)
    np.testing.assert_allclose(unknowns(matrix, z), wanted, atol=1e-4 * np.abs(wanted).max())
    assert most == pytest.approx(np.abs(z[0]).max())
    assert left_at_first(problem, matrix, q) < 1e-5


def test_room_for_the_factor_grows(monkeypatch):
    problem = problem_on(photo((60, 60)))
    values = values_of(problem)
    wanted = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5)).u
    monkeypatch.setattr("varcolor.solve.multigrid.deflation_islands._ROOM", 1)
    found = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5)).u
    np.testing.assert_array_equal(found, wanted)


def bordered(walls=False, count=6, seed=8):
    """Return a harmonic problem with the borders of rectangles, one pixel of texture noise in."""
    rng = np.random.default_rng(seed)
    guide = photo((120, 150), seed)
    regions = []
    for k in range(count):
        h, w = rng.integers(9, 60, 2)
        top, left = rng.integers(0, 120 - h), rng.integers(0, 150 - w)
        regions.append(Region(int(top), int(left), np.ones((h, w), bool), walls and k == 0))
    plain = problem_on(guide, vc.Harmonic(), cues=12)
    terms = cut_terms(plain.terms, Cut(guide.shape, tuple(regions), 1.0))
    return Problem(plain.shape, None, terms, plain.at, plain.weight)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("walls", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_borders_of_objects(threads, walls, seed):
    """The tolerance and the estimate hold against a direct solution."""
    problem = bordered(walls, seed=seed)
    values, goal = values_of(problem), Goal(0.05)
    solver = Multigrid(threads=threads)
    found = solver.run(solver.prepare(problem), values, None, goal)
    far = 255 * np.abs(found.u - direct(problem, values)).max()
    assert found.status is Status.CONVERGED
    assert found.error <= 0.05
    assert far <= found.error


def test_pieces_save_steps():
    problem = bordered(count=12)
    kept = problem.terms[0].stencil.kept
    assert kept is not None
    pieces, islands = (matrix_of(problem, own) for own in (partial(Pieces, kept=kept), Islands))
    assert pieces._deflation.count < 0.1 * problem.shape[0] * problem.shape[1]
    labels = pieces._deflation.labels
    numbers = np.unique(labels[labels > 0])
    np.testing.assert_array_equal(numbers, np.arange(1, pieces._deflation.count + 1))
    values = values_of(problem)
    steps = []
    for kind in (Pieces, Islands):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prepared, "_deflation", lambda *_, kind=kind: (
                partial(Pieces, kept=kept) if kind is Pieces else Islands))  # fmt: skip
            solver = Multigrid(threads=1)
            steps.append(solver.run(solver.prepare(problem), values, None, Goal(0.05)).steps)
    assert steps[0] < steps[1]
    assert islands.safety_factor <= pieces.safety_factor
