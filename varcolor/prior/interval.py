"""How far the true colours may lie from the answer, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.typing import Array, FloatArray

#: Radius, in units of a* and b*, that is drawn black.
_BLACK = 64.0


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """A region of colours at every pixel.

    The true (a*, b*) lies within ``radius`` of ``ab`` at a share ``level`` of the pixels, in the
    mean over photos like those of the calibration (`varcolor.prior.learned.intervals`).
    """

    level: float
    """0..1."""
    ab: FloatArray
    """(H, W, 2): CIELAB a* and b* of the answer."""
    radius: Array
    """(H, W), in units of a* and b*."""

    @property
    def low(self) -> Array:
        """(H, W, 2): least a* and b*."""
        return np.asarray(self.ab - self.radius[..., None])

    @property
    def high(self) -> Array:
        """(H, W, 2): largest a* and b*."""
        return np.asarray(self.ab + self.radius[..., None])

    @property
    def drawn(self) -> Array:
        """(H, W) uint8: white where the radius is 0, black from 64 units on, linear between."""
        return np.rint(255 * np.clip(1 - self.radius / _BLACK, 0, 1)).astype(np.uint8)
