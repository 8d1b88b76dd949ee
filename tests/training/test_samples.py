"""What is learnt from a picture: cuts, borders, augmentation of L* alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import varcolor as vc
from varcolor.image.color import lab
from varcolor.training.augment import augmented
from varcolor.training.config import AugmentOptions, DataOptions
from varcolor.training.samples import Unusable, sample_of
from varcolor.training.sources import entries_of

OLD = AugmentOptions(gamma=0.3, contrast=0.4, noise=8.0, blur=1.0, jpeg=1.0, stains=1.0)


@pytest.fixture
def entry(photos):
    return entries_of([photos / "03.png"])[0]


def test_a_held_out_picture_is_its_own_lab(entry):
    data = DataOptions(size=32, fit="squash")
    found = sample_of(entry, replace(data, fit="whole"), None, np.random.default_rng(0))
    light, ab = lab.split(vc.read(entry.path).as_float())
    np.testing.assert_allclose(found.light, 100 * light, atol=1e-4)
    np.testing.assert_allclose(found.ab, ab, atol=1e-4)


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
def test_sizes(entry, fit):
    found = sample_of(entry, DataOptions(size=24, fit=fit), OLD, np.random.default_rng(0))
    assert found.light.shape == found.seen.shape == (24, 24)
    assert found.ab.shape == (24, 24, 2)
    assert found.seen.mean() == (0.75 if fit == "pad" else 1.0)


def test_augmentation_leaves_the_colours_alone(entry):
    data = DataOptions(size=32, fit="squash")
    plain = sample_of(entry, data, replace(AugmentOptions(), flip=False), np.random.default_rng(1))
    old = sample_of(entry, data, replace(OLD, flip=False), np.random.default_rng(1))
    np.testing.assert_array_equal(plain.ab, old.ab)
    np.testing.assert_array_equal(plain.true_light, old.true_light)
    assert np.abs(plain.light - old.light).mean() > 1
    assert old.light.min() >= 0
    assert old.light.max() <= 100


@pytest.mark.parametrize("name", ["gamma", "contrast", "noise", "blur", "jpeg", "stains"])
def test_every_option_changes_something(name):
    light = np.random.default_rng(0).uniform(10, 90, (32, 32))
    none = replace(AugmentOptions(), flip=False)
    np.testing.assert_allclose(augmented(light, none, np.random.default_rng(2)), light)
    own = replace(none, **{name: 1.0 if name == "blur" else 0.5})
    changes = [augmented(light, own, np.random.default_rng(k)) - light for k in range(8)]
    assert np.abs(changes).max() > 0.1


def test_grain_has_the_deviation_that_it_says():
    light = np.full((200, 200), 50.0)
    rng = np.random.default_rng(3)
    deviations = [augmented(light, AugmentOptions(noise=6.0), rng).std() for _ in range(40)]
    assert max(deviations) < 6.2
    assert 2 < np.mean(deviations) < 4


def test_rec709_is_the_grey_file(entry):
    data = DataOptions(size=32, fit="whole", grey="rec709")
    found = sample_of(entry, data, None, np.random.default_rng(0))
    level = vc.read(entry.path).as_float() @ [0.2126, 0.7152, 0.0722]
    np.testing.assert_allclose(found.light, 100 * lab.luma_of_gray(level), atol=1e-4)
    assert np.abs(found.light - found.true_light).max() > 1


def test_near_grey_is_left_out(tmp_path):
    gray = np.repeat(np.arange(0, 240, 10, np.uint8)[:, None, None], 24, 1).repeat(3, 2)
    vc.write(gray, tmp_path / "grey.png")
    tinted = gray.copy()
    tinted[..., 0] += 2
    vc.write(tinted, tmp_path / "tinted.png")
    for entry in entries_of([tmp_path]):
        with pytest.raises(Unusable, match="grey"):
            sample_of(entry, DataOptions(size=24), None, np.random.default_rng(0))
