"""Colours of cues that make the decoded picture best: least squares through the decoder.

The chroma of all pixels is linear in that of the cues: u = M c (`interpolate`). |M c - t|^2 is
minimised by conjugate gradients on the normal equations, a few steps from the sampled values.
"""

from __future__ import annotations

import numpy as np

from varcolor.ir.points.interpolate import Interpolation
from varcolor.typing import Array

#: Steps on the normal equations.
STEPS = 8


def fitted(gray: Array, at: Array, target: Array, start: Array, steps: int = STEPS) -> Array:
    """Return the chroma (n, 2) of the cues that fits a target best.

    Parameters
    ----------
    gray : ndarray, shape (H, W)
        Grey levels.
    at : ndarray, shape (n, 2)
        Row and column of the cues.
    target : ndarray, shape (H, W, 2)
        Chroma to reach.
    start : ndarray, shape (n, 2)
        Chroma to begin with, in the same unit.
    steps : int
        Steps of conjugate gradients.
    """
    by = Interpolation(gray, at)
    values = start.astype(np.float64)
    r = np.moveaxis(target, -1, 0).astype(np.float32) - by.forward(values)
    s = by.backward(r)
    p, size = s.copy(), (s * s).sum(axis=0)
    for _ in range(steps):
        q = by.forward(p)
        squares = (q.astype(np.float64) ** 2).sum(axis=(1, 2))
        alpha = np.divide(size, squares, out=np.zeros(2), where=squares > 0)
        values += alpha * p
        r -= alpha[:, None, None].astype(np.float32) * q
        s = by.backward(r)
        now = (s * s).sum(axis=0)
        p = s + np.divide(now, size, out=np.zeros(2), where=size > 0) * p
        size = now
    return values
