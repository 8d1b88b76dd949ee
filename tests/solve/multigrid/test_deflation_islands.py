"""Islands in the multigrid solver: specks that cycles alone do not see."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from tests.solve.multigrid import test_deflation_tiles as clusters
from varcolor.energy.problem import Problem
from varcolor.solve.multigrid import deflation_islands as islands
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal

problem_on = partial(clusters.problem_on, cues=25)
METHODS = {"default": vc.Harmonic(), "levin-sym": vc.Harmonic(affinity="levin-sym")}


def dusty(shape, seed=3, specks=60):
    """Return smooth luma with bright specks of two to four pixels."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.random(shape), 4)
    luma = 0.1 + 0.2 * (smooth - smooth.min()) / np.ptp(smooth)
    for r, c in rng.integers(0, np.array(shape) - 3, (specks, 2)):
        for dr, dc in ((0, 0), (1, 1), (0, 2), (2, 1))[: rng.integers(2, 5)]:
            luma[r + dr, c + dc] = 0.7
    return np.rint(luma * 255) / 255


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("method", [*METHODS.values(), vc.Levin()], ids=[*METHODS, "levin"])
def test_the_estimate_holds_with_dust(method, soft):
    steps = []
    for seed in range(4):
        problem = problem_on(dusty((130, 99), seed), method, soft=soft)
        values = clusters.values_of(problem, seed)
        wanted = clusters.direct(problem, values)
        state = Multigrid().prepare(problem)
        for tolerance in (2, 0.5, 0.05):
            found = Multigrid().run(state, values, None, Goal(tolerance))
            assert found.status is Status.CONVERGED
            assert 255 * np.abs(found.u - wanted).max() <= found.error <= tolerance
            steps.append(found.steps)
    assert max(steps) <= (20 if problem.symmetric else 50), steps


def test_without_islands_a_speck_is_not_seen():
    """Why they are there: an error constant on a speck is not what a cycle makes of its image."""
    guide = np.full((60, 60), 0.2) + 1e-3 * np.arange(60)
    guide[31, 30] = guide[32, 31] = guide[31, 32] = 0.9  # none of them on the next grid
    problem = problem_on(guide, METHODS["default"])
    speck = np.zeros((2, 62, 62), np.float32)
    speck[:, 1:-1, 1:-1] = guide > 0.5
    seen = {}
    for deflation in (None, Islands):
        matrix = clusters.matrix_of(problem, deflation)
        image, z, work = (np.zeros_like(speck) for _ in range(3))
        matrix.apply(speck, image)
        matrix.cycle(image, z, work, np.eye(2, dtype=np.float32))
        seen[deflation] = float(z[speck > 0].mean())
    assert seen[None] < 0.1
    assert seen[Islands] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", METHODS)
def test_the_correction_is_exact_on_islands(name):
    """C (b - A z) is the Galerkin correction, and none is left after `begin`."""
    problem = problem_on(dusty((40, 50)), METHODS[name], soft=True)
    matrix = clusters.matrix_of(problem, Islands)
    deflation = matrix._deflation
    assert isinstance(deflation, Islands)
    assert deflation.count >= 10
    assert deflation.safety_factor > 1
    pixels, first = deflation._own
    q = np.zeros((42 * 52, deflation.count))
    q[pixels, np.repeat(np.arange(deflation.count), np.diff(first))] = 1
    q = q.reshape(42, 52, -1)[1:-1, 1:-1][matrix.free_mask]
    r, z, wanted, most = clusters.corrected(problem, matrix, q, 1e-9)
    found = clusters.unknowns(matrix, z)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())
    assert most == pytest.approx(np.abs(wanted[q.any(axis=1), 0]).max(), rel=1e-4)
    assert deflation.correct(r, z, np.array([[1, 0]], np.float32), 1e9) == 1e9
    assert clusters.left_at_first(problem, matrix, q) < 1e-5


@pytest.mark.parametrize("threads", [2, 3])
def test_the_answer_does_not_depend_on_the_threads(threads):
    problem = problem_on(dusty((300, 280), specks=400), METHODS["default"])
    np.testing.assert_array_equal(
        clusters.solved_by_threads(problem, 1), clusters.solved_by_threads(problem, threads)
    )


def test_cues_on_islands():
    """Given pixels are no part of an island any more, and one that is all given is none."""
    guide = dusty((80, 70))
    method = METHODS["default"]
    matrix = clusters.matrix_of(problem_on(guide, method, cues=1), Islands)
    pixels, first = matrix._deflation._own
    inside = np.zeros((82, 72), bool)
    inside.reshape(-1)[pixels[: first[1]]] = True  # all of one,
    inside.reshape(-1)[pixels[first[1 : first.size // 2]]] = True  # and a pixel of others
    at = np.flatnonzero(inside[1:-1, 1:-1])
    terms = method.terms(guide, None)
    problem = Problem(guide.shape, None, terms, at, np.full(len(at), np.inf))
    state = Multigrid().prepare(problem)
    values = clusters.values_of(problem)
    wanted = clusters.direct(problem, values)
    found = Multigrid().run(state, values, None, Goal(0.05))
    assert found.status is Status.CONVERGED
    assert 255 * np.abs(found.u - wanted).max() <= 0.05


def test_other_cues_of_the_same_photo():
    np.testing.assert_array_equal(*clusters.after_other_cues(dusty((160, 140)), METHODS["default"]))


def test_where_all_would_be_islands_only_the_weakest_links_make_them(monkeypatch):
    """Noise: their number, and so the time that they take, is limited."""
    noise = np.random.default_rng(1).random((200, 210))
    problem = problem_on(noise, METHODS["default"])
    monkeypatch.setattr(islands, "_FEW", 0)
    few = clusters.matrix_of(problem, Islands)._deflation.count
    monkeypatch.setattr(islands, "_SHARES", ((0.1, 1.0, 1.0),))
    many = clusters.matrix_of(problem, Islands)._deflation.count
    assert few < 0.04 * noise.size < 0.08 * noise.size < many


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (2, 3)])
def test_pictures_without_room_for_any(shape):
    guide = np.linspace(0, 1, shape[0] * shape[1]).reshape(shape)
    problem = problem_on(guide, METHODS["default"], cues=1)
    values = clusters.values_of(problem)
    found = Multigrid().run(Multigrid().prepare(problem), values, None, Goal(0.5))
    np.testing.assert_allclose(found.u, np.broadcast_to(values[0], (*shape, 2)), atol=1e-5)
