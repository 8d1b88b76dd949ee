"""Every kernel of the multigrid against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.kernels import coarsen, exact, operator, smoother, transfer, walk
from varcolor.backend.threads import Team
from varcolor.errors import InputError
from varcolor.solve.hierarchy import Hierarchy, bordered

FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
AROUND = tuple((r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0))
SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (5, 5), (6, 9), (3, 40)]


def edges(shape, offsets):
    """Yield plane, pixel and neighbour as row and column."""
    for k, (dr, dc) in enumerate(offsets):
        for r in range(shape[0]):
            for c in range(shape[1]):
                if 0 <= r + dr < shape[0] and 0 <= c + dc < shape[1]:
                    yield k, r, c, r + dr, c + dc


def system(shape, rng, offsets=FORWARD):
    """Return random weights, an excess, and the dense matrix."""
    w, excess = bordered(shape, len(offsets)), bordered(shape)
    excess[1:-1, 1:-1] = rng.uniform(0, 0.3, shape) * (rng.random(shape) < 0.5)
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    matrix = np.diag(excess[1:-1, 1:-1].ravel().astype(float))
    for k, r, c, r2, c2 in edges(shape, offsets):
        value = np.float32(10 ** rng.uniform(-3, 0))
        w[k, r + 1, c + 1] = value
        i, j = index[r, c], index[r2, c2]
        matrix[i, i] += value
        matrix[i, j] -= value
        if offsets is FORWARD:
            matrix[j, j] += value
            matrix[j, i] -= value
    return w, excess, matrix


def mask(shape, rng):
    unknown = rng.random(shape) < 0.8
    unknown.flat[0] = True
    free = bordered(shape)
    free[1:-1, 1:-1] = unknown
    return unknown, free


def picture(shape, rng):
    u = bordered(shape, 2)
    u[:, 1:-1, 1:-1] = rng.normal(size=(2, *shape))
    return u


def flat(u):
    return u[:, 1:-1, 1:-1].reshape(len(u), -1).T.astype(float)


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


def test_product_and_residual(shape, rng):
    w, excess, matrix = system(shape, rng)
    unknown, free = mask(shape, rng)
    u, b, out = picture(shape, rng), picture(shape, rng), bordered(shape, 2)
    expected = (matrix @ flat(u)) * unknown.reshape(-1, 1)
    dots = operator.product(w, excess, free, u, out, 1, shape[0] + 1)
    np.testing.assert_allclose(flat(out), expected, atol=2e-5)
    np.testing.assert_allclose(dots, (expected * flat(u)).sum(axis=0), rtol=1e-4, atol=1e-4)
    operator.residual(w, excess, free, b, u, out, 1, shape[0] + 1)
    np.testing.assert_allclose(flat(out), flat(b) * unknown.reshape(-1, 1) - expected, atol=2e-5)


@pytest.mark.parametrize("offsets", [FORWARD, AROUND], ids=["symmetric", "directed"])
def test_directed_product_exact_residual_and_image(shape, rng, offsets):
    w, excess, matrix = system(shape, rng, offsets)
    unknown, free = mask(shape, rng)
    chosen = unknown.ravel()
    u, pull = picture(shape, rng).astype(float), picture(shape, rng).astype(float)
    if offsets is AROUND:
        out = bordered(shape, 2)
        operator.directed_product(w, excess, free, u.astype(np.float32), out, 1, shape[0] + 1)
        np.testing.assert_allclose(flat(out)[chosen], (matrix @ flat(u))[chosen], atol=2e-5)
    weights = np.zeros((8, *shape))
    for k, r, c, r2, c2 in edges(shape, offsets):
        step = (r2 - r, c2 - c)
        weights[AROUND.index(step), r, c] = w[k, r + 1, c + 1]
        if offsets is FORWARD:
            weights[7 - AROUND.index(step), r2, c2] = w[k, r + 1, c + 1]
    excess = excess.astype(float)
    image, b = np.ones(excess.shape), np.zeros(excess.shape)
    image[1:-1, 1:-1], b[1:-1, 1:-1] = rng.uniform(0.5, 2, shape), rng.normal(size=shape)
    r = bordered(shape, 2)
    most = exact.exact_residual(weights, excess, free, b, pull, u, r, image, 1, shape[0] + 1)
    diagonal = np.diag(excess[1:-1, 1:-1].ravel())
    expected = b[1:-1, 1:-1].reshape(-1, 1) + diagonal @ flat(pull) - matrix @ flat(u)
    expected *= chosen[:, None]
    np.testing.assert_allclose(flat(r), expected, atol=1e-5)
    ratio = np.abs(expected) / image[1:-1, 1:-1].reshape(-1, 1)
    np.testing.assert_allclose(most, [*ratio.max(axis=0), *np.abs(expected).max(axis=0)], rtol=1e-9)
    assert (most[:2] >= ratio.max(axis=0)).all()
    v = np.abs(u[0]) * free
    least = exact.image_of(weights, excess, free, v, image, 1, shape[0] + 1)
    product = (matrix @ v[1:-1, 1:-1].ravel())[chosen]
    np.testing.assert_allclose(image[1:-1, 1:-1].ravel()[chosen], product, atol=1e-12)
    diagonal = np.diag(matrix)[chosen]
    if (diagonal > 0).all():
        assert least == pytest.approx((product / diagonal).min(), rel=1e-9)


def test_vector_kernels(shape, rng):
    a, b = picture(shape, rng), picture(shape, rng)
    scale = np.array([0.5, -2], np.float32)
    rows = (0, shape[0] + 2)
    np.testing.assert_allclose(
        operator.dot(a, b, *rows), (flat(a) * flat(b)).sum(axis=0), rtol=1e-5, atol=1e-5
    )
    c = a.copy()
    operator.add_scaled(c, b, scale, *rows)
    np.testing.assert_allclose(flat(c), flat(a) + flat(b) * scale, atol=1e-6)
    c = a.copy()
    operator.scale_and_add(c, b, scale, *rows)
    np.testing.assert_allclose(flat(c), flat(a) * scale + flat(b), atol=1e-6)


def dic(matrix, chosen):
    """Return M = (D - L) D^-1 (D - L') of the chosen pixels, from its definition."""
    a = matrix[np.ix_(chosen, chosen)]
    pivot = np.zeros(len(a))
    for i in range(len(a)):
        pivot[i] = a[i, i] - sum(a[i, j] ** 2 / pivot[j] for j in range(i))
    lower = np.diag(pivot) + np.tril(a, -1)
    return lower @ np.diag(1 / pivot) @ lower.T


def test_smoother(shape, rng):
    w, excess, matrix = system(shape, rng)
    excess += 0.01
    matrix += 0.01 * np.eye(len(matrix))
    unknown, inverse = mask(shape, rng)
    chosen = unknown.ravel()
    smoother.factor(w, excess, inverse, 1, shape[0] + 1)
    b, z = picture(shape, rng), bordered(shape, 2)
    smoother.smooth(w, inverse, b, z, 1, shape[0] + 1)
    expected = np.linalg.solve(dic(matrix, chosen), flat(b)[chosen])
    np.testing.assert_allclose(flat(z)[chosen], expected, rtol=2e-3, atol=2e-3)
    assert not flat(z)[~chosen].any()
    smoother.smooth(w, inverse, b, b, 1, shape[0] + 1)  # in place
    np.testing.assert_array_equal(b[:, 1:-1, 1:-1], z[:, 1:-1, 1:-1])


def interpolation(w, excess, free, shape):
    coarse = (shape[0] + 1) // 2, (shape[1] + 1) // 2
    p, deficit = bordered(coarse, 9), np.ones_like(excess)
    rows = (1, coarse[0] + 1)
    coarsen.interpolate_sides(w, excess, p, deficit, False, *rows)
    coarsen.interpolate_centres(w, excess, p, deficit, *rows)
    coarsen.interpolate_sides(w, excess, p, deficit, True, *rows)
    coarsen.interpolate_centres(w, excess, p, deficit, *rows)
    coarsen.hold_given(free, p, deficit, *rows)
    return p, deficit, coarse


def as_matrix(p, coarse, shape):
    """Return P, column by column."""
    columns = []
    for j in range(coarse[0] * coarse[1]):
        unit, u = bordered(coarse, 2), bordered(shape, 2)
        unit[0, 1 + j // coarse[1], 1 + j % coarse[1]] = 1
        transfer.prolong(p, unit, u, 1, coarse[0] + 1)
        assert not u[1].any()
        columns.append(u[0, 1:-1, 1:-1].ravel().astype(float))
    return np.array(columns).T


def test_interpolation_restriction_and_galerkin(shape, rng):
    w, excess, matrix = system(shape, rng)
    unknown, free = mask(shape, rng)
    p, deficit, coarse = interpolation(w, excess, free, shape)
    dense = as_matrix(p, coarse, shape)
    np.testing.assert_allclose(1 - dense.sum(axis=1), deficit[1:-1, 1:-1].ravel(), atol=1e-6)
    assert not dense[~unknown.ravel()].any()
    b, u, out = picture(shape, rng), picture(shape, rng), bordered(coarse, 2)
    transfer.restrict_residual(w, excess, free, b, u, p, out, 1, coarse[0] + 1)
    residual = (flat(b) - matrix @ flat(u)) * unknown.reshape(-1, 1)
    np.testing.assert_allclose(flat(out), dense.T @ residual, atol=5e-5)
    # In two strips, whose common row is joined afterwards.
    w2, excess2 = bordered(coarse, 4), bordered(coarse)
    cut = max(2, coarse[0] // 2 + 1)
    tails = []
    for rows in ((1, min(cut, coarse[0] + 1)), (cut, coarse[0] + 1)):
        if rows[0] < rows[1]:
            tails.append(np.empty((2, coarse[1] + 2), np.float32))
            coarsen.galerkin(w, excess, p, deficit, w2, excess2, tails[-1], *rows)
    if len(tails) == 2:
        w2[0, cut] += tails[0][0]
        excess2[cut] += tails[0][1]
    expected = dense.T @ matrix @ dense
    index = np.arange(coarse[0] * coarse[1]).reshape(coarse)
    found = np.diag(excess2[1:-1, 1:-1].ravel().astype(float))
    for k, r, c, r3, c3 in edges(coarse, FORWARD):
        i, j, value = index[r, c], index[r3, c3], float(w2[k, r + 1, c + 1])
        found[i, i] += value
        found[j, j] += value
        found[i, j] -= value
        found[j, i] -= value
    np.testing.assert_allclose(found, expected, atol=3e-6)


def test_walk(shape, rng):
    w, _, _ = system(shape, rng, AROUND)
    q, out = bordered(shape), bordered(shape)
    q[1:-1, 1:-1] = rng.random(shape)
    walk.walk(w, q, out, 1, shape[0] + 1)
    expected = q[1:-1, 1:-1].astype(float)
    for k, r, c, r2, c2 in edges(shape, AROUND):
        expected[r2, c2] += float(w[k, r + 1, c + 1]) * float(q[r + 1, c + 1])
    np.testing.assert_allclose(out[1:-1, 1:-1], expected / 2, atol=1e-5)


@pytest.mark.parametrize("size", [(40, 50), (1, 900), (700, 1), (31, 33), (300, 260)])
def test_the_cycle_is_symmetric_positive_and_the_same_for_any_number_of_threads(size, rng):
    w = bordered(size, 4)
    for k, (dr, dc) in enumerate(FORWARD):
        values = 10 ** rng.uniform(-3, 0, size)
        values[size[0] - dr :] = 0
        values[:, : max(0, -dc)] = 0
        values[:, size[1] - max(0, dc) :] = 0
        w[k, 1:-1, 1:-1] = values
    unknown = rng.random(size) < 0.95
    b1 = picture(size, rng) * np.pad(unknown, 1)
    b2 = picture(size, rng) * np.pad(unknown, 1)
    results = []
    for threads in (1, 3):
        hierarchy = Hierarchy(w, bordered(size), unknown, Team(threads))
        z1, z2 = bordered(size, 2), bordered(size, 2)
        hierarchy.cycle(b1, z1)
        hierarchy.cycle(b2, z2)
        results.append(z1)
    np.testing.assert_array_equal(results[0], results[1])
    left, right = (flat(z1) * flat(b2)).sum(axis=0), (flat(b1) * flat(z2)).sum(axis=0)
    size_of = np.sqrt((flat(z1) * flat(b1)).sum(axis=0) * (flat(z2) * flat(b2)).sum(axis=0))
    np.testing.assert_allclose(left / size_of, right / size_of, atol=1e-4)
    assert ((flat(z1) * flat(b1)).sum(axis=0) > 0).all()
    assert not flat(z1)[~unknown.ravel()].any()


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2"])
def test_impossible_numbers_of_threads(threads):
    with pytest.raises(InputError, match="threads"):
        Team(threads)
