"""The colour of the nearest cue: the least that any method must beat."""

from __future__ import annotations

import varcolor as vc
from benchmarks.rivals.common import cue_pictures, merged
from varcolor.typing import FloatArray


def nearest(gray: FloatArray, cues: vc.Cues) -> FloatArray:
    """Give every pixel the chroma of the nearest cued pixel."""
    from scipy.ndimage import distance_transform_edt

    mask, chroma = cue_pictures(cues)
    if not mask.any():
        return merged(gray, chroma)
    rows, columns = distance_transform_edt(~mask, return_distances=False, return_indices=True)
    return merged(gray, chroma[rows, columns])
