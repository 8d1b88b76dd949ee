"""What a pixel looks like: numbers from the luma that similar regions share.

All scales are in pixels of a *reference picture* of at most 256 x 256 pixels' area, so that a
photo and its enlargement have the same features. Energies are logarithms: textures differ by
factors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.typing import BoolArray, FloatArray, Shape

#: Area of the reference picture, and of the grid that the regression works on, in pixels.
REFERENCE_AREA = 256 * 256
GRID_AREA = 128 * 128
#: Widths of the Gaussians.
_BLURS = (2.0, 8.0, 32.0)
_GRADIENTS = (1.5, 4.0, 10.0)
_BANDS = (2.0, 8.0, 16.0)
#: Radius of a window and the variance of luma that counts as an edge: averages that keep edges.
_FLATS = ((4, 4e-4), (16, 1e-3))
#: Squares of luma differences below this are noise.
_NOISE = 1e-5
#: Gaussians are cut at so many widths.
_TRUNCATE = 3.0
#: Names of the features, in order; the first is the luma, the last two are the position.
NAMES = (
    "luma",
    *(f"blur {s:g}" for s in _BLURS),
    *(f"gradient {s:g}" for s in _GRADIENTS),
    *(f"band {s:g}" for s in _BANDS),
    *(f"flat {r}" for r, _ in _FLATS),
    "flat gradient",
    "row",
    "column",
)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of a photo on its reference picture."""

    values: FloatArray
    """(h, w, F)."""
    visible: FloatArray
    """(h, w): share of every reference pixel that is visible, 0..1."""


def shape_within(shape: Shape, area: int) -> Shape:
    """Return the shape of the largest picture of these proportions with at most this area."""
    scale = min(1.0, (area / (shape[0] * shape[1])) ** 0.5)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def resized(values: FloatArray, shape: Shape) -> FloatArray:
    """Return a picture (H, W) in another size: averaged when smaller, bilinear when larger."""
    from PIL import Image

    if values.shape == shape:
        return values
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(
        picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR), dtype=np.float64
    )


def features_of(luma: FloatArray, visible: BoolArray | None) -> Features:
    """Return the features of a photo.

    Parameters
    ----------
    luma : ndarray, shape (H, W)
        0..1.
    visible : ndarray of bool, shape (H, W), optional
        False where the photo is transparent; such pixels do not take part.
    """
    shape = shape_within((luma.shape[0], luma.shape[1]), REFERENCE_AREA)
    if visible is None:
        return features_from(resized(luma, shape), None)
    share = resized(visible.astype(np.float64), shape)
    return features_from(resized(np.where(visible, luma, 0.0), shape), share)


def features_from(light: FloatArray, shown: FloatArray | None) -> Features:
    """Return the features of a photo of which only the reference picture is known.

    Parameters
    ----------
    light : ndarray, shape (h, w)
        Luma times visibility, 0..1.
    shown : ndarray, shape (h, w), optional
        Share of every reference pixel that is visible.
    """
    from scipy.ndimage import gaussian_filter

    shape = (light.shape[0], light.shape[1])
    share = np.ones(shape) if shown is None else shown
    small = light if shown is None else light / np.maximum(share, 1e-6)

    def blur(values: FloatArray, sigma: float) -> FloatArray:
        def filtered(plane: FloatArray) -> FloatArray:
            return np.asarray(gaussian_filter(plane, sigma, mode="nearest", truncate=_TRUNCATE))

        if shown is None:
            return filtered(values)
        return filtered(values * share) / np.maximum(filtered(share), 1e-6)

    gradient = _gradient_energy(small, share > 0.5)
    planes = [small]
    planes += [blur(small, sigma) for sigma in _BLURS]
    planes += [np.log(blur(gradient, sigma) + _NOISE) for sigma in _GRADIENTS]
    for sigma in _BANDS:
        planes.append(np.log(blur((small - blur(small, sigma)) ** 2, sigma) + _NOISE))
    planes += [_flattened(small, small, share, *flat) for flat in _FLATS]
    planes.append(_flattened(planes[1 + len(_BLURS)], small, share, *_FLATS[1]))
    side = REFERENCE_AREA**0.5
    rows = (np.arange(shape[0]) - (shape[0] - 1) / 2) / side
    columns = (np.arange(shape[1]) - (shape[1] - 1) / 2) / side
    planes += [np.broadcast_to(rows[:, None], shape), np.broadcast_to(columns, shape)]
    return Features(np.stack(planes, axis=-1), share)


def _gradient_energy(luma: FloatArray, seen: BoolArray) -> FloatArray:
    """Return the mean of the squared differences to the neighbours in both directions."""
    total, count = np.zeros_like(luma), np.zeros_like(luma)
    for here, there in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        both = seen[here] & seen[there]
        square = np.where(both, (luma[there] - luma[here]) ** 2, 0.0)
        for end in (here, there):
            total[end] += square
            count[end] += both
    return total / np.maximum(count, 1)


def _flattened(
    plane: FloatArray, luma: FloatArray, share: FloatArray, radius: int, edge: float
) -> FloatArray:
    """Return a plane averaged in windows, but not across edges of the luma: a guided filter."""
    from scipy.ndimage import uniform_filter

    size = 2 * radius + 1
    weight = np.maximum(uniform_filter(share, size, mode="nearest"), 1e-6)

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(uniform_filter(values * share, size, mode="nearest") / weight)

    middle, level = mean(luma), mean(plane)
    variance = np.maximum(mean(luma * luma) - middle**2, 0)
    slope = (mean(luma * plane) - middle * level) / (variance + edge)
    return mean(slope) * luma + mean(level - slope * middle)
