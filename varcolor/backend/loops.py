"""Where the inner loops of an iteration run: on the host, by strips, or on a device."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.thread_pool import Team, strips_of
from varcolor.typing import Array, Shape


class Loops(Protocol):
    """A place with arrays of its own, where kernels of `varcolor.backend.kernels` run."""

    @property
    def xp(self) -> Any:
        """The namespace of the arrays."""
        ...

    def put(self, host: Array) -> Any:
        """Return a host array there."""
        ...

    def get(self, array: Any) -> Array:
        """Return an array of that place on the host."""
        ...

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Any:
        """Return zeros there."""
        ...

    def run(self, kernel: Callable[..., Any], *arguments: Any) -> Array:
        """Run a kernel on the whole grid; return the sum of what it returns."""
        ...

    def prepare(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel on rows that threads are to share before another one does the rest."""
        ...

    def complete(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel on rows that another one had to leave out, if any."""
        ...


class HostLoops:
    """The kernels as they are, by a team of threads.

    Parameters
    ----------
    team : Team
        Threads.
    shape : (int, int)
        The grid's; strips are those of `varcolor.solve.multigrid.hierarchy`.
    """

    xp: Any = np

    def __init__(self, team: Team, shape: Shape) -> None:
        self._team, self._strips = team, strips_of(shape[0], shape[0] * shape[1])

    def put(self, host: Array) -> Array:
        """Return it."""
        return host

    def get(self, array: Array) -> Array:
        """Return it."""
        return array

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Array:
        """Return zeros."""
        return np.zeros(shape, dtype)

    def run(self, kernel: Callable[..., Any], *arguments: Any) -> Array:
        """Run a kernel; return the sum of what it returns for strips, 0 if that is nothing."""
        found = self._team.run(kernel, self._strips, *arguments)
        return np.asarray(0.0 if found[0] is None else np.sum(found, axis=0))

    def prepare(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel on the first two rows and the last one of every strip."""
        rows = [(top, min(top + 2, bottom)) for top, bottom in self._strips]
        rows += [(bottom - 1, bottom) for top, bottom in self._strips if top + 2 < bottom]
        self._team.run(kernel, rows, *arguments)

    def complete(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel on the first row of every strip."""
        self._team.run(kernel, [(top, top + 1) for top, _ in self._strips], *arguments)


class DeviceLoops:
    """The kernels' likes of the same names on a device.

    Parameters
    ----------
    device : Device
        Where they run.
    module : module
        Where they are called, in `varcolor.backend.cuda`.
    """

    def __init__(self, device: Device, module: ModuleType) -> None:
        self._device, self._module = device, module
        self.put, self.get, self.zeros = device.put, device.get, device.zeros

    @property
    def xp(self) -> Any:
        """The namespace of the device's arrays."""
        return self._device.xp

    def run(self, kernel: Callable[..., Any], *arguments: Any) -> Array:
        """Run a kernel's like; return what it returns, 0 if that is nothing."""
        found: DeviceArray = getattr(self._module, kernel.__name__)(self._device, *arguments)
        return np.asarray(0.0 if found is None else found)

    def prepare(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Do nothing: there are no strips."""

    def complete(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        """Do nothing: there are no strips."""
