"""Every kernel of the splitting solver against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.admm import bilaplacian
from varcolor.backend.kernels.admm import tv as kernels
from varcolor.backend.kernels.admm import tv_residual as balance
from varcolor.backend.kernels.admm.tv_tiles import TILE
from varcolor.energy.bilaplacian import second_order
from varcolor.solve.multigrid.levels import bordered

FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (3, 40)]


def inside(a):
    return a[..., 1:-1, 1:-1]


def state(shape, rng):
    """Return root, smooth, rho, v and u; edges that leave the grid have no weight."""
    root, smooth = bordered(shape, 4), bordered(shape, 4)
    rho, v = bordered(shape), bordered(shape, 8)
    u = np.zeros((2, shape[0] + 2, shape[1] + 2))
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for k, (dr, dc) in enumerate(FORWARD):
        there = (rows + dr < shape[0]) & (columns + dc >= 0) & (columns + dc < shape[1])
        inside(root)[k] = rng.uniform(0.1, 1, shape) * there
        inside(smooth)[k] = rng.uniform(0, 1, shape) * there
    inside(rho)[:] = rng.uniform(0.2, 5, shape)
    inside(v)[:] = rng.normal(0, 1, (8, *shape))
    inside(u)[:] = rng.normal(0, 1, (2, *shape))
    return root, smooth, rho, v, u


def images(root, u):
    """Return K u, (8, H + 2, W + 2), without the root if that is None."""
    out = np.zeros((8, *u.shape[1:]))
    height, width = u.shape[1] - 2, u.shape[2] - 2
    for k, (dr, dc) in enumerate(FORWARD):
        there = u[:, 1 + dr : 1 + dr + height, 1 + dc : 1 + dc + width]
        inside(out)[2 * k : 2 * k + 2] = inside(root)[k] * (there - inside(u))
    return out


def transposed(root, flux):
    """Return K' flux, (2, H + 2, W + 2)."""
    out = np.zeros((2, *flux.shape[1:]))
    height, width = flux.shape[1] - 2, flux.shape[2] - 2
    for k, (dr, dc) in enumerate(FORWARD):
        part = inside(root)[k] * inside(flux)[2 * k : 2 * k + 2]
        inside(out)[:] -= part
        out[:, 1 + dr : 1 + dr + height, 1 + dc : 1 + dc + width] += part
    return out


def apart(rho, v):
    """Return z and y of v."""
    length = np.sqrt((v.astype(float) ** 2).sum(axis=0))
    y = v * np.minimum(rho, 1 / np.maximum(length, 1e-30))
    return v - y / np.where(rho > 0, rho, 1), y


@pytest.mark.parametrize("shape", SHAPES)
def test_the_transposed_is_the_adjoint(shape, rng):
    root, _, _, v, u = state(shape, rng)
    root, v = root.astype(float), v.astype(float)
    left = (images(root, u) * v).sum()
    assert np.isclose(left, (u * transposed(root, v)).sum(), rtol=1e-9, atol=1e-9)


def quadratic(shape, rng, fourth):
    """Return laplacian_weights, reaction, target and free."""
    laplacian_weights, _, _, _, target = state(shape, rng)
    free, reaction = bordered(shape), bordered(shape)
    inside(free)[:] = rng.random(shape) < 0.7
    inside(reaction)[:] = rng.uniform(0, 1, shape)
    return laplacian_weights if fourth else np.zeros((4, 1, 1), np.float32), reaction, target, free


def base_of(u, rng, there):
    """Return a picture that fluxes take differences from, and it or zeros."""
    base = rng.normal(0, 1, u.shape) if there else np.zeros((2, 1, 1))
    return base, base if there else np.zeros_like(u)


