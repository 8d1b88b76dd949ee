"""Soft encoding, weights, annealed mean and hints, against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from varcolor.neural.networks.bins import grid_bins, hull_bins
from varcolor.training.bins import cells_of, encoded, own_bins, table_of
from varcolor.training.tasks.hints import hints_of, nearest_bin


@pytest.fixture
def colours(rng):
    return rng.normal(0, 25, (60, 2))


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_soft_encoding(colours):
    bins = hull_bins()
    index, shares = encoded(colours.reshape(6, 10, 2), bins, 5, 5.0)
    assert index.shape == shares.shape == (6, 10, 5)
    for colour, own, share in zip(
        colours, index.reshape(-1, 5), shares.reshape(-1, 5), strict=True
    ):
        distances = sorted((math.dist(colour, b), k) for k, b in enumerate(bins))[:5]
        weights = [math.exp(-(d**2) / (2 * 5.0**2)) for d, _ in distances]
        expected = {k: w / sum(weights) for (_, k), w in zip(distances, weights, strict=True)}
        assert sorted(own) == sorted(expected)
        for k, s in zip(own, share, strict=True):
            assert s == pytest.approx(expected[k], rel=1e-12)
        assert own[0] == distances[0][1]


def test_far_colours_have_finite_shares():
    _, shares = encoded(np.array([[500.0, -500.0]]), hull_bins(), 5, 5.0)
    assert shares.sum() == pytest.approx(1)


def test_weights_by_plain_loops(colours):
    bins = own_bins(colours, 8.0)
    table = table_of(colours, bins, 0.5, 5.0)
    counts = [0] * len(bins)
    for colour in colours:
        counts[min(range(len(bins)), key=lambda k: math.dist(colour, bins[k]))] += 1
    shares = [count / len(colours) for count in counts]
    smooth = []
    for a in bins:
        kernel = [math.exp(-(math.dist(a, b) ** 2) / 50) for b in bins]
        smooth.append(sum(k * s for k, s in zip(kernel, shares, strict=True)) / sum(kernel))
    total = sum(smooth)
    weights = [1 / (0.5 * s / total + 0.5 / len(bins)) for s in smooth]
    mean = sum(s * w for s, w in zip(shares, weights, strict=True))
    np.testing.assert_allclose(table.shares, shares)
    np.testing.assert_allclose(table.weights, np.array(weights) / mean)
    assert table.shares @ table.weights == pytest.approx(1)
    rare, common = np.argmin(table.shares), np.argmax(table.shares)
    assert table.weights[rare] > table.weights[common]


def test_uniform_mix_rebalances_nothing(colours):
    table = table_of(colours, own_bins(colours, 8.0), 1.0, 0.0)
    np.testing.assert_allclose(table.weights, 1)


def test_own_bins_are_the_cells_that_occur():
    found = own_bins(np.array([[0.0, 0.0], [3.99, -4.0], [4.0, 0.0], [-4.01, 0.0]]), 8.0)
    assert found.tolist() == [[-8.0, 0.0], [0.0, 0.0], [8.0, 0.0]]


@pytest.mark.parametrize("name", ["eccv16", "poster-394"])
def test_annealed_mean(name, rng):
    torch = pytest.importorskip("torch")
    from varcolor.neural.networks import NETWORKS

    form = NETWORKS[name].with_settings({"width": 1})
    own = form.conventions
    torch.manual_seed(0)
    net = form.build().double().eval()
    if name == "poster-394":
        bins = rng.normal(0, 30, (394, 2))
        net.bins.copy_(torch.as_tensor(bins))
    else:
        bins = hull_bins()
        net.model_out.weight.data.copy_(torch.as_tensor(bins / 110).T[:, :, None, None])
    x = torch.as_tensor(rng.normal(0, 1, (1, 1, 16, 16)))
    with torch.no_grad():
        mean, logits = form.both(net, 9 * x, own, None)
    logits = logits.numpy()[0]
    cells = np.zeros((2, *logits.shape[1:]))
    for r in range(logits.shape[1]):
        for c in range(logits.shape[2]):
            powers = [math.exp(v / own.temperature) for v in logits[:, r, c]]
            for k in range(2):
                terms = zip(powers, bins[:, k], strict=True)
                cells[k, r, c] = sum(p * b for p, b in terms) / sum(powers)
    size = 16 // logits.shape[1]
    assert size == form.cell
    for k in range(2):
        expected = _enlarged(cells[k], size)
        np.testing.assert_allclose(mean.numpy()[0, k], expected, atol=1e-6)


def _enlarged(plane, size):
    """Bilinear, pixels' middles at halves, the border continued."""
    height, width = plane.shape
    out = np.zeros((height * size, width * size))
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = max(0, (r + 0.5) / size - 0.5), max(0, (c + 0.5) / size - 0.5)
            top, left = int(y), int(x)
            low, right = min(top + 1, height - 1), min(left + 1, width - 1)
            above = plane[top, left] * (1 - x + left) + plane[top, right] * (x - left)
            below = plane[low, left] * (1 - x + left) + plane[low, right] * (x - left)
            out[r, c] = above * (1 - y + top) + below * (y - top)
    return out


