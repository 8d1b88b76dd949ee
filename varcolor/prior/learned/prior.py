"""The prior `learned`: chroma guessed by our own network and from the photo's own cues.

The network's maps are made once a photo; a stroke costs one regression. Cues become points as in
the prior `gp`. Without any cue the answer is the network's mean chroma.

The confidence is k = strength (UNIT^2 / v)^power at every pixel, v the variance of a* and of b*
that is predicted there: firm where the cues tell much. With ``agreement`` d > 0 it is divided by
1 + (q / d^2)^3, q the spread of colour among the cues that the pixel resembles: as in the prior
`agreed`, a pixel that resembles a red cue as much as a grey one is left to its neighbours. The same
v makes intervals (`varcolor.prior.learned.intervals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from varcolor.backend.blas import single_thread
from varcolor.checks import within
from varcolor.energy.prior import Data, Prior
from varcolor.image.color import Space, lab
from varcolor.prior.base import Scene
from varcolor.prior.learned.covariance import EACH, SCALE
from varcolor.prior.learned.network import Network, read_network, shipped_network
from varcolor.prior.learned.planes import HAND_MADE, Planes, planes_of
from varcolor.prior.learned.regression import Places, predicted
from varcolor.prior.points import CUE_PIXELS, groups_of
from varcolor.prior.upsample import guided
from varcolor.typing import Array, FloatArray

#: Predicted deviation at which the confidence is ``strength``, in units of a* and b*.
UNIT = 10.0
#: A point's noise in units of the kernel's, at least and at most: as in training.
_LEAST_NOISE, _MOST_NOISE = 0.5, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What depends on the photo alone."""

    scene: Scene
    planes: Planes
    network: Network
    maps: Array
    """(h, w, M): see `Network.maps`."""
    places: Places
    """All cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Places take the colour of the cues that they resemble, and what photos of their kind have.

    A small network of our own, trained on photos in colour, that comes with varcolor and needs no
    PyTorch.
    """

    name: ClassVar[str] = "learned"
    needs_cues: ClassVar[bool] = False

    strength: float = 3e-4
    """Confidence where an error of 10 units of a* and of b* is predicted, 0 to 1e6."""
    power: float = 1.0
    """How fast confidence grows with certainty, 0 to 4."""
    agreement: float = 0.0
    """Standard deviation of colour among look-alike cues, in CIELAB units, at which confidence is
    halved, 0 to 1000; 0: they need not agree."""
    weights: str = ""
    """File of the network, made by ``varcolor train learned``; empty: it comes with varcolor."""

    def __post_init__(self) -> None:
        within("strength", self.strength, 0.0, 1e6)
        within("power", self.power, 0.0, 4.0)
        within("agreement", self.agreement, 0.0, 1e3)

    def prepare(self, scene: Scene) -> Prepared:
        """Return the network's maps of a photo."""
        network = read_network(Path(self.weights)) if self.weights else shipped_network()
        return prepared_with(network, scene)

    def run(self, prepared: Prepared, cues: Data) -> Prior:
        """Return the guess; cues are not needed."""
        with single_thread():
            return self._guess(prepared, cues)

    def _guess(self, prepared: Prepared, cues: Data) -> Prior:
        scene, planes = prepared.scene, prepared.planes
        points, values, noise = self._points(prepared, cues)
        covariance = prepared.network.covariance
        chroma, variance, alike = predicted(covariance, points, values, noise, prepared.places)
        # Nothing is guessed that is more colourful than the cues and the network's own mean.
        known = np.concatenate([values, prepared.places.mean])
        chroma = np.clip(chroma, known.min(axis=0), known.max(axis=0)) * SCALE
        luma = _cells(scene.luma, planes)
        guess = _from_lab(chroma.reshape(*luma.shape, 2).astype(np.float64), luma, scene.space)
        spread = 0.5 * np.log(variance.reshape(*luma.shape, 1).astype(np.float64)) + np.log(SCALE)
        trust = np.ones_like(spread)
        if self.agreement:
            part = alike.reshape(spread.shape) * (SCALE / self.agreement) ** 2
            trust = 1 / (1 + part.astype(np.float64) ** 3)
        full = guided(np.concatenate([guess, spread, trust], axis=2), luma, scene.luma)
        deviation = np.exp(full[..., 2])
        confidence = self.strength * (UNIT / deviation) ** (2 * self.power)
        confidence *= np.clip(full[..., 3], 0.0, 1.0)
        middle = float(np.median(deviation))
        reason = f"learned: predicted errors of {middle:.0f} units of a* and b* in the median"
        return Prior(
            full[..., :2], confidence, reason=reason, deviation=deviation, points=len(values)
        )

    def _points(self, prepared: Prepared, cues: Data) -> tuple[Places, FloatArray, FloatArray]:
        """Return the points of cues, their chroma in the network's units, and their noise."""
        scene, planes = prepared.scene, prepared.planes
        if not len(cues.at):
            return prepared.places, np.empty((0, 2)), np.empty(0)
        shape = (scene.luma.shape[0], scene.luma.shape[1])
        # The pixels of a hint are one point, although its colour came through sRGB and was rounded.
        alike = np.round(cues.values, 3 if scene.space.name == lab.name else 5)
        groups = groups_of(planes.reference, shape, cues.at, alike)
        small, grid = planes.reference, prepared.maps.shape[:2]
        rows = np.minimum(groups.rows * grid[0] // small[0], grid[0] - 1)
        columns = np.minimum(groups.columns * grid[1] // small[1], grid[1] - 1)

        def mean(of_cues: Array) -> FloatArray:
            sums = [np.bincount(groups.group, column) for column in of_cues.T]
            return np.asarray(np.stack(sums, axis=1) / groups.count[:, None])

        hand_made = np.concatenate(
            [planes.values[rows, columns, :HAND_MADE], planes.position[rows, columns]], axis=1
        )
        places = _places(prepared.network, mean(hand_made), mean(prepared.maps[rows, columns]))
        luma, chroma = scene.luma.ravel()[cues.at, None], mean(cues.values)
        ab = lab.split(scene.space.merge(mean(luma)[:, 0], chroma))[1]
        noise = prepared.network.covariance.noise * np.clip(
            CUE_PIXELS / groups.area, _LEAST_NOISE, _MOST_NOISE
        )
        softness = mean(1 / cues.weight[:, None])[:, 0]
        # A cue of weight w has the variance that a guess of confidence w has.
        noise = noise + self.strength * softness * (UNIT / SCALE) ** 2
        return places, ab / SCALE, noise


def prepared_with(network: Network, scene: Scene) -> Prepared:
    """Return a network's maps of a photo."""
    with single_thread():
        planes = planes_of(scene.luma, scene.visible, scene.space)
        maps = network.maps(planes.values, planes.position)
        flat = maps.reshape(-1, maps.shape[2])
        features = np.concatenate([planes.values[..., :HAND_MADE], planes.position], axis=2)
        places = _places(network, features.reshape(len(flat), -1), flat)
        return Prepared(scene, planes, network, maps, places)


def _places(network: Network, hand_made: FloatArray, maps: Array) -> Places:
    """Return places from their features and maps, (N, F) and (N, M)."""
    embedded = network.covariance.embedded(hand_made, maps[:, : 3 * EACH])
    mean, amplitude = maps[:, 3 * EACH : 3 * EACH + 2], np.exp(maps[:, 3 * EACH + 2])
    single = np.float32
    return Places(embedded.astype(single), amplitude.astype(single), mean.astype(single))


def _cells(luma: FloatArray, planes: Planes) -> FloatArray:
    """Return the luma of the cells, in the working space."""
    from varcolor.prior.features import resized

    return resized(luma, (planes.values.shape[0], planes.values.shape[1]))


def _from_lab(ab: FloatArray, luma: FloatArray, space: Space) -> FloatArray:
    """Return a* and b* as chroma of the working space, where its luma is given."""
    if space.name == lab.name:
        return ab
    light = lab.luma_of_gray(space.gray_of_luma(luma))
    return space.split(lab.merge(light, ab))[1]
