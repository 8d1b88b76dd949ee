"""Every kernel of the device against that of the CPU, which is tested against dense matrices."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

import varcolor as vc
from tests.backend.kernels.multigrid.test_kernels import (
    AROUND,
    FORWARD,
    as_matrix,
    flat,
    incomplete,
    mask,
    picture,
    system,
)
from tests.gpu.emulated import kernels as kernels_of
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.deflation import tile_sums as deflation
from varcolor.backend.kernels.multigrid import contraction_rate as ratio_history
from varcolor.backend.kernels.multigrid import galerkin, interpolation, transfer
from varcolor.backend.kernels.multigrid import markov_step as walk
from varcolor.backend.kernels.stencil import matvec as operator
from varcolor.backend.kernels.stencil import residual as exact
from varcolor.backend.launch import TILE, files
from varcolor.energy.cut import Cut, Region, cut_stencil
from varcolor.energy.levin import levin_weights
from varcolor.energy.problem import Problem
from varcolor.energy.weights import AFFINITIES
from varcolor.solve.grid_cues import GridCues
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.stencil_weights import Weights
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy

SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (5, 5), (31, 30), (3, 90), (40, 33)]


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


def close(device, found, wanted, tolerance=1e-5):
    found = device.to_numpy(found)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def up(device, *arrays):
    return [device.asarray(array) for array in arrays]


def test_products_and_residuals(device, shape, rng):
    rows = (1, shape[0] + 1)
    for offsets, product in ((FORWARD, operator.product), (AROUND, operator.directed_product)):
        w, reaction, _ = system(shape, rng, offsets)
        _, free = mask(shape, rng)
        u, out, r = picture(shape, rng), bordered(shape, 2), bordered(shape, 2)
        there = up(device, w, reaction, free, u, out)
        dots = product(w, reaction, free, u, out, *rows)
        np.testing.assert_allclose(device.run(product, *there), dots, rtol=1e-4, atol=1e-4)
        close(device, there[-1], out)
        for target in (picture(shape, rng), bordered((-1, -1), 2)):
            empty = 0 * reaction if target.shape[1] == 1 else reaction
            wanted = exact.exact_residual(w, empty, free, target, u, r, *rows)
            args = up(device, w, empty, free, target, u, 0 * r)
            found = device.run(exact.exact_residual, *args)
            np.testing.assert_allclose(found, wanted, rtol=1e-6)
            close(device, args[-1], r, 1e-6)


def test_vectors(device, shape, rng):
    rows, scale = (0, shape[0] + 2), np.array([0.5, -2], np.float32)
    a, b, c, d = (picture(shape, rng) for _ in range(4))
    A, B, C, D = up(device, a, b, c, d)
    np.testing.assert_allclose(
        device.run(operator.dot, A, B), operator.dot(a, b, *rows), rtol=1e-4, atol=1e-4
    )
    operator.add_scaled(a, b, scale, *rows)
    device.run(operator.add_scaled, A, B, scale)
    close(device, A, a)
    operator.scale_and_add(a, b, scale, *rows)
    device.run(operator.scale_and_add, A, B, scale)
    close(device, A, a)
    wanted = operator.cg_update(a, b, c, d, scale, *rows)
    np.testing.assert_allclose(device.run(operator.cg_update, A, B, C, D, scale), wanted, rtol=1e-4)
    close(device, A, a)
    close(device, C, c)
    slope = rng.random((3, 2)).astype(np.float32)
    a += b
    wanted = operator.dot_and_max(a, c, slope, *rows)
    found = device.start("finish", A, B, C, device.asarray(slope))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    close(device, A, a)


def exactly(weights):
    return weights


def test_clusters(device, shape, rng):
    count = 1 + shape[0] * shape[1] // 6
    labels = np.zeros((shape[0] + 2, shape[1] + 2), np.int32)
    labels[1:-1, 1:-1] = rng.integers(0, count + 1, shape)
    w, reaction, _ = system(shape, rng)
    r, z, sums = picture(shape, rng), picture(shape, rng), np.zeros((count + 1, 2))
    image, flat = bordered(shape, 2), labels.ravel()
    ones = np.ones_like(reaction)
    operator.product(w, reaction, ones, z, image, 1, shape[0] + 1)
    deflation.restrict_to_tiles(w, reaction, r, z, labels, sums, 1, shape[0] + 1)
    pixels = np.argsort(flat, kind="stable")[np.count_nonzero(flat == 0) :].astype(np.int32)
    first = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=count + 1)[1:])])
    there = up(device, r, image, pixels, first.astype(np.int32))
    found = device.zeros((count, 2), np.float64)
    device.start("restrict_to_tiles", *there, found)
    np.testing.assert_allclose(device.to_numpy(found), sums[1:], rtol=1e-4, atol=1e-4)
    moved, values = device.asarray(z), rng.normal(size=sums.shape)
    values[0] = 0
    device.start("prolong_from_tiles", device.asarray(labels), device.asarray(values), moved)
    deflation.prolong_from_tiles(z, labels, values, np.zeros((1, 2), np.float32), 0, shape[0] + 2)
    close(device, moved, z)


def test_smoother_of_one_tile(device, rng):
    for shape in [(9, 12), (1, 1), (1, 7), (8, 1), (31, 32), (32, 5)]:
        w, reaction, matrix = system(shape, rng)
        reaction += np.float32(0.01)
        matrix += 0.01 * np.eye(len(matrix))
        unknown, inverse = mask(shape, rng)
        chosen = unknown.ravel()
        wanted, _ = incomplete(matrix, chosen, shape, short=exactly)
        b, z = picture(shape, rng), bordered(shape, 2)
        W, E, V, Inverse, B, Z, Out = up(device, w, reaction, 0 * w, inverse, b, z, z)
        device.start("factor", W, E, Inverse, V)
        device.start("smooth", W, E, V, Inverse, B, Z, Z, True)
        z = flat(device.to_numpy(Z))
        assert not z[~chosen].any()
        expected = np.linalg.solve(wanted, flat(b)[chosen])
        np.testing.assert_allclose(z[chosen], expected, rtol=2e-3, atol=2e-3)
        device.start("smooth", W, E, V, Inverse, B, Z, Out, False)
        expected = np.linalg.solve(wanted, (flat(b) - matrix @ z)[chosen])
        np.testing.assert_allclose(
            flat(device.to_numpy(Out))[chosen], expected, rtol=2e-3, atol=5e-3
        )


def test_negative_weights_count_as_positive(device, rng):
    """Coarse grids may have some."""
    w, reaction, _ = system((31, 30), rng)
    negative = np.where(rng.random(w.shape) < 0.1, np.float32(-1), np.float32(1))
    _, inverse = mask((31, 30), rng)
    factors = []
    for weights in (w, w * negative):
        W, E, Inverse, V = up(device, weights, reaction, inverse, 0 * w)
        device.start("factor", W, E, Inverse, V)
        factors.append((device.to_numpy(Inverse), device.to_numpy(V)))
    np.testing.assert_array_equal(factors[0][0], factors[1][0])
    np.testing.assert_array_equal(factors[0][1], factors[1][1])


def test_tiles_do_not_see_each_other(device, rng):
    """Each is smoothed as if it were alone, what ties it to others being part of its reaction."""
    shape, side = (40, 70), TILE
    w, reaction, matrix = system(shape, rng)
    unknown, inverse = mask(shape, rng)
    b = picture(shape, rng)
    W, E, V, Inverse, B, Z = up(device, w, reaction, 0 * w, inverse, b, bordered(shape, 2))
    device.start("factor", W, E, Inverse, V)
    device.start("smooth", W, E, V, Inverse, B, Z, Z, True)
    found = device.to_numpy(Z)
    for top in range(0, shape[0], side):
        for left in range(0, shape[1], side):
            rows, columns = slice(top, top + side), slice(left, left + side)
            size = unknown[rows, columns].shape
            chosen, pixels = unknown[rows, columns].ravel(), np.zeros(shape, bool)
            pixels[rows, columns] = True
            own = matrix[np.ix_(pixels.ravel(), pixels.ravel())]
            wanted, _ = incomplete(own, chosen, size, short=exactly)
            given = b[:, 1:-1, 1:-1][:, rows, columns].reshape(2, -1).T[chosen]
            here = found[:, 1:-1, 1:-1][:, rows, columns].reshape(2, -1).T[chosen]
            np.testing.assert_allclose(here, np.linalg.solve(wanted, given), rtol=2e-3, atol=2e-3)


def test_coarse_grids(device, shape, rng):
    w, reaction, matrix = system(shape, rng)
    unknown, free = mask(shape, rng)
    coarse = (shape[0] + 1) // 2, (shape[1] + 1) // 2
    rows = (1, coarse[0] + 1)
    p, deficit = bordered(coarse, 9), np.ones_like(reaction)
    W, E, F, P, D = up(device, w, reaction, free, p, deficit)
    for again in (False, True):
        interpolation.interpolate_sides(w, reaction, p, deficit, again, True, *rows)
        interpolation.interpolate_centres(w, reaction, p, deficit, *rows)
        device.start("interpolate_sides", W, E, P, D, again)
        device.start("interpolate_centres", W, E, P, D)
        close(device, P, p)
    interpolation.zero_fixed_rows(free, p, deficit, *rows)
    device.start("zero_fixed_rows", F, P, D)
    close(device, P, p)
    inner = slice(1, -1), slice(1, -1)
    np.testing.assert_allclose(device.to_numpy(D)[inner], deficit[inner], atol=1e-6)
    w2, excess2, tail = bordered(coarse, 4), bordered(coarse), np.zeros((2, coarse[1] + 2), "f4")
    galerkin.galerkin(w, reaction, p, deficit, w2, excess2, tail, *rows)
    W2, E2 = up(device, 0 * w2, 0 * excess2)
    cells = device.zeros((10, *excess2.shape))
    device.start("galerkin_cells", W, E, P, D, cells)
    device.start("galerkin", cells, W2, E2)
    close(device, W2, w2)
    close(device, E2, excess2)
    b, u, out = picture(shape, rng), picture(shape, rng), bordered(coarse, 2)
    B, U, C = up(device, b, u, out)
    device.start("restrict_residual", W, E, F, B, U, P, C)
    residual = (flat(b) - matrix @ flat(u)) * unknown.reshape(-1, 1)
    restricted = as_matrix(p, coarse, shape).T @ residual
    np.testing.assert_allclose(flat(device.to_numpy(C)), restricted, rtol=1e-4, atol=1e-4)
    one, more = picture(coarse, rng), picture(coarse, rng)
    transfer.prolong(p, one + more, u, *rows)
    device.start("prolong", P, *up(device, one, more), U)
    close(device, U, u)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("name", ["levin", "levin-sym", "default", "gauss4"])
def test_weights(device, name, hidden, shape, rng):
    guide = rng.random(shape)
    visible = rng.random(shape) < 0.8 if hidden else None
    make = {"levin": levin_weights}.get(name)
    stencil = make(guide, visible) if make else AFFINITIES[name](guide, visible, 0.03, None)
    found, wanted = device.to_numpy(stencil.planes(device)), stencil.planes(CpuBackend(1))
    np.testing.assert_array_equal(found > 0, wanted > 0)
    np.testing.assert_allclose(found, wanted, rtol=5e-5)


@pytest.mark.parametrize("name", ["levin", "default"])
def test_borders_of_objects(device, name, shape, rng):
    guide, mask = rng.random(shape), rng.random(shape) < 0.5
    stencil = levin_weights(guide) if name == "levin" else AFFINITIES[name](guide, None, 0.0, None)
    for wall in (False, True):
        own = cut_stencil(stencil, Cut(shape, (Region(0, 0, mask, wall),), 0.8))
        found, wanted = device.to_numpy(own.planes(device)), own.planes(CpuBackend(1))
        np.testing.assert_array_equal(found > 0, wanted > 0)
        np.testing.assert_allclose(found, wanted, rtol=5e-5)


def test_walk(device, shape, rng):
    w, _, _ = system(shape, rng, AROUND)
    q, y, out = (bordered(shape) for _ in range(3))
    q[1:-1, 1:-1], y[1:-1, 1:-1] = 0.1 + rng.random(shape), rng.random(shape)
    W, Q, Y, Out = up(device, w, q, y, out)
    walk.markov_step(w, q, y, out, 1, shape[0] + 1)
    device.run(walk.markov_step, W, Q, Y, Out)
    close(device, Out, out)


def test_the_cycle_is_symmetric_and_positive(device, rng):
    shape = (45, 67)
    w, reaction, _ = system(shape, rng)
    _, free = mask(shape, rng)
    hierarchy = TiledHierarchy(device, *up(device, w, reaction, free))
    slope = device.asarray(np.eye(2, dtype=np.float32))
    b = [picture(shape, rng) * free for _ in range(2)]
    z = []
    for right in b:
        Z, work = device.zeros(right.shape), device.zeros(right.shape)
        dots, most = hierarchy.cycle(device.asarray(right), Z, work, slope)
        z.append(device.to_numpy(Z))
        np.testing.assert_allclose(dots, (right * z[-1]).sum(axis=(1, 2)), rtol=1e-4)
        assert most == np.abs(z[-1]).max()
        assert (dots > 0).all()
    np.testing.assert_allclose((b[0] * z[1]).sum(), (b[1] * z[0]).sum(), rtol=1e-3, atol=1e-3)
    assert not z[0][:, free == 0].any()


def test_nested_iteration_on_a_device(device, rng):
    """By its formula, level by level; the right-hand side stays what it is."""
    shape = (45, 67)
    w, reaction, _ = system(shape, rng)
    _, free = mask(shape, rng)
    hierarchy = TiledHierarchy(device, *up(device, w, reaction, free))
    b = picture(shape, rng) * free
    right, z = device.asarray(b), device.zeros(b.shape)
    assert hierarchy.nested(right, z)
    np.testing.assert_array_equal(device.to_numpy(right), b)

    def plain(level, b):
        """Return P times the solution of the next grid for P'b, on the host."""
        grid, coarse = hierarchy.grids[level : level + 2]
        below = device.zeros(coarse.b.shape)
        own = grid.w, grid.reaction, grid.inverse
        device.start(
            "restrict_residual", *own, device.asarray(b), device.asarray(0 * b), grid.p, below
        )
        x = device.to_numpy(below)
        rest, found = x.copy(), 0 * x
        if coarse.p is not None:
            found = plain(level + 1, x)
            image = device.zeros(x.shape)
            own = coarse.w, coarse.reaction, coarse.inverse
            device.run(operator.product, *own, device.asarray(found), image)
            rest = x - device.to_numpy(image)
        y, work = device.zeros(x.shape), device.zeros(x.shape)
        hierarchy._smooth_and_correct(level + 1, device.asarray(rest), y, work)
        total = device.asarray(found + device.to_numpy(y) + device.to_numpy(work))
        out = device.asarray(0 * b)
        device.start("prolong", grid.p, total, device.asarray(0 * x), out)
        return device.to_numpy(out)

    close(device, z, plain(0, b), 1e-4)


