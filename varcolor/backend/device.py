"""What a device with a memory of its own must be able to do, and the array library it works with.

Three grades of code run there: generic code, which uses the part of the array-API standard that
CuPy has, too; kernels (`varcolor.backend.cuda`); and the search for the solution, which runs on
the host and gives orders. Arrays of a device never meet arrays of the host but in `Device.put` and
`Device.get`.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

import numpy as np

from varcolor.typing import Array

#: An array of some device.
DeviceArray = Any


class Device(Protocol):
    """A device."""

    @property
    def name(self) -> str:
        """What it is called, e.g. ``NVIDIA H200``."""
        ...

    @property
    def xp(self) -> Any:
        """The namespace of its arrays."""
        ...

    def put(self, host: Array) -> DeviceArray:
        """Return a copy of a host array, C-contiguous, on the device."""
        ...

    def get(self, array: DeviceArray) -> Array:
        """Return a copy of a device array on the host, when it is ready."""
        ...

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> DeviceArray:
        """Return zeros on the device."""
        ...

    def launch(
        self,
        file: str,
        kernel: str,
        blocks: tuple[int, int],
        threads: tuple[int, int],
        *arguments: Any,
    ) -> None:
        """Start a kernel of a source file on blocks (x, y) of threads (x, y).

        Arguments are device arrays and NumPy scalars of the very types of the kernel's parameters.

        Raises
        ------
        MemoryError
            From here or later, if the device's memory does not suffice.
        """
        ...

    def available(self) -> float:
        """Return the bytes that can be had now."""
        ...


def namespace(array: Any) -> Any:
    """Return the library that an array belongs to: NumPy, CuPy, or another with the standard."""
    if isinstance(array, np.ndarray) or not hasattr(array, "shape"):
        return np
    return sys.modules[type(array).__module__.partition(".")[0]]


def zeros_like(array: Any, count: int | None = None) -> Any:
    """Return zeros of an array's kind and shape, or ``count`` times that shape.

    On the host they take no time before they are touched.
    """
    if isinstance(array, np.ndarray):
        return np.zeros(array.shape if count is None else (count, *array.shape), array.dtype)
    xp = namespace(array)
    return xp.zeros_like(array) if count is None else xp.stack([xp.zeros_like(array)] * count)
