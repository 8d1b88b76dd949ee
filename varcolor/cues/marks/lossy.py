"""Where paint is at its full strength, told by its chroma.

Noise of a lossy copy makes pixels of full paint look like mixtures of the photo and a stronger
neighbour. Of paint with coverage a over a grey photo a times the paint's chroma is seen, whatever
the photo's grey: chroma alone, without the noise of single pixels, tells a rim from noise.
"""

from __future__ import annotations

import numpy as np

from varcolor.typing import Array, BoolArray

#: Pixels around which the strongest chroma is looked for: the blocks in which JPEG halves chroma.
_REACH = 17
#: Paint of fewer levels of chroma is too grey to be told by it.
_GRAY = 12.0
#: Part of the strongest chroma nearby that full paint has at least.
_FULL = 0.85


def below_full(chroma: Array, mask: BoolArray) -> BoolArray:
    """Return where paint is below its full strength, or too grey to tell.

    Parameters
    ----------
    chroma : ndarray, shape (H, W)
        Difference of chroma between copy and photo, in levels of 255.
    mask : ndarray of bool, shape (H, W)
        Where there is paint.
    """
    from scipy import ndimage

    strength = ndimage.median_filter(chroma, 3)
    strongest = ndimage.maximum_filter(np.where(mask, strength, 0), _REACH)
    return np.asarray((strength < _FULL * strongest) | (strongest < _GRAY))
