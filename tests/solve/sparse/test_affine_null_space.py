"""Where cues leave the slope of chroma open: found, fixed at the smallest, and reported."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.problem import Problem
from varcolor.methods.nonsmooth import GTV, TGV
from varcolor.methods.quadratic import Bilaplacian
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.affine_null_space import free_slopes, minimise_free_slopes
from varcolor.solve.sparse.block_solver import BlockDirect
from varcolor.solve.sparse.block_system import assemble_blocks

SHAPE = (9, 12)


def problem_of(places, method=None, visible=None, weight=np.inf, shape=SHAPE):
    """Return a problem with cues at (row, column) places."""
    guide = np.add.outer(np.linspace(0, 0.3, shape[0]), np.linspace(0, 0.2, shape[1]) ** 2)
    at = np.sort([row * shape[1] + column for row, column in places])
    terms = (method or TGV()).terms(guide, visible)
    return Problem(shape, visible, terms, at, np.full(len(at), weight))


def free_of(problem):
    return free_slopes(assemble_blocks(problem))


@pytest.mark.parametrize(
    ("places", "count"),
    [
        ([(4, 5)], 2),
        ([(4, 5), (4, 5)], 2),
        ([(0, 0), (2, 3)], 1),
        ([(0, 0), (2, 3), (4, 6), (6, 9)], 1),
        ([(1, 1), (1, 8), (1, 4)], 1),
        ([(0, 0), (2, 3), (4, 7)], 0),
    ],
)
@pytest.mark.parametrize("weight", [np.inf, 0.5])
def test_cues_on_a_line_leave_slopes_free(places, count, weight):
    found = free_of(problem_of(sorted(set(places)), weight=weight))
    assert sum(len(free.directions) for free in found) == count
    for free in found:
        assert len(free.pixels) == SHAPE[0] * SHAPE[1]


def test_thin_pictures_have_no_slope_across():
    assert len(free_of(problem_of([(0, 3)], shape=(1, 12)))[0].directions) == 1
    assert free_of(problem_of([(0, 3), (0, 7)], shape=(1, 12))) == ()
    assert free_of(problem_of([(0, 0)], shape=(1, 1))) == ()


@pytest.mark.parametrize("method", [GTV(), TGV() + 0.01 * vc.Harmonic(), Bilaplacian()])
def test_energies_that_see_slopes_leave_none_free(method):
    assert free_of(problem_of([(4, 5)], method)) == ()


def test_parts_are_looked_at_one_by_one():
    visible = np.ones(SHAPE, bool)
    visible[:, 6] = False
    places = [(0, 0), (5, 1), (3, 4), (2, 8), (6, 8)]
    (free,) = free_of(problem_of(places, visible=visible))
    assert (free.pixels % SHAPE[1] > 6).all()
    assert len(free.pixels) == SHAPE[0] * 5
    np.testing.assert_allclose(np.abs(free.directions), [[1, 0]], atol=1e-12)


def test_settling_costs_nothing_meets_the_cues_and_is_the_smallest(rng):
    problem = problem_of([(0, 0), (2, 3), (4, 6)])
    system, count = assemble_blocks(problem), SHAPE[0] * SHAPE[1]
    values = rng.normal(0, 0.2, (3, 2))
    full = system.whole(rng.normal(0, 0.2, (len(system.free), 2)), values)
    free = free_slopes(system)
    settled = minimise_free_slopes(free, full, count)
    assert system.energy(settled, values) == pytest.approx(system.energy(full, values))
    np.testing.assert_allclose(settled[problem.at], values, atol=1e-12)

    def steepness(amount):
        u = settled[:count] + amount * free[0].functions
        u = u.reshape(*SHAPE, 2)
        return (np.diff(u, axis=0) ** 2).sum() + (np.diff(u, axis=1) ** 2).sum()

    assert steepness(0.0) < min(steepness(1e-3), steepness(-1e-3))
    again = minimise_free_slopes(free, minimise_free_slopes(free, full + 0, count), count)
    np.testing.assert_allclose(again, settled, atol=1e-12)


def test_a_line_of_cues_is_continued_without_slope_across(rng):
    """Values that are affine along the line: the answer is that plane, flat across the line."""
    places = [(4, 0), (4, 5), (4, 11)]
    problem = problem_of(places)
    slope = np.array([0.02, -0.01])
    values = np.array([column for _, column in places])[:, None] * slope
    solver = BlockDirect(gap=1e-6)
    state = solver.prepare(problem)
    solution = solver.run(state, values, None, Goal(max_steps=4000))
    wanted = np.broadcast_to(np.arange(12)[None, :, None] * slope, (*SHAPE, 2))
    assert solution.loose is not None
    assert solution.loose.all()
    np.testing.assert_allclose(solution.u, wanted, atol=2e-3)
    tilted = wanted + 0.05 * (np.arange(9)[:, None, None] - 4.0)
    from_tilted = solver.run(state, values, tilted, Goal(max_steps=4000))
    np.testing.assert_allclose(from_tilted.u, wanted, atol=2e-3)


def test_the_result_says_so():
    gray = np.linspace(50, 200, 108).reshape(SHAPE).astype(np.uint8)
    colours = np.array([[200, 100, 60], [60, 110, 190]], np.uint8)
    line = vc.Cues.from_points(gray, np.array([[1, 1], [9, 5]]), colours)
    notes = vc.colorize(gray, line, method="tgv").notes
    assert any(note.startswith("108 pixels") and "on one line" in note for note in notes)
    one = vc.colorize(gray, vc.Cues.from_points(gray, [[1, 1]], colours[:1]), method="tgv")
    assert any("the slope of colour is free" in note for note in one.notes)
    assert np.ptp(one.chroma, axis=(0, 1)).max() < 1e-6
    corner = np.array([[1, 1], [9, 5], [2, 7]])
    three = vc.Cues.from_points(gray, corner, np.vstack([colours, colours[:1]]))
    assert not any("slope" in note for note in vc.colorize(gray, three, method="tgv").notes)
    assert not any("slope" in note for note in vc.colorize(gray, line, method="gtv").notes)
