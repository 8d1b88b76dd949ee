"""Layers of a convolutional network on NumPy: pictures (h, w, channels) in float32.

A convolution of 3 x 3 with zeros beyond the border is nine matrix products. The picture with a
border lies in memory as rows of pixels, so that a shift by (dy, dx) is a shift of the rows and
needs no copy; the two pixels that a row then has too many are dropped.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.thread_pool import Team
from varcolor.typing import Array

#: Pixels that a thread treats at a time.
_STRIP = 4096


def convolved(x: Array, weight: Array, bias: Array, rectified: bool = True) -> Array:
    """Return a convolution of 3 x 3.

    Parameters
    ----------
    x : ndarray of float32, shape (h, w, a)
        The picture.
    weight : ndarray of float32, shape (3, 3, a, b)
        By row, column, channel in and out.
    bias : ndarray of float32, shape (b,)
        Added.
    rectified : bool
        Whether negative results become 0.

    Returns
    -------
    ndarray of float32, shape (h, w, b)
    """
    height, width, channels = x.shape
    line = width + 2
    # Two pixels more, for the last two of the last row.
    flat = np.zeros(((height + 2) * line + 2, channels), np.float32)
    flat[: (height + 2) * line].reshape(height + 2, line, channels)[1:-1, 1:-1] = x
    result = np.empty((height, width, weight.shape[3]), np.float32)

    def strip(top: int, bottom: int) -> None:
        size = (bottom - top) * line
        total = np.empty((size, weight.shape[3]), np.float32)
        part = np.empty_like(total)
        for dy, dx in np.ndindex(3, 3):
            begin = (top + dy) * line + dx
            np.matmul(flat[begin : begin + size], weight[dy, dx], out=part if dy or dx else total)
            if dy or dx:
                total += part
        total += bias
        if rectified:
            np.maximum(total, 0, out=total)
        result[top:bottom] = total.reshape(bottom - top, line, -1)[:, :width]

    rows = max(1, _STRIP // line)
    Team().run(strip, [(top, min(top + rows, height)) for top in range(0, height, rows)])
    return result


def mixed(x: Array, weight: Array, bias: Array) -> Array:
    """Return a convolution of 1 x 1: (h, w, a) by weight (a, b) and bias (b,)."""
    return np.asarray(x.reshape(-1, x.shape[2]) @ weight + bias).reshape(*x.shape[:2], -1)


def halved(x: Array) -> Array:
    """Return means of 2 x 2 pixels; height and width must be even."""
    height, width, channels = x.shape
    return np.asarray(x.reshape(height // 2, 2, width // 2, 2, channels).mean(axis=(1, 3)))


def doubled(x: Array) -> Array:
    """Return every pixel as 2 x 2."""
    return x.repeat(2, axis=0).repeat(2, axis=1)
