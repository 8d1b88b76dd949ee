"""How kernels are started: on how many threads, and where their sums go."""

from __future__ import annotations

import numpy as np

from varcolor.backend.device import Device, DeviceArray
from varcolor.typing import Shape

#: Threads of a block: along rows for pictures, a line for elements.
PICTURE, LINE = (32, 8), (256, 1)
#: Blocks of a sum, at most: enough to fill a large GPU, few enough that their parts are little.
_BLOCKS = 512
#: The same where there are many sums at once.
FEW = 64


def shape_of(plane: DeviceArray) -> Shape:
    """Return height and width of the grid that the last two axes of an array belong to."""
    return plane.shape[-2] - 2, plane.shape[-1] - 2


def pixels_of(plane: DeviceArray) -> int:
    """Return how many pixels that grid has."""
    height, width = shape_of(plane)
    return height * width


def plane_of(picture: DeviceArray) -> int:
    """Return how many elements a plane has, its border included."""
    return int(picture.shape[-2] * picture.shape[-1])


def size_of(shape: Shape) -> tuple[np.int32, np.int32]:
    """Return height and width as kernels take them."""
    return np.int32(shape[0]), np.int32(shape[1])


def given(array: DeviceArray) -> np.int32:
    """Return 1, or 0 for an array (..., 1, 1) that stands for none."""
    return np.int32(array.shape[-1] > 1)


def blocks_of(shape: Shape, side: tuple[int, int]) -> tuple[int, int]:
    """Return how many blocks of so many columns and rows cover a grid."""
    return -(-shape[1] // side[0]), -(-shape[0] // side[1])


def for_pixels(device: Device, file: str, kernel: str, shape: Shape, *arguments: object) -> None:
    """Start a kernel with a thread per pixel of a grid."""
    device.launch(file, kernel, blocks_of(shape, PICTURE), PICTURE, *arguments)


def for_elements(
    device: Device, file: str, kernel: str, count: int, *arguments: object, most: int = _BLOCKS
) -> None:
    """Start a kernel whose threads, in at most so many blocks, share ``count`` elements."""
    device.launch(file, kernel, (_lines(count, most), 1), LINE, *arguments)


def room_for_parts(device: Device, rows: int, count: int, most: int = _BLOCKS) -> DeviceArray:
    """Return zeros for the parts of so many sums by `for_elements`."""
    return device.zeros((rows, _lines(count, most) * LINE[0]), np.float64)


def _lines(count: int, most: int) -> int:
    return min(most, max(1, -(-count // LINE[0])))
