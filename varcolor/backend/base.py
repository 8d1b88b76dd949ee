"""The interface of a backend: arrays, kernels, and the array library that generic code uses.

Two kinds of code run there: kernels (`varcolor.backend.kernels`), by `Backend.run`, and generic
code, which uses the part of the array-API standard that NumPy and CuPy both have. Iterations are
controlled from the host. Arrays of a backend with a memory of its own never meet
arrays of the host but in `Backend.asarray` and `Backend.to_numpy`.
"""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from varcolor.backend.jit.kernel import Kernel
from varcolor.backend.kernels.launch_table import LAUNCHES, Row
from varcolor.typing import Array, Shape


class Backend(ABC):
    """Where arrays are and kernels run.

    Parameters
    ----------
    wanted : bool
        Whether it was asked for by name, so that a user is told where it is not used.
    """

    #: What a Result reports: ``"cpu"`` or ``"gpu"``.
    name: str = "cpu"
    #: The namespace of its arrays: NumPy, CuPy, or another with the array-API standard.
    xp: Any = np
    #: Whether its arrays are those of NumPy, in the host's memory.
    on_host: bool = True

    def __init__(self, wanted: bool = False) -> None:
        self.wanted = wanted

    @property
    def label(self) -> str:
        """What it is called, e.g. ``NVIDIA H200``."""
        return self.name

    @abstractmethod
    def asarray(self, host: Array) -> Any:
        """Return a host array there, C-contiguous: itself, or a copy."""

    @abstractmethod
    def to_numpy(self, array: Any) -> Array:
        """Return an array of this backend on the host, when it is ready."""

    @abstractmethod
    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Any:
        """Return zeros there."""

    @abstractmethod
    def available(self) -> float:
        """Return the bytes that can be had now."""

    @abstractmethod
    def run(self, kernel: Callable[..., Any], *arguments: Any) -> Array:
        """Run a kernel on the whole grid, which is that of its first array (see `grid_of`).

        Returns
        -------
        ndarray
            The sum of what it returns for strips of rows (their maximum for kernels whose row in
            `varcolor.backend.kernels.launch_table` says so), 0 if it returns nothing; on the host.
        """

    @abstractmethod
    def map_rows(self, work: Callable[..., Any], *arrays: Any) -> list[Any]:
        """Call ``work`` for inner rows of arrays (..., H + 2, W + 2); return its results."""

    def run_halo(self, kernel: Callable[..., Any], *arguments: Any) -> None:  # noqa: B027
        """Run a kernel on rows that strips share, before another kernel does the rest, if any."""

    def run_seams(self, kernel: Callable[..., Any], *arguments: Any) -> None:  # noqa: B027
        """Run a kernel on rows that another one had to leave out, if any."""


def grid_of(kernel: Callable[..., Any], arguments: tuple[Any, ...]) -> Shape:
    """Return height and width of the grid that a kernel runs on.

    That of the argument named by the kernel's row in the table, else of the first array that is not
    a stand-in (..., 1, 1); without a border of one pixel if the row says so.
    """
    row = row_of(kernel)
    if row.over:
        array = arguments[parameters(kernel).index(row.over)]
    else:
        array = next(a for a in arguments if len(getattr(a, "shape", ())) > 1 and a.shape[-1] > 1)
    border = 2 * row.bordered
    return array.shape[-2] - border, array.shape[-1] - border


def row_of(kernel: Callable[..., Any]) -> Row:
    """Return a kernel's row in the table, or an empty one."""
    name = getattr(kernel, "name", "").removeprefix("varcolor.backend.kernels.")
    return LAUNCHES.get(name, _PLAIN)


_PLAIN = Row()


@cache
def parameters(kernel: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a kernel's parameters, without the rows to work on."""
    names = tuple(inspect.signature(kernel).parameters)
    return names[:-2] if isinstance(kernel, Kernel) else names


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
