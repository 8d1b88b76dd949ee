"""Algebraic multigrid: the same answer every time, and no trace in NumPy's global generator."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc


@pytest.mark.parametrize("method", ["harmonic", "levin"])
def test_the_same_every_time(method: str) -> None:
    gray = np.random.default_rng(2).integers(0, 255, (40, 50), dtype=np.uint8)
    cues = vc.Cues.from_points(gray, [(3, 4), (40, 30)], ["#e04020", "#2040e0"])
    found = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        found.append(vc.colorize(gray, cues, method=method, solver="amg"))
        np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    np.testing.assert_array_equal(found[0].chroma, found[1].chroma)
    assert found[0].steps == found[1].steps
