"""The GPU's part of the speed suite, with another clock than CUDA's."""

from __future__ import annotations

import time

import numpy as np
import pytest

import varcolor as vc
from benchmarks.speed.__main__ import main
from benchmarks.speed.cases import CUES, Case
from benchmarks.speed.gpu import COLUMNS, Counting, bandwidth, measure
from tests.gpu.conftest import emulated, library  # noqa: F401 (fixtures)
from varcolor.backend.kernels.stencil.matvec import add_scaled


def clock(work):
    begun = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - begun)


def test_stages(emulated, cat):  # noqa: F811
    case = Case(cat, vc.to_gray(cat), CUES["b"](cat))
    row = measure(emulated, clock, 1e9, case, "S8", 0.5, 1)
    assert set(COLUMNS) == set(row)
    assert row["status"] == "converged"
    assert row["error / 255"] <= 0.5
    stages = [row[f"{name} ms"] for name in ("weights and grids", "solve", "colour")]
    assert min(stages) > 0
    assert row["total ms"] == pytest.approx(sum(stages))
    assert 0 < row["part of the bandwidth"] < 1


def test_bytes_are_those_of_the_arrays(emulated):  # noqa: F811
    counting = Counting(emulated)
    a, b = counting.zeros((2, 5, 6)), counting.zeros((2, 5, 6))
    counting.run(add_scaled, a, b, np.ones(2))
    assert counting.bytes == 2 * 2 * 5 * 6 * 4
    assert bandwidth(emulated, clock, 1) > 0


def test_without_a_gpu_it_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr("varcolor.backend.cuda.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs CuPy, which is not installed: pip install"):
        main(["--backend", "gpu", "--data", str(tmp_path), "--out", str(tmp_path)])
    assert not list(tmp_path.iterdir())
