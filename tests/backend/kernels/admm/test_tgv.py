"""Every kernel of the slopes solver against the energy's own operators, and plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.kernels.admm import block3
from varcolor.backend.kernels.admm import tgv as tgv_kernels
from varcolor.backend.kernels.admm import tgv_bound as bound
from varcolor.energy.stencil import FOUR, Stencil
from varcolor.energy.tgv import GeneralisedVariation
from varcolor.solve.multigrid.levels import bordered

SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (3, 40)]
RATIO = 1.5


def inside(a):
    return a[..., 1:-1, 1:-1]


def stencil(shape, rng):
    """Return weights between four neighbours, a few of them zero."""
    weights = np.zeros((4, *shape))
    for k, (dr, dc) in enumerate(FOUR):
        if (dr, dc) in ((0, 1), (1, 0)):
            rows, columns = shape[0] - dr, shape[1] - dc
            own = rng.uniform(0.05, 1, (rows, columns)) * (rng.random((rows, columns)) < 0.9)
            weights[k, :rows, :columns] = own
            weights[FOUR.index((-dr, -dc)), dr:, dc:] = own
    return Stencil(FOUR, weights, symmetric=True)


def operator(shape, rng):
    """Return root, second_weights, and K as a dense matrix: rows as v has them, columns as x has them."""
    term = GeneralisedVariation(stencil(shape, rng), RATIO)
    root = bordered(shape, 2)
    for g, offset in enumerate(((0, 1), (1, 0))):
        inside(root)[g] = np.sqrt(term.weights.weights[FOUR.index(offset)])
    second_weights = ((root > 0) * RATIO).astype(np.float32)
    steps, bends = term.blocks()
    count = shape[0] * shape[1]
    rows = [steps.operator.toarray().reshape(count, 2, -1)]
    rows.append(RATIO * bends.operator.toarray().reshape(count, 3, -1))
    return root, second_weights, np.concatenate(rows, axis=1).transpose(1, 0, 2)  # (5, N, 3 N)


def picture(shape, rng, planes, dtype=np.float64):
    found = np.zeros((planes, shape[0] + 2, shape[1] + 2), dtype)
    inside(found)[:] = rng.normal(0, 1, (planes, *shape))
    return found


def images(K, x):
    """Return K x, (10, H, W)."""
    shape = inside(x).shape[1:]
    fields = inside(x).astype(float).reshape(3, 2, -1)
    found = np.einsum("gnm,cm->gcn", K, fields.transpose(1, 0, 2).reshape(2, -1))
    return found.reshape(10, *shape)


def transposed(K, f):
    """Return K' f, (6, H, W)."""
    shape = f.shape[1:]
    found = np.einsum("gnm,gcn->cm", K, f.reshape(5, 2, -1))
    return found.reshape(2, 3, *shape).transpose(1, 0, 2, 3).reshape(6, *shape)


def state(shape, rng):
    root, second_weights, K = operator(shape, rng)
    rho = bordered(shape, 2)
    inside(rho)[:] = rng.uniform(0.2, 5, (2, *shape))
    free, reaction, target = bordered(shape), bordered(shape), picture(shape, rng, 2)
    inside(free)[:] = rng.random(shape) < 0.7
    inside(reaction)[:] = rng.uniform(0, 1, shape)
    v = picture(shape, rng, 10, np.float32)
    return root, second_weights, rho, reaction, target, free, v, K


def lengths(v):
    """Return the lengths of steps and bends, (2, H, W)."""
    v = np.asarray(v, float)
    return np.sqrt(np.stack([(v[:4] ** 2).sum(axis=0), (v[4:] ** 2).sum(axis=0)]))


def each(two):
    """Return what belongs to steps and to bends for every plane, (10, H, W)."""
    return np.repeat(two, (4, 6), axis=0)