@pytest.mark.parametrize("based", [False, True])
@pytest.mark.parametrize("fourth", [False, True])
@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_residual(shape, cut, fourth, based, rng):
    root, smooth, rho, v, u = state(shape, rng)
    laplacian_weights, reaction, target, free = quadratic(shape, rng, fourth)
    base, less = base_of(u, rng, based)
    out, width = bordered(shape, 2), np.array([0.5, 2.0])
    middle = 1 + shape[0] // 2 if cut else shape[0] + 1
    own = root, smooth, laplacian_weights, reaction, target, free, u, base, rho, v, out
    sums = sum(
        balance.residual(*own, width, top, bottom)
        for top, bottom in ((1, middle), (middle, shape[0] + 1))
    )
    z, y = apart(rho, v)
    flux = y + rho * (images(root, u - less) - z)
    ones = np.ones_like(root)
    steps = images(ones, u)
    own = -transposed(smooth, steps) + reaction * (target - u)
    energy = (np.repeat(smooth, 2, axis=0) * steps**2).sum() + (reaction * (target - u) ** 2).sum()
    if fourth:
        curvature = transposed(laplacian_weights, steps)
        own = own - transposed(laplacian_weights, images(ones, curvature))
        energy += (inside(curvature) ** 2).sum()
    wanted = (own - 0.5 * transposed(root, flux)) * free
    np.testing.assert_allclose(inside(out), inside(wanted), atol=5e-6 if fourth else 2e-6)
    sizes = [np.abs(a * free).sum(axis=(1, 2)) @ width for a in (wanted, own)]
    edges = images(root, u)
    length = np.sqrt((edges**2).sum(axis=0))
    np.testing.assert_allclose(sums[:3], [*sizes, energy], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(sums[3:], [length.sum(), (flux * edges).sum()], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("based", [False, True])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("fourth", [False, True])
@pytest.mark.parametrize("shape", [*SHAPES, (15, TILE + 1), (3, 2 * TILE)])
def test_the_fused_step_is_move_and_shrink_and_residual(shape, fourth, soft, based, moved, rng):
    root, smooth, rho, v, u = state(shape, rng)
    laplacian_weights, reaction, target, free = quadratic(shape, rng, fourth)
    if not soft:
        smooth, reaction = np.zeros((4, 1, 1), np.float32), np.zeros((1, 1), np.float32)
        target = np.zeros((2, 1, 1))
    base, less = base_of(u, rng, based)
    terms, width = (root, smooth, laplacian_weights, reaction, target, free, u, base), np.ones(2)
    one, both, out, wanted = v.copy(), v.copy(), bordered(shape, 2), bordered(shape, 2)
    kernels.shrink(root, rho, one, 1.7, u - less, 1, shape[0] + 1)
    balance.residual(*terms, rho, one, wanted, width, 1, shape[0] + 1)
    loops, middle = CpuBackend(2), 1 + shape[0] // 2
    strips = [(a, b) for a, b in ((1, middle), (middle, shape[0] + 1)) if b > a]
    loops._strips = lambda kernel, arguments: strips
    e, factor, start = np.zeros((2, 1, 1), np.float32), np.array([0.5, -2.0]), u.copy()
    if moved:
        e = np.where(u != 0, rng.normal(0, 1, u.shape), 0).astype(np.float32)
        start -= factor[:, None, None] * e
        loops.run_halo(kernels.move, start, e, factor)
    terms = (*terms[:6], start, base)
    loops.run(balance.fused_step, *terms, rho, both, out, e, factor, 1.7)
    loops.run_seams(balance.residual, *terms, rho, both, out, width)
    np.testing.assert_allclose(start, u, atol=1e-12)
    np.testing.assert_allclose(inside(both), inside(one), atol=1e-6)
    # Rounding to single precision is in proportion to what is summed up.
    most = 1e-6 * max(5.0, float(np.abs(wanted).max()))
    np.testing.assert_allclose(inside(out), inside(wanted), atol=most)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_laplacian_weights_and_what_stands_for_it(shape, rng):
    laplacian_weights, extra, _, _, u = state(shape, rng)
    p = u.astype(np.float32)
    ones = np.ones_like(laplacian_weights)
    steps = images(ones, p)
    curvature = transposed(laplacian_weights, steps)
    less = (np.repeat(extra, 2, axis=0) * steps**2).sum(axis=(1, 2))
    wanted = (inside(curvature) ** 2).sum(axis=(1, 2)) - less.reshape(4, 2).sum(axis=0)
    found = bilaplacian.bilaplacian_curvature(laplacian_weights, extra, p, 1, shape[0] + 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    _, _, _, free = quadratic(shape, rng, True)
    before = rng.random(p.shape, np.float32)
    out = before.copy()
    more = (
        transposed(laplacian_weights, images(ones, curvature)) - transposed(extra, steps)
    ) * free
    middle = 1 + shape[0] // 2
    found = sum(
        bilaplacian.add_bilaplacian(laplacian_weights, extra, free, p, out, top, bottom)
        for top, bottom in ((1, middle), (middle, shape[0] + 1))
    )
    np.testing.assert_allclose(inside(out - before), inside(more), atol=2e-5)
    np.testing.assert_allclose(found, (more * p).sum(axis=(1, 2)), rtol=1e-4, atol=1e-4)
    bound = (np.repeat(second_order(laplacian_weights), 2, axis=0) * steps**2).sum()
    assert (inside(curvature) ** 2).sum() <= bound * (1 + 1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_shrink_is_the_prox(shape, rng):
    root, _, rho, v, u = state(shape, rng)
    z, y = apart(rho, v)
    relaxed = 1.7 * images(root, u) - 0.7 * z
    kernels.shrink(root, rho, v, 1.7, u, 1, shape[0] + 1)
    wanted = relaxed + y / np.where(rho > 0, rho, 1)
    np.testing.assert_allclose(inside(v), inside(wanted), atol=2e-5)
    z_new, y_new = apart(rho, v)
    assert np.sqrt((y_new**2).sum(axis=0)).max() <= 1 + 1e-6
    # z minimises |z| + rho |z - v|^2 / 2: its gradient vanishes, or z does and y is short.
    np.testing.assert_allclose(inside(y_new + rho * (z_new - v)), 0, atol=2e-5)
    length = np.sqrt((z_new**2).sum(axis=0))
    aligned = (z_new * y_new).sum(axis=0)
    np.testing.assert_allclose(inside(aligned), inside(length), atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_penalties_change_and_z_and_y_stay(shape, rng):
    _, _, rho, v, _ = state(shape, rng)
    before, old = apart(rho, v), rho.copy()
    wanted = old * rng.uniform(0.1, 10, rho.shape).astype(np.float32)
    kernels.change_penalty(rho, v, wanted, 1, shape[0] + 1)
    np.testing.assert_array_equal(inside(rho), inside(wanted))
    for new, was in zip(apart(rho, v), before, strict=True):
        np.testing.assert_allclose(inside(new), inside(was), atol=1e-5)


@pytest.mark.parametrize("based", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_flux_is_held(shape, based, rng):
    root, _, rho, v, u = state(shape, rng)
    base, less = base_of(u, rng, based)
    z, y = apart(rho, v)
    flux = y + rho * (images(root, u - less) - z)
    for again in (False, True) if based else (False,):
        held = v.copy()
        kernels.shift_base(root, rho, held, u, base, again, 1, shape[0] + 1)
        wanted = flux / np.where(rho > 0, rho, 1) + (images(root, less) if again else 0)
        np.testing.assert_allclose(inside(held), inside(wanted), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("based", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_of_the_bound(shape, based, rng):
    root, smooth, rho, v, u = state(shape, rng)
    base, less = base_of(u, rng, based)
    levels = np.array([0.0, 0.1, 1.0])
    got = kernels.infeasibility(root, rho, v, u, base, 0.7, levels, 1, shape[0] + 1)
    z, y = apart(rho, v)
    edges = images(root, u)
    flux = y + rho * (images(root, u - less) - z)
    long = np.sqrt((flux**2).sum(axis=0)) - 1
    most = 0.7 * np.sqrt((root.astype(float) ** 2).sum(axis=0))
    length = np.sqrt((edges**2).sum(axis=0))
    over = [(np.maximum(long - t, 0) * most).sum() for t in levels]
    np.testing.assert_allclose(got, over, rtol=1e-4, atol=1e-4)
    out = bordered(shape)
    total = kernels.norms(root, u, out, 1, shape[0] + 1)
    np.testing.assert_allclose(total, length.sum(), rtol=1e-6)
    np.testing.assert_allclose(inside(out), inside(length), rtol=1e-5)
    w = bordered(shape, 4)
    none = np.zeros((4, 1, 1), np.float32)
    for extra in (none, np.flip(smooth, 0).copy()):
        kernels.combine(root, rho, smooth, extra, w, 1, shape[0] + 1)
        np.testing.assert_allclose(w, 0.5 * rho * root**2 + smooth + extra, rtol=1e-5)


def test_move(rng):
    u, e = rng.normal(0, 1, (2, 5, 6)), rng.normal(0, 1, (2, 5, 6)).astype(np.float32)
    wanted = u + np.array([1.5, 0.5])[:, None, None] * e
    wanted[:, [0, -1]] = u[:, [0, -1]]
    kernels.move(u, e, np.array([1.5, 0.5]), 1, 4)
    np.testing.assert_allclose(u, wanted, rtol=1e-6)
    assert not e[:, 1:4].any()
