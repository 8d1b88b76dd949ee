"""The emulated device: compiled once per test run."""

from __future__ import annotations

import pytest

from tests.gpu.emulated import Emulated, compile_kernels


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return compile_kernels(tmp_path_factory.mktemp("cuda"))


@pytest.fixture
def device(library):
    pytest.importorskip("array_api_strict", reason="no array-api-strict: no arrays for the device")
    return Emulated(library)
