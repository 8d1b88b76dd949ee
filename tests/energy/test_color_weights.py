"""Weights of colour photos: compiled loops against the formulas."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.cpu import CpuBackend
from varcolor.energy.color_weights import color_weights, contrast_weights
from varcolor.energy.weights import blurred


def pairs(shape):
    """Yield the number of a half offset and two neighbours, slowly."""
    for k, (dr, dc) in enumerate([(0, 1), (1, -1), (1, 0), (1, 1)]):
        for r in range(shape[0] - dr):
            for c in range(max(0, -dc), shape[1] - max(0, dc)):
                yield k, (r, c), (r + dr, c + dc)


@pytest.fixture
def photo(rng):
    return rng.random((13, 17, 3)) ** 3


@pytest.mark.parametrize("hidden", [False, True])
def test_colors_are_those_of_the_formula(photo, hidden, rng):
    visible = rng.random(photo.shape[:2]) < 0.8 if hidden else None
    scale = np.array([0.7, 2.5, 2.5]) / 50
    stencil = color_weights(photo, visible, 1e-4, tuple(scale))
    planes = stencil.planes(CpuBackend(1))
    wide = np.stack([blurred(photo[..., k] * scale[k], visible, 1.5) for k in range(3)], -1)
    expected = np.zeros_like(planes)
    for k, r, s in pairs(photo.shape):
        if visible is None or (visible[r] and visible[s]):
            d2 = (((photo[r] - photo[s]) * scale) ** 2).sum() + 20 * (
                (wide[r] - wide[s]) ** 2
            ).sum()
            expected[k, r[0] + 1, r[1] + 1] = (1 + 8000 * d2) ** -1.5 + 1e-4
    np.testing.assert_allclose(planes, expected, rtol=1e-4)
    own = stencil.weights[4:]
    np.testing.assert_allclose(own, expected[:, 1:-1, 1:-1], rtol=1e-4)


@pytest.mark.parametrize("hidden", [False, True])
def test_contrast_is_that_of_the_formula(photo, hidden, rng):
    visible = rng.random(photo.shape[:2]) < 0.8 if hidden else None
    stencil = contrast_weights(photo[..., 0], visible, 0.005)
    planes = stencil.planes(CpuBackend(1))
    expected = np.zeros_like(planes)
    for k, r, s in pairs(photo.shape):
        if visible is None or (visible[r] and visible[s]):
            step = photo[(*r, 0)] - photo[(*s, 0)]
            expected[k, r[0] + 1, r[1] + 1] = 1 + (step / 0.005) ** 2
    np.testing.assert_allclose(planes, expected, rtol=1e-4)
    np.testing.assert_allclose(stencil.weights[4:], expected[:, 1:-1, 1:-1], rtol=1e-4)
