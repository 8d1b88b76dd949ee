"""How far a chroma is from the exact one, and what the picture is worth."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.quality.summary import as_levels
from benchmarks.speed.cases import SPACE, Case
from varcolor.image.luma import row_blocks
from varcolor.typing import Array


def distance(case: Case, chroma: Array, exact: Array) -> tuple[float, float]:
    """Return the largest and the RMS difference of RGB values, in 1/255.

    Before gamut mapping and rounding, over all pixels and channels.
    """
    worst, total = 0.0, 0.0
    for rows in row_blocks(*case.shape):
        luma = SPACE.luma_of_gray(case.gray[rows] / 255)
        gap = SPACE.merge(luma, chroma[rows].astype(float)) - SPACE.merge(luma, exact[rows])
        if not np.isfinite(gap).all():
            return math.inf, math.inf
        worst = max(worst, float(np.abs(gap).max()))
        total += float(np.vdot(gap, gap))
    return 255 * worst, 255 * math.sqrt(total / (3 * case.gray.size))


def psnr_of(case: Case, chroma: Array) -> float:
    """Return the PSNR of the coloured photo, clipped and rounded to 8 bits, to the true one."""
    total = 0.0
    for rows in row_blocks(*case.shape):
        rgb = SPACE.merge(SPACE.luma_of_gray(case.gray[rows] / 255), chroma[rows].astype(float))
        gap = as_levels(np.nan_to_num(rgb)).astype(float) - case.truth[rows]
        total += float(np.vdot(gap, gap))
    return -10 * math.log10(max(total / (3 * case.gray.size) / 255**2, 1e-12))
