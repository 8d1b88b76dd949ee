"""The devices that the tests run on: the emulated one everywhere, a GPU with ``pytest -m gpu``."""

from __future__ import annotations

import pytest

from tests.gpu.emulated import Emulated, compile_kernels
from varcolor.backend.cuda import CudaBackend
from varcolor.errors import BackendError


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return compile_kernels(tmp_path_factory.mktemp("cuda"))


@pytest.fixture
def emulated(library):
    pytest.importorskip("array_api_strict", reason="no array-api-strict: no arrays for the device")
    return Emulated(library)


@pytest.fixture(params=["emulated", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request):
    if request.param == "emulated":
        return request.getfixturevalue("emulated")
    try:
        return CudaBackend()
    except BackendError as error:
        pytest.skip(f"no GPU: {error}")
