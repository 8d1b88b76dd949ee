"""Total variation on a device: its kernels and its solver against those of the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backend.kernels.admm.test_tv import inside, state
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.admm import bilaplacian
from varcolor.backend.kernels.admm import tv as variation
from varcolor.backend.kernels.admm import tv_residual as balance
from varcolor.energy.bilaplacian import second_order
from varcolor.energy.problem import Problem
from varcolor.errors import InputError
from varcolor.methods.nonsmooth import GTV, TV
from varcolor.methods.quadratic import Bilaplacian, Harmonic
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal

SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (33, 40)]
NONE, NO_BASE = np.zeros((4, 1, 1), np.float32), np.zeros((2, 1, 1))


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["", "with a base"])
def base(request, shape, rng):
    if not request.param:
        return NO_BASE
    result = np.zeros((2, shape[0] + 2, shape[1] + 2))
    inside(result)[:] = rng.normal(0, 1, (2, *shape))
    return result


class Both:
    """Runs a kernel on the host and on a device, and compares all arrays that it was given."""

    def __init__(self, device, rows):
        self._device, self._rows = device, rows

    def __call__(self, module, name, *arguments, rows=None, tolerance=2e-5):
        there = [self._device.asarray(a) if isinstance(a, np.ndarray) else a for a in arguments]
        host = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
        vectors = [i for i, a in enumerate(arguments) if isinstance(a, np.ndarray) and a.ndim == 1]
        for i in vectors:
            there[i] = arguments[i]
        wanted = getattr(module, name)(*host, *(rows or self._rows))
        found = self._device.run(getattr(module, name), *there)
        for i, array in enumerate(host):
            if isinstance(array, np.ndarray) and i not in vectors:
                own = self._device.to_numpy(there[i])
                assert own.dtype == array.dtype
                np.testing.assert_allclose(own, array, rtol=tolerance, atol=tolerance)
        if wanted is not None:
            np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)
        return host


@pytest.fixture
def both(device, shape):
    return Both(device, (1, shape[0] + 1))


def test_norms_and_weights(both, shape, rng):
    root, smooth, rho, _, u = state(shape, rng)
    both(variation, "norms", root, u, bordered(shape))
    for more in ((NONE, NONE), (smooth, NONE), (NONE, smooth), (smooth, 2 * smooth)):
        both(variation, "combine", root, rho, *more, bordered(shape, 4))


def test_penalties_and_fluxes(both, shape, base, rng):
    root, _, rho, v, u = state(shape, rng)
    both(variation, "shrink", root, rho, v, 1.7, u)
    both(variation, "change_penalty", rho, v, 0.3 + rho * rho)
    for again in (False, True):
        if base.shape[1] > 1 or not again:
            both(variation, "shift_base", root, rho, v, u, base, again)
    levels = np.array([0.0, 0.01, 0.1, 1.0])
    both(variation, "infeasibility", root, rho, v, u, base, 0.7, levels)
    both(variation, "move", u, v[:2], np.array([0.5, -2.0]))


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("fourth", [False, True])
@pytest.mark.parametrize("soft", [False, True])
def test_residual_and_fused_step(both, shape, base, fourth, soft, moved, rng):
    root, smooth, rho, v, u = state(shape, rng)
    laplacian_weights = np.where(root > 0, 1 + root, 0).astype(np.float32) if fourth else NONE
    reaction, target = np.zeros((1, 1), np.float32), np.zeros((2, 1, 1))
    if soft:
        reaction, target = bordered(shape), np.zeros_like(u)
        inside(reaction)[:] = rng.uniform(0, 1, shape)
        inside(target)[:] = rng.normal(0, 1, (2, *shape))
    free = bordered(shape)
    inside(free)[:] = rng.random(shape) < 0.8
    terms = (root, smooth if soft else NONE, laplacian_weights, reaction, target, free)
    own, width = (*terms, u, base, rho, v, bordered(shape, 2)), np.array([1.0, 2.0])
    both(balance, "residual", *own, width)
    # The CPU leaves some rows to other calls.
    first, factor = [a.copy() for a in own], np.array([0.5, -2.0])
    e = rng.normal(0, 1, u.shape if moved else (2, 1, 1)).astype(np.float32)
    there = [both._device.asarray(a) for a in own]
    both._device.run(balance.fused_step, *there, both._device.asarray(e), factor, 1.7)
    loops = CpuBackend(1)
    if moved:
        loops.run_halo(variation.move, first[6], e, factor)
    loops.run(balance.fused_step, *first, e, factor, 1.7)
    loops.run_seams(balance.residual, *first, width)
    for i in (9, 10):
        # Rounding to single precision is in proportion to what is summed up.
        most = 1e-6 * max(20.0, float(np.abs(first[i]).max()))
        np.testing.assert_allclose(both._device.to_numpy(there[i]), first[i], rtol=2e-5, atol=most)


def test_curvature_of_fourth_order(both, shape, rng):
    root, *_, u = state(shape, rng)
    extra, p, free = second_order(root), u.astype(np.float32), bordered(shape)
    both(bilaplacian, "bilaplacian_curvature", root, extra, p, tolerance=1e-3)
    inside(free)[:] = rng.random(shape) < 0.8
    both(
        bilaplacian,
        "add_bilaplacian",
        root,
        extra,
        free,
        p,
        rng.random(p.shape, np.float32),
        tolerance=1e-3,
    )


METHODS = {
    "gtv": GTV(),
    "tv": TV(),
    "isotropic": GTV(affinity="isotropic"),
    "sum": 3 * Bilaplacian() + GTV(),
    "harmonic": GTV() + 0.5 * Harmonic(),
}


def make(method, shape, rng, visible=None, soft=True):
    guide = np.cumsum(rng.normal(0, 0.02, shape), axis=1)
    count = max(2, shape[0] * shape[1] // 60)
    count = min(count, shape[0] * shape[1])
    at = np.sort(rng.choice(shape[0] * shape[1], count, replace=False))
    if visible is not None:
        at = at[visible.ravel()[at]]
    weight = np.where(soft & (rng.random(len(at)) < 0.3), 2.0, np.inf)
    values = rng.normal(0, 0.1, (len(at), 2))
    return Problem(shape, visible, method.terms(guide, visible), at, weight), values


@pytest.mark.parametrize("shape", [(24, 31), (1, 40), (2, 2), (1, 1)])
@pytest.mark.parametrize("name", METHODS)
def test_energies_agree_with_those_of_the_cpu(device, name, shape, rng):
    """Both are proven to be within the gap of the same minimum."""
    problem, values = make(METHODS[name], shape, rng)
    gap = 1e-4
    here, there = ADMM(gap=gap), ADMM(backend=device, gap=gap)
    one = here.run(here.prepare(problem), values, None, Goal())
    other = there.run(there.prepare(problem), values, None, Goal())
    assert one.status is other.status is Status.CONVERGED
    energies = [problem.energy(found.u, values) for found in (one, other)]
    least = min(energies)
    assert max(energies) - least <= 1.1 * gap * max(least, 1e-9)
    exact = problem.at[problem.exact]
    flat = other.u.reshape(-1, 2)[exact]
    np.testing.assert_array_equal(flat, values[problem.exact].astype(np.float32))


def test_holes_starts_and_other_cues(device, rng):
    visible = np.ones((22, 30), bool)
    visible[10] = visible[:, 17] = False
    problem, values = make(GTV(), visible.shape, rng, visible)
    solver = ADMM(backend=device)
    state = solver.prepare(problem)
    first = solver.run(state, values, None, Goal())
    again = solver.run(state, values, first.u, Goal())
    host = ADMM()
    wanted = host.run(host.prepare(problem), values, None, Goal())
    np.testing.assert_array_equal(first.unreached, wanted.unreached)
    for found in (first, again):
        assert np.isclose(found.energies[-1], wanted.energies[-1], rtol=2e-3)
    fewer = Problem(problem.shape, visible, problem.terms, problem.at[::2], problem.weight[::2])
    kept = solver.prepare(fewer, state)
    assert kept.parts is state.parts
    found = solver.run(kept, values[::2], None, Goal())
    wanted = host.run(host.prepare(fewer), values[::2], None, Goal())
    assert np.isclose(found.energies[-1], wanted.energies[-1], rtol=2e-3)


def test_what_it_does_not_take_is_refused(emulated, rng):
    problem, _ = make(GTV(symmetric=True), (5, 6), rng)
    with pytest.raises(InputError, match="admm solver takes .*gtv or tv"):
        ADMM(backend=emulated).prepare(problem)
    with pytest.raises(InputError, match="expected above 0"):
        ADMM(backend=emulated, gap=0.0)
