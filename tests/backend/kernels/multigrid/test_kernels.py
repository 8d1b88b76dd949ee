"""Every kernel of the multigrid against dense matrices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.multigrid import galerkin, transfer
from varcolor.backend.kernels.multigrid import gcr as directions
from varcolor.backend.kernels.multigrid import ic_remainder as remainder
from varcolor.backend.kernels.multigrid import ic_sweep as smoother
from varcolor.backend.kernels.multigrid import incomplete_cholesky as factor
from varcolor.backend.kernels.multigrid import interpolation as rows_of_p
from varcolor.backend.kernels.multigrid import markov_step as walk
from varcolor.backend.kernels.stencil import edge_weights as affinity
from varcolor.backend.kernels.stencil import matvec as operator
from varcolor.backend.kernels.stencil import residual as exact
from varcolor.backend.thread_pool import Team
from varcolor.energy.levin import levin_weights
from varcolor.energy.stencil import Stencil
from varcolor.energy.weights import AFFINITIES
from varcolor.errors import InputError
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered

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
    """Return random weights, an reaction, and the dense matrix."""
    w, reaction = bordered(shape, len(offsets)), bordered(shape)
    reaction[1:-1, 1:-1] = rng.uniform(0, 0.3, shape) * (rng.random(shape) < 0.5)
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    matrix = np.diag(reaction[1:-1, 1:-1].ravel().astype(float))
    for k, r, c, r2, c2 in edges(shape, offsets):
        value = np.float32(10 ** rng.uniform(-3, 0))
        w[k, r + 1, c + 1] = value
        i, j = index[r, c], index[r2, c2]
        matrix[i, i] += value
        matrix[i, j] -= value
        if offsets is FORWARD:
            matrix[j, j] += value
            matrix[j, i] -= value
    return w, reaction, matrix


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


def test_product(shape, rng):
    w, reaction, matrix = system(shape, rng)
    unknown, free = mask(shape, rng)
    u, out = picture(shape, rng), bordered(shape, 2)
    expected = (matrix @ flat(u)) * unknown.reshape(-1, 1)
    dots = operator.product(w, reaction, free, u, out, 1, shape[0] + 1)
    np.testing.assert_allclose(flat(out), expected, atol=2e-5)
    np.testing.assert_allclose(dots, (expected * flat(u)).sum(axis=0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("offsets", [FORWARD, AROUND], ids=["symmetric", "directed"])
def test_directed_product_and_exact_residual(shape, rng, offsets):
    w, reaction, matrix = system(shape, rng, offsets)
    unknown, free = mask(shape, rng)
    chosen = unknown.ravel()
    u, target, r = picture(shape, rng), picture(shape, rng), bordered(shape, 2)
    if offsets is AROUND:
        out = bordered(shape, 2)
        operator.directed_product(w, reaction, free, u, out, 1, shape[0] + 1)
        np.testing.assert_allclose(flat(out)[chosen], (matrix @ flat(u))[chosen], atol=2e-5)
    rows = (1, shape[0] + 1)
    for pulled in (target, bordered((-1, -1), 2)):
        most = exact.exact_residual(w, reaction, free, pulled, u, r, *rows)
        diagonal = np.diag(reaction[1:-1, 1:-1].ravel().astype(float))
        expected = -matrix @ flat(u)
        expected += diagonal @ flat(target if pulled is target else u)
        expected *= chosen[:, None]
        np.testing.assert_allclose(flat(r), expected, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(most, np.abs(expected).max(axis=0), rtol=1e-6, atol=1e-12)


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


def test_fused_vector_kernels(shape, rng):
    u, p, r, q = (picture(shape, rng) for _ in range(4))
    scale, rows = np.array([0.5, -2], np.float32), (0, shape[0] + 2)
    after, left = flat(u) + flat(p) * scale, flat(r) - flat(q) * scale
    squares = operator.cg_update(u, p, r, q, scale, *rows)
    np.testing.assert_allclose(flat(u), after, atol=1e-6)
    np.testing.assert_allclose(flat(r), left, atol=1e-6)
    np.testing.assert_allclose(squares, (left**2).sum(axis=0), rtol=1e-5)
    slope = rng.random((3, 2)).astype(np.float32)
    found = operator.dot_and_max(p, r, slope, *rows)
    expected = (flat(p) * left).sum(axis=0)
    np.testing.assert_allclose(found[:2], expected, rtol=1e-4, atol=1e-4)
    assert found[2] == pytest.approx((np.abs(flat(p)) @ slope.T).max(), rel=1e-5)
    p[1, 1, 1] = np.nan  # which comparisons miss
    assert np.isnan(operator.dot_and_max(p, r, slope, *rows)[2])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_directions(shape, count, rng):
    p, images = (np.stack([picture(shape, rng) for _ in range(4)]) for _ in range(2))
    z, q, r = (picture(shape, rng) for _ in range(3))
    shares = rng.normal(size=(count, 2)).astype(np.float32)
    old, own = [flat(x) for x in p], [flat(x) for x in images]
    rows, scale = (1, shape[0] + 1), bordered(shape)
    scale[1:-1, 1:-1] = 10 ** rng.uniform(-1, 1, shape)
    weight = 1 / scale[1:-1, 1:-1].reshape(-1, 1)
    found = directions.products(images, count, q, scale, *rows)
    wanted = [(x * flat(q) * weight).sum(axis=0) for x in own[:count]]
    np.testing.assert_allclose(found, np.ravel(wanted), rtol=1e-4, atol=1e-4)
    step = flat(z) - sum(shares[i] * old[i] for i in range(count))
    image = flat(q) - sum(shares[i] * own[i] for i in range(count))
    new = min(1, count)  # takes the place of an old one if there are some
    found = directions.orthogonalise(p, images, z, q, r, shares, new, scale, *rows)
    pairs = ((image, image), (image, flat(r)), (flat(r), flat(r)))
    wanted = [(x * y * weight).sum(axis=0) for x, y in pairs]
    np.testing.assert_allclose(found, np.ravel(wanted), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(flat(p[new]), step, atol=1e-5)
    np.testing.assert_allclose(flat(images[new]), image, atol=1e-5)
    np.testing.assert_array_equal(flat(p[3]), old[3])


def shortened(weights):
    """Return numbers with the upper 16 bits of their single precision only."""
    return (np.float32(weights).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def incomplete(matrix, chosen, shape, order=None, pairs=None, short=shortened):
    """Return incomplete Cholesky's M of the chosen pixels, and the matrix that it is made for.

    Pixel by pixel, from the definition. Links between different ``pairs`` are dropped at once.
    """
    rows, columns = np.divmod(np.flatnonzero(chosen), shape[1])
    rank = np.arange(chosen.size) if order is None else np.argsort(order)
    order = np.argsort(rank[chosen])
    near = np.maximum(np.abs(rows - rows[:, None]), np.abs(columns - columns[:, None])) <= 1
    own = np.ix_(order, order)
    a, near = matrix[np.ix_(chosen, chosen)][own], near[own]
    reaction, links = a.sum(axis=1), np.diag(np.diag(a)) - a
    lower, meant = np.zeros_like(a), np.diag(reaction)
    between = np.zeros_like(a)
    if pairs is not None:
        pair = pairs[chosen][order]
        apart = pair != pair[:, None]
        between[apart] = short(links[apart])
        for i, j in np.argwhere(np.triu(apart)):
            meant[[i, j], [i, j]] += between[i, j]
            meant[[i, j], [j, i]] -= between[i, j]
        links[apart] = 0
        reaction += 1.25 * between.sum(axis=1)
    first = links.copy()
    for k in range(len(a)):
        kept = np.zeros(len(a))
        kept[k + 1 :] = short(links[k, k + 1 :])
        first[k, k + 1 :] -= (links[k] - kept)[k + 1 :]
        lower[k, k], lower[k + 1 :, k] = reaction[k] + kept.sum(), -kept[k + 1 :]
        through = np.outer(kept, kept) / lower[k, k]
        np.fill_diagonal(through, 0)
        links += through * near
        reaction += 1.1 * (through * ~near).sum(axis=1) + kept * reaction[k] / lower[k, k]
    for i, j in np.argwhere(np.triu(first, 1)):
        meant[[i, j], [i, j]] += first[i, j]
        meant[[i, j], [j, i]] -= first[i, j]
    result, image = np.empty_like(a), np.empty_like(a)
    result[own], image[own] = lower @ np.diag(1 / np.diag(lower)) @ lower.T, meant
    return result, image


def turns_of(rows, pairs):
    edges = [1 + rows * i // pairs for i in range(pairs + 1)]
    middles = [(a + b) // 2 for a, b in itertools.pairwise(edges)]
    return np.array([*itertools.chain(*zip(edges, middles, strict=False)), edges[-1]])


def elimination(strip_bounds, columns):
    """Return the order of the smoother's elimination, numbers of pixels."""
    order = []
    for k in range(0, len(strip_bounds) - 1, 2):
        start, separator, end = strip_bounds[k : k + 3]
        order += [*range(start, separator), *range(end - 1, separator, -1)]
    rows = np.array(order + strip_bounds[1::2].tolist(), int)
    return ((rows - 1)[:, None] * columns + np.arange(columns)).ravel()


