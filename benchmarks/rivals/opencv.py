"""OpenCV's edge-aware filters as interpolators: filtered cues over filtered confidence.

Both smooth a sparse chroma picture and the mask of its cues along the grey guide; the quotient is
the interpolation (normalised convolution). Settings are those with the best mean PSNR on training
pictures. References: Min et al., "Fast global image smoothing based on weighted least squares",
TIP 2014; Gastal & Oliveira, "Domain transform for edge-aware image and video processing", 2011.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import varcolor as vc
from benchmarks.rivals.common import cue_pictures, merged
from varcolor.typing import Array, FloatArray

FGS_LAMBDA, FGS_SIGMA, FGS_ITERATIONS = 900.0, 8.0, 4
DT_SPACE, DT_RANGE, DT_ITERATIONS = 120.0, 30.0, 5


def _interpolate(gray: FloatArray, cues: vc.Cues, smooth: Callable[[Array], Array]) -> FloatArray:
    mask, chroma = cue_pictures(cues)
    if not mask.any():
        return merged(gray, chroma)
    confidence = smooth(mask.astype(np.float32)).astype(np.float64)
    spread = np.stack([smooth(c.astype(np.float32)) for c in np.moveaxis(chroma, -1, 0)], axis=-1)
    # Where the filter's reach ends there is no information: the mean of the cues stands in.
    mean = chroma[mask].mean(axis=0)
    weight = confidence[..., None] + 1e-9
    filled = (spread + 1e-9 * mean) / weight
    filled[mask] = chroma[mask]
    return merged(gray, filled)


def fast_global_smoother(gray: FloatArray, cues: vc.Cues) -> FloatArray:
    """Interpolate with ``cv2.ximgproc.createFastGlobalSmootherFilter``."""
    import cv2

    guide = np.floor(gray * 255 + 0.5).astype(np.uint8)
    smoother = cv2.ximgproc.createFastGlobalSmootherFilter(
        guide, FGS_LAMBDA, FGS_SIGMA, 0.25, FGS_ITERATIONS
    )
    return _interpolate(gray, cues, smoother.filter)


def domain_transform(gray: FloatArray, cues: vc.Cues) -> FloatArray:
    """Interpolate with ``cv2.ximgproc.createDTFilter``."""
    import cv2

    guide = np.floor(gray * 255 + 0.5).astype(np.uint8)
    smoother = cv2.ximgproc.createDTFilter(
        guide, DT_SPACE, DT_RANGE, cv2.ximgproc.DTF_RF, DT_ITERATIONS
    )
    return _interpolate(gray, cues, smoother.filter)
