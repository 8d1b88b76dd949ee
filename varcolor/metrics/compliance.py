"""How closely a result keeps to its cues.

A cue gives chroma; the luma is the photo's. So the colour that is expected at a cued pixel has
the cue's BT.601 chroma at the result's own luma, not clipped, and the error is the distance of
the two in the a*, b* plane. Cues that keep a colour photo's own pixel carry no colour and are
left out. InputError without cues. The reference is not looked at. A mask restricts the cues; if
it leaves none: InputError.
"""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import lab, yuv
from varcolor.metrics.metric import metric
from varcolor.metrics.pair import Pair
from varcolor.typing import FloatArray


def errors_at_cues(pair: Pair) -> FloatArray:
    """Return the a*, b* error of every cue that counts.

    Raises
    ------
    InputError
        If there is none.
    """
    if pair.cues is None:
        raise InputError("cue_error: needs the cues that the result was made from (cues=…)")
    row, column = pair.cues.at.T
    counts = ~pair.cues.keep
    if pair.mask is not None:
        counts &= pair.mask[row, column]
    if not counts.any():
        raise InputError("cue_error: no cue with a colour of its own counts here")
    row, column = row[counts], column[counts]
    result = pair.result
    found = result.pixels[row, column] / result.maximum
    if result.is_gray:
        found = np.repeat(found[:, None], 3, axis=1)
    chroma = yuv.split(pair.cues.color[counts].astype(np.float64))[1]
    expected = yuv.merge(yuv.luma(found), chroma)
    off: FloatArray = np.linalg.norm(lab.split(found)[1] - lab.split(expected)[1], axis=-1)
    return off


@metric("cue_error", "ab", "lower")
def cue_error(pair: Pair) -> float:
    """Mean a*, b* error at the cues; 0 if each is met."""
    return float(errors_at_cues(pair).mean())


@metric("cue_error_max", "ab", "lower")
def cue_error_max(pair: Pair) -> float:
    """Largest a*, b* error at the cues; 0 if each is met."""
    return float(errors_at_cues(pair).max())
