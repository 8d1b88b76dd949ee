"""Networks as priors: their chroma, and how far it is trusted at every pixel.

SIGGRAPH17 sees the photo and the cues, and runs again when a cue comes; ECCV16 sees the photo alone
and runs once. Both work without any cue: automatic colouring. The solve holds the cues exactly
whatever the network says, and brings the answer to the photo's edges at its full size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import within
from varcolor.energy.prior import Data, Prior
from varcolor.neural.confidence import deviation, spread, trust
from varcolor.neural.framing import Frame
from varcolor.neural.predict import Prediction, hints_in_lab, lightness
from varcolor.neural.using import NetworkOptions, bins_of, forward
from varcolor.prior.base import Scene
from varcolor.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a network needs of a photo, and what it says of it without cues."""

    scene: Scene
    net: Any
    frame: Frame
    light: FloatArray
    """(H, W): L* of the network's picture."""
    alone: Prediction | None
    """Its answer, where that does not depend on cues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Siggraph17(NetworkOptions):
    """What the network SIGGRAPH17 expects from the photo and the cues.

    Needs the extra ``neural`` and a file of weights.
    """

    name: ClassVar[str] = "siggraph17"
    needs_cues: ClassVar[bool] = False

    strength: float = 3e-5
    """Confidence where an error of 10 units of a* and b* is predicted, 0 to 1e6."""
    power: float = 4.0
    """How fast confidence grows with certainty, 0 to 8."""
    near: float = 8.0
    """Distance from a cue, in pixels of the network, at which confidence is halved; 0: none."""

    def __post_init__(self) -> None:
        NetworkOptions.__post_init__(self)
        within("strength", self.strength, 0.0, 1e6)
        within("power", self.power, 0.0, 8.0)
        within("near", self.near, 0.0, 1e4)

    def prepare(self, scene: Scene) -> Prepared:
        """Return what depends on the photo alone."""
        net = self.load(self.name)
        shape = (scene.luma.shape[0], scene.luma.shape[1])
        frame = Frame.of(shape, self.net_size, self.fit)
        return Prepared(scene, net, frame, lightness(scene.luma, scene.space, frame), None)

    def run(self, prepared: Prepared, cues: Data) -> Prior:
        """Return the prior for these cues; none are needed."""
        scene, frame = prepared.scene, prepared.frame
        if not len(cues.at):
            found = self.answered(prepared, None, None)
            return self.trusted(prepared, found, np.zeros(frame.inner, bool))
        own = (frame, cues.at, cues.weight, cues.values)
        ab, mask = hints_in_lab(*own, scene.luma, scene.space)
        found = self.answered(prepared, ab, mask)
        return self.trusted(prepared, found, frame.leave(mask) > 0)

    def answered(
        self, prepared: Prepared, ab: FloatArray | None, mask: FloatArray | None
    ) -> Prediction:
        """Return the network's answer to hints in its picture."""
        frame = prepared.frame
        chroma, shares = forward(prepared.net, prepared.light, ab, mask)
        return Prediction(frame, frame.leave(prepared.light), frame.leave(chroma), shares)

    def trusted(self, prepared: Prepared, found: Prediction, hinted: BoolArray) -> Prior:
        """Return an answer with its confidences at the photo's size."""
        scene = prepared.scene
        sigma = predicted_error(found, prepared.net)
        k = trust(sigma, hinted, self.strength, self.power, self.near)
        middle = float(np.median(sigma))
        reason = f"{self.name}: predicted errors of {middle:.0f} units of a* and b* in the median"
        notes = "; ".join([reason, *getattr(prepared.net, "notes", ())])
        return found.as_prior(scene.space, scene.luma, k, notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eccv16(Siggraph17):
    """What the network ECCV16 expects from the photo alone; cues only overrule it."""

    name: ClassVar[str] = "eccv16"

    temperature: float = 0.38
    """T of the annealed mean; 1: the network's own output."""

    def __post_init__(self) -> None:
        Siggraph17.__post_init__(self)
        within("temperature", self.temperature, 1e-3, 1e3)

    def prepare(self, scene: Scene) -> Prepared:
        """Return the network's answer: it does not depend on cues."""
        own = Siggraph17.prepare(self, scene)
        chroma, shares = forward(own.net, own.light, temperature=self.temperature)
        leave = own.frame.leave
        alone = Prediction(own.frame, leave(own.light), leave(chroma), shares)
        return Prepared(scene, own.net, own.frame, own.light, alone)

    def answered(
        self, prepared: Prepared, ab: FloatArray | None, mask: FloatArray | None
    ) -> Prediction:
        """Return the answer that is there already."""
        assert prepared.alone is not None
        return prepared.alone


def predicted_error(found: Prediction, net: Any) -> FloatArray:
    """Return the predicted standard deviation of a* and b* (h, w) at the inner size."""
    frame, shares = found.frame, found.shares
    if shares is None:
        return np.full(frame.inner, 10.0)
    size = frame.outer[0] // shares.shape[0]
    ab = np.stack([_cells(frame.bordered(found.ab[..., k]), size) for k in range(2)], axis=2)
    squares = spread(shares, bins_of(net, shares.shape[2]), ab)
    # In logarithms: a wrong region beside a right one does not leak into it.
    return np.exp(frame.leave_cells(np.log(deviation(squares)), size))


def _cells(plane: FloatArray, size: int) -> FloatArray:
    """Return means over cells of ``size`` x ``size`` pixels."""
    height, width = plane.shape
    blocks = plane.reshape(height // size, size, width // size, size)
    return np.asarray(blocks.mean(axis=(1, 3)))
