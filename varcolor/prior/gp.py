"""Chroma guessed from the photo's own cues: similar pixels have similar colours.

A Gaussian process over features of the luma is conditioned on the cues, so that a cue reaches
regions that look alike although no path of equal luma leads there; it learns no colours from other
photos. It works on a coarse grid; `varcolor.prior.upsample` brings it to the photo's pixels.

Its confidence is k = strength (variance of chroma / mean variance of the guess)^power, the same for
all pixels: the more the cues tell of this photo, the firmer. (Confidences that differ from pixel to
pixel did worse on training pictures: where the guess is most certain a cue is near, and there the
energy knows better still.) So small a confidence acts over some sixty pixels.

Reference: C. Rasmussen, C. Williams, "Gaussian Processes for Machine Learning", 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.checks import within
from varcolor.energy.prior import Prior
from varcolor.prior.base import Scene
from varcolor.prior.features import GRID_AREA, Features, features_of, resized, shape_within
from varcolor.prior.kernel import fitted_kernel
from varcolor.prior.points import points_of
from varcolor.prior.regression import Regression
from varcolor.prior.upsample import guided
from varcolor.typing import FloatArray

#: Cells whose variance is looked at.
_SAMPLE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class GP:
    """Gaussian-process regression of chroma on features of the luma."""

    name: ClassVar[str] = "gp"

    strength: float = 2e-5
    """Confidence of a guess that knows nothing but the mean, 0 to 1e6."""
    power: float = 1.0
    """How fast confidence grows with certainty, -4 to 4."""

    def __post_init__(self) -> None:
        within("strength", self.strength, 0.0, 1e6)
        within("power", self.power, -4.0, 4.0)

    def prior(self, scene: Scene) -> Prior:
        """Return the guess for a photo with at least one cue."""
        shape = (scene.luma.shape[0], scene.luma.shape[1])
        features, kernel, cues = features_of(scene.luma, scene.visible), fitted_kernel(), scene.cues
        points = points_of(features, shape, cues.at, cues.weight, cues.values)
        # A cue of weight w has the variance that a guess of confidence w has.
        noise = kernel.noise * points.noise + self.strength * points.softness
        regression = Regression.of(kernel, points.features, points.values, noise)
        grid = _on_grid(features)
        flat = grid.reshape(-1, grid.shape[-1])
        values = regression.predict(flat)
        values = np.clip(values, points.values.min(axis=0), points.values.max(axis=0))
        coarse = grid.shape[:2]
        chroma = guided(values.reshape(*coarse, -1), grid[..., 0], scene.luma)
        sample = flat[:: -(-len(flat) // _SAMPLE)]
        certainty = kernel.variance / float(regression.variance(sample).mean())
        return Prior(chroma, np.full(shape, self.strength * certainty**self.power))


def _on_grid(features: Features) -> FloatArray:
    """Return the features (h, w, F) at the cells that are predicted."""
    shape = shape_within((features.visible.shape[0], features.visible.shape[1]), GRID_AREA)
    planes = [resized(plane, shape) for plane in np.moveaxis(features.values, -1, 0)]
    return np.stack(planes, axis=-1)
