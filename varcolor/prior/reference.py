"""Colours of a reference picture, without a network: what its grey levels are coloured like.

Pixels of the photo and of the reference are put into cells of a joint histogram: 32 ranks of luma
(a pixel's place among all pixels of its own picture, so that a lighter print finds the same) times
4 ranks of local contrast (the standard deviation of luma around it, in relation to the picture's
own). A pixel is expected to have the mean chroma of the reference's cell, and with s^2 the variance
of chroma within the cell, the confidence is strength * 10^2 / (10^2 + s^2) in units of CIELAB: soft
where the reference has many colours for one grey. Empty cells take from their neighbours.

Reference: T. Welsh, M. Ashikhmin, K. Mueller, "Transferring color to greyscale images", SIGGRAPH
2002, for luma and its deviation as what pictures are matched by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.checks import within
from varcolor.energy.prior import Data, Prior
from varcolor.errors import InputError
from varcolor.image.color import Space, lab
from varcolor.image.picture import PictureLike, as_picture
from varcolor.prior.base import Scene
from varcolor.prior.features import REFERENCE_AREA, resized, shape_within
from varcolor.typing import Array, FloatArray

_LUMA, _CONTRAST = 32, 4
#: Side of the window of the local contrast, in pixels of at most 256 x 256.
_WINDOW = 7
#: Spread of a cell's colours at which its confidence is halved, in units of a* and b*.
_SPREAD = 10.0
#: Width of the blur of the table, in cells.
_BLUR = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Places take the mean colour of what is as light and as rough in a reference picture."""

    name: ClassVar[str] = "reference"
    needs_cues: ClassVar[bool] = False

    reference: PictureLike | None = None
    """The picture in colour; of any size."""
    strength: float = 3e-5
    """Confidence where the reference has one colour for a grey, 0 to 1e6."""

    def __post_init__(self) -> None:
        within("strength", self.strength, 0.0, 1e6)

    def prepare(self, scene: Scene) -> Prior:
        """Return the prior: it does not depend on cues.

        Raises
        ------
        InputError
            Without a reference, or with a grey one.
        """
        if self.reference is None:
            raise InputError(
                "the prior 'reference' needs a picture: reference= or --reference FILE"
            )
        picture = as_picture(self.reference, "the reference")
        if picture.is_gray:
            raise InputError(f"{picture.meta.source}: is grey; a reference needs colours")
        shape = shape_within(picture.shape, REFERENCE_AREA)
        rgb = picture.as_float()
        small = np.stack([resized(rgb[..., k], shape) for k in range(3)], axis=2)
        small = np.clip(small, 0, 1)
        mean, spread = _table(scene.space.luma(small), small, scene.space)
        own = shape_within((scene.luma.shape[0], scene.luma.shape[1]), REFERENCE_AREA)
        rows, columns = _cells(resized(scene.luma, own))
        full = (scene.luma.shape[0], scene.luma.shape[1])
        chroma = np.stack([resized(mean[rows, columns, k], full) for k in range(2)], axis=2)
        part = _SPREAD**2 / (_SPREAD**2 + spread[rows, columns])
        k = np.maximum(resized(self.strength * part, full), 0.0)
        return Prior(chroma, k, reason="reference: colours by lightness and roughness")

    def run(self, prepared: Prior, cues: Data) -> Prior:
        """Return the prior."""
        return prepared


def _table(luma: FloatArray, rgb: FloatArray, space: Space) -> tuple[FloatArray, FloatArray]:
    """Return the mean chroma (32, 4, 2) of every cell and its variance in CIELAB (32, 4)."""
    from scipy.ndimage import gaussian_filter

    rows, columns = _cells(luma)
    cell = (rows * _CONTRAST + columns).ravel()
    size = _LUMA * _CONTRAST

    def blurred(values: Array) -> FloatArray:
        sums = np.bincount(cell, np.asarray(values).ravel(), size).reshape(_LUMA, _CONTRAST)
        return np.asarray(gaussian_filter(sums, _BLUR, mode="nearest"))

    count = np.maximum(blurred(np.ones(cell.size)), 1e-9)
    chroma, ab = space.split(rgb)[1], lab.split(rgb)[1]
    mean = np.stack([blurred(chroma[..., k]) / count for k in range(2)], axis=2)
    first = [blurred(ab[..., k]) / count for k in range(2)]
    second = blurred((ab**2).sum(axis=2)) / count
    return mean, np.maximum(second - first[0] ** 2 - first[1] ** 2, 0.0)


def _cells(luma: FloatArray) -> tuple[Array, Array]:
    """Return the rank of luma, 0..31, and of the local contrast, 0..3, of every pixel (H, W)."""
    from scipy.ndimage import uniform_filter

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(uniform_filter(values, _WINDOW, mode="nearest"))

    contrast = np.sqrt(np.maximum(mean(luma * luma) - mean(luma) ** 2, 0))
    return _ranks(luma, _LUMA), _ranks(contrast, _CONTRAST)


def _ranks(values: FloatArray, count: int) -> Array:
    """Return the class 0..count-1 of every value; equal values have one class."""
    ordered = np.sort(values, axis=None)
    low = np.searchsorted(ordered, values, "left")
    high = np.searchsorted(ordered, values, "right")
    return np.asarray(np.minimum((low + high) * count // (2 * values.size), count - 1))