def test_rebalancing_is_on(photos):
    """The weights reach the loss: rare colours weigh more, and their mean over pixels is 1."""
    pytest.importorskip("torch")
    from varcolor.training.config import Config, DataOptions
    from varcolor.training.samples import sample_of
    from varcolor.training.sources import entries_of
    from varcolor.training.task import task_of

    data = DataOptions(places=(str(photos),), size=32, fit="squash", held_out=0.0)
    batches = {}
    for on in (True, False):
        options = {"network": "poster-394", "rebalancing": on}
        config = Config(name="a", task="classification", options=options, data=data)
        entries = entries_of([photos])
        task = task_of(config).prepared(entries, config)
        rng = np.random.default_rng(0)
        batches[on] = task.batch([sample_of(e, data, None, rng) for e in entries], rng)
    assert np.all(batches[False]["weight"] == 1)
    on = batches[True]["weight"]
    assert on.max() > 2 * on.min()
    weights = task.table.weights[batches[True]["index"][:, :1]]
    np.testing.assert_allclose(on, weights, rtol=1e-6)
    assert on.mean() == pytest.approx(1, abs=0.35)


def test_cells_are_means(rng):
    plane = rng.normal(size=(3, 8, 12, 2))
    found = cells_of(plane, 4)
    assert found.shape == (3, 2, 3, 2)
    assert found[1, 1, 2, 0] == pytest.approx(plane[1, 4:8, 8:12, 0].mean())


def test_nearest_of_the_529_bins(colours):
    for colour, number in zip(colours, nearest_bin(colours), strict=True):
        assert (
            math.dist(colour, grid_bins()[number])
            <= min(math.dist(colour, b) for b in grid_bins()) + 1e-9
        )


def test_hints_are_geometric_squares_of_mean_colour(rng):
    ab = rng.normal(0, 20, (64, 80, 2))
    counts, places = [], []
    for _ in range(400):
        hints, mask = hints_of(ab, 0.125, 1, rng)
        counts.append(int(mask.sum()))
        assert np.array_equal(hints[mask > 0], ab[mask > 0])
        assert not hints[mask == 0].any()
        places += np.argwhere(mask > 0).tolist()
    assert np.mean([c == 0 for c in counts]) == pytest.approx(0.125, abs=0.05)
    assert np.mean(counts) == pytest.approx(7, abs=1)
    np.testing.assert_allclose(np.mean(places, axis=0), [31.5, 39.5], atol=1.5)
    np.testing.assert_allclose(np.std(places, axis=0), [16, 20], rtol=0.15)
    hints, mask = hints_of(ab, 1e-3, 9, rng)
    assert set(np.unique(mask)) == {0.0, 1.0}
