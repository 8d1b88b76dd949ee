"""The kernels of the codec against plain NumPy."""

import numpy as np
import pytest

from varcolor.ir.kernels.integer_coder import code_numbers
from varcolor.ir.kernels.range_coder import BAD
from varcolor.ir.kernels.region_propagation import (
    add_regions,
    cauchy_weights,
    from_regions,
    sums_of_regions,
)
from varcolor.ir.kernels.region_split import COLUMNS, GREY_SCALE, KEPT, LEFT, START, N, plant
from varcolor.ir.kernels.tree_growth import SUMS, grow
from varcolor.ir.tree.model import load_model
from varcolor.ir.tree.regions import pixels_of


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 1), (9, 13)])
def test_weights(shape, rng):
    gray = rng.integers(0, 256, shape).astype(np.float32)
    blurred = rng.integers(0, 256, shape).astype(np.float32)
    w = np.zeros((4, shape[0] + 2, shape[1] + 2), np.float32)
    cauchy_weights(gray, blurred, w, np.array([0.3, 6.0, 0.01], np.float32), 1, shape[0] + 1)
    expected = np.zeros_like(w)
    for k, (dr, dc) in enumerate(((0, 1), (1, -1), (1, 0), (1, 1))):
        for r in range(shape[0]):
            for c in range(shape[1]):
                y, x = r + dr, c + dc
                if y < shape[0] and 0 <= x < shape[1]:
                    d, e = gray[r, c] - gray[y, x], blurred[r, c] - blurred[y, x]
                    expected[k, r + 1, c + 1] = 1 / (1 + 0.3 * d**2 + 6 * e**2) + 0.01
    np.testing.assert_allclose(w, expected, rtol=1e-5)


def test_between_regions_and_pixels(rng):
    labels = rng.integers(0, 5, (8, 11)).astype(np.int32)
    values = rng.normal(size=(2, 5)).astype(np.float32)
    u = np.zeros((2, 10, 13), np.float32)
    from_regions(labels, values, u, 1, 9)
    np.testing.assert_array_equal(u[:, 1:-1, 1:-1], values[:, labels])
    expected = [np.bincount(labels.ravel(), u[k, 1:-1, 1:-1].ravel(), 5) for k in range(2)]
    sums = np.ones((2, 5))
    sums_of_regions(labels, u, sums, 0, 2)
    np.testing.assert_allclose(sums, expected, rtol=1e-6)
    b = rng.normal(size=(2, 10, 13)).astype(np.float32)
    expected = values[:, labels] - 2 * b[:, 1:-1, 1:-1]
    add_regions(labels, values, np.float32(-2), b, 1, 9)
    np.testing.assert_allclose(b[:, 1:-1, 1:-1], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("tries", [1, 3])
def test_a_grown_tree_explains_the_chroma(tries, rng):
    gray = np.kron(rng.integers(0, 256, (6, 8)), np.ones((5, 5), int)).astype(np.uint8)
    x, y, v = pixels_of(gray)
    chroma = np.stack([gray.ravel() * 0.5, np.sin(gray.ravel())]).astype(np.float32)
    before = chroma.copy()
    nodes, sums = np.zeros((400, COLUMNS), np.int64), np.zeros((400, SUMS))
    plant(nodes, x, y, v, GREY_SCALE, 40)
    spare, spare_chroma = np.empty((6, gray.size), np.int32), np.empty((4, gray.size), np.float32)
    price = np.zeros((5, 3))
    count = grow(
        nodes, sums, x, y, v, chroma, GREY_SCALE, 40, price, 1.0, spare, spare_chroma, tries
    )
    nodes, sums = nodes[:count], sums[:count]
    assert (nodes[:, KEPT] == 0).all()
    np.testing.assert_array_equal(np.sort(y * 40 + x), np.arange(gray.size))
    np.testing.assert_array_equal(gray[y, x], v)
    np.testing.assert_array_equal(chroma, before[:, y * 40 + x])
    for node, total in zip(nodes, sums, strict=True):
        part = chroma[:, node[START] : node[START] + node[N]].astype(np.float64)
        expected = [part[0].sum(), part[1].sum(), (part**2).sum()]
        np.testing.assert_allclose(total, expected, rtol=1e-6, atol=1e-3)
    leaves = nodes[:, LEFT] == 0
    errors = sums[leaves, 2] - (sums[leaves, :2] ** 2).sum(axis=1) / nodes[leaves, N]
    assert errors.max() <= 1.0 or (nodes[leaves, N] < 4).any()


def test_numbers_come_back(rng):
    gaps = rng.integers(0, 5000, 40)
    values = rng.integers(-60, 60, (40, 2))
    near = np.stack([np.arange(40) - 1, np.maximum(np.arange(40) - 2, -1)], axis=1)
    data, io = np.zeros(4000, np.uint8), np.zeros(8, np.int64)
    rates, missed = load_model().rates, np.zeros(40, np.int64)
    length = code_numbers(gaps.copy(), values.copy(), near, missed, data, io, rates, 1)
    assert not io[BAD]
    back_gaps, back = np.zeros_like(gaps), np.zeros_like(values)
    code_numbers(back_gaps, back, near, missed, data[:length].copy(), io, rates, 0)
    np.testing.assert_array_equal(back_gaps, gaps)
    np.testing.assert_array_equal(back, values)
