"""From regions to pixels: against a dense system, and the same for any number of threads."""

import numpy as np
from scipy.ndimage import gaussian_filter

from tests.conftest import photo
from varcolor.backend.thread_pool import Team
from varcolor.ir.tree.regions import Regions
from varcolor.ir.tree.spread import _weights, spread
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered


def blocks(gray, side, rng):
    """Return regions: squares of ``side`` pixels, cut in two by their luma."""
    rows, columns = np.indices(gray.shape) // side
    squares = rows * (columns.max() + 1) + columns
    labels = np.unique(2 * squares + (gray > 120), return_inverse=True)[1].reshape(gray.shape)
    means = rng.uniform(-60, 60, (labels.max() + 1, 2))
    return Regions(labels.astype(np.int32), means, 0)


def dense(gray):
    """Return the weights of all pairs of neighbours (n, n), as the format says."""
    y, b = gray.astype(float), gaussian_filter(gray.astype(float), 2, mode="nearest", truncate=3)
    rows, columns = (a.ravel() for a in np.indices(gray.shape))
    y, b = y.ravel(), b.ravel()
    near = (abs(rows[:, None] - rows) <= 1) & (abs(columns[:, None] - columns) <= 1)
    np.fill_diagonal(near, False)
    squares = 0.3 * (y[:, None] - y) ** 2 + 6 * (b[:, None] - b) ** 2
    return np.where(near, 1 / (1 + squares) + 0.01, 0)


def plain(regions, gray):
    """Return what `spread` does: residuals anew each time, only the V-cycle is shared."""
    shape, w = gray.shape, dense(gray)
    sizes = np.bincount(regions.labels.ravel())
    pull = (0.12 / sizes**0.25)[regions.labels].ravel()
    a = np.diag(w.sum(axis=1) + pull) - w
    planes, reaction, number = bordered(shape, 4), bordered(shape), np.arange(gray.size)
    used = bordered(shape, 4)
    _weights(gray, used, [(1, shape[0] + 1)], Team(1))
    for k, (dr, dc) in enumerate(((0, 1), (1, -1), (1, 0), (1, 1))):
        rows, columns = (v.ravel() for v in np.indices(shape))
        inside = (rows + dr < shape[0]) & (columns + dc >= 0) & (columns + dc < shape[1])
        one = number[inside]
        planes[k, rows[one] + 1, columns[one] + 1] = w[one, one + dr * shape[1] + dc]
    np.testing.assert_allclose(used, planes, rtol=5e-5)
    reaction[1:-1, 1:-1] = pull.reshape(shape)
    # Weights that differ in the last bit may be cut to other 16 bits in the V-cycle.
    hierarchy = Hierarchy(used, reaction, np.ones(shape, bool), Team(1))
    coded = regions.means.T
    wanted = coded.copy()
    u = coded[:, regions.labels].reshape(2, -1)
    for _ in range(4):
        r = pull * wanted[:, regions.labels].reshape(2, -1) - u @ a
        b, z, work = (bordered(shape, 2) for _ in range(3))
        b[:, 1:-1, 1:-1] = r.reshape(2, *shape)
        hierarchy.cycle(b, z, work, np.zeros((1, 2), np.float32))
        step = z[:, 1:-1, 1:-1].reshape(2, -1).astype(float)
        u = u + ((r * step).sum(axis=1) / ((step @ a) * step).sum(axis=1))[:, None] * step
        found = [np.bincount(regions.labels.ravel(), channel) / sizes for channel in u]
        wanted = wanted + coded - found
    return u.reshape(2, *shape)


def test_it_is_what_the_format_says(rng):
    gray = photo("chelsea")[80:112, 130:175, 1].copy()
    regions = blocks(gray, 9, rng)
    np.testing.assert_allclose(spread(regions, gray), plain(regions, gray), atol=2e-3)


def test_regions_keep_their_means_and_get_smooth(rng):
    gray = photo("chelsea")[80:120, 130:180, 1].copy()
    regions = blocks(gray, 10, rng)
    u = spread(regions, gray)
    found = [np.bincount(regions.labels.ravel(), c.ravel()) / regions.sizes for c in u]
    large = regions.sizes > 40
    assert np.abs(np.array(found).T - regions.means)[large].mean() < 2.5
    w = dense(gray)

    def energy(image):
        return sum((w * (c.ravel()[:, None] - c.ravel()) ** 2).sum() for c in image)

    assert energy(u) < 0.5 * energy(regions.means.T[:, regions.labels])


def test_threads_do_not_change_it(rng):
    gray = photo("coffee")[:300, :250, 1].copy()
    regions = blocks(gray, 40, rng)
    one, three = (spread(regions, gray, Team(n)) for n in (1, 3))
    np.testing.assert_array_equal(one, three)
