"""Largest RGB error, in 1/255, that errors of the chroma cause."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from varcolor.image.color import Space
from varcolor.typing import Array, FloatArray

#: Pixels worked on at a time, and the step of the sample that is looked at first.
_BLOCK = 1 << 19
_SAMPLE = 61
#: Values that are enough for their median.
_MIDDLE = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class RgbLevels:
    """The largest change of an RGB value, in 1/255, that errors of the chroma can cause.

    Before gamut mapping and rounding; where the conversion is curved (lab, oklab) its local
    derivative is used.
    """

    space: Space
    luma: FloatArray
    """(H, W)."""
    limit: float
    """Above this value any answer will do: the search stops there."""

    def __call__(self, u: Array, bound: Array, at: Array) -> float:
        """Return it for errors up to ``bound`` (F, 2) of ``u`` (F, 2) at the flat pixels ``at``."""
        if not np.isfinite(bound).all():
            return math.inf
        luma, worst = self.luma.reshape(-1), 0.0
        # The sample often shows already that the limit is passed.
        for part in (slice(None, None, _SAMPLE), *_blocks(len(u))):
            slope = np.abs(self.space.jacobian(luma[at[part]], u[part]))
            change = np.einsum("fij,fj->fi", slope, bound[part])
            worst = max(worst, 255 * float(change.max(initial=0.0)))
            if worst > self.limit:
                break
        return worst

    def slope(self, values: FloatArray) -> FloatArray:
        """Return (3, 2): how much the RGB values change, in 1/255, with either chroma at most.

        That is for chroma in the range of the cues' values (N, 2), on a sample of the pixels.
        """
        if not len(values):
            return np.zeros((3, 2))
        few = max(1, len(values) // _MIDDLE)
        # Column by column: ten times faster than along the first of two axes.
        ends = np.array([(own.min(), np.median(own[::few]), own.max()) for own in values.T]).T
        luma = np.sort(self.luma.ravel()[::_SAMPLE])[:: max(1, self.luma.size // (_SAMPLE * 1000))]
        most = np.zeros((3, 2))
        for first in ends[:, 0]:
            for second in ends[:, 1]:
                chroma = np.tile([first, second], (len(luma), 1))
                slope = np.abs(
                    np.broadcast_to(self.space.jacobian(luma, chroma), (len(luma), 3, 2))
                )
                most = np.maximum(most, slope.max(axis=0))
        return 255 * most


def _blocks(count: int) -> Iterator[slice]:
    for start in range(0, count, _BLOCK):
        yield slice(start, start + _BLOCK)
