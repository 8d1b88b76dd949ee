"""The whole path against plain loops that share no code with it."""

import numpy as np
import pytest

import varcolor as vc
from benchmarks.parity.levin_loop import YIQ, levin_loop
from varcolor.image.color import SPACES


@pytest.mark.parametrize(("solver", "tolerance"), [("direct", 1e-6), ("amg", 0.5 / 255)])
def test_levins_pair(cat, solver, tolerance):
    gray = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2)
    marked = gray.copy()
    marked[10:13, 5:40] = 200, 120, 60
    marked[40:43, 30:75] = 90, 130, 200
    marked[20:40, 70:72] = 60, 60, 60  # a neutral mark that differs from the photo
    cues = vc.Cues.from_marked(gray, marked)
    result = vc.colorize(gray, cues, method="levin", space="yuv", solver=solver)
    wanted = levin_loop(gray / 255, marked / 255)
    found = SPACES["yuv"].merge(wanted[..., 0], result.chroma.astype(float)) @ YIQ.T
    assert np.abs(found - wanted).max() < tolerance


def test_photos_with_slightly_different_channels(cat):
    """A grey scan stored as RGB with noise: Y is the weighted sum, not rounded."""
    rng = np.random.default_rng(1)
    gray = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2).astype(int)
    gray = np.clip(gray + rng.integers(-2, 3, gray.shape), 0, 255).astype(np.uint8)
    marked = gray.copy()
    marked[30:33, 5:60] = 180, 110, 90
    result = vc.colorize(gray, vc.Cues.from_marked(gray, marked), method="levin", solver="direct")
    wanted = levin_loop(gray / 255, marked / 255)
    found = SPACES["yuv"].merge(wanted[..., 0], result.chroma.astype(float)) @ YIQ.T
    assert np.abs(found - wanted).max() < 1e-6
