"""Cues as the few points that a regression can take, whatever their number.

Pixels of one colour that lie close together (a hint, a dot) are one point with their mean features;
long strokes and patterns are cut into the cells of a grid, which grows until the points are few
enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.prior.features import Features
from varcolor.typing import Array, FloatArray, Shape

#: Most points: the regression takes their number's cube in time.
MOST = 600
#: Cues up to which colours are told apart; more are averaged in cells at once.
_MANY = 50_000
#: In reference pixels: side of a group that is not cut, and of the smallest cells.
_SIDE, _CELL = 12, 8
#: Reference pixels of a cue that has the kernel's noise; how much more and less others can have.
CUE_PIXELS = 36.0
_LEAST_NOISE, _MOST_NOISE = 0.5, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What the regression is given."""

    features: FloatArray
    """(M, F)."""
    values: FloatArray
    """(M, C): mean chroma."""
    noise: FloatArray
    """(M,): variance of their errors, in units of the kernel's noise."""
    softness: FloatArray
    """(M,): mean of 1 / weight; 0 where all cues are exact."""


def points_of(
    features: Features, shape: Shape, at: Array, weight: FloatArray, values: FloatArray
) -> Points:
    """Return the points of cues.

    Parameters
    ----------
    features : Features
        Of the photo.
    shape : (int, int)
        The photo's height and width.
    at : ndarray, shape (N,)
        Flat indices of the cued pixels.
    weight : ndarray, shape (N,)
        Weights, infinite for exact cues.
    values : ndarray, shape (N, C)
        Their chroma.
    """
    small = (features.visible.shape[0], features.visible.shape[1])
    groups = groups_of(small, shape, at, values)
    rows, columns, group, count = groups.rows, groups.columns, groups.group, groups.count

    def mean(column: FloatArray) -> FloatArray:
        return np.bincount(group, column) / count

    of_cues = features.values[rows, columns]
    return Points(
        np.stack([mean(f) for f in of_cues.T], axis=1),
        np.stack([mean(v) for v in values.T], axis=1),
        np.clip(CUE_PIXELS / groups.area, _LEAST_NOISE, _MOST_NOISE),
        mean(1 / weight),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which cues make which point."""

    rows: Array
    """(N,) int64: of the cues, in the reference picture."""
    columns: Array
    group: Array
    """(N,) int64: number of the point."""
    count: Array
    """(M,): cues of every point."""
    area: FloatArray
    """(M,): reference pixels of every point."""


def groups_of(small: Shape, shape: Shape, at: Array, values: FloatArray) -> Groups:
    """Return the groups of cues at ``at`` in a photo whose reference picture has a shape."""
    rows, columns = np.divmod(at, shape[1])
    rows = np.minimum((rows + 0.5) * (small[0] / shape[0]), small[0] - 1).astype(np.int64)
    columns = np.minimum((columns + 0.5) * (small[1] / shape[1]), small[1] - 1).astype(np.int64)
    group = _groups(rows, columns, values)
    count = np.bincount(group)
    area = np.asarray(count * (small[0] * small[1] / (shape[0] * shape[1])), np.float64)
    return Groups(rows, columns, group, count, area)


def _groups(rows: Array, columns: Array, values: FloatArray) -> Array:
    """Return the number of the group that each cue belongs to."""
    colours = _numbered(values) if len(values) <= _MANY else np.zeros(len(values), np.int64)
    if colours.max() >= MOST:
        colours[:] = 0
    spread = np.zeros(colours.max() + 1)
    for place in (rows, columns):
        high, low = np.full(len(spread), -1), np.full(len(spread), 1 << 40)
        np.maximum.at(high, colours, place)
        np.minimum.at(low, colours, place)
        spread = np.maximum(spread, high - low + 1)
    cut, side = spread[colours] > _SIDE, _CELL
    while True:
        cell = np.where(cut, (rows // side << 20) + columns // side + 1, 0)
        group = _numbered(np.column_stack([colours, cell]))
        if group.max() < MOST:
            return group
        if side > _CELL and colours.any():
            colours = np.zeros_like(colours)  # cells alone
            cut, side = np.ones_like(cut), _CELL
        else:
            side *= 2


def _numbered(keys: Array) -> Array:
    """Return the number of each row of keys (N, K) in the order of distinct rows."""
    order = np.lexsort(keys.T[::-1])
    changes = (np.diff(keys[order], axis=0) != 0).any(axis=1)
    numbers = np.empty(len(keys), np.int64)
    numbers[order] = np.concatenate([[0], np.cumsum(changes)])
    return numbers
