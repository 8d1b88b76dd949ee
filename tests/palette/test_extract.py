"""Main colours: found where they are known, and by searches without short cuts."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.palette.extract import WAYS
from varcolor.palette.histogram import color_cells
from varcolor.palette.kmeans import kmeans, nearest
from varcolor.palette.palette import from_oklab, to_oklab
from varcolor.palette.swatches import swatches

COLORS = np.array([[200, 40, 30], [20, 60, 160], [240, 230, 200], [10, 10, 12]], np.uint8)
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


@pytest.fixture
def flat():
    """A picture of four colours, 40, 30, 20 and 10 columns wide."""
    return np.repeat(COLORS, (SHARES * 100).astype(int), axis=0)[None].repeat(30, axis=0)


@pytest.mark.parametrize("way", WAYS)
def test_flat_colours_are_found_with_their_shares(way, flat):
    found = vc.main_colors(flat, 4, way)
    np.testing.assert_allclose(found.colors * 255, COLORS, atol=0.6)
    np.testing.assert_allclose(found.shares, SHARES, atol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_noise_moves_them_little(way, flat, rng):
    noisy = np.clip(flat + rng.normal(0, 4, flat.shape), 0, 255).astype(np.uint8)
    found = vc.main_colors(noisy, 4, way)
    gap = np.abs(found.lab[:, None] - to_oklab(COLORS / 255)[None]).max(axis=2).min(axis=0)
    assert gap.max() < (0.02 if way == "kmeans" else 0.12)


def test_the_answer_is_one(flat, rng):
    noisy = np.clip(flat + rng.normal(0, 20, flat.shape), 0, 255).astype(np.uint8)
    first, second = (vc.main_colors(noisy, 8) for _ in range(2))
    np.testing.assert_array_equal(first.colors, second.colors)


def test_fewer_colours_than_asked_for(flat):
    assert len(vc.main_colors(flat, 64)) == 4
    assert len(vc.main_colors(np.full((5, 5, 3), 90, np.uint8), 8)) == 1


def test_grey_and_deep_pictures(flat):
    grey = vc.main_colors(flat[..., 0], 4)
    np.testing.assert_allclose(np.ptp(grey.colors, axis=1), 0, atol=1e-6)
    deep = vc.main_colors(flat.astype(np.uint16) * 257, 4)
    np.testing.assert_allclose(deep.colors * 255, COLORS, atol=0.6)


def test_transparent_pixels_do_not_count(flat):
    alpha = np.full(flat.shape[:2], 255, np.uint8)
    alpha[:, :40] = 0
    found = vc.main_colors(np.dstack([flat, alpha]), 4)
    np.testing.assert_allclose(found.shares, SHARES[1:] / 0.6, atol=1e-9)
    alpha[:] = 0
    with pytest.raises(vc.InputError, match="every pixel is transparent"):
        vc.main_colors(np.dstack([flat, alpha]), 4)


@pytest.mark.parametrize("count", [0, 1, 65, 500, 2.5, True])
def test_numbers_out_of_range(count, flat):
    with pytest.raises(vc.InputError, match="number of colours"):
        vc.main_colors(flat, count)


def test_unknown_ways(flat):
    with pytest.raises(vc.InputError, match="kmeans or hull"):
        vc.main_colors(flat, 4, "median")


def test_cells_are_means_of_pixels(rng):
    pixels = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)
    cells, shares = color_cells(vc.Picture(pixels))
    lab = to_oklab(pixels.reshape(-1, 3) / 255)
    key = (np.minimum(pixels.reshape(-1, 3) / 255 * 32, 31).astype(int) @ [1024, 32, 1]).tolist()
    plain = {}
    for index, color in zip(key, lab, strict=True):
        plain.setdefault(index, []).append(color)
    expected = np.array([np.mean(plain[index], axis=0) for index in sorted(plain)])
    np.testing.assert_allclose(cells, expected, atol=1e-12)
    np.testing.assert_allclose(shares * 2000, [len(plain[i]) for i in sorted(plain)])


def test_larger_pictures_are_sampled_evenly():
    column = np.repeat(COLORS[:2], [1800, 200], axis=0)
    _, shares = color_cells(vc.Picture(column[:, None].repeat(1300, axis=1)))
    np.testing.assert_allclose(np.sort(shares), [0.1, 0.9], atol=0.005)


def test_kmeans_stays_in_a_minimum(rng):
    """No centre is better elsewhere: each is the weighted mean of the colours nearest to it."""
    colors, shares = rng.random((300, 3)), rng.random(300)
    centers = kmeans(colors, shares / shares.sum(), 6)
    scaled = colors * (0.5, 1, 1), centers * (0.5, 1, 1)
    plain = np.array([np.argmin([((x - c) ** 2).sum() for c in scaled[1]]) for x in scaled[0]])
    np.testing.assert_array_equal(nearest(colors, centers), plain)
    for k in range(6):
        own = plain == k
        mean = np.average(colors[own], axis=0, weights=np.sqrt(shares[own]))
        np.testing.assert_allclose(centers[k], mean, atol=1e-4)


def test_oklab_there_and_back(rng):
    rgb = rng.random((50, 3))
    np.testing.assert_allclose(from_oklab(to_oklab(rgb)), rgb, atol=1e-6)


def test_swatches_show_every_colour(flat):
    found = vc.main_colors(flat, 4)
    drawn = swatches(found).pixels
    shown, counts = np.unique(drawn[0], axis=0, return_counts=True)
    assert len(shown) == 4
    order = np.argsort(-counts)
    np.testing.assert_allclose(shown[order] / 255, found.colors, atol=0.5 / 255 + 1e-9)
    np.testing.assert_allclose(counts[order] / counts.sum(), SHARES, atol=0.02)
