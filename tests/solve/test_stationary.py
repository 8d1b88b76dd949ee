"""The scale of Levin's rows against the stationary distribution, and what it is good for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import null_space
from skimage import data

import varcolor as vc
from varcolor.backend.threads import Team
from varcolor.energy.levin import levin_weights
from varcolor.energy.stencil import window
from varcolor.solve.matrix import weights_of
from varcolor.solve.result import Status


def luma_of(name):
    return getattr(data, name)() @ [0.299, 0.587, 0.114] / 255


def net_inflow(planes):
    """Return what flows into every pixel less what flows out of it, as a part of the latter."""
    height, width = planes.shape[1] - 2, planes.shape[2] - 2
    came = np.zeros(planes.shape[1:])
    for k, (dr, dc) in enumerate(window(1)):
        came[1 + dr : height + 1 + dr, 1 + dc : width + 1 + dc] += planes[k, 1:-1, 1:-1]
    went = planes.sum(axis=0, dtype=float)[1:-1, 1:-1]
    return (came[1:-1, 1:-1] - went) / went


def test_rows_are_scaled_by_the_stationary_distribution():
    guide = luma_of("astronaut")[60:100, 100:140]
    stencil = levin_weights(guide)
    before = stencil.planes(Team(1)).copy()
    weights = weights_of(stencil.planes(Team(2)), Team(2))
    np.testing.assert_allclose(weights.planes, before * weights.scale, rtol=1e-5)
    own = weights.scale[1:-1, 1:-1]
    assert own.mean() == pytest.approx(1, rel=0.01)
    exact = null_space(stencil.laplacian().T.toarray())[:, 0].reshape(guide.shape)
    wrong = np.log(own / (exact / exact.mean()))
    common = np.average(wrong, weights=own)
    assert np.average(np.abs(wrong - common), weights=own) < 0.1
    flat = np.log(exact / exact.mean())
    assert np.average(np.abs(flat), weights=own) > 0.4  # there is something to be found


def test_flows_are_balanced():
    planes = weights_of(levin_weights(luma_of("astronaut")).planes(Team(2)), Team(2)).planes
    excess = np.maximum(net_inflow(planes), 0)
    assert np.percentile(excess, 99) < 0.01
    assert excess.max() < 0.2


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 200), (40, 1), (2, 2)])
def test_thin_and_transparent_pictures(shape, rng):
    visible = np.ones(shape, bool)
    visible.flat[:: max(2, visible.size // 3)] = visible.size == 1
    planes = levin_weights(rng.random(shape), visible).planes(Team(1))
    weights = weights_of(planes, Team(1))
    assert np.isfinite(weights.planes).all()
    assert (weights.scale[1:-1, 1:-1] > 0).all()
    assert not weights.scale[0].any() and not weights.scale[:, -1].any()


@pytest.mark.parametrize(("name", "most"), [("chelsea", 25), ("astronaut", 32), ("coffee", 35)])
def test_photos_that_took_hundreds_of_steps(name, most):
    """Where a walk of 20 steps is all that the scale knows: 92 to 256."""
    gray = np.rint(255 * luma_of(name)).astype(np.uint8)
    rng = np.random.default_rng(1)
    at = np.column_stack([rng.integers(0, n, 20) for n in gray.shape[::-1]])
    cues = vc.Cues.from_points(gray.shape, at, rng.random((20, 3)))
    result = vc.colorize(gray, cues, solver="multigrid")
    assert result.status is Status.CONVERGED
    assert result.steps <= most
