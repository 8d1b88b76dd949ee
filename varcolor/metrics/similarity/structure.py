"""Structural similarity: SSIM and its multi-scale form.

SSIM of a window, with means m, population variances v and covariance c in a Gaussian window of
11 x 11 pixels, sigma 1.5, on values in 0..1 (a* and b*: over 200), C1 = 0.01^2, C2 = 0.03^2:

    l = (2 m_x m_y + C1) / (m_x^2 + m_y^2 + C1),  cs = (2 c + C2) / (v_x + v_y + C2)

SSIM = mean of l cs over all whole windows, and over the channels. MS-SSIM = product over five
scales of mean(cs)^w, with l cs at the last, w = .0448 .2856 .3001 .2363 .1333; a scale is the
2 x 2 mean of the one before, taken from one pixel further up and left (mirrored), as in the usual
SciPy implementations. A negative mean(cs) counts as 0: its power is not real.

Identical pictures give 1; constant and black ones the luminance term alone. Below 11 x 11 (SSIM)
or 161 x 161 pixels (MS-SSIM): InputError. A mask chooses windows by their centre; MS-SSIM takes
none.

References
----------
Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
visibility to structural similarity", 2004. Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multiscale
structural similarity for image quality assessment", 2003.
"""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.planes import PEAK, Over
from varcolor.metrics.similarity.windows import bands, centred, filtered, gaussian
from varcolor.typing import Array

_SIZE = 11
_WINDOW = gaussian(_SIZE, 1.5)
_C1, _C2 = 0.01**2, 0.03**2
_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_SMALLEST = (_SIZE - 1) * 2 ** (len(_SCALES) - 1) + 1


def _means(x: Array, y: Array, mask: Array | None = None) -> tuple[float, float]:
    """Return the means of l cs and of cs over the windows that count."""
    kept = centred(mask, _SIZE)
    total = total_cs = 0.0
    count = 0
    for rows, a, b in bands(x, y, _SIZE):
        mean_a, mean_b = filtered(a, _WINDOW), filtered(b, _WINDOW)
        product = mean_a * mean_b
        square = mean_a**2 + mean_b**2
        # Only the sum of the variances is needed: one filter instead of two.
        both = filtered(a * a + b * b, _WINDOW) - square
        shared = filtered(a * b, _WINDOW) - product
        cs = (2 * shared + _C2) / (both + _C2)
        full = cs * (2 * product + _C1) / (square + _C1)
        if kept is not None:
            cs, full = cs[kept[rows]], full[kept[rows]]
        total += float(full.sum())
        total_cs += float(cs.sum())
        count += cs.size
    if count == 0:
        raise InputError("ssim: no window of 11 x 11 pixels has its centre in the mask")
    return total / count, total_cs / count


def _ssim(pair: Pair, over: Over, name: str) -> float:
    pair.require(_SIZE, name)
    peak = np.float32(PEAK[over])
    values = [_means(x / peak, y / peak, pair.mask)[0] for x, y in pair.channels(over)]
    return float(np.mean(values))


def _ms_ssim(pair: Pair, over: Over, name: str) -> float:
    pair.require(_SMALLEST, name)
    peak = np.float32(PEAK[over])
    values = [_product(x / peak, y / peak) for x, y in pair.channels(over)]
    return float(np.mean(values))


def _product(x: Array, y: Array) -> float:
    product = 1.0
    for scale, weight in enumerate(_SCALES):
        full, cs = _means(x, y)
        last = scale == len(_SCALES) - 1
        product *= max(full if last else cs, 0.0) ** weight
        if not last:
            x, y = _halved(x), _halved(y)
    return product


def _halved(plane: Array) -> Array:
    """Return the means of the pixels (2i - 1, 2i) in both directions, the first one mirrored."""
    for _ in range(2):
        even = plane[::2]
        before = np.concatenate([plane[:1], plane[1::2]])[: len(even)]
        plane = ((even + before) / 2).T
    return plane


@metric("ssim", "", "higher")
def ssim(pair: Pair) -> float:
    """SSIM (Wang et al. 2004), mean over R, G and B; 1 if identical."""
    return _ssim(pair, "rgb", "ssim")


@metric("ssim_luma", "", "higher")
def ssim_luma(pair: Pair) -> float:
    """SSIM (Wang et al. 2004) of the BT.601 luma; 1 if identical."""
    return _ssim(pair, "luma", "ssim_luma")


@metric("ssim_ab", "", "higher")
def ssim_ab(pair: Pair) -> float:
    """SSIM (Wang et al. 2004), mean over a* and b*, range 200; 1 if identical."""
    return _ssim(pair, "ab", "ssim_ab")


@metric("ms_ssim", "", "higher", masks=False)
def ms_ssim(pair: Pair) -> float:
    """Multi-scale SSIM (Wang et al. 2003), mean over R, G and B; 1 if identical."""
    return _ms_ssim(pair, "rgb", "ms_ssim")


@metric("ms_ssim_luma", "", "higher", masks=False)
def ms_ssim_luma(pair: Pair) -> float:
    """Multi-scale SSIM (Wang et al. 2003) of the BT.601 luma; 1 if identical."""
    return _ms_ssim(pair, "luma", "ms_ssim_luma")


@metric("ms_ssim_ab", "", "higher", masks=False)
def ms_ssim_ab(pair: Pair) -> float:
    """Multi-scale SSIM (Wang et al. 2003), mean over a* and b*, range 200; 1 if identical."""
    return _ms_ssim(pair, "ab", "ms_ssim_ab")
