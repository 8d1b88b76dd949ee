"""Which colours a picture uses: statistics of its a*, b* plane in bins.

The plane from -128 to 128 is cut into 32 x 32 bins of side 8 with centres at multiples of 8;
halves are rounded up. h is a picture's histogram, summing to 1. Identical pictures: distance and
difference 0, shares 1. A grey picture fills one bin. A mask restricts every statistic.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from varcolor.errors import InputError
from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.typing import Array, FloatArray

_STEP = 8
_SIDE = 32


def bins(ab: Array) -> Array:
    """Return the row and column (…, 2) of the bins that colours (…, 2) of a*, b* fall into."""
    index: Array = np.floor(ab / _STEP + 0.5).astype(np.int64) + _SIDE // 2
    return np.clip(index, 0, _SIDE - 1)


def _bins(pair: Pair) -> Iterator[tuple[Array, Array]]:
    for first, second in pair.blocks("ab"):
        yield bins(first), bins(second)


def _histograms(pair: Pair) -> tuple[FloatArray, FloatArray]:
    counts = np.zeros((2, _SIDE * _SIDE))
    for both in _bins(pair):
        for row, index in enumerate(both):
            counts[row] += np.bincount(index @ [_SIDE, 1], minlength=_SIDE * _SIDE)
    shares: FloatArray = counts / counts[0].sum()
    return shares[0], shares[1]


@metric("ab_error", "ab", "lower")
def ab_error(pair: Pair) -> float:
    """Mean Euclidean distance in the a*, b* plane; 0 if identical."""
    total, count = 0.0, 0
    for first, second in pair.blocks("ab"):
        total += float(np.sqrt(((first - second) ** 2).sum(axis=-1)).sum())
        count += len(first)
    return total / count


@metric("ab_histogram", "", "lower")
def ab_histogram(pair: Pair) -> float:
    """Distance sum |h_reference - h_result| of the a*, b* histograms, 0 (same) to 2 (disjoint)."""
    first, second = _histograms(pair)
    return float(np.abs(first - second).sum())


@metric("ab_bins", "bins", "none")
def ab_bins(pair: Pair) -> float:
    """Number of different a*, b* bins that the result uses."""
    return float(np.count_nonzero(_histograms(pair)[1]))


@metric("ab_bins_difference", "bins", "zero")
def ab_bins_difference(pair: Pair) -> float:
    """Number of a*, b* bins of the result less that of the reference: below 0 is duller."""
    first, second = _histograms(pair)
    return float(np.count_nonzero(second) - np.count_nonzero(first))


@metric("ab_same_bin", "", "higher")
def ab_same_bin(pair: Pair) -> float:
    """Share of the pixels whose a*, b* bin is the reference's."""
    hits, count = 0, 0
    for first, second in _bins(pair):
        hits += int((first == second).all(axis=-1).sum())
        count += len(first)
    return hits / count


def _within(pair: Pair, distance: int) -> float:
    hits, count = 0, 0
    for first, second in _bins(pair):
        coloured = (first != _SIDE // 2).any(axis=-1)
        off = np.abs(first - second).max(axis=-1)[coloured]
        hits += int((off <= distance).sum())
        count += len(off)
    if count == 0:
        raise InputError("ab_within: no pixel of the reference is outside of the neutral bin")
    return hits / count


@metric("ab_within_1", "", "higher")
def ab_within_1(pair: Pair) -> float:
    """Share of the pixels, neutral in the reference left out, at most 1 bin off per axis.

    InputError if every pixel of the reference is in the neutral bin.
    """
    return _within(pair, 1)


@metric("ab_within_2", "", "higher")
def ab_within_2(pair: Pair) -> float:
    """Share of the pixels, neutral in the reference left out, at most 2 bins off per axis.

    InputError if every pixel of the reference is in the neutral bin.
    """
    return _within(pair, 2)
