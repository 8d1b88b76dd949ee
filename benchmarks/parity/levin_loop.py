"""Levin's published colorization as plain loops over pixels: slow, obvious, and independent.

It shares no code with the package. Y, I, Q are those of NTSC as MATLAB's ``rgb2ntsc`` has them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def levin_rows(
    luma: NDArray[Any], marked: NDArray[Any]
) -> tuple[list[int], list[int], list[float]]:
    """Return the rows of the published system as row, column and value lists."""
    height, width = luma.shape
    rows, columns, values = [], [], []
    y = luma.tolist()
    for r in range(height):
        for c in range(width):
            here = r * width + c
            rows.append(here)
            columns.append(here)
            values.append(1.0)
            if marked[r, c]:
                continue
            places, near = [], []
            for rr in range(max(0, r - 1), min(height, r + 2)):
                for cc in range(max(0, c - 1), min(width, c + 2)):
                    if (rr, cc) != (r, c):
                        places.append(rr * width + cc)
                        near.append(y[rr][cc])
            window = [*near, y[r][c]]
            mean = sum(window) / len(window)
            variance = sum((v - mean) ** 2 for v in window) / len(window)
            sigma = 0.6 * variance
            nearest = min((v - y[r][c]) ** 2 for v in near)
            sigma = max(sigma, -nearest / math.log(0.01), 0.000002)
            weights = [math.exp(-((v - y[r][c]) ** 2) / sigma) for v in near]
            total = sum(weights)
            for place, weight in zip(places, weights, strict=True):
                rows.append(here)
                columns.append(place)
                values.append(-weight / total)
    return rows, columns, values


def levin_loop(gray: NDArray[Any], marked: NDArray[Any]) -> NDArray[Any]:
    """Colour a picture as Levin's program does.

    Parameters
    ----------
    gray, marked : ndarray, shape (H, W, 3)
        The grey picture and its marked copy, RGB in 0..1.

    Returns
    -------
    ndarray, shape (H, W, 3)
        Y, I, Q of the result, in float64.
    """
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import spsolve

    is_marked = np.abs(gray - marked).sum(axis=2) > 0.01
    luma = (gray @ YIQ.T)[..., 0]
    colors = marked @ YIQ.T
    count = luma.size
    rows, columns, values = levin_rows(luma, is_marked)
    system = csc_array((values, (rows, columns)), shape=(count, count))
    result = np.empty((*luma.shape, 3))
    result[..., 0] = luma
    for channel in (1, 2):
        b = np.where(is_marked, colors[..., channel], 0.0).ravel()
        result[..., channel] = spsolve(system, b).reshape(luma.shape)
    return result
