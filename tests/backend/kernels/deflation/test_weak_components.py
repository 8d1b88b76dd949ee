"""Kernels of islands against plain Python and dense matrices."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from tests.backend.kernels.deflation.test_tile_components import (
    FORWARD,
    links,
    reactions,
    strong_links,
)
from tests.backend.kernels.deflation.test_tile_components import weights as cluster_weights
from varcolor.backend.kernels.deflation import weak_components as islands
from varcolor.backend.kernels.deflation import weak_links
from varcolor.solve.multigrid.levels import bordered

SHAPES = [(9, 12), (1, 1), (1, 30), (17, 1), (2, 2), (40, 31)]
weights = partial(cluster_weights, spread=4)


def plain_islands(w, share):
    """Return the sets of pixels that strong links connect, by their first pixel."""
    own = {}
    for _, one, other in strong_links(w, share):
        joined = own.get(one, {one}) | own.get(other, {other})
        for pixel in joined:
            own[pixel] = joined
    found = {min(island): island for island in own.values()}
    most, reach = islands.EXTENT**2 // 8, islands.EXTENT
    found = {
        seed: island
        for seed, island in found.items()
        if len(island) <= most
        and max(r for r, _ in island) < seed[0] + reach
        and max(abs(c - seed[1]) for _, c in island) <= reach
    }
    strongest = {}
    for _, one, other, weight in links(w):
        for pixel, there in ((one, other), (other, one)):
            strongest.setdefault(pixel, []).append((-weight, there))
    nearest = {pixel: min(tied)[1] for pixel, tied in strongest.items() if pixel not in own}
    for pixel in nearest:
        end = pixel
        while end in nearest:
            end = nearest[end]
        for island in found.values():
            if end in island and pixel not in own:
                island |= {pixel}
    return found


def marked(w, share, rows):
    link_bits = np.full(w.shape[1:], 16, np.uint8)
    link_bits[[0, -1]] = link_bits[:, [0, -1]] = 0
    islands.mark_strong_links(w, share, link_bits, *rows)
    return link_bits


def found_islands(w, share, strips):
    """Return the places of islands' pixels, in lists, seeds in raster order."""
    result, link_bits = [], marked(w, share, (1, w.shape[1] - 1))
    for top, bottom in strips:
        pixels, ends = np.empty(link_bits.size, np.int32), np.empty(link_bits.size, np.int32)
        count = islands.find(w, link_bits, link_bits.reshape(-1), pixels, ends, top, bottom)
        result += np.split(pixels[: ends[count - 1]], ends[: count - 1]) if count else []
    return result


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("shape", SHAPES)
def test_islands(shape, share, rng):
    w = weights(shape, rng)
    link_bits = marked(w, share, (1, shape[0] + 1))
    wanted = np.zeros_like(link_bits)
    for k, one, _ in strong_links(w, share):
        wanted[one] |= 1 << k
    np.testing.assert_array_equal(link_bits, wanted)
    plain, width = plain_islands(w, share), shape[1] + 2
    expected = [sorted(r * width + c for r, c in plain[seed]) for seed in sorted(plain)]
    for strips in ([(1, shape[0] + 1)], [(1, 2), (2, shape[0] + 1)]):
        found = found_islands(w, share, strips)
        assert [sorted(island.tolist()) for island in found] == expected
        assert [island[0] for island in found] == [r * width + c for r, c in sorted(plain)]
    seeds = {min(one, other) for _, one, other in strong_links(w, share)}
    later = {max(one, other) for _, one, other in strong_links(w, share)}
    assert islands.count_seeds(link_bits, 1, shape[0] + 1) == len(seeds - later)


