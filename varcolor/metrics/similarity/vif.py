"""Visual information fidelity in the pixel domain.

At four scales, with a Gaussian window of n = 17, 9, 5, 3 pixels, sigma n / 5 (before each scale
but the first the picture is filtered with it and every second pixel kept), on values in 0..255:
g = cov / var_x, s = var_y - g cov, and

    VIFp = sum log(1 + g^2 var_x / (s + 2)) / sum log(1 + var_x / 2)

over all whole windows and scales; then the mean over the channels. a* and b* enter in their own
units. Identical pictures give 1 (less a rounding guard of 1e-10); a channel that is constant in
the reference carries no information: it counts 1 if it is constant in the result, too, else 0.
Below 41 x 41 pixels: InputError. No masks.

References
----------
H. R. Sheikh, A. C. Bovik, "Image information and visual quality", 2006, and the authors'
pixel-domain program ``vifp_mscale``.
"""

from __future__ import annotations

import numpy as np

from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.planes import Over
from varcolor.metrics.similarity.windows import bands, filtered, gaussian, moments
from varcolor.typing import Array, FloatArray

_SIZES = (17, 9, 5, 3)
_SMALLEST = 41
_NOISE = 2.0
_TINY = 1e-10


def _information(x: Array, y: Array, window: FloatArray) -> tuple[float, float]:
    """Return what the result keeps, and what the reference has, at one scale."""
    kept = held = 0.0
    for _, a, b in bands(x, y, len(window)):
        _, _, var_a, var_b, shared = moments(a, b, window)
        var_a, var_b = np.maximum(var_a, 0), np.maximum(var_b, 0)
        gain = shared / (var_a + _TINY)
        rest = var_b - gain * shared
        flat = var_a < _TINY
        gain[flat], rest[flat], var_a[flat] = 0, var_b[flat], 0
        flat = var_b < _TINY
        gain[flat], rest[flat] = 0, 0
        inverted = gain < 0
        rest[inverted], gain[inverted] = var_b[inverted], 0
        rest = np.maximum(rest, _TINY)
        kept += float(np.log1p(gain**2 * var_a / (rest + _NOISE)).sum())
        held += float(np.log1p(var_a / _NOISE).sum())
    return kept, held


def vifp_of_plane(x: Array, y: Array) -> float:
    """Return VIFp of two planes with values in 0..255, at least 41 x 41."""
    if np.ptp(x) == 0:
        return 1.0 if np.ptp(y) == 0 else 0.0
    kept = held = 0.0
    for scale, size in enumerate(_SIZES):
        window = gaussian(size, size / 5)
        if scale:
            x, y = filtered(x, window)[::2, ::2], filtered(y, window)[::2, ::2]
        more_kept, more_held = _information(x, y, window)
        kept, held = kept + more_kept, held + more_held
    return kept / held


def _vifp(pair: Pair, over: Over, name: str) -> float:
    pair.require(_SMALLEST, name)
    scale = np.float32(1 if over == "ab" else 255)
    return float(np.mean([vifp_of_plane(x * scale, y * scale) for x, y in pair.channels(over)]))


@metric("vifp", "", "higher", masks=False)
def vifp(pair: Pair) -> float:
    """Pixel-domain visual information fidelity (Sheikh & Bovik 2006), mean over R, G and B."""
    return _vifp(pair, "rgb", "vifp")


@metric("vifp_luma", "", "higher", masks=False)
def vifp_luma(pair: Pair) -> float:
    """Pixel-domain visual information fidelity (Sheikh & Bovik 2006) of the BT.601 luma."""
    return _vifp(pair, "luma", "vifp_luma")


@metric("vifp_ab", "", "higher", masks=False)
def vifp_ab(pair: Pair) -> float:
    """Pixel-domain visual information fidelity (Sheikh & Bovik 2006), mean over a* and b*."""
    return _vifp(pair, "ab", "vifp_ab")
