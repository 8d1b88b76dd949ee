"""The rivals of `benchmarks.energies.norms` are what they claim to be: they find the minimum."""

import itertools

import numpy as np
import pytest

import varcolor as vc
from benchmarks.energies.norms import Setting, alternating, hybrid_gradient, reweighted
from benchmarks.energies.primal_dual import Gap, divergence, edges
from benchmarks.speed.cases import Case
from tests.conftest import photo


@pytest.fixture(scope="module")
def setting():
    truth = photo("astronaut")[:64:2, 100:180:2].copy()
    at = np.random.default_rng(0).integers(0, 32, (6, 2))
    cues = vc.Cues.from_points(truth, at[:, ::-1], truth[at[:, 0], at[:, 1]])
    return Setting(Case(truth, vc.to_gray(truth), cues), threads=1)


def test_divergence_is_the_adjoint(setting, rng):
    root = setting.root
    u, y = rng.random((2, *setting.planes.shape[1:])), rng.random((8, *setting.case.shape))
    u[:, [0, -1]] = u[:, :, [0, -1]] = 0
    expected = (divergence(root, y) * u[:, 1:-1, 1:-1]).sum()
    assert (edges(root, u) * y).sum() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("method", "steps", "within"), [("reweighted", 60, 3e-3), ("primal-dual", 2000, 3e-3)]
)
def test_they_find_the_minimum(setting, method, steps, within):
    gap = Gap(setting.root, setting.free, setting.low, setting.high)
    least = alternating(setting, 1e-5)
    made = reweighted(setting) if method == "reweighted" else hybrid_gradient(setting, gap)
    found = min(gap(u, y)[0] for u, y in itertools.islice(made, steps))
    assert least["energy"] * (1 - 1e-4) <= found <= least["energy"] * (1 + within)
