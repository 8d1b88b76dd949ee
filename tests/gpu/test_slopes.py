"""Total generalised variation on a device: its kernels and its solver against those of the CPU."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import varcolor as vc
from tests.backend.kernels.admm.test_tgv import inside, picture, state
from tests.gpu.test_variation import Both
from tests.solve.admm.test_tv_solver import make as splitting_make
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.admm import block3
from varcolor.backend.kernels.admm import tgv as tgv_kernels
from varcolor.backend.kernels.admm import tgv_bound as bound
from varcolor.energy.problem import Problem
from varcolor.methods.nonsmooth import GTV, TGV
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.admm.tgv_operator import TgvOperator
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal

SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (33, 40)]
NO_BASE, NO_REACTION = np.zeros((2, 1, 1)), np.zeros((1, 1), np.float32)

make = partial(splitting_make, share=0.9)


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


@pytest.fixture
def both(device, shape):
    return Both(device, (1, shape[0] + 1))


@pytest.fixture(params=[False, True], ids=["", "with a base"])
def base(request, shape, rng):
    return picture(shape, rng, 6) if request.param else NO_BASE


@pytest.mark.parametrize("soft", [False, True])
def test_products(both, shape, soft, rng):
    root, second_weights, rho, reaction, _, free, _, _ = state(shape, rng)
    x, out = (picture(shape, rng, 6, np.float32) for _ in range(2))
    matrix = root, second_weights, rho, reaction if soft else NO_REACTION, free
    both(tgv_kernels, "product", *matrix, x, 0.5, -2.0, out)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("relaxation", [0.0, 1.7])
def test_gradients(both, shape, base, soft, relaxation, rng):
    root, second_weights, rho, reaction, target, free, v, _ = state(shape, rng)
    if not soft:
        reaction, target = NO_REACTION, NO_BASE
    width = rng.uniform(0.5, 2, 6)
    x = picture(shape, rng, 6)
    own = root, second_weights, rho, reaction, target, free, x, base, v, bordered(shape, 6)
    if not relaxation:
        both(tgv_kernels, "gradient", *own, 0.0, width, tolerance=1e-4)
        return
    # The CPU leaves the first row to a second call.
    first = [a.copy() for a in own]
    rows = 1, shape[0] + 1
    tgv_kernels.gradient(*first, relaxation, width, *rows)
    tgv_kernels.gradient(*first, 0.0, width, 1, 2)
    there = [both._device.asarray(a) for a in own]
    both._device.run(tgv_kernels.gradient, *there, relaxation, width)
    for i in (8, 9):
        np.testing.assert_allclose(both._device.to_numpy(there[i]), first[i], rtol=1e-4, atol=1e-4)


def test_fluxes_and_norms(both, shape, base, rng):
    root, second_weights, rho, _, _, _, v, _ = state(shape, rng)
    x = picture(shape, rng, 6)
    for again in (False, True):
        if base.shape[1] > 1 or not again:
            both(
                tgv_kernels,
                "shift_base",
                root,
                second_weights,
                rho,
                x,
                base,
                again,
                v,
                tolerance=1e-4,
            )
    levels = np.array([0.0, 0.01, 0.1, 1.0])
    both(bound, "infeasibility", root, second_weights, rho, x, base, v, 0.7, levels, tolerance=1e-4)
    both(bound, "norms", root, second_weights, x, bordered(shape, 2))
    both(tgv_kernels, "change_penalties", rho, v, 0.3 + rho * rho)


def test_grids_of_triples(both, shape, rng):
    blocks, matrix = bordered(shape, 6), bordered(shape, 81)
    for plane, diagonal in enumerate((True, False, False, True, False, True)):
        inside(blocks)[plane] = rng.uniform(1, 2, shape) if diagonal else rng.uniform(-1, 1, shape)
    inside(blocks)[0][rng.random(shape) < 0.2] = 0
    inside(matrix)[:] = rng.normal(0, 1, (81, *shape))
    x, out = (picture(shape, rng, 6, np.float32) for _ in range(2))
    both(block3, "block_diagonal", blocks, x, 0.5, 2.0, out)
    both(block3, "matvec", matrix, x, 0.5, 2.0, out, tolerance=1e-4)
    both(block3, "invert", blocks, rows=(0, shape[0] + 2), tolerance=1e-3)
    few = -(-shape[0] // 3), -(-shape[1] // 3)
    coarse, free = picture(few, rng, 6, np.float32), bordered(shape)
    inside(free)[:] = rng.random(shape) < 0.6
    for own in (free, np.ones((1, 1), np.float32)):
        both(block3, "prolong", coarse, own, out)
    both(block3, "restrict", x, coarse, rows=(1, few[0] + 1))
    for first, second in ((0, 1), (13, 26), (8, 21)):
        both(block3, "set_probe", first, second, out)
        both(block3, "read_probe", x, first, second, matrix)


def test_vectors_of_triples(both, shape, rng):
    a, b = (picture(shape, rng, 6, np.float32) for _ in range(2))
    own, scale = np.array([0.5, 2.0]), np.array([-1.0, 0.25])
    both(block3, "dot", a, b, tolerance=1e-4)
    both(block3, "blend", a, own, scale, b)
    both(block3, "move", picture(shape, rng, 6), b, scale)


@pytest.mark.parametrize("shape", [(24, 31), (1, 40), (9, 9)], ids=str)
def test_the_matrix_is_that_of_the_cpu_and_its_cycle_nearly(device, shape, rng):
    root, second_weights, rho, reaction, _, free, _, _ = state(shape, rng)
    here = TgvOperator(root, second_weights, reaction, free, CpuBackend(1))
    there = TgvOperator(
        *(device.asarray(a) for a in (root, second_weights, reaction, free)), device
    )
    for matrix, own in ((here, rho), (there, device.asarray(rho))):
        matrix.rho[...] = own
        matrix.refactor()
    r = picture(shape, rng, 6, np.float32)
    inside(r)[:2] *= inside(free)
    z, other = here.cycle(r).copy(), device.to_numpy(there.cycle(device.asarray(r)))
    # Both are approximations of the same inverse, with smoothers of their own.
    assert np.linalg.norm(z - other) < 0.5 * np.linalg.norm(z)
    out = bordered(shape, 6)
    dots = here.apply(z, out)
    image = device.zeros(out.shape)
    np.testing.assert_allclose(there.apply(device.asarray(z), image), dots, rtol=1e-4)
    np.testing.assert_allclose(device.to_numpy(image), out, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("method", "shape", "kind"),
    [
        (TGV(), (24, 31), "exact"),
        (TGV(), (20, 9), "holes"),
        (TGV(ratio=5.0), (32, 32), "soft"),
        (TGV(affinity="isotropic"), (1, 40), "exact"),
    ],
    ids=["exact", "holes", "soft", "a line"],
)
def test_energies_agree_with_those_of_the_cpu(device, method, shape, kind, rng):
    """Both are proven to be within the gap of the same minimum."""
    problem, values = make(method, shape, rng, kind)
    gap = 2e-3
    here, there = ADMM(gap=gap), ADMM(backend=device, gap=gap)
    one = here.run(here.prepare(problem), values, None, Goal())
    other = there.run(there.prepare(problem), values, None, Goal())
    assert one.status is other.status is Status.CONVERGED
    least = min(one.energies[-1], other.energies[-1])
    assert max(one.energies[-1], other.energies[-1]) - least <= 1.1 * gap * max(least, 1e-9)
    np.testing.assert_array_equal(one.unreached, other.unreached)
    exact = problem.at[problem.exact]
    flat = other.u.reshape(-1, 2)[exact]
    np.testing.assert_allclose(flat, values[problem.exact], atol=1e-7)
    if one.loose is None:
        assert other.loose is None
    else:
        np.testing.assert_array_equal(one.loose, other.loose)


def test_cues_on_a_line_leave_the_smallest_slope(device, rng):
    shape, at = (20, 24), np.array([10 * 24 + 3, 10 * 24 + 17])
    values = np.array([[0.0, 0.1], [0.07, 0.1]])
    terms = TGV(affinity="isotropic").terms(np.zeros(shape), None)
    problem = Problem(shape, None, terms, at, np.full(2, np.inf))
    solver = ADMM(backend=device, gap=1e-2)
    found = solver.run(solver.prepare(problem), values, None, Goal())
    assert found.loose is not None
    assert found.loose.all()
    plane = np.broadcast_to(0.005 * (np.arange(24) - 3), shape)
    assert np.abs(found.u[..., 0] - plane).max() < 2e-3


def test_starts_and_cues_of_one_colour(device, rng):
    problem, values = make(TGV(), (12, 14), rng, "exact")
    solver = ADMM(backend=device, gap=5e-3)
    state = solver.prepare(problem)
    first = solver.run(state, values, None, Goal())
    again = solver.run(state, values, first.u, Goal())
    assert again.status is Status.CONVERGED
    assert np.isclose(again.energies[-1], first.energies[-1], rtol=1e-2)
    same = solver.run(state, np.full_like(values, 0.1), None, Goal())
    np.testing.assert_allclose(same.u, 0.1, atol=1e-7)


def test_what_it_does_not_take_is_refused(emulated, rng):
    problem, values = make(TGV() + GTV(), (5, 6), rng, "exact")
    with pytest.raises(vc.InputError, match="admm solver takes tgv alone"):
        ADMM(backend=emulated).prepare(problem)
    with pytest.raises(vc.InputError, match="expected above 0"):
        ADMM(backend=emulated, gap=0.0)
    problem, _ = make(TGV(), (5, 6), rng, "exact")
    solver = ADMM(backend=emulated)
    with pytest.raises(vc.InputError, match="channels"):
        solver.run(solver.prepare(problem), np.zeros((len(values), 3)), None, Goal())
