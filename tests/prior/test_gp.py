"""The prior made of the photo's own cues: parts against plain formulas, and the whole."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

import varcolor as vc
from benchmarks.gp.likelihood import Layout, cost, left_out, restricted
from varcolor.energy.prior import Data
from varcolor.image.color import SPACES
from varcolor.prior.base import PRIORS, Scene
from varcolor.prior.features import (
    GRID_AREA,
    NAMES,
    REFERENCE_AREA,
    features_of,
    resized,
    shape_within,
)
from varcolor.prior.gp import GP
from varcolor.prior.kernel import Kernel, fitted_kernel, squared_distances
from varcolor.prior.points import MOST, Points, points_of
from varcolor.prior.regression import Regression
from varcolor.prior.upsample import guided

KERNEL = Kernel(0.3, 0.2, np.array([0.5, 0.2]), np.array([[1.0, 2.0, 3.0], [0.5, 0.2, 0.3]]), 0.01)


def guess(source, luma, at, values, visible=None, weight=None):
    weight = np.full(len(at), np.inf) if weight is None else weight
    scene = Scene(luma, visible, SPACES["yuv"])
    return source.run(source.prepare(scene), Data(at, weight, values))


class TestKernel:
    def test_formula(self, rng):
        x, y = rng.random((4, 3)), rng.random((5, 3))
        found = KERNEL.covariance(x, y)
        for i, j in np.ndindex(4, 5):
            d = x[i] - y[j]
            wanted = 0.3 * np.exp(-abs(d[0]) / 0.2)
            wanted += 0.5 * np.exp(-np.linalg.norm(d / [1, 2, 3]))
            wanted += 0.2 * np.exp(-np.linalg.norm(d / [0.5, 0.2, 0.3]))
            assert found[i, j] == pytest.approx(wanted)
        single = KERNEL.covariance(x.astype(np.float32), y.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, found, atol=1e-3)

    def test_distances_are_never_negative(self, rng):
        x = 1e3 + 1e-6 * rng.random((6, 3))
        assert (squared_distances(x, x) >= 0).all()

    def test_the_fitted_one_knows_all_features(self):
        kernel = fitted_kernel()
        assert kernel.lengths.shape[1] == len(NAMES)
        assert kernel.variance == pytest.approx(1, abs=0.01)


class TestRegression:
    def test_against_the_textbook(self, rng):
        x, y, noise = rng.random((7, 3)), rng.normal(0, 1, (7, 2)), rng.uniform(0.01, 0.1, 7)
        new = rng.random((5, 3))
        regression = Regression.of(KERNEL, x, y, noise)
        values, variances = regression.predict(new), regression.variance(new)
        K = KERNEL.covariance(x, x) + np.diag(noise)
        k = KERNEL.covariance(new, x)
        ones, inverse = np.ones(7), np.linalg.inv(K)
        mean = (ones @ inverse @ y) / (ones @ inverse @ ones)
        np.testing.assert_allclose(values, mean + k @ inverse @ (y - mean), atol=1e-5)
        spread = KERNEL.variance - np.einsum("nm,mk,nk->n", k, inverse, k)
        spread += (1 - k @ inverse @ ones) ** 2 / (ones @ inverse @ ones)
        np.testing.assert_allclose(variances, spread, atol=1e-4)

    def test_equal_values_come_back_everywhere(self, rng):
        x = rng.random((7, 3))
        values = Regression.of(KERNEL, x, np.full((7, 2), 0.3), np.full(7, 0.1)).predict(x + 5)
        np.testing.assert_array_equal(values, np.full((7, 2), 0.3))

    def test_points_are_met_without_noise_and_more_certain_than_others(self, rng):
        x, y = rng.random((7, 3)), rng.normal(0, 1, (7, 2))
        regression = Regression.of(KERNEL, x, y, np.zeros(7))
        np.testing.assert_allclose(regression.predict(x), y, atol=1e-3)
        assert regression.variance(x).max() < 0.01 < regression.variance(x + 10).min()

    def test_equal_points(self):
        x, y = np.zeros((3, 3)), np.array([[0.0], [1.0], [2.0]])
        values = Regression.of(KERNEL, x, y, np.full(3, 0.1)).predict(x)
        np.testing.assert_allclose(values, 1, atol=1e-5)


class TestPoints:
    def features(self, shape=(60, 80)):
        return features_of(np.linspace(0, 1, shape[0] * shape[1]).reshape(shape), None)

    def test_a_hint_is_one_point(self):
        features = self.features()
        mask = np.zeros((60, 80), bool)
        mask[10:16, 20:26] = mask[40:46, 20:26] = True
        at = np.flatnonzero(mask)
        values = np.where(at[:, None] < 30 * 80, [0.1, 0.2], [0.3, -0.1])
        points = points_of(features, (60, 80), at, np.full(72, np.inf), values)
        assert len(points.values) == 2
        np.testing.assert_allclose(points.noise, 1)
        np.testing.assert_allclose(points.softness, 0)
        wanted = features.values[10:16, 20:26].mean((0, 1))
        assert np.abs(points.features - wanted).max(axis=1).min() < 1e-12

    def test_a_long_stroke_is_cut(self):
        at = np.arange(30 * 80, 31 * 80)
        points = points_of(self.features(), (60, 80), at, np.full(80, 2.0), np.ones((80, 2)))
        assert len(points.values) == 10
        np.testing.assert_allclose(points.softness, 0.5)

    @pytest.mark.parametrize("colours", [1, 3, None])
    def test_never_too_many(self, colours, rng):
        shape = (300, 400)
        features = self.features(shape)
        at = np.arange(120_000)[:: 1 if colours else 3]
        values = rng.integers(0, colours, (len(at), 2)) if colours else rng.random((len(at), 2))
        points = points_of(features, shape, at, np.full(len(at), np.inf), values.astype(float))
        assert 20 < len(points.values) <= MOST
        assert np.isfinite(points.features).all()


class TestFeatures:
    def test_one_per_name(self, rng):
        assert features_of(rng.random((20, 30)), None).values.shape == (20, 30, len(NAMES))

    @pytest.mark.parametrize("shape", [(1, 1), (1, 40), (37, 1), (2, 3)])
    def test_any_shape(self, shape, rng):
        assert np.isfinite(features_of(rng.random(shape), None).values).all()

    def test_flips_move_all_but_the_position(self, rng):
        luma = rng.random((20, 31))
        first, second = features_of(luma, None).values, features_of(luma[:, ::-1], None).values
        np.testing.assert_allclose(first[..., :-1], second[:, ::-1, :-1], atol=1e-10)
        np.testing.assert_allclose(first[..., -1], -second[:, ::-1, -1], atol=1e-12)

    def test_hidden_pixels_have_no_say(self, rng):
        luma = rng.random((30, 40))
        visible = np.ones((30, 40), bool)
        visible[:, 25:] = False
        other = np.where(visible, luma, rng.random((30, 40)))
        first, second = features_of(luma, visible).values, features_of(other, visible).values
        np.testing.assert_allclose(first[:, :25], second[:, :25], atol=1e-9)

    def test_an_enlargement_has_the_features_of_the_photo(self, cat):
        luma = np.kron(vc.to_gray(cat) / 255.0, np.ones((5, 5)))
        large = np.kron(luma, np.ones((2, 2)))
        first, second = features_of(luma, None).values, features_of(large, None).values
        assert first.shape == second.shape
        assert np.median(np.abs(first - second)[..., : len(NAMES) - 2]) < 0.05

    def test_shapes_keep_proportions(self):
        assert shape_within((1000, 4000), REFERENCE_AREA) == (128, 512)
        assert shape_within((10, 20), GRID_AREA) == (10, 20)
        assert shape_within((1, 100_000), GRID_AREA)[0] == 1


class TestUpsampling:
    def test_it_follows_the_edges_of_the_luma(self):
        luma = np.zeros((80, 80))
        luma[:, 43:] = 1
        coarse = resized(luma, (20, 20))
        values = np.stack([coarse * 0.4 - 0.2, 0.1 - coarse * 0.1], axis=-1)
        full = guided(values, coarse, luma)
        np.testing.assert_allclose(full[..., 0], luma * 0.4 - 0.2, atol=0.02)
        assert full.min() >= values.min()
        assert full.max() <= values.max()

    @pytest.mark.parametrize("shape", [(20, 31), (150, 97), (21, 30), (500, 300)])
    def test_bands_of_rows_are_those_of_the_whole(self, shape, rng):
        # Values that do not depend on the luma: what is left is the enlargement.
        coarse, values = np.full((20, 30), 0.5), rng.normal(size=(20, 30, 2))
        mean = [uniform_filter(values[..., k], 3, mode="nearest") for k in range(2)]
        mean = [uniform_filter(plane, 3, mode="nearest") for plane in mean]
        full = guided(values, coarse, rng.random(shape))
        for k in range(2):
            np.testing.assert_allclose(full[..., k], resized(mean[k], shape), atol=1e-6)

    def test_equal_sizes(self, rng):
        values = rng.random((5, 6, 2))
        assert guided(values, rng.random((5, 6)), rng.random((5, 6))) is values


class TestPrior:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 50), (33, 1), (40, 50), (300, 410)])
    def test_any_size(self, shape, rng):
        luma = rng.random(shape)
        at = np.unique(rng.integers(0, luma.size, 5))
        values = rng.normal(0, 0.1, (len(at), 2))
        prior = guess(GP(), luma, at, values)
        assert prior.shape == shape
        assert (prior.chroma.min((0, 1)) >= values.min(0) - 1e-6).all()
        assert (prior.chroma.max((0, 1)) <= values.max(0) + 1e-6).all()
        assert (prior.confidence > 0).all()

    def test_a_cue_reaches_what_looks_alike(self):
        """Four patches, two textures: no path of equal luma joins the equal ones."""
        rng = np.random.default_rng(0)
        luma = np.full((96, 96), 0.5)
        for rows, columns in ((0, 0), (1, 1)):
            place = (slice(48 * rows, 48 * rows + 48), slice(48 * columns, 48 * columns + 48))
            luma[place] += rng.normal(0, 0.15, (48, 48))
        at = np.array([20 * 96 + 20, 20 * 96 + 76])  # one cue on each texture, upper half
        values = np.array([[0.2, 0.0], [-0.2, 0.0]])
        chroma = guess(GP(), np.clip(luma, 0, 1), at, values).chroma[..., 0]
        assert chroma[60:84, 60:84].mean() > 0.05
        assert chroma[60:84, 12:36].mean() < -0.05

    def test_more_cues_make_it_firmer(self, rng):
        luma, found = rng.random((40, 40)), []
        for count in (2, 10, 50):
            at = np.sort(rng.choice(1600, count, replace=False))
            found.append(guess(GP(), luma, at, rng.normal(0, 0.1, (count, 2))).confidence[0, 0])
        assert found == sorted(found)

    def test_soft_cues_say_less(self, rng):
        luma, at = rng.random((30, 30)), np.array([100, 500])
        values = np.array([[0.2, 0.0], [-0.2, 0.0]])
        firm = guess(GP(), luma, at, values).chroma
        soft = guess(GP(), luma, at, values, weight=np.full(2, 1e-6)).chroma
        assert np.ptp(soft) < np.ptp(firm)

    def test_options(self, rng):
        assert PRIORS["gp"] is GP
        assert guess(GP(strength=2.0), rng.random((5, 5)), np.array([3]), np.ones((1, 2))).confidence.max() > 0  # fmt: skip
        for bad in ({"strength": -1.0}, {"strength": float("nan")}, {"power": 9.0}):
            with pytest.raises(vc.InputError, match="expected"):
                GP(**bad)

    def test_through_the_front_door(self, cat, cat_cues):
        gray = vc.to_gray(cat)
        auto = vc.colorize(gray, cat_cues, method="auto")
        same = vc.colorize(gray, cat_cues, method="harmonic", prior="agreed")
        plain = vc.colorize(gray, cat_cues, method="auto", prior="none")
        np.testing.assert_array_equal(auto.chroma, same.chroma)
        harmonic = vc.colorize(gray, cat_cues, method="harmonic")
        np.testing.assert_array_equal(plain.chroma, harmonic.chroma)
        assert "prior" in auto.seconds
        firm = vc.colorize(gray, cat_cues, method="auto", confidence=1e3)
        alone = guess(
            GP(strength=1e3),
            gray / 255.0,
            cat_cues.flat,
            SPACES["yuv"].split(cat_cues.color.astype(float))[1],
        )
        free = np.ones(gray.shape, bool)
        free[cat_cues.at[:, 0], cat_cues.at[:, 1]] = False
        np.testing.assert_allclose(firm.chroma[free], alone.chroma[free], atol=1e-3)
        own = vc.colorize(
            gray, cat_cues, method="levin", prior="gp", confidence=np.zeros(gray.shape)
        )
        levin = vc.colorize(gray, cat_cues, method="levin")
        np.testing.assert_allclose(own.chroma, levin.chroma, atol=1e-6)


@pytest.mark.parametrize("criterion", [restricted, left_out])
def test_gradients_of_the_fit(criterion, rng):
    points = Points(rng.random((12, 3)), rng.normal(0, 1, (12, 2)), np.ones(12), np.zeros(12))
    layout = Layout(2, 3)
    theta = layout.vector(KERNEL)

    def value(theta):
        """The kernel as it stands, without rescaling its variances to 1."""
        v = np.exp(theta)
        kernel = Kernel(v[0], v[1], v[2:4], v[5:].reshape(2, 3), v[4])
        return cost(kernel, points, criterion)

    _, gradient = value(theta)
    for i in range(len(theta)):
        step = np.zeros_like(theta)
        step[i] = 1e-5
        slope = (value(theta + step)[0] - value(theta - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-3, abs=1e-6)
