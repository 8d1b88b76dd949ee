"""Differences of stored values: PSNR, MSE, MAE.

With the values x of the reference and y of the result scaled to a peak P, N of them in all:
MSE = sum (x - y)^2 / N, MAE = sum |x - y| / N, PSNR = 10 log10(P^2 / MSE) in dB, one mean over
all pixels and channels. Identical pictures: PSNR is infinite, MSE and MAE are 0. Constant, black
and one-pixel pictures are like any other. A mask restricts the mean.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.planes import PEAK, Over


def _mean(pair: Pair, over: Over, power: int) -> float:
    """Mean of |x - y|^power over the pixels that count and all channels."""
    total, count = 0.0, 0
    for first, second in pair.blocks(over):
        error = first - second
        total += float(np.vdot(error, error) if power == 2 else np.abs(error).sum())
        count += error.size
    return total / count


def _psnr(pair: Pair, over: Over) -> float:
    error = _mean(pair, over, 2) / PEAK[over] ** 2
    return math.inf if error == 0 else -10 * math.log10(error)


@metric("psnr", "dB", "higher")
def psnr(pair: Pair) -> float:
    """PSNR over R, G and B, peak 1: one mean over the three channels; infinite if identical."""
    return _psnr(pair, "rgb")


@metric("psnr_luma", "dB", "higher")
def psnr_luma(pair: Pair) -> float:
    """PSNR over the BT.601 luma, peak 1; infinite if the lumas are identical."""
    return _psnr(pair, "luma")


@metric("psnr_ab", "dB", "higher")
def psnr_ab(pair: Pair) -> float:
    """PSNR over a* and b* of CIE Lab, peak 200 (-100 to 100); infinite if identical."""
    return _psnr(pair, "ab")


@metric("psnr_cbcr", "dB", "higher")
def psnr_cbcr(pair: Pair) -> float:
    """PSNR over Cb and Cr of BT.601, peak 1 (-0.5 to 0.5); infinite if identical."""
    return _psnr(pair, "cbcr")


@metric("mse", "(1/255)^2", "lower")
def mse(pair: Pair) -> float:
    """Mean squared error over R, G and B, in squared 8-bit levels whatever the depth."""
    return _mean(pair, "rgb", 2) * 255**2


@metric("mae", "1/255", "lower")
def mae(pair: Pair) -> float:
    """Mean absolute error over R, G and B, in 8-bit levels whatever the depth."""
    return _mean(pair, "rgb", 1) * 255
