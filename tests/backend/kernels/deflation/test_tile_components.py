"""Kernels of clusters against plain NumPy, and the elimination of graphs against dense matrices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from varcolor.backend.kernels.deflation import minimum_degree_cholesky as elimination
from varcolor.backend.kernels.deflation import tile_components as clusters
from varcolor.backend.kernels.deflation import tile_sums as deflation
from varcolor.solve.multigrid.levels import bordered

FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
SHAPES = [(9, 12), (1, 1), (1, 30), (17, 1), (2, 2), (26, 31)]


def weights(shape, rng, spread=6, four=False):
    """Return weights with a contrast of ten to the ``spread``."""
    w = bordered(shape, 4)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for k, (dr, dc) in enumerate(FORWARD):
        there = (rows + dr < shape[0]) & (columns + dc >= 0) & (columns + dc < shape[1])
        there &= not (four and dr and dc)
        w[k, 1:-1, 1:-1] = 10 ** rng.uniform(-spread, 0, shape) * there
    return w


def reactions(shape, rng):
    reaction = bordered(shape)
    reaction[1:-1, 1:-1] = rng.uniform(0, 0.3, shape) * (rng.random(shape) < 0.2)
    return reaction


def system(shape, rng, four=False):
    """Return weights with a contrast of a million, an reaction, and where pixels are not given."""
    w, reaction, free = weights(shape, rng, four=four), reactions(shape, rng), bordered(shape)
    free[1:-1, 1:-1] = rng.random(shape) < 0.9
    free[1, 1] = 1
    return w, reaction, free


def links(w):
    """Yield planes, pixels and neighbours (border counted) with the weight between them."""
    for r, c in itertools.product(range(w.shape[1]), range(w.shape[2])):
        for k, (dr, dc) in enumerate(FORWARD):
            if w[k, r, c] > 0:
                yield k, (r, c), (r + dr, c + dc), w[k, r, c]


def strong_links(w, share):
    """Yield planes, pixels and neighbours of links with this share of the strongest ones."""
    strongest = np.zeros(w.shape[1:], np.float32)
    for _, one, other, weight in links(w):
        strongest[one] = max(strongest[one], weight)
        strongest[other] = max(strongest[other], weight)
    for k, one, other, weight in links(w):
        if weight >= np.float32(share) * max(strongest[one], strongest[other]):
            yield k, one, other


def plain_labels(w, free, tile, share):
    """Return the first pixel of every pixel's cluster."""
    index = np.arange(free.size).reshape(free.shape)
    found = np.where(free > 0, index, -1)
    strong, changed = list(strong_links(w, share)), True
    while changed:
        before = found.copy()
        for _, one, other in strong:
            same = all((a - 1) // tile == (b - 1) // tile for a, b in zip(one, other, strict=True))
            if same and free[one] and free[other]:
                found[one] = found[other] = min(found[one], found[other])
        changed = (before != found).any()
    return found


@pytest.mark.parametrize("four", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_labels(shape, four, rng):
    w, _, free = system(shape, rng, four)
    for tile, share in ((4, 0.1), (100, 0.5)):
        labels = np.full(free.shape, 7, np.int32)
        labels[[0, -1]] = labels[:, [0, -1]] = 0
        count = clusters.label(w, free, tile, share, labels, 1, shape[0] + 1)
        first = plain_labels(w, free, tile, share)
        numbers = np.unique(first[first >= 0])
        assert count == len(numbers)
        expected = np.where(first < 0, 0, np.searchsorted(numbers, first) + 1)
        np.testing.assert_array_equal(labels, expected)
        clusters.offset_labels(labels, 5, 0, shape[0] + 2)
        np.testing.assert_array_equal(labels, np.where(expected, expected + 5, 0))


@pytest.mark.parametrize("shape", SHAPES)
def test_links_between_clusters(shape, rng):
    w, reaction, free = system(shape, rng)
    labels, rows = np.zeros(free.shape, np.int32), (1, shape[0] + 1)
    many = clusters.label(w, free, 5, 0.2, labels, *rows) + 1
    matrix, own = np.zeros((many, many)), labels[labels > 0]
    np.add.at(matrix, (own, own), reaction[labels > 0])
    for _, one, other, weight in links(w):
        i, j = labels[one], labels[other]
        if i != j:
            for a, b in ((i, j), (j, i)):
                matrix[a, a] += weight
                matrix[a, b] -= weight
    matrix[0] = matrix[:, 0] = 0  # given pixels
    count, extra = np.zeros(many, np.int64), np.zeros(many)
    clusters.count_links(w, reaction, labels, count, extra, *rows)
    first = np.concatenate([[0], np.cumsum(count)])
    to, weights = np.empty(first[-1], np.int32), np.empty(first[-1])
    clusters.list_links(w, labels, first[:-1].copy(), to, weights, *rows)
    found = np.diag(extra)
    start = np.repeat(np.arange(many), count)
    np.add.at(found, (start, start), weights)
    np.add.at(found, (start, to), -weights)
    np.testing.assert_allclose(found, matrix, rtol=1e-6, atol=1e-12)


def random_graph(count, degree, rng):
    """Return a graph as `eliminate` takes it, with double links, and its dense matrix."""
    pairs = rng.integers(0, count, (count * degree // 2, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    pairs = np.concatenate([pairs, pairs[: len(pairs) // 3]])
    weight = 10 ** rng.uniform(-6, 0, len(pairs))
    ends, others = pairs.T.ravel(), pairs[:, ::-1].T.ravel()
    both, order = np.tile(weight, 2), np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(count + 1))
    extra = 10 ** rng.uniform(-8, -2, count) * (rng.random(count) < 0.2)
    matrix = np.diag(extra)
    np.add.at(matrix, (ends, ends), both)
    np.add.at(matrix, (ends, others), -both)
    return (first, others[order].astype(np.int32), both[order], extra), matrix


def eliminated(graph, room):
    count = len(graph[3])
    own = np.empty(count, np.int64), np.empty(count + 1, np.int64)
    factor = *own, np.empty(room, np.int32), np.empty(room), np.empty(count)
    return elimination.eliminate(*graph[:3], graph[3].copy(), *factor), factor


@pytest.mark.parametrize(("count", "degree"), [(1, 0), (2, 2), (30, 4), (500, 3), (500, 20)])
def test_elimination(count, degree, rng):
    graph, matrix = random_graph(count, degree, rng)
    graph[3][:] += 1e-9
    matrix[np.diag_indices(count)] += 1e-9
    entries, factor = eliminated(graph, count * count)
    b = rng.normal(size=(count, 2))
    x = np.empty((count, 2))
    elimination.substitute(*factor, b, x)
    wanted = np.linalg.solve(matrix, b)
    np.testing.assert_allclose(x, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
    assert eliminated(graph, entries)[0] == entries
    if entries:
        assert eliminated(graph, entries - 1)[0] == -1


def test_vertices_that_nothing_depends_on_get_zero():
    first, none = np.zeros(4, np.int64), np.empty(0)
    _, factor = eliminated((first, none.astype(np.int32), none, np.array([0, 2.0, 0])), 8)
    x = np.full((3, 2), np.nan)
    elimination.substitute(*factor, np.ones((3, 2)), x)
    np.testing.assert_array_equal(x, [[0, 0], [0.5, 0.5], [0, 0]])


@pytest.mark.parametrize("shape", SHAPES)
def test_gather_and_spread(shape, rng):
    w, reaction, free = system(shape, rng)
    labels, rows = np.zeros(free.shape, np.int32), (1, shape[0] + 1)
    many = clusters.label(w, free, 5, 0.2, labels, *rows) + 1
    r, z = bordered(shape, 2), bordered(shape, 2)
    for picture in (r, z):
        picture[:, 1:-1, 1:-1] = rng.normal(size=(2, *shape))
    z *= free > 0
    left = r - reaction * z
    for _, one, other, weight in links(w):
        flow = weight * (z[:, *one] - z[:, *other])
        left[:, *one] -= flow
        left[:, *other] += flow
    sums = np.zeros((many, 2))
    deflation.restrict_to_tiles(w, reaction, r, z, labels, sums, *rows)
    for k in range(1, many):
        np.testing.assert_allclose(sums[k], left[:, labels == k].sum(axis=1), rtol=1e-4, atol=1e-4)
    values, slope = rng.normal(size=(many, 2)), np.array([[1, 0], [0.5, 2]], np.float32)
    values[0] = 0
    wanted = z + np.moveaxis(values[labels], 2, 0)
    most = deflation.prolong_from_tiles(z, labels, values, slope, *rows)
    np.testing.assert_allclose(z, wanted, atol=1e-6)
    assert most == pytest.approx(np.tensordot(slope, np.abs(wanted), 1).max(), rel=1e-6)
