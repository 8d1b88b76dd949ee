"""Covariance and regression against the formulas, in loops and with inverses."""

import numpy as np
import pytest

from varcolor.prior.learned.covariance import EACH, Covariance
from varcolor.prior.learned.planes import HAND_MADE
from varcolor.prior.learned.regression import Places, predicted

HAND = HAND_MADE + 2


@pytest.fixture
def covariance(rng):
    shares = np.array([0.4, 0.1, 0.5, 0.3, 0.2], np.float32)
    lengths = rng.uniform(0.5, 2, (2, HAND)).astype(np.float32)
    learned = np.array([0.2, 0.3, 0.5], np.float32)
    return Covariance(shares, 0.7, 0.5, lengths, learned, 0.01, 6.0)


def places(covariance, count, rng):
    hand, learned = rng.random((count, HAND)), rng.random((count, 3 * EACH))
    amplitude, mean = rng.uniform(0.5, 2, count), rng.normal(size=(count, 2))
    return hand, learned, Places(covariance.embedded(hand, learned), amplitude, mean)


def test_covariance(covariance, rng):
    (h, u, x), (g, v, y) = places(covariance, 4, rng), places(covariance, 5, rng)
    found = covariance.correlation(x.embedded, y.embedded)
    c, f = covariance.shares, covariance.learned
    for i, j in np.ndindex(4, 5):
        wanted = c[0] + c[1] * np.exp(-abs(h[i, 0] - g[j, 0]) / 0.5)
        for k in range(3):
            own = slice(k * EACH, (k + 1) * EACH)
            square = (f[k] * (u[i, own] - v[j, own])) ** 2
            if k < 2:
                square = np.append(square, ((h[i] - g[j]) / covariance.lengths[k]) ** 2)
            wanted += c[2 + k] * np.exp(-np.sqrt(square.sum()))
        assert found[i, j] == pytest.approx(wanted, rel=1e-5)
    same = covariance.correlation(x.embedded, x.embedded)
    np.testing.assert_allclose(np.diag(same), covariance.variance, rtol=5e-3)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_regression(covariance, count, rng):
    _, _, x = places(covariance, count, rng)
    _, _, new = places(covariance, 6, rng)
    single = Places(*(part.astype(np.float32) for part in (new.embedded, new.amplitude, new.mean)))
    values, noise = rng.normal(size=(count, 2)), rng.uniform(0.01, 0.1, count)
    found, variance, _ = predicted(covariance, x, values, noise, single)
    K = covariance.correlation(x.embedded, x.embedded) * np.outer(x.amplitude, x.amplitude)
    K += np.diag(noise + 1e-4)
    k = covariance.correlation(new.embedded, x.embedded) * np.outer(new.amplitude, x.amplitude)
    inverse = np.linalg.inv(K)
    np.testing.assert_allclose(found, new.mean + k @ inverse @ (values - x.mean), atol=1e-4)
    left = covariance.variance * new.amplitude**2 - np.einsum("nm,mk,nk->n", k, inverse, k)
    misfit = np.trace((values - x.mean).T @ inverse @ (values - x.mean))
    scale = (6.0 * 0.7 + misfit) / (6.0 + 2 * count)
    np.testing.assert_allclose(variance, scale * left, rtol=2e-3, atol=2e-4)


def test_without_points_it_is_the_mean(covariance, rng):
    _, _, new = places(covariance, 6, rng)
    found, variance, _ = predicted(covariance, new, np.empty((0, 2)), np.empty(0), new)
    np.testing.assert_array_equal(found, new.mean)
    np.testing.assert_allclose(variance, 0.7 * covariance.variance * new.amplitude**2, rtol=1e-6)


def test_points_that_agree_make_all_more_certain(covariance, rng):
    _, _, x = places(covariance, 5, rng)
    _, _, new = places(covariance, 6, rng)
    noise = np.full(5, 0.01)
    _, calm, _ = predicted(covariance, x, x.mean + 0.01, noise, new)
    _, wild, _ = predicted(covariance, x, x.mean + 3.0 * rng.normal(size=(5, 2)), noise, new)
    assert (wild > 2 * calm).all()


def test_points_that_are_nearly_equal(rng):
    """Hardly any noise and points at hardly any distance: the matrix stays positive definite."""
    shares = np.array([0.1, 0.1, 1.4, 0.3, 0.1], np.float32)
    lengths = np.full((2, HAND), 3.0, np.float32)
    close = Covariance(shares, 0.4, 0.5, lengths, np.full(3, 0.2, np.float32), 1e-9, 4.0)
    hand = 0.5 + 2e-3 * rng.random((300, HAND))
    learned = 1e-2 * rng.random((300, 3 * EACH))
    embedded = close.embedded(hand, learned).astype(np.float32)
    x = Places(embedded, np.ones(300, np.float32), np.zeros((300, 2), np.float32))
    found, variance, _ = predicted(close, x, rng.normal(size=(300, 2)), np.zeros(300), x)
    assert np.isfinite(found).all()
    assert (variance > 0).all()


def test_spread_of_the_cues_that_a_place_resembles(covariance, rng):
    """Of one colour: none; of two, as many points each: their variance where both are as near."""
    _, _, x = places(covariance, 6, rng)
    same = np.tile([[0.5, -0.2]], (6, 1))
    noise = np.full(6, 0.02)
    single = Places(*(part.astype(np.float32) for part in (x.embedded, x.amplitude, x.mean)))
    assert predicted(covariance, x, same, noise, single)[2].max() < 1e-6
    pair = Places(*(np.repeat(part[:1], 2, axis=0) for part in (x.embedded, x.amplitude, x.mean)))
    values = np.array([[0.5, -0.2], [-0.5, 0.4]])
    one = Places(*(part[:1] for part in (single.embedded, single.amplitude, single.mean)))
    spread = predicted(covariance, pair, values, np.full(2, 0.02), one)[2]
    assert spread[0] == pytest.approx(0.5**2 + 0.3**2, rel=1e-3)
