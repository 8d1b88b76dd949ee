"""Main colours: those of pictures whose colours are known; k-means against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError
from varcolor.palette.extract import WAYS, main_colors
from varcolor.palette.histogram import color_cells
from varcolor.palette.kmeans import kmeans, nearest
from varcolor.palette.palette import Palette, from_oklab, to_oklab
from varcolor.palette.swatches import swatches

FLAT = np.array([[200, 40, 30], [20, 90, 160], [240, 230, 200], [10, 10, 12]], np.uint8)


def poster(noise=0):
    """40 x 100 pixels: four flat colours with shares 0.4, 0.3, 0.2, 0.1."""
    index = np.repeat([0, 1, 2, 3], [40, 30, 20, 10])
    levels = np.broadcast_to(FLAT[index], (40, 100, 3)).astype(int)
    spread = np.random.default_rng(2).integers(-noise, noise + 1, levels.shape)
    return np.clip(levels + spread, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("noise", [0, 4])
def test_flat_colors_are_found_with_their_shares(way, noise):
    found = main_colors(poster(noise), 4, way)
    assert len(found) == 4
    np.testing.assert_allclose(found.shares, [0.4, 0.3, 0.2, 0.1], atol=1e-9)
    np.testing.assert_allclose(found.colors * 255, FLAT, atol=0.6 if not noise else 4)


def test_fewer_colors_than_asked_for_and_pixels_that_do_not_count():
    assert len(main_colors(poster(), 20)) == 4
    assert main_colors(np.full((3, 3), 128, np.uint8)).hexes == ("#808080",)
    alpha = np.full((40, 100, 1), 255, np.uint8)
    alpha[:, :40] = 0
    rgba = np.concatenate([poster(), alpha], axis=2)
    assert main_colors(rgba).hexes == ("#145aa0", "#f0e6c8", "#0a0a0c")
    with pytest.raises(InputError, match="transparent"):
        main_colors(np.concatenate([poster(), 0 * alpha], axis=2))
    for count in (1, 65, 2.5):
        with pytest.raises(InputError, match="number of colours"):
            main_colors(poster(), count)
    with pytest.raises(InputError, match="kmeans or hull"):
        main_colors(poster(), 4, "median")


def test_cells_are_those_of_a_loop(cat):
    colors, shares = color_cells(vc.Picture(cat))
    sums: dict[tuple[int, ...], list[np.ndarray]] = {}
    for pixel in cat.reshape(-1, 3) / 255.0:
        key = tuple(np.minimum((pixel * 32).astype(int), 31))
        sums.setdefault(key, []).append(to_oklab(pixel))
    keys = sorted(sums)
    np.testing.assert_allclose(colors, [np.mean(sums[key], axis=0) for key in keys], atol=1e-12)
    np.testing.assert_allclose(shares, [len(sums[key]) / cat[..., 0].size for key in keys])


def test_kmeans_ends_where_no_centre_moves(cat):
    """Every centre is the mean, with weights, of the colours that are nearest to it."""
    colors, shares = color_cells(vc.Picture(cat))
    centers = kmeans(colors, shares, 6)
    scale = np.array([0.5, 1, 1])
    for k, center in enumerate(centers):
        own = [
            i
            for i, x in enumerate(colors)
            if np.argmin([np.sum(((x - c) * scale) ** 2) for c in centers]) == k
        ]
        mean = np.average(colors[own], axis=0, weights=np.sqrt(shares[own]))
        np.testing.assert_allclose(center, mean, atol=2e-5)
        assert (nearest(colors[own], centers) == k).all()


def test_swatches_are_as_wide_as_the_shares():
    found = main_colors(poster(), 4)
    drawn = swatches(found, 432, 10).pixels
    widths = [(drawn[5] == color).all(axis=1).sum() for color in FLAT]
    assert widths == [168, 128, 88, 48]
    with pytest.raises(InputError, match="at most 120 fit"):
        swatches(Palette.of(np.zeros((121, 3))))


def test_oklab_there_and_back(rng):
    colors = rng.random((50, 3))
    np.testing.assert_allclose(from_oklab(to_oklab(colors)), colors, atol=1e-6)
