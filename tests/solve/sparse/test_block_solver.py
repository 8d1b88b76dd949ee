"""The general solver against dense solutions and an interior-point solver at high precision."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.blocks import blocks_of
from varcolor.energy.problem import Problem
from varcolor.methods.nonsmooth import GTV, TGV, TV
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect, _box, _first, _nearest
from varcolor.solve.sparse.block_system import assemble_blocks, shortened

QUADRATIC = {
    "bilaplacian": Bilaplacian(),
    "bilaplacian isotropic": Bilaplacian(affinity="isotropic"),
    "levin-ls": LevinLS(),
    "harmonic": vc.Harmonic(),
    "sum": 0.3 * Bilaplacian() + 2 * vc.Harmonic(),
}
NORMS = {
    "tv": TV(),
    "gtv": GTV(),
    "gtv symmetric": GTV(symmetric=True),
    "tgv": TGV(),
    "tgv isotropic": TGV(affinity="isotropic"),
    "bilaplacian+gtv": 0.3 * Bilaplacian() + GTV(),
    "harmonic+tv": 0.1 * vc.Harmonic() + TV(),
}


#: Those of them that `varcolor.solve.admm.tv_solver` takes.
SPLIT = ("tv", "gtv", "harmonic+tv")


def make(method, shape, rng, kind="exact", cues=6):
    """Return a problem on a smooth guide with an edge, and values of its cues."""
    guide = np.add.outer(np.linspace(0, 0.4, shape[0]), np.linspace(0, 0.3, shape[1]))
    guide = guide + rng.normal(0, 0.02, shape)
    guide[shape[0] // 2 :] += 0.2
    visible = rng.random(shape) < 0.8 if kind == "holes" else None
    places = np.arange(guide.size) if visible is None else np.flatnonzero(visible)
    at = np.sort(rng.choice(places, min(cues, len(places)), replace=False))
    weight = np.full(len(at), np.inf)
    if kind == "soft":
        weight[::2] = rng.uniform(0.1, 5, len(weight[::2]))
    problem = Problem(shape, visible, method.terms(guide, visible), at, weight)
    return problem, rng.normal(0, 0.2, (len(at), 2))


def dense_minimiser(problem, values):
    """Least squares of the stacked blocks, the minimum-norm solution where nothing is known."""
    rows = [np.sqrt(b.strength) * b.operator.toarray() for t in problem.terms for b in blocks_of(t)]
    matrix, exact = np.vstack(rows), problem.exact
    right = np.zeros((len(matrix), 2))
    for at, weight, value in zip(problem.at, problem.weight, values, strict=True):
        if np.isinf(weight):
            right -= matrix[:, [at]] * value
        else:
            row = np.zeros((1, matrix.shape[1]))
            row[0, at] = np.sqrt(weight)
            matrix, right = np.vstack([matrix, row]), np.vstack([right, np.sqrt(weight) * value])
    matrix[:, problem.at[exact]] = 0
    u = np.linalg.lstsq(matrix, right, rcond=1e-13)[0]
    u[problem.at[exact]] = values[exact]
    return u.reshape(*problem.shape, 2)


@pytest.mark.parametrize("kind", ["exact", "soft", "holes"])
@pytest.mark.parametrize("shape", [(9, 11), (1, 30), (17, 1)])
@pytest.mark.parametrize("method", QUADRATIC)
def test_quadratic_energies_against_dense(method, shape, kind, rng):
    problem, values = make(QUADRATIC[method], shape, rng, kind)
    solver = BlockDirect()
    solution = solver.run(solver.prepare(problem), values, None, Goal(0.01))
    wanted = dense_minimiser(problem, values)
    reached = (
        ~solution.unreached if problem.visible is None else problem.visible & ~solution.unreached
    )
    assert solution.status is Status.CONVERGED
    assert 255 * np.abs(solution.u - wanted)[reached].max() <= 0.01
    assert (solution.u[solution.unreached] == 0).all()


def test_agrees_with_the_second_order_solvers(rng):
    problem, values = make(vc.Harmonic(), (20, 23), rng)
    from varcolor.solve.sparse.lu import Direct

    general, direct = BlockDirect(), Direct()
    first = general.run(general.prepare(problem), values, None, Goal())
    second = direct.run(direct.prepare(problem), values, None, Goal())
    np.testing.assert_allclose(first.u, second.u, atol=1e-9)
    np.testing.assert_array_equal(first.unreached, second.unreached)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_the_isotropic_bilaplacian_reproduces_polynomials(degree, rng):
    """Two rows of exact cues all around: every polynomial up to degree 3 comes back."""
    shape = (14, 17)
    rows, columns = np.mgrid[: shape[0], : shape[1]] / 10.0
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    u = sum(rng.normal(0, 0.1, 2) * (rows**i * columns**j)[..., None] for i, j in powers)
    frame = np.ones(shape, bool)
    frame[2:-2, 2:-2] = False
    at = np.flatnonzero(frame)
    terms = Bilaplacian(affinity="isotropic").terms(rng.random(shape), None)
    problem = Problem(shape, None, terms, at, np.full(len(at), np.inf))
    solver = BlockDirect()
    solution = solver.run(solver.prepare(problem), u.reshape(-1, 2)[at], None, Goal())
    np.testing.assert_allclose(solution.u, u, atol=1e-10)
    flat = Problem(shape, None, vc.Harmonic(affinity="levin-sym").terms(np.zeros(shape), None), at,
                   problem.weight)  # fmt: skip
    other = solver.run(solver.prepare(flat), u.reshape(-1, 2)[at], None, Goal())
    if degree >= 2:
        assert np.abs(other.u - u).max() > 1e-3


def test_fourth_order_differs_from_second_order(cat, cat_cues):
    gray = vc.to_gray(cat)
    found = {
        name: vc.colorize(gray, cat_cues, method=name).chroma
        for name in ("levin", "levin-ls", "harmonic", "bilaplacian")
    }
    assert np.abs(found["levin"] - found["levin-ls"]).max() > 0.02
    assert np.abs(found["harmonic"] - found["bilaplacian"]).max() > 0.02


def interior_point(problem, values):
    """The minimum by Clarabel at 1e-9, and the energy there."""
    cp = pytest.importorskip("cvxpy")
    size = problem.shape[0] * problem.shape[1]
    blocks = [block for term in problem.terms for block in blocks_of(term)]
    columns = max(block.operator.shape[1] for block in blocks)
    u = cp.Variable((columns, 2))
    cost, constraints = 0, []
    for block in (block.widened(columns) for block in blocks):
        image = block.operator @ u
        if block.square:
            cost += block.strength * cp.sum_squares(image)
            continue
        groups = [image[k :: block.group] for k in range(block.group)]
        cost += block.strength * cp.sum(cp.norm(cp.hstack(groups), 2, axis=1))
    for at, weight, value in zip(problem.at, problem.weight, values, strict=True):
        if np.isinf(weight):
            constraints.append(u[int(at)] == value)
        else:
            cost += weight * cp.sum_squares(u[int(at)] - value)
    program = cp.Problem(cp.Minimize(cost), constraints)
    program.solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9, max_iter=200
    )
    return u.value[:size].reshape(*problem.shape, 2), float(program.value)


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")  # short of 1e-9 by a little
@pytest.mark.parametrize("kind", ["exact", "soft"])
@pytest.mark.parametrize("method", NORMS)
def test_energies_with_norms_against_an_interior_point_solver(method, kind, rng):
    problem, values = make(NORMS[method], (12, 14), rng, kind)
    _, least = interior_point(problem, values)
    for solver in (BlockDirect(gap=1e-5), *([ADMM(gap=1e-5)] if method in SPLIT else [])):
        solution = solver.run(solver.prepare(problem), values, None, Goal(max_steps=20_000))
        assert solution.status is Status.CONVERGED
        energy = problem.energy(solution.u, values)
        assert energy <= least * (1 + 1e-4) + 1e-9
        assert energy >= least * (1 - 1e-5) - 1e-9
        # What the gap promises is true.
        assert energy - least <= solution.gap * energy + 1e-7


def test_a_unique_minimiser_is_met_pixel_by_pixel(rng):
    """Soft data everywhere make total variation strictly convex."""
    shape = (10, 12)
    at = np.arange(120)
    problem = Problem(shape, None, TV().terms(rng.random(shape), None), at, np.full(120, 2.0))
    values = rng.normal(0, 0.2, (120, 2))
    solver = BlockDirect(gap=1e-7)
    solution = solver.run(solver.prepare(problem), values, None, Goal())
    wanted, _ = interior_point(problem, values)
    np.testing.assert_allclose(solution.u, wanted, atol=2e-4)


@pytest.mark.parametrize("method", ["tv", "gtv", "bilaplacian+gtv"])
def test_the_gap_bounds_the_distance_for_any_dual(method, rng):
    problem, values = make(NORMS[method], (8, 9), rng)
    system = assemble_blocks(problem)
    solver = BlockDirect(gap=1e-6)
    best = solver.run(solver.prepare(problem), values, None, Goal())
    least, box = problem.energy(best.u, values), _box(system, values)
    for full in (_first(system, values, None), _nearest(system, values)):
        duals = [rng.normal(0, 3, (b.operator.shape[0], 2)) for b in system.norms]
        for y in ([shortened(d, b.group, b.strength) for d, b in zip(duals, system.norms, strict=True)],
                  [0 * d for d in duals]):  # fmt: skip
            gap = system.gap(full, y, values, box)
            assert gap >= system.energy(full, values) - least - 1e-9


def test_total_variation_stays_in_the_range_of_the_cues(rng):
    problem, values = make(GTV(), (15, 16), rng)
    solver = BlockDirect()
    u = solver.run(solver.prepare(problem), values, None, Goal()).u
    assert (u.min(axis=(0, 1)) >= values.min(axis=0) - 1e-3).all()
    assert (u.max(axis=(0, 1)) <= values.max(axis=0) + 1e-3).all()


def test_holes_and_a_step_limit(rng):
    problem, values = make(GTV(), (15, 16), rng, kind="holes")
    solver = BlockDirect()
    solution = solver.run(solver.prepare(problem), values, None, Goal(max_steps=3))
    assert solution.status is Status.STEP_LIMIT
    assert solution.steps == 3
    assert solution.gap > 1e-3
    assert (solution.u[solution.unreached] == 0).all()


def test_gap_out_of_range():
    with pytest.raises(vc.InputError, match="gap"):
        BlockDirect(gap=0)
