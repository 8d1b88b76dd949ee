"""The law of mixtures: paint over a photo, M = P + a (C - P), and how much of it a pixel has.

Photo P, paint C, coverage a, copy M; see `varcolor.cues.marks.rims`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.typing import Array, BoolArray

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
#: Paint below so many levels of chroma is judged by its lightness alone.
FAINT = 6.0


@dataclass(frozen=True, slots=True)
class Slack:
    """How exactly the law of mixtures is met, in levels of 255."""

    distance: float = 1.5
    """Largest distance from the mixture."""
    share: float = 0.0
    """The same as a part of the strength of the paint."""
    least: float = 0.01
    """A rim has at least so much less coverage than its neighbour."""


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """The marked pixels of a copy, in raster order; colours are (3, N) float32, 0..255."""

    at: Array
    """(N, 2): row and column."""
    photo: Array
    copy: Array
    light: tuple[Array, Array]
    """The same two, linear in light."""
    slope: Array
    """Levels of light for a level."""

    @classmethod
    def of(cls, photo: Array, copy: Array, mask: BoolArray) -> Paint:
        """Take the pixels of ``mask`` out of two pictures (H, W, 3)."""
        before, after = (np.ascontiguousarray(x[mask].T) for x in (photo, copy))
        light = _light(before), _light(after)
        slope = np.maximum(2.2 * (np.clip(after, 0, None) / 255) ** np.float32(1.2), 0.08)
        return cls(np.argwhere(mask), before, after, light, slope.astype(np.float32))

    def coverage(self, own: Array, other: Array, slack: Slack) -> Array:
        """Return which part of the paint of some pixels others have, 2 where they are no mixture.

        Parameters
        ----------
        own, other : ndarray of int, shape (M,)
            Indices of the pixels, and of those that may show their paint more strongly.
        """
        parts = self.photo, self.copy
        one = np.ones((3, 1), np.float32)
        share = _coverage(*_gathered(parts, own, other), one, slack)
        rest = np.flatnonzero(share > 1)
        lit = _gathered(self.light, own[rest], other[rest])
        share[rest] = _coverage(*lit, self.slope[:, own[rest]], slack)
        return share


def _gathered(parts: tuple[Array, Array], own: Array, other: Array) -> tuple[Array, Array, Array]:
    """Return the paint at some pixels and at others, and the photo's step between them."""
    before, after = parts
    p, q = before[:, own], before[:, other]
    return after[:, own] - p, after[:, other] - q, q - p


def _coverage(own: Array, other: Array, step: Array, slope: Array, slack: Slack) -> Array:
    full = other + step
    squared = (full * full).sum(axis=0)
    r = (own * full).sum(axis=0) / np.maximum(squared, 1e-3)
    off = largest((own - r * full) / slope)
    fits = off <= slack.distance + slack.share * np.sqrt(squared)
    fits &= (r > -0.1) & (r < 1 - _doubt(full / slope, slack))
    share = np.where(fits, r, np.float32(2))
    rest = np.flatnonzero(~fits)
    own, other, step = own[:, rest], other[:, rest], step[:, rest]
    slope = slope[:, rest] if slope.shape[1] > 1 else slope
    luma = LUMA @ other
    chroma = other - luma
    squared = (chroma * chroma).sum(axis=0)
    r = (own * chroma).sum(axis=0) / np.maximum(squared, 1e-3)
    rise = LUMA @ step
    rise = np.where(np.abs(rise) < 0.5, np.float32(np.inf), rise)
    s = np.clip((LUMA @ own - r * luma) / rise, 0, np.maximum(r, 0))
    off = largest((own - r * other - s * step) / slope)
    fits = off <= slack.distance + slack.share * np.sqrt(squared)
    fits &= (squared > FAINT**2) & (r > -0.1) & (r < 1 - _doubt(chroma / slope, slack))
    share[rest] = np.where(fits, r, np.float32(2))
    return share


def largest(vectors: Array) -> Array:
    """Return the largest component, without sign, of vectors (3, N)."""
    most: Array = np.maximum(np.maximum(np.abs(vectors[0]), np.abs(vectors[1])), np.abs(vectors[2]))
    return most


def _doubt(paint: Array, slack: Slack) -> Array:
    """Return how much less coverage can come from rounding alone."""
    doubt: Array = slack.least + np.float32(0.8) / np.maximum(largest(paint), np.float32(0.8))
    return doubt


def _light(levels: Array) -> Array:
    x = np.clip(levels, 0, None) / np.float32(255)
    power = ((x + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    light: Array = np.float32(255) * np.where(x <= 0.04045, x / np.float32(12.92), power)
    return light
