"""Which colours a result uses beside those of the photo: statistics for reports.

Reference: the analysis of histograms in RecolorizationProject (A. Meist and others): a*, b* bins of
side 8, shares within 0, 1 and 2 bins, mean distance and the distance of the histograms.
"""

from __future__ import annotations

import numpy as np

from varcolor.image.picture import Picture
from varcolor.metrics import histogram
from varcolor.metrics.pair import make_pair


def color_analysis(photo: Picture, result: Picture) -> dict[str, float | None]:
    """Return statistics of the a*, b* plane of a photo and a result, by name.

    ``ab_within_1`` and ``ab_within_2`` are None where the photo has neutral pixels only.
    """
    pair = make_pair(photo, result)
    swapped = make_pair(result, photo)
    neutral = _is_neutral(photo)
    return {
        "ab_bins_photo": histogram.ab_bins(swapped),
        "ab_bins": histogram.ab_bins(pair),
        "ab_same_bin": histogram.ab_same_bin(pair),
        "ab_within_1": None if neutral else histogram.ab_within_1(pair),
        "ab_within_2": None if neutral else histogram.ab_within_2(pair),
        "ab_error": histogram.ab_error(pair),
        "ab_histogram": histogram.ab_histogram(pair),
    }


def _is_neutral(photo: Picture) -> bool:
    pair = make_pair(photo, photo)
    middle = histogram.bins(np.zeros(2))
    return all(bool((histogram.bins(own) == middle).all()) for own, _ in pair.blocks("ab"))
