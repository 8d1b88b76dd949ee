import math

import numpy as np
import pytest

from varcolor.image.color import SPACES
from varcolor.solve.rgb_error import RgbLevels


@pytest.mark.parametrize("name", SPACES.names())
def test_it_bounds_what_small_errors_do(name, rng):
    space = SPACES[name]
    luma, chroma = space.split(rng.uniform(0.05, 0.95, (30, 40, 3)))
    u, at = chroma.reshape(-1, 2), np.arange(1200)
    bound = np.abs(rng.normal(0, 1e-9, u.shape)) * (100 if name == "lab" else 1)
    found = RgbLevels(space, luma, math.inf)(u, bound, at)
    changes = []
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        moved = space.merge(luma, chroma + (bound * signs).reshape(chroma.shape))
        changes.append(255 * np.abs(moved - space.merge(luma, chroma)).max())
    assert max(changes) <= found * (1 + 1e-3)
    assert found <= 1.3 * max(changes)


def test_no_bound_is_infinite():
    levels = RgbLevels(SPACES["yuv"], np.zeros((1, 1)), 1.0)
    assert levels(np.zeros((1, 2)), np.full((1, 2), np.inf), np.array([0])) == math.inf
    assert levels(np.zeros((1, 2)), np.full((1, 2), np.nan), np.array([0])) == math.inf
    assert levels(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, int)) == 0
