"""The devices that the tests run on: the emulated one everywhere, a GPU with ``pytest -m gpu``."""

from __future__ import annotations

import pytest

from tests.gpu.emulated import Emulated, compile_kernels
from varcolor.backend.cuda import CudaBackend
from varcolor.errors import BackendError


@pytest.fixture(scope="session")
def library(tmp_path_factory, worker_id):
    """Return the kernels: compiled once, also where several processes run the tests."""
    import fcntl

    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent  # that of all of them
    folder = folder / "cuda"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return compile_kernels(folder)


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