def test_no_kernel_depends_on_the_order_of_threads(emulated, library, rng):
    """Run last to first, blocks and threads give the very same bits: there is no race."""
    shape = (70, 45)
    w, reaction, _ = system(shape, rng)
    _, free = mask(shape, rng)
    right = picture(shape, rng) * free
    results = []
    for backwards in (0, 1):
        ctypes.c_int.in_dll(library, "backwards").value = backwards
        try:
            hierarchy = TiledHierarchy(emulated, *up(emulated, w, reaction, free))
            z, work = emulated.zeros(right.shape), emulated.zeros(right.shape)
            hierarchy.cycle(
                emulated.asarray(right), z, work, emulated.asarray(np.ones((1, 2), "f4"))
            )
        finally:
            ctypes.c_int.in_dll(library, "backwards").value = 0
        results.append(
            [emulated.to_numpy(x) for x in (z, hierarchy.grids[1].w, hierarchy.grids[0].v)]
        )
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_lasts_is_what_the_kernel_says(device, rng):
    """`Matrix.error_indicator` against the kernel's definition, whose numbers have fewer bits."""
    shape, (size, other) = (9, 12), (3.0, -1.0)
    w, reaction, _ = system(shape, rng)
    _, free = mask(shape, rng)
    none = np.zeros(0, np.int64)
    cues = Problem(shape, None, vc.Harmonic().terms(rng.random(shape), None), none, np.zeros(0))
    unknown = free[1:-1, 1:-1] != 0
    matrix = Matrix(Weights(device.asarray(w), None), GridCues(device, cues, unknown, ~unknown))
    slope, there = np.array([[1, 0], [0.5, 2]], np.float32), matrix.ratio_history()
    here = np.full((1, *reaction.shape), ratio_history.UNKNOWN, np.uint16)
    rates = rng.choice([0.3, 0.55, 0.75, 0.97, 1.3], reaction.shape)
    for step in range(6):
        z = np.array([size * rates**step, other * rates**step], np.float32)
        found = matrix.error_indicator(device.asarray(z), there, device.asarray(slope))
        wanted = ratio_history.error_indicator(z, here, slope, 0, len(reaction))
        rho = np.where(rates > 1.1, 0.7, np.minimum(rates, 0.9)) if step > 1 else 0.9 * z[0] ** 0
        if step > 1:
            exact = ((0.5 * abs(z[0]) + 2 * abs(z[1])) / (1 - rho)).max()
            exact = max(exact, (abs(z[0]) / (1 - rho)).max())
            assert found == pytest.approx(exact, rel=1e-4)
        assert 0.99 * found <= wanted <= 2.1 * found


def test_names_of_kernels_are_unique():
    """They are looked up by name alone, whatever their file."""
    names = [name for file in files() for name in kernels_of(file)]
    assert len(names) == len(set(names))
