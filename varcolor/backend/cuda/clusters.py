"""Sums over clusters on a device, and adding values that are constant on clusters.

As `varcolor.backend.kernels.deflation.tile_sums`, with lists of pixels in place of strips.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.cuda.launch import for_elements, plane_of
from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Array

_long = np.int64


def gather(
    device: Device, r: DeviceArray, image: DeviceArray, pixels: DeviceArray, first: DeviceArray
) -> Array:
    """Return the sums of r - ``image`` over every cluster, (K, 2), on the host."""
    count = first.shape[0] - 1
    sums = device.zeros((count, 2), np.float64)
    own = r, image, pixels, first, sums, _long(count), _long(plane_of(r))
    for_elements(device, "deflation/tile_components", "gather", 2 * count, *own)
    return device.get(sums)


def spread(device: Device, labels: DeviceArray, values: Array, z: DeviceArray) -> None:
    """Add the clusters' ``values`` (K + 1, 2), of which the first are zero, to z."""
    n = plane_of(z)
    for_elements(
        device, "deflation/tile_components", "spread", n, labels, device.put(values), z, _long(n)
    )
