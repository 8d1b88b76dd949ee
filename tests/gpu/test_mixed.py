"""Fourth order on a device: its kernels and its solver against those of the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backend.kernels.biharmonic.test_mixed import KINDS
from tests.gpu.test_variation import make
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.biharmonic import mixed
from varcolor.energy.problem import Problem
from varcolor.errors import InputError
from varcolor.methods.nonsmooth import GTV
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.solve.biharmonic.coarse_schur import CoarseEquations
from varcolor.solve.biharmonic.dense_schur import DenseCoarseMixed
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect

SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (33, 40)]


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


def field(shape, planes, rng):
    result = bordered(shape, planes)
    result[:, 1:-1, 1:-1] = rng.normal(0, 1, (planes, *shape))
    return result


def close(device, found, wanted):
    np.testing.assert_allclose(device.to_numpy(found), wanted, rtol=1e-5, atol=2e-5)


@KINDS
def test_equations(device, shape, make, rng):
    rows = 1, shape[0] + 1
    w, x, y = make(shape, rng), field(shape, 4, rng), field(shape, 2, rng)
    free, soft, reaction, rest = (bordered(shape) for _ in range(4))
    free[1:-1, 1:-1] = rng.random(shape) < 0.7
    soft[1:-1, 1:-1] = (free[1:-1, 1:-1] == 0) * rng.random(shape)
    reaction[1:-1, 1:-1] = (free[1:-1, 1:-1] != 0) * rng.random(shape)
    rest[1:-1, 1:-1] = rng.normal(0, 1, shape)
    root = 0.5 + rng.random(free.shape).astype(np.float32)
    zero, out = bordered(shape), bordered(shape, 2)
    q, u = field(shape, 4, rng), field(shape, 2, rng)
    W, X, Y, Z, F, Q, U, there = map(device.asarray, (w, x, y, zero, free, q, u, out))
    R, S, P, K = map(device.asarray, (root, soft, reaction, rest))
    mixed.first_product(w, rest, free, soft, reaction, y, x, q, u, *rows)
    device.run(mixed.first_product, W, K, F, S, P, Y, X, Q, U)
    close(device, Q, q)
    close(device, U, u)
    mixed.second_product(w, zero, root, u, x, q, *rows)
    device.run(mixed.second_product, W, Z, R, U, X, Q)
    close(device, Q, q)
    mixed.fixed_rows(w, zero, root, free, x[2:], u, out, *rows)
    device.run(mixed.fixed_rows, W, Z, R, F, X[2:, ...], U, there)
    close(device, there, out)


def test_bases(device, shape, rng):
    rows = 1, shape[0] + 1
    basis, w = field(shape, 12, rng), field(shape, 4, rng)
    shares = rng.normal(0, 1, (2, 2)).astype(np.float32)
    B, W = device.asarray(basis), device.asarray(w)
    for count in (1, 3):
        wanted = mixed.dots(basis, w, count, *rows)
        np.testing.assert_allclose(device.run(mixed.dots, B, W, count), wanted, atol=1e-3)
    wanted = mixed.subtract(basis, w, shares, *rows)
    np.testing.assert_allclose(device.run(mixed.subtract, B, W, shares), wanted, rtol=1e-4)
    close(device, W, w)


def test_the_coarse_correction_is_what_its_equations_say(device, rng):
    """Interpolated and multiplied on the device, against the matrices that the host has."""
    problem, _ = make(Bilaplacian(affinity="levin-sym"), (37, 46), rng)
    planes = problem.terms[0].weights.planes(CpuBackend(1))
    free = bordered(problem.shape)
    free[1:-1, 1:-1] = 1
    rows, columns = np.divmod(problem.at, problem.shape[1])
    free[rows + 1, columns + 1] = 0
    root = rng.uniform(0.2, 3, free.shape).astype(np.float32)
    there = device.asarray(free), device.asarray(root)
    hierarchy = TiledHierarchy(device, device.asarray(planes), device.zeros(free.shape), there[0])
    own = CoarseEquations.of(hierarchy, *there, get=device.to_numpy)
    assert own.level > 1
    given, u, v = (field(problem.shape, 2, rng) for _ in range(3))
    given *= free == 0
    t = given[:, own.given[0] + 1, own.given[1] + 1].T.astype(np.float64) / own.unseen
    y = np.linalg.solve(own.matrix.toarray(), own.across.T @ t)
    wanted = given.copy()
    wanted[:, own.given[0] + 1, own.given[1] + 1] = (t - own.across @ y / own.unseen).T
    parts = [device.asarray(x) for x in (given, u, v)]
    DenseCoarseMixed(device, hierarchy, *there).correct(*parts)
    close(device, parts[0], wanted)
    # The finest pictures get the interpolation of y and of what it means for v.
    for part, before, coarse in (
        (parts[1], u, y),
        (parts[2], v, (own.laplacian @ y) / own.mass[:, None]),
    ):
        flat = np.zeros((own.shape[0] * own.shape[1], 2))
        flat[own.used] = coarse
        change = before - device.to_numpy(part)
        inside = free[1:-1, 1:-1] != 0
        # Coarse pixels are every so many pixels of the finest grid, and keep their value there.
        step = 2**own.level
        at = np.s_[1:-1:step, 1:-1:step]
        held = inside[::step, ::step]
        found = np.moveaxis(change[:, *at], 0, -1)[held]
        np.testing.assert_allclose(found, flat.reshape(*own.shape, 2)[held], rtol=1e-3, atol=1e-4)


#: Along a line with contrast, single precision may not be able to vouch for how slopes go on.
SOLVED = [
    (m, s)
    for m in (Bilaplacian(), Bilaplacian(affinity="isotropic"))
    for s in ((24, 31), (1, 40), (30, 2), (1, 1))
]


@pytest.mark.parametrize(
    ("method", "shape"),
    [*SOLVED, (Bilaplacian(affinity="levin-sym"), (24, 31)), (LevinLS(), (24, 31))],
)
def test_solutions_agree(device, method, shape, rng):
    problem, values = make(method, shape, rng)
    direct, solver = BlockDirect(), GMRES(backend=device)
    wanted = direct.run(direct.prepare(problem), values, None, Goal(1e-3)).u
    state = solver.prepare(problem)
    for start in (None, wanted + rng.normal(0, 0.01, wanted.shape)):
        found = solver.run(state, values, start, Goal(0.5))
        line = shape == (1, 40) and method.affinity == "gentle"
        assert found.status is Status.CONVERGED or line
        assert 255 * np.abs(found.u - wanted).max() <= 0.5
        exact = problem.at[problem.exact]
        flat = found.u.reshape(-1, 2)[exact]
        np.testing.assert_array_equal(flat, values[problem.exact].astype(np.float32))


def test_holes_and_other_cues(device, rng):
    visible = np.ones((22, 30), bool)
    visible[10] = visible[:, 17] = False
    problem, values = make(Bilaplacian(), visible.shape, rng, visible)
    solver, direct = GMRES(backend=device), BlockDirect()
    state = solver.prepare(problem)
    fewer = Problem(problem.shape, visible, problem.terms, problem.at[::2], problem.weight[::2])
    kept = solver.prepare(fewer, state)
    assert kept.factor is state.factor
    for which, own, data in ((problem, state, values), (fewer, kept, values[::2])):
        wanted = direct.run(direct.prepare(which), data, None, Goal(1e-3))
        found = solver.run(own, data, None, Goal(0.5))
        np.testing.assert_array_equal(found.unreached, wanted.unreached)
        inside = visible & ~wanted.unreached
        assert 255 * np.abs(found.u - wanted.u)[inside].max() <= 0.5


def test_what_it_does_not_take_is_refused(emulated, rng):
    problem, _ = make(GTV(), (5, 6), rng)
    with pytest.raises(InputError, match="gmres solver takes the bilaplacian or levin-ls alone"):
        GMRES(backend=emulated).prepare(problem)
