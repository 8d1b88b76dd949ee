"""Which colours a result uses beside those of the photo: statistics for reports.

The metrics of `varcolor.metrics.histogram`, all of them in one pass over both pictures.

Reference: the analysis of histograms in RecolorizationProject (A. Meist and others): a*, b* bins of
side 8, shares within 0, 1 and 2 bins, mean distance and the distance of the histograms.
"""

from __future__ import annotations

import numpy as np

from varcolor.image.picture import Picture
from varcolor.metrics.histogram import bins
from varcolor.metrics.pair import make_pair

_SIDE = 32


def color_analysis(photo: Picture, result: Picture) -> dict[str, float | None]:
    """Return statistics of the a*, b* plane of a photo and a result, by name.

    Names and values are those of the metrics, and ``ab_bins_photo``, the bins that the photo uses.
    ``ab_within_1`` and ``ab_within_2`` are None where the photo has neutral pixels only.
    """
    counts = np.zeros((2, _SIDE * _SIDE))
    within = np.zeros(3)
    coloured, pixels, total = 0, 0, 0.0
    for both in make_pair(photo, result).blocks("ab"):
        first, second = (bins(ab) for ab in both)
        for row, index in enumerate((first, second)):
            counts[row] += np.bincount(index @ [_SIDE, 1], minlength=_SIDE * _SIDE)
        off = np.abs(first - second).max(axis=-1)
        vivid = (first != _SIDE // 2).any(axis=-1)
        within += [(off == 0).sum(), (off[vivid] <= 1).sum(), (off[vivid] <= 2).sum()]
        coloured += int(vivid.sum())
        pixels += len(off)
        total += float(np.sqrt(((both[0] - both[1]) ** 2).sum(axis=-1)).sum())
    used = np.count_nonzero(counts, axis=1)
    return {
        "ab_bins_photo": float(used[0]),
        "ab_bins": float(used[1]),
        "ab_same_bin": float(within[0] / pixels),
        "ab_within_1": float(within[1] / coloured) if coloured else None,
        "ab_within_2": float(within[2] / coloured) if coloured else None,
        "ab_error": total / pixels,
        "ab_histogram": float(np.abs(counts[0] - counts[1]).sum() / pixels),
    }
