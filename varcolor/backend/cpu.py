"""The host: kernels as they are, by threads that share strips of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.backend import memory
from varcolor.backend.base import Backend, grid_of, row_of
from varcolor.backend.thread_pool import Strips, Team, strips_of
from varcolor.typing import Array


class CpuBackend(Backend):
    """The cores of this machine.

    Parameters
    ----------
    threads : int, optional
        How many threads share the work; default: one per core, at most 16.
    """

    def __init__(self, threads: int | None = None, wanted: bool = False) -> None:
        super().__init__(wanted)
        self.team = Team(threads)

    def asarray(self, host: Array) -> Array:
        """Return it."""
        return np.ascontiguousarray(host)

    def to_numpy(self, array: Array) -> Array:
        """Return it."""
        return array

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Array:
        """Return zeros."""
        return np.zeros(shape, dtype)

    def available(self) -> float:
        """Return the bytes that can be had now."""
        return memory.available()

    def run(self, kernel: Callable[..., Any], *arguments: Any) -> Array:
        """Run a kernel strip by strip."""
        found = self.team.run(kernel, self._strips(kernel, arguments), *arguments)
        if found[0] is None:
            return np.asarray(0.0)
        largest = row_of(kernel).largest
        if largest == "last":
            total = np.sum(found, axis=0)
            return np.append(total[:-1], np.max(found, axis=0)[-1])
        if largest:
            return np.asarray(np.max(found, axis=0))
        return np.asarray(np.sum(found, axis=0))

    def map_rows(self, work: Callable[..., Any], *arrays: Array) -> list[Any]:
        """Call ``work`` for strips of rows."""
        height, width = arrays[0].shape[-2] - 2, arrays[0].shape[-1] - 2

        def strip(top: int, bottom: int) -> Any:
            return work(*(a[..., top:bottom, :] for a in arrays))

        return self.team.run(strip, strips_of(height, height * width))

    def run_halo(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel on the first two rows and the last one of every strip."""
        strips = self._strips(kernel, arguments)
        rows = [(top, min(top + 2, bottom)) for top, bottom in strips]
        rows += [(bottom - 1, bottom) for top, bottom in strips if top + 2 < bottom]
        self.team.run(kernel, rows, *arguments)

    def run_seams(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel on the first row of every strip."""
        rows = [(top, top + 1) for top, _ in self._strips(kernel, arguments)]
        self.team.run(kernel, rows, *arguments)

    def _strips(self, kernel: Callable[..., Any], arguments: tuple[Any, ...]) -> Strips:
        height, width = grid_of(kernel, arguments)
        return strips_of(height, height * width)
