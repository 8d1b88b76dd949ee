"""Colours suggested for a pixel, and the pixel to ask for next."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import varcolor as vc
from benchmarks.neural.double import SimulatedNetwork
from varcolor.errors import CueError, InputError
from varcolor.image.color import lab
from varcolor.neural.networks.bins import grid_bins
from varcolor.neural.suggest import click_next


class Told:
    """A network that says the same everywhere: colours with shares."""

    has_distribution = True

    def __init__(self, *colours):
        self.shares = np.zeros(529)
        for a, b, share in colours:
            index = int(np.flatnonzero((grid_bins() == (a, b)).all(axis=1))[0])
            self.shares[index] = share

    def distribution(self, L, ab=None, mask=None):
        self.seen = L, ab, mask
        return np.broadcast_to(self.shares, (L.shape[0] // 4, L.shape[1] // 4, 529))


@pytest.fixture
def gray():
    return np.full((40, 60), 130, np.uint8)


def test_what_the_network_says_is_suggested_in_order(gray):
    net = Told((40, 20, 0.6), (-30, 30, 0.3), (0, -40, 0.1))
    found = vc.suggest(gray, at=(10, 50), count=3, network=net)
    assert [round(own.probability, 1) for own in found] == [0.6, 0.3, 0.1]
    assert sum(own.probability for own in found) == pytest.approx(1)
    for own, ab in zip(found, ((40, 20), (-30, 30), (0, -40)), strict=True):
        np.testing.assert_allclose(own.ab, ab, atol=2)  # a is a, and b is b
        luma = lab.luma(np.array(own.color) / 255)
        assert luma == pytest.approx(float(lab.luma_of_gray(np.array(130 / 255))), abs=0.005)
        assert own.hex == "#{:02x}{:02x}{:02x}".format(*own.color)


def test_colours_out_of_gamut_keep_the_lightness():
    dark = np.full((16, 16), 20, np.uint8)
    (own,) = vc.suggest(dark, at=(3, 3), count=1, network=Told((90, 90, 1.0)))
    assert float(lab.luma(np.array(own.color) / 255)) == pytest.approx(
        float(lab.luma_of_gray(np.array(20 / 255))), abs=0.01
    )


def test_the_seed_decides(gray):
    net = SimulatedNetwork(np.zeros((64, 64, 2)), np.full((64, 64), 25.0), [])
    first, again, other = (
        vc.suggest(gray, at=(5, 5), network=net, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert len(first) == 8
    assert all(a.probability >= b.probability for a, b in pairwise(first))


def test_the_network_sees_the_cues(gray):
    net = Told((40, 20, 1.0))
    cues = vc.Cues.from_points(gray.shape, [(50, 10)], ["#c04020"])
    vc.suggest(gray, cues, at=(10, 50), network=net)
    _, ab, mask = net.seen
    assert mask.sum() > 0
    assert ab[mask > 0][0, 0] > 20


def test_without_a_network_own_colours_are_suggested():
    gray = np.full((40, 60), 90, np.uint8)
    gray[:, 30:] = 180
    cues = vc.Cues.from_points(
        gray.shape, [(5, 5), (25, 30), (50, 20)], ["#a04030", "#a04030", "#90c0e0"]
    )
    left = vc.suggest(gray, cues, at=(20, 10))
    right = vc.suggest(gray, cues, at=(20, 55))
    assert left[0].ab[0] > 10
    assert right[0].ab[0] < left[0].ab[0] - 10
    assert sum(own.probability for own in left) == pytest.approx(1)
    assert vc.suggest(gray, at=(20, 10)) == []


def test_the_entropy_is_that_of_the_distribution(gray):
    even = Told(*((a, b, 0.25) for a in (0, 10) for b in (0, 10)))
    np.testing.assert_allclose(vc.entropy_map(gray, network=even), 2.0, atol=1e-3)
    sure = Told((0, 0, 1.0))
    np.testing.assert_allclose(vc.entropy_map(gray, network=sure), 0.0, atol=1e-3)


def test_what_is_unsure_and_reaches_far_is_clicked_next():
    gray = np.full((64, 64), 200, np.uint8)
    gray[:, :48] = 60
    gray[20:24, 56:60] = 90  # a small thing
    bits = np.full((64, 64), 2.0)
    bits[20:24, 56:60] = 3.0
    _, column = click_next(gray, None, bits)
    assert column < 48  # the larger part, though the small one is less sure
    cued = vc.Cues.from_mask(np.broadcast_to(np.arange(64) < 48, (64, 64)), np.zeros((64, 64, 3)))
    _, column = click_next(gray, cued, bits)
    assert column >= 48


def test_bad_arguments_are_refused(gray):
    net = Told((0, 0, 1.0))
    with pytest.raises(InputError, match="outside of the photo"):
        vc.suggest(gray, at=(40, 0), network=net)
    with pytest.raises(InputError, match="count"):
        vc.suggest(gray, at=(0, 0), count=0, network=net)
    with pytest.raises(CueError):
        vc.suggest(gray, vc.Cues.none((3, 3)), at=(0, 0), network=net)
