"""What HaarPSI, MDSI and FSIMc share: opponent channels at viewing size, and a similarity."""

from __future__ import annotations

import numpy as np

from varcolor.image.luma import row_blocks
from varcolor.image.picture import Picture
from varcolor.metrics.planes import planes
from varcolor.typing import Array, FloatArray

#: Rows Y, I, Q for R, G, B, as printed in the papers.
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def opponent(picture: Picture, matrix: FloatArray, factor: int) -> FloatArray:
    """Return linear combinations (rows, h, w) of R, G, B in 0..255, ``factor`` times smaller.

    The picture is averaged over boxes of ``factor`` pixels a side, outside is black, and every
    ``factor``-th pixel is kept. An even box reaches one pixel further down and right, as MATLAB's
    ``conv2(…, "same")`` has it.
    """
    height, width = picture.shape
    small = np.empty((len(matrix), -(-height // factor), -(-width // factor)))
    # A band of kept rows needs the rows that their boxes reach, before and after.
    before, after = (factor - 1) // 2, factor // 2
    for rows in row_blocks(small.shape[1], factor * width):
        top, bottom = rows.start * factor - before, (rows.stop - 1) * factor + after + 1
        inside = slice(max(top, 0), min(bottom, height))
        values = 255 * np.moveaxis(planes(picture, "rgb", inside) @ matrix.T, -1, 0)
        padded = np.pad(
            values, ((0, 0), (inside.start - top, bottom - inside.stop), (before, after))
        )
        down = _boxes(padded, factor, rows.stop - rows.start, axis=1)
        small[:, rows] = _boxes(down, factor, small.shape[2], axis=2)
    return small


def _boxes(values: Array, size: int, count: int, axis: int) -> FloatArray:
    """Return the means of ``count`` boxes that start at 0, ``size``, 2 ``size``, … ."""
    moved = np.moveaxis(values, axis, 0)[: count * size]
    boxes = moved.reshape(count, size, *moved.shape[1:])
    means: FloatArray = np.moveaxis(boxes.mean(axis=1), 0, axis)
    return means


def viewing_factor(shape: tuple[int, int]) -> int:
    """Return by how much MDSI and FSIM shrink a picture: its short side to about 256."""
    return max(1, int(min(shape) / 256 + 0.5))


def similarity(first: FloatArray, second: FloatArray, constant: float) -> FloatArray:
    """Return (2 x y + c) / (x^2 + y^2 + c): 1 where equal."""
    return (2 * first * second + constant) / (first**2 + second**2 + constant)
