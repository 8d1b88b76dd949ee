"""The multigrid solver where `auto` takes it: against the direct solution, on pictures of some size."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from tests.solve.multigrid.test_deflation_tiles import matrix_of
from varcolor.backend.kernels.multigrid import transfer
from varcolor.backend.kernels.stencil import matvec as operator
from varcolor.energy.problem import Problem
from varcolor.solve.initial_guess import contiguous, first_guess
from varcolor.solve.multigrid.levels import _inverse
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.lu import Direct


def grey(shape, rng, dtype):
    smooth = gaussian_filter(rng.random(shape), 2)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return (smooth * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("space", ["yuv", "lab"])
@pytest.mark.parametrize("method", ["levin", "harmonic"])
def test_the_saved_picture_is_that_of_the_direct_solver(method, space, dtype, rng):
    """Exact and soft cues, transparent bars, odd size."""
    gray = grey((151, 203), rng, dtype)
    alpha = np.full_like(gray, np.iinfo(dtype).max)
    alpha[50:53] = alpha[:, 100] = 0
    places = rng.integers(0, (151, 203), (60, 2))
    places = places[alpha[places[:, 0], places[:, 1]] > 0]
    weight = np.where(rng.random(len(places)) < 0.5, np.inf, 10 ** rng.uniform(-3, 3, len(places)))
    colors = rng.random((len(places), 3))
    cues = vc.Cues.from_points(gray.shape, places[:, ::-1], colors, weight)
    photo = np.dstack([gray, alpha])
    results = [
        vc.colorize(photo, cues, method=method, space=space, solver=solver)
        for solver in ("direct", "multigrid")
    ]
    assert [r.status for r in results] == [Status.CONVERGED] * 2
    one, two = (r.rgb.astype(int) for r in results)
    tolerance = 0.5 if dtype == np.uint8 else 0.02 * 257
    assert np.abs(one - two).max() <= tolerance + 1
    exact = np.isinf(cues.weight)
    at = cues.at[exact]
    np.testing.assert_allclose(
        results[0].chroma[at[:, 0], at[:, 1]], results[1].chroma[at[:, 0], at[:, 1]], atol=1e-6
    )


@pytest.mark.parametrize("affinity", ["default", "levin-sym"])
def test_coarse_grids_begin_with_what_the_next_ones_found(affinity, rng):
    """Level by level by its formula, and nearer to the solution than nothing."""
    guide = grey((90, 103), rng, np.uint16) / 65535
    at = np.sort(rng.choice(guide.size, 30, replace=False))
    terms = vc.Harmonic(affinity=affinity).terms(guide, None)
    problem = Problem(guide.shape, None, terms, at, np.full(30, np.inf))
    values = rng.normal(0, 0.2, (30, 2))
    wanted = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    matrix = matrix_of(problem, None)
    target, u = first_guess(problem, matrix.free_mask, values, None)
    r, z, work = (np.zeros_like(u) for _ in range(3))
    matrix.residual(target, u, r)
    right = r.copy()
    assert matrix.nested(r, z)
    np.testing.assert_array_equal(r, right)

    def plain(level, b):
        """Return the solution of a grid for a right-hand side."""
        grid, x = hierarchy.grids[level], np.zeros_like(b)
        if level + 1 == len(hierarchy.grids):
            hierarchy._exactly(b, x)
            return x
        x = interpolated(level, b)
        rest, correction = b - image(grid, x), np.zeros_like(b)
        if level:
            hierarchy._v_cycle(level, rest, correction, np.zeros_like(b))
        return x + correction

    def interpolated(level, b):
        grid, coarse = hierarchy.grids[level], hierarchy.grids[level + 1]
        below, x = np.zeros((2, *coarse.reaction.shape), np.float32), np.zeros_like(b)
        transfer.restrict(grid.p, b, below, 1, coarse.shape[0] + 1)
        transfer.prolong(grid.p, plain(level + 1, below), x, 1, coarse.shape[0] + 1)
        return x

    def image(grid, x):
        out = np.zeros_like(x)
        operator.product(grid.w, grid.reaction, grid.inverse, x, out, 1, grid.shape[0] + 1)
        return out

    hierarchy = matrix.hierarchy
    np.testing.assert_allclose(z, interpolated(0, right), atol=2e-5)
    matrix.cycle(right, work, np.zeros_like(z), np.eye(2, dtype=np.float32))
    errors = [np.linalg.norm(contiguous(u + x, 2) - wanted) for x in (0 * z, work, z)]
    assert errors[2] < errors[1] < errors[0]


@pytest.mark.parametrize("method", [vc.Levin(), vc.Harmonic(), vc.Harmonic(affinity="levin-sym")])
def test_the_estimate_holds_at_every_tolerance(method, rng):
    guide = grey((120, 131), rng, np.uint16) / 65535
    at = np.sort(rng.choice(guide.size, 30, replace=False))
    problem = Problem(guide.shape, None, method.terms(guide, None), at, np.full(30, np.inf))
    values = rng.normal(0, 0.2, (30, 2))
    wanted = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    state = Multigrid().prepare(problem)
    steps = []
    for tolerance in (2, 0.5, 0.05, 2e-3):
        found = Multigrid().run(state, values, None, Goal(tolerance))
        assert found.status is Status.CONVERGED
        assert 255 * np.abs(found.u - wanted).max() <= found.error <= tolerance
        steps.append(found.steps)
    assert steps == sorted(steps)
    from_there = Multigrid().run(state, values, found.u, Goal(0.5))
    assert from_there.steps < steps[1]


def test_steps_are_few_and_do_not_grow(rng):
    """Pinned: more steps than these mean that the preconditioner got worse."""
    steps = {}
    methods = {
        "levin": vc.Levin(),
        "levin-sym": vc.Harmonic(affinity="levin-sym"),
        "default": vc.Harmonic(),
    }
    for name, method in methods.items():
        for side in (64, 256):
            guide = grey((side, side), np.random.default_rng(3), np.uint8) / 255
            at = np.sort(np.random.default_rng(4).choice(side * side, 20, replace=False))
            problem = Problem(
                (side, side), None, method.terms(guide, None), at, np.full(20, np.inf)
            )
            values = np.random.default_rng(5).normal(0, 0.2, (20, 2))
            solution = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5))
            steps[name, side] = solution.steps
    pinned = {
        ("levin", 64): 17,
        ("levin", 256): 13,
        ("levin-sym", 64): 3,
        ("levin-sym", 256): 3,
        ("default", 64): 7,
        ("default", 256): 7,
    }
    assert all(steps[case] <= pinned[case] + 2 for case in pinned), steps


@pytest.mark.parametrize("shape", [(300, 280), (2100, 40), (2, 40_000), (1, 70_000), (70_000, 1)])
def test_the_answer_does_not_depend_on_the_threads(shape, rng):
    """The tall pictures have several pairs of strips, the flat ones empty halves of them."""
    guide = grey(shape, np.random.default_rng(3), np.uint8) / 255
    terms = vc.Harmonic().terms(guide, None)
    problem = Problem(shape, None, terms, np.array([5, 40_000]), np.full(2, np.inf))
    values = np.array([[0.1, 0.0], [-0.1, 0.2]])
    found = [
        solver.run(solver.prepare(problem), values, None, Goal(0.5))
        for solver in (Multigrid(threads=1), Multigrid(threads=3), Direct())
    ]
    np.testing.assert_array_equal(found[0].u, found[1].u)
    assert 255 * np.abs(found[0].u - found[2].u).max() <= found[0].error <= 0.5


def test_recolouring_keeps_what_lies_outside(rng):
    """One channel (the share of paint) is solved beside the two of the chroma."""
    photo = np.dstack([grey((90, 80), rng, np.uint8) for _ in range(3)])
    mask = np.zeros((90, 80), bool)
    mask[10:20, 10:20] = True
    paint = vc.Cues.from_mask(mask, "#c03010")
    keep = np.zeros_like(mask)
    keep[60:70, 50:60] = True
    at = np.argwhere(keep)
    count = len(at)
    kept = vc.Cues(
        mask.shape, at, np.zeros((count, 3)), np.full(count, np.inf), np.ones(count, bool)
    )
    results = [
        vc.recolor(photo, paint | kept, keep_outside=True, solver=s).rgb
        for s in ("direct", "multigrid")
    ]
    assert (np.abs(results[0].astype(int) - results[1]) > 1).mean() < 0.01
    np.testing.assert_array_equal(results[1][keep], photo[keep])


def test_the_coarsest_matrix_is_inverted_even_if_it_is_singular(rng):
    weights = rng.random((12, 12))
    weights += weights.T
    singular = np.diag(weights.sum(axis=1)) - weights
    regular = singular + np.diag(rng.random(12))
    np.testing.assert_allclose(_inverse(regular) @ regular, np.eye(12), atol=1e-12)
    without_mean = np.eye(12) - 1 / 12
    np.testing.assert_allclose(_inverse(singular) @ singular, without_mean, atol=1e-12)
    assert _inverse(np.zeros((0, 0))).shape == (0, 0)


@pytest.mark.parametrize(("method", "most"), [("harmonic", 130), ("levin", 162)])
def test_memory_stays_what_it_is(method, most, rng):
    """Bytes a pixel at the peak of a solve, arrays that are zero and never touched included."""
    gray = grey((600, 800), rng, np.uint8)
    cues = vc.Cues.from_points(gray.shape, [[9, 9], [700, 400]], ["#c03020", "#2030c0"])
    peaks = []

    def look(stage, fraction, preview):
        if stage == "colour":
            peaks.append(tracemalloc.get_traced_memory()[1])

    vc.colorize(gray, cues, method=method, solver="multigrid")  # loads what is loaded once
    tracemalloc.start()
    try:
        vc.colorize(gray, cues, method=method, solver="multigrid", progress=look)
    finally:
        tracemalloc.stop()
    assert peaks[0] < most * gray.size


@pytest.mark.parametrize("method", ["harmonic", "levin"])
@pytest.mark.parametrize("seed", range(60))
def test_pictures_that_one_step_solves_to_the_last_digit(method, seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5, 2))
    count = max(1, shape[0] * shape[1] - 1 - int(rng.integers(0, 2)))
    gray = rng.integers(0, 256, shape, dtype=np.uint8)
    at = rng.choice(shape[0] * shape[1], count, replace=False)
    points = np.column_stack([at % shape[1], at // shape[1]])
    cues = vc.Cues.from_points(gray, points, rng.random((count, 3)))
    results = [
        vc.colorize(gray, cues, method=method, solver=solver, tolerance=1e-3)
        for solver in ("multigrid", "direct")
    ]
    assert results[0].status is Status.CONVERGED
    np.testing.assert_allclose(results[0].chroma, results[1].chroma, atol=1e-5)
