"""The object under a stroke: which share of every pixel belongs to it, for recolouring.

E(s) = sum over edges of w_rs (s_r - s_s)^2 + sum_r k_r (s_r - t_r)^2, with s = 1 under paint, 0
under keep strokes and weights that are small across edges of luma and colour. Where the pixels that
look like those under the stroke (`varcolor.pipeline.recoloring.palette_distance`) and hang together
with it are a clear-cut region, t is 1 there and 0 elsewhere. Otherwise t is 0 and k grows with the
unlikeness: s falls at every edge between a pixel and the stroke. The border of the object is then
at the level that fewest pixels are near to, as between two hills of a histogram.

References
----------
L. Grady, "Random walks for image segmentation", PAMI 2006: the energy. J. Matas et al., "Robust
wide baseline stereo from maximally stable extremal regions", BMVC 2002: stable thresholds.
"""

from __future__ import annotations

import numpy as np

from varcolor.energy.color_weights import color_weights
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem
from varcolor.energy.weights import blurred
from varcolor.pipeline.recoloring.palette_distance import Palette
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import Array, BoolArray, FloatArray

#: Tolerance of the share, in 1/255.
_TOLERANCE = 1.0
#: What Oklab's lightness and chroma count in the weights, and the smallest weight.
_GUIDE, _FLOOR = (0.7, 2.5, 2.5), 1e-4
#: Blur, in pixels, of the photo whose colours are compared.
_BLUR = 0.7
#: How firmly a clear-cut region is held; other pixels: like and unlike ones.
_SURE, _LIKE, _UNLIKE = 3e-3, 1e-6, 3e-4
#: Squared distances up to which pixels are alike, and by how much more they are less and less so.
_ALIKE, _FADE = 2.0, 3.0
#: Squared distances that are tried as limits of a region: it is clear-cut if it grows by at most
#: this factor from one to the next but one, holds most of the stroke, and less than half the photo.
_LIMITS, _GROWTH, _HELD, _LARGEST = 1.5 * 2 ** (0.5 * np.arange(10)), 1.2, 0.7, 0.5
#: Width of the soft rim, in pixels or in thousandths of the longer side.
_RIM = 4
#: A part of the region has at least this share of the stroke.
_PART = 0.03
#: Levels of s that are tried as borders; how much a level is worth to be near 1/2, and small.
_LEVELS, _NEAR_HALF, _LARGE = np.geomspace(0.15, 0.6, 25), 0.15, 0.3


def share_of_object(
    lab: FloatArray,
    visible: BoolArray | None,
    paint: Array,
    keep: Array,
    solver: Solver,
) -> FloatArray:
    """Return the share (H, W), 0..1, that the object under a stroke has in every pixel.

    Parameters
    ----------
    lab : ndarray, shape (H, W, 3)
        The photo in Oklab.
    visible : ndarray of bool, shape (H, W), optional
        Pixels that take part; None = all. The others have no share.
    paint, keep : ndarray of int, shape (N,), (M,)
        Flat indices of the pixels under paint (at least one) and under keep strokes.
    solver : Solver
        For harmonic energies in 3x3 windows.
    """
    from scipy.ndimage import binary_dilation

    shape = (lab.shape[0], lab.shape[1])
    unlike = _unlikeness(lab, visible, paint, keep)
    clear = _clear_cut(unlike, paint)
    alike = np.exp(-np.maximum(unlike - _ALIKE, 0) / _FADE)
    weight = _LIKE * alike + _UNLIKE * (1 - alike)
    if clear is not None:
        weight = np.maximum(weight, _SURE)
    target = np.zeros(shape) if clear is None else clear.astype(np.float64)
    for at, value in ((keep, 0.0), (paint, 1.0)):
        weight.flat[at], target.flat[at] = np.inf, value
    known = np.arange(lab[..., 0].size) if visible is None else np.flatnonzero(visible)
    term = Harmonic(color_weights(lab * _GUIDE, visible, _FLOOR))
    problem = Problem(shape, visible, (term,), known, weight.ravel()[known])
    values = target.reshape(-1, 1)[known]
    found = solver.run(solver.prepare(problem), values, None, Goal(tolerance=_TOLERANCE))
    share = np.clip(found.u[..., 0].astype(np.float64), 0, 1)
    border = 0.5 if clear is not None else _border(share)
    own = _touching(share > border, paint)
    rim = binary_dilation(own, iterations=max(_RIM, round(_RIM * max(shape) / 1000))) & (
        share <= border
    )
    return np.where(own | rim, np.clip((share - border / 2) / border, 0, 1), 0.0)


def _unlikeness(
    lab: FloatArray, visible: BoolArray | None, paint: Array, keep: Array
) -> FloatArray:
    """Return squared distances (H, W) to the colours under paint; far where keep is nearer."""
    flat = lab.reshape(-1, 3)
    smooth = np.stack([blurred(lab[..., k], visible, _BLUR) for k in range(3)], axis=-1)
    result = Palette.of(flat[paint]).distance(smooth)
    if len(keep):
        kept = Palette.of(flat[keep]).distance(smooth)
        result[kept < result] += _LIMITS[-1]
    if visible is not None:
        result[~visible] = np.inf
    return result


def _clear_cut(unlike: FloatArray, paint: Array) -> BoolArray | None:
    """Return the region of like pixels around the stroke if its limits hardly matter."""
    areas: list[int] = []
    regions: list[BoolArray] = []
    for limit in _LIMITS:
        region = _touching(unlike < limit, paint, _PART)
        areas.append(int(region.sum()))
        regions.append(region)
        if len(areas) > 2:
            first = regions.pop(0)
            held = first.flat[paint].mean()
            if (
                held > _HELD
                and areas[-1] < _GROWTH * areas[-3]
                and areas[-3] < _LARGEST * unlike.size
            ):
                return regions[0]
    return None


def _touching(mask: BoolArray, paint: Array, part: float = 0.0) -> BoolArray:
    """Return the connected parts of a mask with more than this share of the painted pixels."""
    from scipy.ndimage import label

    numbers, count = label(mask)
    touched = np.bincount(numbers.ravel()[paint], minlength=count + 1)
    touched[0] = 0
    return np.asarray((touched > part * len(paint))[numbers])


def _border(share: FloatArray) -> float:
    """Return the level with few pixels just above and below it."""
    ordered = np.sort(share, axis=None)

    def above(level: FloatArray) -> FloatArray:
        return (share.size - np.searchsorted(ordered, level)).astype(np.float64)

    area = above(_LEVELS)
    near = (above(_LEVELS / 1.25) - above(_LEVELS * 1.25)) / np.maximum(area, 1)
    off = _NEAR_HALF * np.abs(np.log(2 * _LEVELS)) + 2 * np.maximum(area / share.size - _LARGE, 0)
    return float(_LEVELS[np.argmin(near + off)])
