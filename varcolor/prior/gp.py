"""Chroma guessed from the photo's own cues: similar pixels have similar colours.

A Gaussian process over features of the luma is conditioned on the cues, so that a cue reaches
regions that look alike although no path of equal luma leads there; it learns no colours from other
photos. It works on a coarse grid; `varcolor.prior.upsample` brings it to the photo's pixels.

Its confidence is k = strength (variance of chroma / mean variance of the guess)^power, the same for
all pixels: the more the cues tell of this photo, the firmer. (Confidences that differ from pixel to
pixel did worse on training pictures: where the guess is most certain a cue is near, and there the
energy knows better still.) So small a confidence acts over some sixty pixels.

With ``agreement`` d > 0 the confidence is lowered where look-alike cues disagree. With m_1 and m_2
the same regression of the cues' CIELAB (a, b) and of their squares, v = m_2 - m_1^2 (summed over a
and b) is the variance of colour among the cues that a pixel resembles, and k is divided by
1 + (v / d^2)^3: a pixel that resembles a red cue as much as a grey one is left to its neighbours.

Reference: C. Rasmussen, C. Williams, "Gaussian Processes for Machine Learning", 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.backend.blas import single_thread
from varcolor.checks import within
from varcolor.energy.prior import Data, Prior
from varcolor.image.color import Space, lab
from varcolor.prior.base import Scene
from varcolor.prior.features import GRID_AREA, Features, features_of, resized, shape_within
from varcolor.prior.kernel import fitted_kernel
from varcolor.prior.points import Points, points_of
from varcolor.prior.regression import Regression
from varcolor.prior.upsample import guided
from varcolor.typing import FloatArray, Shape

#: Cells whose variance is looked at.
_SAMPLE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What depends on the photo alone."""

    scene: Scene
    features: Features
    grid: FloatArray
    """(h, w, F): the features at the cells that are predicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """A guess on the grid."""

    values: FloatArray
    """(h, w, 2): chroma; (h, w, 3) with the part of the confidence that agreement leaves."""
    confidence: float
    """Where all agree."""
    reason: str
    """Why it is trusted as it is, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GP:
    """Places take the colour of those cues that they resemble, near or far.

    Gaussian-process regression of chroma on features of the luma.
    """

    name: ClassVar[str] = "gp"
    needs_cues: ClassVar[bool] = True

    strength: float = 2e-5
    """Confidence of a guess that knows nothing but the mean, 0 to 1e6."""
    power: float = 1.0
    """How fast confidence grows with certainty, -4 to 4."""
    agreement: float = 0.0
    """Standard deviation of colour among look-alike cues, in CIELAB units, at which confidence is
    halved, 0 to 1000; 0: they need not agree."""

    def __post_init__(self) -> None:
        within("agreement", self.agreement, 0.0, 1e3)
        within("strength", self.strength, 0.0, 1e6)
        within("power", self.power, -4.0, 4.0)

    def prepare(self, scene: Scene) -> Prepared:
        """Return the features of a photo."""
        with single_thread():
            features = features_of(scene.luma, scene.visible)
            return Prepared(scene, features, on_grid(features))

    def run(self, prepared: Prepared, cues: Data) -> Prior:
        """Return the guess for at least one cue."""
        with single_thread():
            return self._guess(prepared, cues)

    def _guess(self, prepared: Prepared, cues: Data) -> Prior:
        scene = prepared.scene
        shape = (scene.luma.shape[0], scene.luma.shape[1])
        found = self.coarse(prepared.features, prepared.grid, scene.space, shape, cues)
        full = guided(found.values, prepared.grid[..., 0], scene.luma)
        confidence = np.full(shape, found.confidence)
        if self.agreement:
            confidence *= full[..., 2]
        return Prior(full[..., :2], confidence, reason=found.reason)

    def coarse(
        self, features: Features, grid: FloatArray, space: Space, shape: Shape, cues: Data
    ) -> Coarse:
        """Return the guess on the grid, for at least one cue.

        Parameters
        ----------
        features : Features
            Of the photo.
        grid : ndarray, shape (h, w, F)
            The features at the cells, `on_grid`.
        space : Space
            Working space.
        shape : (int, int)
            Of the photo.
        cues : Data
            What is known.
        """
        kernel = fitted_kernel()
        points = points_of(features, shape, cues.at, cues.weight, cues.values)
        # A cue of weight w has the variance that a guess of confidence w has.
        noise = kernel.noise * points.noise + self.strength * points.softness
        targets = points.values
        if self.agreement:
            targets = np.concatenate([targets, _moments(points, space)], axis=1)
        regression = Regression.of(kernel, points.features, targets, noise)
        flat = grid.reshape(-1, grid.shape[-1])
        found = regression.predict(flat)
        values = np.clip(found[:, :2], points.values.min(axis=0), points.values.max(axis=0))
        sample = flat[:: -(-len(flat) // _SAMPLE)]
        certainty = kernel.variance / float(regression.variance(sample).mean())
        confidence, reason = self.strength * certainty**self.power, ""
        if self.agreement:
            trust = _agreeing(found[:, 2:], self.agreement)
            values = np.column_stack([values, trust])
            reason = _reason(float((trust > 0.5).mean()))
        return Coarse(values.reshape(*grid.shape[:2], -1), confidence, reason)


def _reason(share: float) -> str:
    """Say what the agreement of look-alikes means for a photo."""
    advice = "where a colour is wrong, add a stroke or use the method harmonic"
    if share < 0.005:
        return f"look-alikes are trusted nowhere, for the cues they resemble disagree; {advice}"
    part = f"on {share:.0%} of the photo" if share < 0.995 else "on all of the photo"
    return f"look-alikes are trusted {part}, where the cues they resemble agree; {advice}"


def _moments(points: Points, space: Space) -> FloatArray:
    """Return CIELAB (a, b) of the points and their squares, (M, 4)."""
    ab = lab.split(space.merge(points.features[:, 0], points.values))[1]
    return np.concatenate([ab, ab**2], axis=1)


def _agreeing(moments: FloatArray, width: float) -> FloatArray:
    """Return the factor of the confidence, 0..1, from predicted moments (N, 4)."""
    mean, square = moments[:, :2], moments[:, 2:]
    variance = np.maximum((square - mean**2).sum(axis=1), 0.0)
    return np.asarray(1 / (1 + (variance / width**2) ** 3))


def on_grid(features: Features) -> FloatArray:
    """Return the features (h, w, F) at the cells that are predicted."""
    shape = shape_within((features.visible.shape[0], features.visible.shape[1]), GRID_AREA)
    planes = [resized(plane, shape) for plane in np.moveaxis(features.values, -1, 0)]
    return np.stack(planes, axis=-1)
