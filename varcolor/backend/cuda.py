"""A GPU through CuPy.

CuPy is an extra: it is imported when a GPU is looked for. Kernels are compiled at their first
launch and kept by CuPy in its folder in the user's home.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from varcolor.backend.launch import DeviceBackend, source
from varcolor.errors import BackendError
from varcolor.typing import Array

#: Part of the free memory that one job may plan with.
_USABLE = 0.9


class CudaBackend(DeviceBackend):
    """The current CUDA device.

    Raises
    ------
    BackendError
        If CuPy is missing, does not load, or finds no device.
    """

    def __init__(self, wanted: bool = False) -> None:
        super().__init__(wanted)
        if find_spec("cupy") is None:
            raise BackendError(
                "backend='gpu' needs CuPy, which is not installed: pip install 'varcolor[gpu]' "
                "(for CUDA 12; for other versions the package cupy-cuda13x, say), or use "
                "backend='cpu'"
            )
        try:
            import cupy

            count = cupy.cuda.runtime.getDeviceCount()
            name = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"]
        except Exception as error:  # whatever a driver that does not fit raises
            reason = str(error).partition("\n")[0]
            raise BackendError(
                f"CuPy is installed, but finds no GPU ({reason}): install NVIDIA's driver and a "
                "CuPy that fits it, or use backend='cpu'"
            ) from error
        if not count:
            raise BackendError("CuPy finds no GPU in this machine: use backend='cpu'")
        self._cupy = self.xp = cupy
        self._modules: dict[str, Any] = {}
        self._kernels: dict[str, Any] = {}
        self._label = name.decode() if isinstance(name, bytes) else str(name)

    @property
    def label(self) -> str:
        """What the GPU is called."""
        return self._label

    def asarray(self, host: Array) -> Any:
        """Return a copy of a host array on the GPU."""
        return self._cupy.asarray(np.ascontiguousarray(host))

    def to_numpy(self, array: Any) -> Array:
        """Return a copy on the host, when the GPU has come that far."""
        return np.asarray(self._cupy.asnumpy(array))

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Any:
        """Return zeros on the GPU."""
        return self._cupy.zeros(shape, dtype)

    def launch(
        self,
        file: str,
        kernel: str,
        blocks: tuple[int, int],
        threads: tuple[int, int],
        *arguments: Any,
    ) -> None:
        """Start a kernel; CuPy's error for exhausted memory is a MemoryError."""
        if kernel not in self._kernels:
            if file not in self._modules:
                options = ("--std=c++17",)
                self._modules[file] = self._cupy.RawModule(code=source(file), options=options)
            self._kernels[kernel] = self._modules[file].get_function(kernel)
        self._kernels[kernel](blocks, threads, arguments)

    def available(self) -> float:
        """Return the bytes that can be had now, those that CuPy keeps for later use included."""
        free, _ = self._cupy.cuda.runtime.memGetInfo()
        return _USABLE * float(free + self._cupy.get_default_memory_pool().free_bytes())


def find_gpu() -> CudaBackend | None:
    """Return the GPU if there is one that can be used."""
    if find_spec("cupy") is None:
        return None
    try:
        return CudaBackend()
    except BackendError:
        return None
