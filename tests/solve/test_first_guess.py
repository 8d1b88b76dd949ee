"""How searches begin, and what chroma means for colours: against slow and obvious loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from varcolor.backend.thread_pool import Team
from varcolor.energy.problem import Problem
from varcolor.image.color import SPACES
from varcolor.solve.grid_cues import HEAVIEST, soft_weights
from varcolor.solve.initial_guess import first_guess
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import middle

SHAPE = (41, 37)


def known(kind, seed=0):
    """Return where something is known of pixels, and the weights: everywhere, or here and there."""
    rng = np.random.default_rng(seed)
    size = SHAPE[0] * SHAPE[1]
    at = np.arange(size) if "everywhere" in kind else np.sort(rng.choice(size, 90, False))
    weight = rng.uniform(1e-5, 1e12, len(at))
    if "exact" in kind:
        weight[rng.choice(len(at), 30, False)] = np.inf
    if kind == "all exact":
        weight[:] = np.inf
    return at, weight, rng.normal(0, 0.1, (len(at), 2))


KINDS = ["everywhere", "everywhere, exact", "some", "some, exact", "all exact"]


@pytest.mark.parametrize("team", [None, Team(2)])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_first_guess(kind, channels, team):
    at, weight, values = known(kind)
    values = values[:, :channels]
    problem = Problem(SHAPE, None, (), at, weight)
    unknown = np.ones(SHAPE, bool)
    unknown.flat[at[np.isinf(weight)]] = False
    start = np.random.default_rng(5).normal(size=(*SHAPE, channels))
    for first in (None, start):
        target, u = first_guess(problem, unknown, values, first, team=team)
        wanted, wanted_target = np.zeros_like(u), np.zeros_like(u)
        for k, row, column in itertools.product(range(channels), *map(range, SHAPE)):
            begun = middle(values)[k] if first is None else first[row, column, k]
            wanted[k, row + 1, column + 1] = begun
        for place, heavy, value in zip(at, weight, values, strict=True):
            row, column = divmod(int(place), SHAPE[1])
            there = wanted if np.isinf(heavy) else wanted_target
            there[:channels, row + 1, column + 1] = value
        np.testing.assert_array_equal(u, wanted)
        if kind == "all exact":
            assert target.shape == (2, 1, 1)
            assert not target.any()
        else:
            np.testing.assert_array_equal(target, wanted_target)


@pytest.mark.parametrize("kind", KINDS)
def test_soft_weights(kind):
    at, weight, _ = known(kind, 1)
    wanted = np.zeros((SHAPE[0] + 2, SHAPE[1] + 2), np.float32)
    for place, own in zip(at, weight, strict=True):
        row, column = divmod(int(place), SHAPE[1])
        if np.isfinite(own):
            wanted[row + 1, column + 1] = min(own, HEAVIEST * 0.25)
    found = soft_weights(Problem(SHAPE, None, (), at, weight), lambda: 0.25)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("space", list(SPACES))
@pytest.mark.parametrize("count", [1, 7, 250_001])
def test_slope(space, count):
    rng = np.random.default_rng(count)
    values, luma = rng.normal(0, 0.1, (count, 2)), rng.uniform(size=(200, 300))
    few = values[:: max(1, count // 100_000)]
    ends = [values.min(axis=0), np.median(few, axis=0), values.max(axis=0)]
    level = np.sort(luma.ravel()[::61])[:: max(1, luma.size // 61_000)]
    wanted = np.zeros((3, 2))
    for first, second in itertools.product(ends, ends):
        for y in level:
            slope = SPACES[space].jacobian(np.array([y]), np.array([[first[0], second[1]]]))
            wanted = np.maximum(wanted, 255 * np.abs(slope[0]))
    found = RgbLevels(SPACES[space], luma, 1.0).slope(values)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
