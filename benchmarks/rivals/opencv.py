"""OpenCV's edge-aware filters as interpolators: filtered cues over filtered confidence.

Both smooth a sparse chroma picture and the mask of its cues along the grey guide; the quotient is
the interpolation (normalised convolution). Settings are those with the best mean PSNR on training
pictures (`benchmarks.rivals.tune`). References: Min et al., "Fast global image smoothing based on
weighted least squares", TIP 2014; Gastal & Oliveira, "Domain transform for edge-aware image and
video processing", SIGGRAPH 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import varcolor as vc
from benchmarks.rivals.common import cue_pictures, merged
from benchmarks.rivals.linear import Guide
from varcolor.typing import Array, FloatArray


@dataclass(frozen=True, slots=True)
class FGS:
    """Settings of the fast global smoother."""

    strength: float = 300
    sigma: float = 2
    iterations: int = 5


@dataclass(frozen=True, slots=True)
class DT:
    """Settings of the domain transform."""

    space: float = 120.0
    range: float = 15.0
    iterations: int = 5


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


def fast_global_smoother(gray: FloatArray, cues: vc.Cues, with_: FGS = FGS()) -> FloatArray:
    """Interpolate with ``cv2.ximgproc.createFastGlobalSmootherFilter``."""
    import cv2

    guide = np.floor(gray * 255 + 0.5).astype(np.uint8)
    smoother = cv2.ximgproc.createFastGlobalSmootherFilter(
        guide, with_.strength, with_.sigma, 0.25, with_.iterations
    )
    return _interpolate(gray, cues, smoother.filter)


def domain_transform(gray: FloatArray, cues: vc.Cues, with_: DT = DT()) -> FloatArray:
    """Interpolate with ``cv2.ximgproc.createDTFilter``."""
    import cv2

    guide = np.floor(gray * 255 + 0.5).astype(np.uint8)
    smoother = cv2.ximgproc.createDTFilter(
        guide, with_.space, with_.range, cv2.ximgproc.DTF_RF, with_.iterations
    )
    return _interpolate(gray, cues, smoother.filter)


# For large photos with strokes: the reach that serves hints on 256 x 256 pixels leaves most of them
# grey. Time does not depend on it; three iterations are OpenCV's default, and the fastest.
_WIDE_FGS, _WIDE_DT = FGS(1e4, 8, 3), DT(500, 100, 3)


def fast_global_spread(guide: Guide, with_: FGS = _WIDE_FGS) -> FloatArray:
    """Spread chroma with the fast global smoother."""
    import cv2

    smoother = cv2.ximgproc.createFastGlobalSmootherFilter(
        guide.gray, with_.strength, with_.sigma, 0.25, with_.iterations
    )
    return _quotient(guide, smoother.filter)


def domain_transform_spread(guide: Guide, with_: DT = _WIDE_DT) -> FloatArray:
    """Spread chroma with the recursive domain transform."""
    import cv2

    smoother = cv2.ximgproc.createDTFilter(
        guide.gray, with_.space, with_.range, cv2.ximgproc.DTF_RF, with_.iterations
    )
    return _quotient(guide, smoother.filter)


def _quotient(guide: Guide, smooth: Callable[[Array], Array]) -> FloatArray:
    """Filter both channels and the mask in one go, in single precision, and divide."""
    import cv2

    planes = np.empty((*guide.gray.shape, 3), np.float32)
    planes[..., :2], planes[..., 2] = guide.chroma, guide.mask
    # Far from every cue the filter's answer underflows: nothing over nothing is no colour.
    first, second, share = cv2.split(smooth(planes))
    share += np.float32(1e-12)
    spread: FloatArray = cv2.merge([first / share, second / share])
    spread[guide.mask] = guide.chroma[guide.mask]
    return spread