def pair_numbers(strip_bounds, columns):
    """Return the number of every pixel's pair of strips."""
    return np.repeat(
        np.searchsorted(strip_bounds[2::2], np.arange(1, strip_bounds[-1]), "right"), columns
    )


@pytest.mark.parametrize("pairs", [1, 2, 3])
@pytest.mark.parametrize("whole", [True, False])
def test_smoother(shape, pairs, whole, rng):
    strip_bounds = turns_of(shape[0], pairs if shape[0] >= 3 * pairs else 1)
    cuts = strip_bounds[::2] if whole else strip_bounds + np.arange(len(strip_bounds)) % 2
    spans = [(a, b) for a, b in itertools.pairwise(cuts.tolist()) if a < b]
    w, reaction, matrix = system(shape, rng)
    reaction += 0.01
    matrix += 0.01 * np.eye(len(matrix))
    unknown, inverse = mask(shape, rng)
    chosen = unknown.ravel()
    v = np.zeros((6, *inverse.shape), np.uint16)
    separator_updates = np.ones((len(strip_bounds) - 1, 2, shape[1] + 2), np.float32)
    v[:4, 1:-1, 1:-1] = 1  # what is left of other cues
    checkpoints, rows = (
        np.zeros((len(separator_updates), *separator_updates.shape[1:]), np.float32),
        (1, shape[0] + 1),
    )
    for span in spans:
        factor.factor(
            w, reaction, inverse, v, separator_updates, checkpoints, strip_bounds, *rows, *span
        )
    factor.factor_separators(w, reaction, inverse, v, separator_updates, strip_bounds)
    order, pairs_ = elimination(strip_bounds, shape[1]), pair_numbers(strip_bounds, shape[1])
    wanted, meant = incomplete(matrix, chosen, shape, order, pairs_)
    own = matrix[np.ix_(chosen, chosen)]
    np.testing.assert_allclose(meant.sum(axis=1), own.sum(axis=1), atol=1e-6)
    np.testing.assert_allclose(meant, own, atol=0.05)
    b, z, out = picture(shape, rng), bordered(shape, 2), bordered(shape, 2)

    def smooth(to, again):
        own = v, inverse, b, z, to, again, strip_bounds
        for span in spans:
            smoother.sweep(*own, smoother.INWARDS, *span)
        smoother.sweep(*own, smoother.SEPARATORS, 1, shape[0] + 1)
        for span in spans:
            smoother.sweep(*own, smoother.OUTWARDS, *span)

    smooth(z, False)
    expected = np.linalg.solve(wanted, flat(b)[chosen])
    np.testing.assert_allclose(flat(z)[chosen], expected, rtol=2e-3, atol=2e-3)
    assert not flat(z)[~chosen].any()
    # The splitting is regular, so smoothing alone converges: M is well above half of A.
    assert np.linalg.eigvalsh(wanted - 0.6 * meant).min() > 0
    dropped, found = wanted - meant, bordered(shape, 2)
    left_over = dropped @ flat(z)[chosen]
    for r in range(1, shape[0] + 1):
        near = np.ones((2, shape[1] + 2), np.float32)
        remainder.remainder_row(v, z, strip_bounds, r, near)
        found[:, r] = near - 1
    error = np.abs(flat(found)[chosen] - left_over)  # links that were dropped have 16 bits
    assert (error <= 2.0**-7 * np.abs(dropped) @ np.abs(flat(z)[chosen]) + 1e-4).all()
    smooth(out, True)
    expected = np.linalg.solve(wanted, flat(b)[chosen] + flat(found)[chosen])
    np.testing.assert_allclose(flat(out)[chosen], expected, rtol=2e-3, atol=5e-3)