def test_what_is_large_is_no_island():
    """Squares and bars of one luma on another: up to 512 pixels, 64 rows, 64 columns aside."""
    guide = np.zeros((200, 300))
    sizes = [(16, 32), (16, 33), (64, 2), (65, 2), (2, 65), (2, 66), (1, 1)]
    for i, (height, width) in enumerate(sizes):
        guide[2 + 66 * (i % 3) :, 5 + 100 * (i // 3) :][:height, :width] = 1
    w, inside = bordered(guide.shape, 4), np.pad(guide, 1)
    for k, (dr, dc) in enumerate(FORWARD):
        alike = inside == np.roll(inside, (-dr, -dc), (0, 1))
        there = np.roll(np.pad(np.ones(guide.shape), 1), (-dr, -dc), (0, 1)) > 0
        w[k, 1:-1, 1:-1] = np.where(alike, 1, 1e-3)[1:-1, 1:-1] * there[1:-1, 1:-1]
    found = found_islands(w, 0.1, [(1, 100), (100, 201)])
    assert sorted(len(island) for island in found) == sorted([16 * 32, 64 * 2, 2 * 65])


def directed(w, rng):
    """Return eight planes, neighbours in raster order, that have ``w`` as their mean."""
    planes = bordered((w.shape[1] - 2, w.shape[2] - 2), 8)
    for k, (r, c), (a, b), weight in links(w):
        part = weight * rng.uniform(0.1, 1.9)
        planes[4 + k, r, c], planes[3 - k, a, b] = part, 2 * weight - part
    return planes


@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("shape", [(12, 14), (3, 40), (40, 31)])
def test_graph_and_corrections(shape, one_way, rng):
    w, reaction = weights(shape, rng), reactions(shape, rng)
    found = found_islands(w, 0.3, [(1, shape[0] + 1)])
    pixels = np.concatenate(found)
    first = np.concatenate([[0], np.cumsum([len(island) for island in found])])
    labels, count = np.zeros(reaction.shape, np.int32), len(found)
    labels.reshape(-1)[pixels] = np.repeat(np.arange(1, count + 1), np.diff(first))
    planes = directed(w, rng) if one_way else w
    dense = np.diag(reaction.reshape(-1).astype(float))
    for k, one, other, value in links(w):
        i, j = (r * reaction.shape[1] + c for r, c in (one, other))
        there, back = (planes[4 + k][one], planes[3 - k][other]) if one_way else (value, value)
        dense[i, i] += there
        dense[j, j] += back
        dense[i, j], dense[j, i] = -there, -back
    q = np.zeros((reaction.size, count))
    q[pixels, labels.reshape(-1)[pixels] - 1] = 1

    begin, extra = np.empty(count + 1, np.int64), np.zeros(count)
    to, weight = np.empty(8 * len(pixels), np.int32), np.empty(8 * len(pixels))
    weak_links.links(planes, reaction, labels, pixels, first, begin, to, weight, extra)
    start = np.repeat(np.arange(count), np.diff(begin))
    graph = np.diag(extra)
    np.add.at(graph, (start, start), weight[: len(start)])
    np.add.at(graph, (start, to[: len(start)]), -weight[: len(start)])
    exact = q.T @ dense @ q
    wanted = (exact + exact.T) / 2
    beside = np.diag(wanted) - wanted.sum(axis=1)
    least = np.where(exact.sum(axis=1) > wanted.sum(axis=1) + 1e-9, 0.05 * np.diag(exact), 0)
    np.fill_diagonal(wanted, np.maximum(np.diag(exact), beside + least))
    np.testing.assert_allclose(graph, wanted, rtol=1e-5, atol=1e-7)

    r, z = (bordered(shape, 2) for _ in range(2))
    for picture in (r, z):
        picture[:, 1:-1, 1:-1] = rng.normal(size=(2, *shape))
    sums, values = np.full((count, 2), np.nan), rng.normal(size=(count, 2))
    for part in ((0, count // 2), (count // 2, count)):
        weak_links.restrict_to_islands(planes, reaction, r, z, pixels, first, sums, *part)
    left = r.reshape(2, -1).T - dense @ z.reshape(2, -1).T
    np.testing.assert_allclose(sums, q.T @ left, atol=1e-5)
    wanted = z.reshape(2, -1).T + q @ values
    slope = np.array([[1.0, 0.5]], np.float32)
    most = weak_links.prolong_from_islands(z, pixels, first, values, slope, 0, count)
    np.testing.assert_allclose(z.reshape(2, -1).T, wanted, atol=1e-6)
    assert most == pytest.approx((np.abs(wanted[pixels]) @ slope[0]).max())
