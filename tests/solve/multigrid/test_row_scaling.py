"""The scale of Levin's rows against the stationary distribution, and what it is good for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.ndimage import gaussian_filter
from skimage import data

import varcolor as vc
from varcolor.backend.cpu import CpuBackend
from varcolor.energy.levin import levin_weights
from varcolor.energy.problem import Problem
from varcolor.energy.stencil import window
from varcolor.solve.multigrid import row_scaling as stationary
from varcolor.solve.multigrid.krylov import PreconditionedKrylov
from varcolor.solve.multigrid.row_scaling import weights_of
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.lu import Direct


def luma_of(name):
    picture = getattr(data, name)()
    return (picture if picture.ndim == 2 else picture @ [0.299, 0.587, 0.114]) / 255


def net_inflow(planes):
    """Return what flows into every pixel less what flows out of it, as a part of the latter."""
    height, width = planes.shape[1] - 2, planes.shape[2] - 2
    came = np.zeros(planes.shape[1:])
    for k, (dr, dc) in enumerate(window(1)):
        came[1 + dr : height + 1 + dr, 1 + dc : width + 1 + dc] += planes[k, 1:-1, 1:-1]
    went = planes.sum(axis=0, dtype=float)[1:-1, 1:-1]
    return (came[1:-1, 1:-1] - went) / went


def test_rows_are_scaled_by_the_stationary_distribution():
    guide = luma_of("astronaut")[60:100, 100:140]
    stencil = levin_weights(guide)
    before = stencil.planes(CpuBackend(1)).copy()
    weights = weights_of(stencil.planes(CpuBackend(2)), CpuBackend(2))
    np.testing.assert_allclose(weights.planes, before * weights.scale, rtol=1e-5)
    own = weights.scale[1:-1, 1:-1]
    assert own.mean() == pytest.approx(1, rel=0.01)
    exact = null_space(stencil.laplacian().T.toarray())[:, 0].reshape(guide.shape)
    wrong = np.log(own / (exact / exact.mean()))
    common = np.average(wrong, weights=own)
    assert np.average(np.abs(wrong - common), weights=own) < 0.1
    flat = np.log(exact / exact.mean())
    assert np.average(np.abs(flat), weights=own) > 0.4  # there is something to be found


def test_flows_are_balanced():
    planes = weights_of(
        levin_weights(luma_of("astronaut")).planes(CpuBackend(2)), CpuBackend(2)
    ).planes
    reaction = np.maximum(net_inflow(planes), 0)
    assert np.percentile(reaction, 99) < 0.01
    assert reaction.max() < 0.2


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 200), (40, 1), (2, 2)])
def test_thin_and_transparent_pictures(shape, rng):
    visible = np.ones(shape, bool)
    visible.flat[:: max(2, visible.size // 3)] = visible.size == 1
    planes = levin_weights(rng.random(shape), visible).planes(CpuBackend(1))
    weights = weights_of(planes, CpuBackend(1))
    assert np.isfinite(weights.planes).all()
    assert (weights.scale[1:-1, 1:-1] > 0).all()
    assert not weights.scale[0].any() and not weights.scale[:, -1].any()


@pytest.mark.parametrize(("name", "most"), [("chelsea", 25), ("astronaut", 32), ("coffee", 35)])
def test_photos_that_took_hundreds_of_steps(name, most):
    """Where a walk of 20 steps is all that the scale knows: 92 to 256."""
    gray = np.rint(255 * luma_of(name)).astype(np.uint8)
    rng = np.random.default_rng(1)
    at = np.column_stack([rng.integers(0, n, 20) for n in gray.shape[::-1]])
    cues = vc.Cues.from_points(gray.shape, at, rng.random((20, 3)))
    result = vc.colorize(gray, cues, solver="multigrid")
    assert result.status is Status.CONVERGED
    assert result.steps <= most


def poster(name, seed):
    """Return a photo with frames of one colour and letters, luma 0..1."""
    shape, rng = (220, 180), np.random.default_rng(seed)
    luma = luma_of(name)[40:260, 30:210].copy()
    for _ in range(rng.integers(2, 5)):
        edge, width = int(rng.integers(2, 14)), int(rng.integers(2, 6))
        frame = np.zeros(shape, bool)
        frame[edge:-edge, edge:-edge] = True
        frame[edge + width : -edge - width, edge + width : -edge - width] = False
        luma[frame] = rng.random()
    for _ in range(12):
        row, column, tone = rng.integers(20, 190), rng.integers(20, 150), rng.choice([0.03, 0.97])
        luma[row : row + rng.integers(3, 18), column : column + rng.integers(2, 5)] = tone
        luma[row : row + 3, column : column + rng.integers(4, 14)] = tone
    luma = gaussian_filter(luma, 0.5) + rng.normal(0, 0.006, shape)
    return np.rint(255 * np.clip(luma, 0, 1)) / 255


def points(luma, seed):
    """Return 20 pixels with cues, and their values."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(luma.size, 20, replace=False))
    terms = vc.Levin().terms(luma, None)
    return Problem(luma.shape, None, terms, at, np.full(20, np.inf)), rng.normal(0, 0.2, (20, 2))


def wrong(found, problem, values):
    """Return the largest error of a solution, in 1/255."""
    exact = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    return 255 * np.abs(found.u - exact).max()


@pytest.mark.parametrize(
    ("name", "seed", "stuck", "most"),
    [("coffee", 8, False, 75), ("astronaut", 8, False, 28), ("camera", 10, True, 130)],
)
def test_posters(name, seed, stuck, most):
    """With one direction all the time the first two take 88 and 39 steps."""
    problem, values = points(poster(name, seed), 5)
    state = Multigrid().prepare(problem)
    assert not state.improved
    found = Multigrid().run(state, values, None, Goal(0.5))
    assert state.improved is stuck
    assert found.status is Status.CONVERGED
    assert found.steps < most
    assert wrong(found, problem, values) < 0.5


def test_what_is_scaled_again_is_kept(monkeypatch):
    luma, kept = poster("chelsea", 3), []
    problem, values = points(luma, 5)
    solver, state = Multigrid(), Multigrid().prepare(problem)
    solver.run(state, values, None, Goal(0.5))
    more = replace(problem, at=np.append(problem.at, luma.size - 1), weight=np.full(21, np.inf))
    values = np.vstack([values, [[0.1, -0.1]]])
    after = solver.prepare(more, state)
    assert after.weights is state.weights and after.improved

    class Watched(PreconditionedKrylov):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kept.append(self.kept)

    monkeypatch.setattr("varcolor.solve.multigrid.stopping.PreconditionedKrylov", Watched)
    found = solver.run(after, values, None, Goal(0.5))
    assert found.status is Status.CONVERGED
    assert wrong(found, more, values) < 0.5
    monkeypatch.setattr("varcolor.backend.memory.available", lambda: 100.0 * luma.size)
    solver.run(after, values, None, Goal(0.5, max_steps=1))
    assert kept == [16, 3]  # of 16 bytes a pixel each, in half of what there is


def test_flows_that_two_corrections_do_not_balance(monkeypatch):
    """A frame that leads its flow elsewhere: the second correction is still large."""
    luma, rounds = poster("astronaut", 10), []
    correct = stationary._correct

    def watched(*arguments):
        rounds.append(correct(*arguments))
        return rounds[-1]

    monkeypatch.setattr(stationary, "_correct", watched)
    weights_of(levin_weights(luma).planes(CpuBackend(1)), CpuBackend(1))
    assert rounds[0] > 1
    assert rounds[1] < 0.1