def interpolation(w, reaction, free, shape):
    coarse = (shape[0] + 1) // 2, (shape[1] + 1) // 2
    p, deficit = bordered(coarse, 9), np.ones_like(reaction)
    rows = (1, coarse[0] + 1)
    rows_of_p.interpolate_sides(w, reaction, p, deficit, False, True, *rows)
    rows_of_p.interpolate_centres(w, reaction, p, deficit, *rows)
    rows_of_p.interpolate_sides(w, reaction, p, deficit, True, True, *rows)
    rows_of_p.interpolate_centres(w, reaction, p, deficit, *rows)
    rows_of_p.zero_fixed_rows(free, p, deficit, *rows)
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
    w, reaction, matrix = system(shape, rng)
    reaction[1:-1, 1:-1] += 0.01
    matrix += 0.01 * np.eye(len(matrix))
    unknown, free = mask(shape, rng)
    p, deficit, coarse = interpolation(w, reaction, free, shape)
    dense = as_matrix(p, coarse, shape)
    np.testing.assert_allclose(1 - dense.sum(axis=1), deficit[1:-1, 1:-1].ravel(), atol=1e-6)
    assert not dense[~unknown.ravel()].any()
    inverse, v, strip_bounds = (
        free.copy(),
        np.zeros((6, *w.shape[1:]), np.uint16),
        turns_of(shape[0], 1),
    )
    separator_updates = np.zeros((2, 2, shape[1] + 2), np.float32)
    rows = (1, shape[0] + 1)
    factor.factor(
        w,
        reaction,
        inverse,
        v,
        separator_updates,
        np.zeros_like(separator_updates),
        strip_bounds,
        *rows,
        *rows,
    )
    factor.factor_separators(w, reaction, inverse, v, separator_updates, strip_bounds)
    chosen, u, out = unknown.ravel(), picture(shape, rng) * (inverse != 0), bordered(coarse, 2)
    m, meant = incomplete(matrix, chosen, shape, elimination(strip_bounds, shape[1]))
    transfer.restrict_remainder(v, u, p, strip_bounds, out, 1, coarse[0] + 1)
    dropped, image = np.abs(m - meant), flat(u)[chosen]
    error = np.abs(flat(out) - dense[chosen].T @ (m - meant) @ image)
    assert (error <= 2.0**-7 * dense[chosen].T @ dropped @ np.abs(image) + 5e-5).all()
    transfer.restrict(p, u, out, 1, coarse[0] + 1)
    np.testing.assert_allclose(flat(out), dense.T @ flat(u), atol=1e-5)
    # In two strips, whose common row is joined afterwards.
    w2, excess2 = bordered(coarse, 4), bordered(coarse)
    cut = max(2, coarse[0] // 2 + 1)
    separator_updates = []
    for rows in ((1, min(cut, coarse[0] + 1)), (cut, coarse[0] + 1)):
        if rows[0] < rows[1]:
            separator_updates.append(np.empty((2, coarse[1] + 2), np.float32))
            galerkin.galerkin(w, reaction, p, deficit, w2, excess2, separator_updates[-1], *rows)
    if len(separator_updates) == 2:
        w2[0, cut] += separator_updates[0][0]
        excess2[cut] += separator_updates[0][1]
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


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("name", ["levin", "levin-sym", "default", "gauss4"])
def test_weights_are_those_of_the_formula(name, hidden, shape, rng):
    guide = rng.random(shape)
    visible = rng.random(shape) < 0.8 if hidden else None
    make = {"levin": levin_weights}.get(name)
    stencil = make(guide, visible) if make else AFFINITIES[name](guide, visible, 0.03, None)
    assert stencil.fused is not None
    found = stencil.planes(CpuBackend(2))
    wanted = Stencil(stencil.offsets, stencil.weights, stencil.symmetric).planes(CpuBackend(1))
    np.testing.assert_array_equal(found > 0, wanted > 0)
    np.testing.assert_allclose(found, wanted, rtol=5e-5)


def test_exponential():
    x = np.linspace(0, 100, 10_001).astype(np.float32)
    found = np.array([affinity.power_of_e(v) for v in x])
    wanted = np.exp(-np.minimum(x.astype(float), 87))
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_walk(shape, rng):
    w, _, _ = system(shape, rng, AROUND)
    q, y, out = (bordered(shape) for _ in range(3))
    q[1:-1, 1:-1], y[1:-1, 1:-1] = 0.1 + rng.random(shape), rng.random(shape)
    walk.markov_step(w, q, y, out, 1, shape[0] + 1)
    came = np.zeros(shape)
    for k, r, c, r2, c2 in edges(shape, AROUND):
        came[r2, c2] += float(w[k, r + 1, c + 1]) * float(y[r + 1, c + 1])
    mass = 0.2 * (q * y)[1:-1, 1:-1] + 0.8 * came
    np.testing.assert_allclose((q * out)[1:-1, 1:-1], mass, atol=1e-5)


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
    work, slope = bordered(size, 2), np.eye(2, dtype=np.float32)
    b1 = picture(size, rng) * np.pad(unknown, 1)
    b2 = picture(size, rng) * np.pad(unknown, 1)
    results = []
    for threads in (1, 3):
        hierarchy = Hierarchy(w, bordered(size), unknown, Team(threads))
        z1, z2 = bordered(size, 2), bordered(size, 2)
        dots, most = hierarchy.cycle(b1, z1, work, slope)
        np.testing.assert_allclose(dots, (flat(b1) * flat(z1)).sum(axis=0), rtol=1e-4)
        assert most == np.abs(z1).max()
        hierarchy.cycle(b2, z2, work, slope)
        results.append(z1)
    np.testing.assert_array_equal(results[0], results[1])
    left, right = (flat(z1) * flat(b2)).sum(axis=0), (flat(b1) * flat(z2)).sum(axis=0)
    size_of = np.sqrt((flat(z1) * flat(b1)).sum(axis=0) * (flat(z2) * flat(b2)).sum(axis=0))
    np.testing.assert_allclose(left / size_of, right / size_of, atol=1e-4)
    assert ((flat(z1) * flat(b1)).sum(axis=0) > 0).all()
    assert not flat(z1)[~unknown.ravel()].any()


def test_negative_weights_are_replaced_by_positive_ones(rng):
    shape = (12, 14)
    w, reaction = bordered(shape, 4), bordered(shape)
    for k, r, c, r2, c2 in edges(shape, FORWARD):
        amid = r >= 2 and r2 < 10 and min(c, c2) >= 1 and max(c, c2) < 13
        w[k, r + 1, c + 1] = rng.uniform(-0.2 if amid and k in (0, 2) else 0.5, 1)
    reaction[1:-1, 1:-1] = rng.uniform(-0.1, 1, shape)
    before, total = w.copy(), reaction.sum()
    assert reaction.min() < 0
    none = np.zeros(w.shape[2], np.float32)
    galerkin.make_positive(w, reaction, none, none, 1, shape[0] + 1)
    assert (before < 0).sum() > 10
    assert w.min() == 0
    assert reaction.min() == 0
    assert reaction.sum() == pytest.approx(total, rel=1e-5)
    inside = np.zeros(w.shape, bool)
    for k, r, c, _, _ in edges(shape, FORWARD):
        inside[k, r + 1, c + 1] = True
    assert not w[~inside].any()

    def energy(weights, u):
        own = ((k, r, c, u[r, c] - u[r2, c2]) for k, r, c, r2, c2 in edges(shape, FORWARD))
        return sum(float(weights[k, r + 1, c + 1]) * slope**2 for k, r, c, slope in own)

    rows, columns = np.indices(shape)
    for linear in (rows, columns, rows + columns, rows - 2 * columns):
        assert energy(w, linear) == pytest.approx(energy(before, linear), rel=1e-5)
    u = rng.normal(size=shape)
    assert energy(w, u) > energy(before, u)


@pytest.mark.parametrize("k", range(4))
def test_negative_weights_that_cannot_be_replaced_are_dropped(k, rng):
    w, reaction = bordered((6, 7), 4), bordered((6, 7))
    w[k, 1:6, 2:7] = -0.5
    none = np.zeros(w.shape[2], np.float32)
    galerkin.make_positive(w, reaction, none, none, 1, 7)
    assert not w.any()


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("contrast", [2, 6])
@pytest.mark.parametrize("size", [(700, 300), (1201, 61), (150, 40)])
def test_an_updated_hierarchy_is_that_which_is_made_anew(size, contrast, released, rng):
    """Bit for bit, change after change, soft cues included; what lies far off is not touched."""
    w, reaction = bordered(size, 4), bordered(size)
    for k, (dr, dc) in enumerate(FORWARD):
        w[k, 1 : size[0] + 1 - dr, 1 + max(0, -dc) : size[1] + 1 - max(0, dc)] = 10 ** rng.uniform(
            -contrast, 0, (size[0] - dr, size[1] - abs(dc))
        )
    unknown = np.ones(size, bool)
    unknown[::50, ::50] = False
    updated = Hierarchy(w, reaction, unknown, Team(2))
    for _ in range(6):
        top = int(rng.integers(0, size[0] - 12))
        bottom = top + int(rng.integers(1, 12))
        unknown[top:bottom] = rng.random((bottom - top, size[1])) < 0.8
        reaction[bottom, 1:-1] = rng.random(size[1]) < 0.05
        kept = updated.grids[0].v[:, 1 : max(top - 50, 1)].copy()
        if released:
            updated.release()
        updated.update(unknown, (top + 1, bottom + 1), w)
        np.testing.assert_array_equal(updated.grids[0].v[:, 1 : max(top - 50, 1)], kept)
    fresh = Hierarchy(w, reaction, unknown, Team(1))
    np.testing.assert_array_equal(fresh.grids[0].inverse != 0, np.pad(unknown, 1))
    assert len(fresh.grids) > 2
    for level, (one, other) in enumerate(zip(updated.grids, fresh.grids, strict=True)):
        for name in ("w", "reaction", "p", "deficit", "inverse", "v"):
            own = getattr(one, name), getattr(other, name)
            if own[0] is not None:
                np.testing.assert_array_equal(*own, err_msg=f"{name} of grid {level}")


def test_elimination_ends_where_it_carries_on_what_it_did_before(rng):
    """Rows far behind a change are not gone through again."""
    size = (300, 40)
    w, reaction = bordered(size, 4), bordered(size)
    w[0, 1:-1, 1:-2], w[2, 1:-2, 1:-1] = rng.random((300, 39)), rng.random((299, 40))
    reaction[1:-1, 1:-1] = 0.1
    strip_bounds, v = turns_of(size[0], 1), np.zeros((6, 302, 42), np.uint16)
    inverse, separator_updates = (
        np.pad(np.ones(size, np.float32), 1),
        np.zeros((2, 2, 42), np.float32),
    )
    checkpoints = np.zeros((2 * (150 // factor.CHECKPOINT + 1), 2, 42), np.float32)
    own = w, reaction, inverse, v, separator_updates, checkpoints, strip_bounds
    factor.factor(*own, 1, 301, 1, 301)
    wanted = v.copy()
    v[:, [3, 140, 160]] = 0  # before the change, far behind it, and in the other strip
    inverse[40] = (inverse[40] != 0) * (np.arange(42) % 5 > 0)
    factor.factor(*own, 39, 42, 1, 301)
    assert not v[:, [3, 140, 160]].any()
    assert (v[:, 33:42] != wanted[:, 33:42]).any()
    np.testing.assert_array_equal(v[:, 130:140], wanted[:, 130:140])


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2"])
def test_impossible_numbers_of_threads(threads):
    with pytest.raises(InputError, match="threads"):
        Team(threads)
