"""Bins of the heads, and histograms over them."""

from __future__ import annotations

import numpy as np

from varcolor.neural.networks.bins import grid_bins, hull_bins, hull_histogram


def test_bins_are_those_of_the_files():
    grid, hull = grid_bins(), hull_bins()
    assert grid.shape == (529, 2)
    assert hull.shape == (313, 2)
    assert tuple(grid[23 * 3 + 5]) == (-80, -60)
    assert {tuple(p) for p in hull} <= {tuple(p) for p in grid}
    assert hull.min(0).tolist() == [-90, -110]
    assert hull.max(0).tolist() == [100, 100]


def test_every_colour_counts_for_the_nearest_bin():
    colours = np.random.default_rng(0).uniform(-60, 60, (200, 2))
    shares = hull_histogram(colours)
    expected = np.zeros(313)
    for colour in colours:
        expected[np.argmin(((hull_bins() - colour) ** 2).sum(axis=1))] += 1 / 200
    np.testing.assert_allclose(shares, expected)