def apart(rho, v):
    """Return z and y of v."""
    y = v * each(np.minimum(inside(rho), 1 / np.maximum(lengths(v), 1e-30)))
    return v - y / each(inside(rho)), y


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_product_is_that_of_the_energys_operators(shape, soft, rng):
    root, second_weights, rho, reaction, _, free, _, K = state(shape, rng)
    reaction = reaction if soft else np.zeros((1, 1), np.float32)
    x = picture(shape, rng, 6, np.float32)
    inside(x)[:2] *= inside(free)
    expected = transposed(K, each(inside(rho)) * images(K, x))
    if soft:
        expected[:2] += 2 * inside(reaction) * inside(x)[:2]
    expected[:2] *= inside(free)
    out = picture(shape, rng, 6, np.float32)
    before = inside(out).copy()
    tgv_kernels.product(
        root, second_weights, rho, reaction, free, x, 0.5, -2.0, out, 1, shape[0] + 1
    )
    np.testing.assert_allclose(inside(out), 0.5 * before - 2 * expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("relaxation", [0.0, 1.7])
@pytest.mark.parametrize("based", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_and_the_update_of_z_and_y(shape, based, relaxation, rng):
    root, second_weights, rho, reaction, target, free, v, K = state(shape, rng)
    x = picture(shape, rng, 6)
    base = picture(shape, rng, 6) if based else np.zeros((2, 1, 1))
    image = images(K, x) - (images(K, base) if based else 0)
    z, y = apart(rho, inside(v).astype(float))
    penalty = each(inside(rho))
    if relaxation:
        mixed = relaxation * image + (1 - relaxation) * z
        new = mixed + y / penalty
        z, y = apart(rho, new)
    flux = y + penalty * (image - z)
    slope = 2 * inside(reaction) * (inside(x)[:2] - inside(target)) * inside(free)
    expected = transposed(K, flux)
    expected[:2] *= inside(free)
    expected[:2] += slope
    width = rng.uniform(0.5, 2, 6)
    out = bordered(shape, 6)
    own = root, second_weights, rho, reaction, target, free, x, base, v, out
    sums = tgv_kernels.gradient(*own, relaxation, width, 1, shape[0] + 1)
    if relaxation:
        np.testing.assert_allclose(inside(v), new, rtol=1e-4, atol=1e-4)
        tgv_kernels.gradient(*own, 0.0, width, 1, 2)  # the row that was left out
        np.testing.assert_allclose(inside(out), -expected, rtol=1e-3, atol=1e-3)
        return
    np.testing.assert_allclose(inside(out), -expected, rtol=1e-4, atol=1e-4)
    parts = np.abs(expected).sum(axis=(1, 2)) @ width, np.abs(slope).sum(axis=(1, 2)) @ width[:2]
    data = (inside(reaction) * (inside(x)[:2] - inside(target)) ** 2).sum()
    np.testing.assert_allclose(sums, [*parts, data], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_bound_is_made_of(shape, rng):
    root, second_weights, rho, _, _, _, v, K = state(shape, rng)
    x, base = picture(shape, rng, 6), picture(shape, rng, 6)
    z, y = apart(rho, inside(v).astype(float))
    flux = y + each(inside(rho)) * (images(K, x) - images(K, base) - z)
    levels = np.array([0.0, 0.1, 1.0])
    found = bound.infeasibility(root, second_weights, rho, x, base, v, 0.7, levels, 1, shape[0] + 1)
    image = images(K, x)
    furthest = np.stack([2 * inside(root), 4 * inside(second_weights)])
    most = 0.7 * np.sqrt((furthest**2).sum(axis=1))
    over = [(np.maximum(lengths(flux) - 1 - t, 0) * most).sum() for t in levels]
    expected = [lengths(image).sum(), (flux * image).sum(), *over]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    out = bordered(shape, 2)
    sums = bound.norms(root, second_weights, x, out, 1, shape[0] + 1)
    np.testing.assert_allclose(inside(out), lengths(image), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(sums, lengths(image).sum(axis=(1, 2)), rtol=1e-6)


def test_no_field_in_the_box_has_longer_images_than_the_bound_takes(rng):
    """Differences and slopes up to 1 in length, at their worst."""
    root, second_weights, K = operator((6, 6), rng)
    longest = np.zeros((2, 6, 6))
    for _ in range(2000):
        x = np.zeros((6, 8, 8))
        inside(x)[:2] = rng.choice([-0.5, 0.5], (2, 6, 6)) / 2**0.5
        inside(x)[2:] = rng.choice([-1, 1], (4, 6, 6)) / 2**0.5
        longest = np.maximum(longest, lengths(images(K, x)))
    most = np.sqrt((np.stack([2 * inside(root), 4 * inside(second_weights)]) ** 2).sum(axis=1))
    assert (longest <= most * (1 + 1e-6)).all()
    assert (longest > 0.5 * most)[:, :-1, :-1].mean() > 0.5


@pytest.mark.parametrize("shape", SHAPES)
def test_a_base_takes_the_flux_over_and_gives_it_back(shape, rng):
    root, second_weights, rho, _, _, _, v, K = state(shape, rng)
    x, other = picture(shape, rng, 6), picture(shape, rng, 6)
    none, rows = np.zeros((2, 1, 1)), (1, shape[0] + 1)
    z, y = apart(rho, inside(v).astype(float))
    flux = y + each(inside(rho)) * (images(K, x) - z)
    tgv_kernels.shift_base(root, second_weights, rho, x, none, False, v, *rows)
    np.testing.assert_allclose(inside(v), flux / each(inside(rho)), rtol=1e-3, atol=1e-4)
    z, y = apart(rho, inside(v).astype(float))
    flux = y + each(inside(rho)) * (images(K, other) - images(K, x) - z)
    tgv_kernels.shift_base(root, second_weights, rho, other, x, True, v, *rows)
    expected = flux / each(inside(rho)) + images(K, x)
    np.testing.assert_allclose(inside(v), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_other_penalties_leave_z_and_y(shape, rng):
    _, _, rho, _, _, _, v, _ = state(shape, rng)
    before = apart(rho, inside(v).astype(float))
    wanted = rho * rng.uniform(0.1, 10, rho.shape).astype(np.float32)
    tgv_kernels.change_penalties(rho, v, wanted, 1, shape[0] + 1)
    np.testing.assert_array_equal(inside(rho), inside(wanted))
    for one, other in zip(before, apart(rho, inside(v).astype(float)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def symmetric(blocks):
    """Return (H, W, 3, 3) of planes uu, up, uq, pp, pq, qq."""
    uu, up, uq, pp, pq, qq = inside(blocks).astype(float)
    return np.moveaxis(np.array([[uu, up, uq], [up, pp, pq], [uq, pq, qq]]), (0, 1), (-2, -1))


@pytest.mark.parametrize("shape", SHAPES)
def test_pixels_matrices(shape, rng):
    factors = rng.normal(0, 1, (*shape, 3, 3))
    matrices = factors @ factors.swapaxes(-1, -2) + 0.1 * np.eye(3)
    matrices[..., 0, :] *= (dead := rng.random(shape) < 0.8)[..., None]
    matrices[..., :, 0] *= dead[..., None]
    blocks = bordered(shape, 6)
    for plane, (i, j) in enumerate(((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))):
        inside(blocks)[plane] = matrices[..., i, j]
    block3.invert(blocks, 0, shape[0] + 2)
    inverse = symmetric(blocks)
    expected = np.linalg.pinv(matrices, hermitian=True)
    np.testing.assert_allclose(inverse, expected, rtol=2e-3, atol=2e-3)
    x, rows = picture(shape, rng, 6, np.float32), (1, shape[0] + 1)
    fields = inside(x).reshape(3, 2, *shape).astype(float)
    times = np.einsum("hwij,jchw->ichw", inverse, fields).reshape(6, *shape)
    out = picture(shape, rng, 6, np.float32)
    before = inside(out).copy()
    block3.block_diagonal(blocks, x, 0.5, 2.0, out, *rows)
    np.testing.assert_allclose(inside(out), 0.5 * before + 2 * times, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_product_of_a_coarse_grid(shape, rng):
    matrix, x = bordered(shape, 81), picture(shape, rng, 6, np.float32)
    inside(matrix)[:] = rng.normal(0, 1, (81, *shape))
    expected = np.zeros((3, 2, *shape))
    for k in range(9):
        dr, dc = k // 3, k % 3
        there = x[:, dr : dr + shape[0], dc : dc + shape[1]].reshape(3, 2, *shape)
        weight = inside(matrix)[9 * k : 9 * k + 9].reshape(3, 3, *shape)
        expected += np.einsum("ijhw,jchw->ichw", weight, there)
    out = picture(shape, rng, 6, np.float32)
    before = inside(out).copy()
    block3.matvec(matrix, x, 2.0, 0.5, out, 1, shape[0] + 1)
    expected = 2 * before + 0.5 * expected.reshape(6, *shape)
    np.testing.assert_allclose(inside(out), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_coarse_pixels_have_planes_and_collecting_is_the_adjoint_of_spreading(shape, rng):
    few = -(-shape[0] // 3), -(-shape[1] // 3)
    coarse, fine = picture(few, rng, 6, np.float32), bordered(shape, 6)
    every = np.ones((1, 1), np.float32)
    block3.prolong(coarse, every, fine, 1, shape[0] + 1)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    fields = inside(coarse)[:, rows // 3, columns // 3].reshape(3, 2, *shape)
    across, down = (columns % 3 - 1) / 3, (rows % 3 - 1) / 3
    expected = [fields[0] + across * fields[1] + down * fields[2], fields[1] / 3, fields[2] / 3]
    np.testing.assert_allclose(inside(fine), np.concatenate(expected), rtol=1e-5, atol=1e-5)
    free, r = bordered(shape), picture(shape, rng, 6, np.float32)
    inside(free)[:] = rng.random(shape) < 0.6
    block3.prolong(coarse, free, fine, 1, shape[0] + 1)
    assert (inside(fine)[:2][:, inside(free) == 0] == 0).all()
    inside(r)[:2] *= inside(free)
    found = picture(few, rng, 6, np.float32)
    block3.restrict(r, found, 1, few[0] + 1)
    left, right = (inside(r) * inside(fine)).sum(), (inside(found) * inside(coarse)).sum()
    assert np.isclose(left, right, rtol=1e-4, atol=1e-4)


def test_sums_of_pictures(rng):
    shape = 5, 7
    a, b = picture(shape, rng, 6, np.float32), picture(shape, rng, 6, np.float32)
    products = (a.astype(float) * b).reshape(3, 2, -1).sum(axis=(0, 2))
    np.testing.assert_allclose(block3.dot(a, b, 0, 7), products, rtol=1e-5)
    own, scale = np.array([0.5, 2.0]), np.array([-1.0, 0.25])
    expected = (
        a.reshape(3, 2, 7, 9) * own[:, None, None] + b.reshape(3, 2, 7, 9) * scale[:, None, None]
    )
    block3.blend(a, own, scale, b, 0, 7)
    np.testing.assert_allclose(a.reshape(3, 2, 7, 9), expected, rtol=1e-5, atol=1e-6)
    x = picture(shape, rng, 6)
    moved = x.reshape(3, 2, 7, 9) + b.reshape(3, 2, 7, 9) * scale[:, None, None]
    block3.move(x, b, scale, 0, 7)
    np.testing.assert_allclose(x.reshape(3, 2, 7, 9), moved, rtol=1e-6)
