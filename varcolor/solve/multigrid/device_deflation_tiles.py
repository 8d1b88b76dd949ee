"""`varcolor.solve.multigrid.deflation_tiles` for a matrix on a device.

Clusters are found and their graph is factorised on the host, once per photo and set of cues. In
every cycle the device sums the residual over clusters, the host solves for the sums, some ten
thousand numbers, and the device adds the solution.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda import clusters as kernels
from varcolor.backend.device import Device, DeviceArray
from varcolor.backend.thread_pool import Team, strips_of
from varcolor.solve.multigrid.deflation_tiles import Clusters, check_contrast
from varcolor.typing import Array


class DeviceClusters:
    """The clusters of one photo, and the exact solution on them.

    Parameters
    ----------
    device : Device
        Where the matrix is.
    w, excess, free : device array
        The matrix: symmetric weights, those of soft cues, and zero where the value is given.

    Raises
    ------
    InputError
        If weights differ by too much for single precision.
    """

    def __init__(
        self, device: Device, w: DeviceArray, excess: DeviceArray, free: DeviceArray
    ) -> None:
        self._device, planes = device, device.get(w)
        check_contrast(planes)
        height, width = planes.shape[1] - 2, planes.shape[2] - 2
        found = Clusters(planes, planes, strips_of(height, height * width), Team())
        found.update(device.get(excess), device.get(free))
        flat = found.labels.ravel()
        pixels = np.argsort(flat, kind="stable")[np.count_nonzero(flat == 0) :]
        sizes = np.bincount(flat, minlength=found.count + 1)[1:]
        first = np.concatenate([[0], np.cumsum(sizes)])
        self._factor, self._sums = found.factor, np.zeros((found.count + 1, 2))
        self._labels = device.put(found.labels)
        self._pixels, self._first = (device.put(x.astype(np.int32)) for x in (pixels, first))

    def correct(self, r: DeviceArray, image: DeviceArray, z: DeviceArray) -> None:
        """Add C (r - A z) to z, ``image`` being A z."""
        if len(self._sums) == 1:
            return
        self._sums[1:] = kernels.gather(self._device, r, image, self._pixels, self._first)
        values: Array = np.zeros_like(self._sums)
        self._factor.solve(self._sums, values)
        kernels.spread(self._device, self._labels, values, z)
