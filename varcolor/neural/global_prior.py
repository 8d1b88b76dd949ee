"""The network of global hints as a prior: a histogram of colours, as of a reference picture.

Its answer has no distribution: one confidence for all pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import within
from varcolor.energy.prior import Data, Prior
from varcolor.errors import InputError
from varcolor.image.color import lab
from varcolor.image.picture import PictureLike, as_picture
from varcolor.neural.framing import Frame
from varcolor.neural.networks.bins import hull_bins, hull_histogram
from varcolor.neural.predict import Prediction, lightness
from varcolor.neural.using import NetworkOptions
from varcolor.prior.base import Scene
from varcolor.prior.features import resized
from varcolor.typing import FloatArray

#: Cells a side that a reference is averaged over.
_CELLS = 64


@dataclass(frozen=True, slots=True, eq=False)
class GlobalHint:
    """What the network is told of the colours of the whole picture."""

    histogram: FloatArray
    """(313,): shares of the bins."""
    saturation: float | None = None
    """Mean saturation of HSV, 0..1; None: it is not told."""

    @classmethod
    def of(cls, picture: PictureLike) -> GlobalHint:
        """Return the hint of a reference picture in colour: over 64 x 64 cells.

        Raises
        ------
        InputError
            If it is grey.
        """
        found = as_picture(picture, "the reference")
        if found.is_gray:
            raise InputError(f"{found.meta.source}: is grey; a reference needs colours")
        rgb = found.as_float()
        planes = [resized(rgb[..., k], (_CELLS, _CELLS)) for k in range(3)]
        ab = lab.split(np.clip(np.stack(planes, axis=2), 0, 1))[1]
        high, low = rgb.max(axis=2), rgb.min(axis=2)
        share = np.divide(high - low, high, out=np.zeros_like(high), where=high > 0)
        return cls(hull_histogram(ab), float(share.mean()))

    @classmethod
    def of_shares(cls, ab: FloatArray, shares: FloatArray, saturation: float | None) -> GlobalHint:
        """Return the hint of colours (N, 2) with shares (N,): each counts for its nearest bin."""
        distance = ((ab[:, None] - hull_bins()[None]) ** 2).sum(axis=2)
        histogram = np.bincount(distance.argmin(axis=1), shares, len(hull_bins()))
        return cls(histogram / histogram.sum(), saturation)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalHints(NetworkOptions):
    """What the network of global hints expects: colours like those of a reference picture.

    Without a reference: automatic colouring. Needs the extra ``neural`` and a file of weights.
    """

    name: ClassVar[str] = "global-hints"
    needs_cues: ClassVar[bool] = False

    strength: float = 1e-4
    """Confidence, 0 to 1e6."""
    reference: PictureLike | None = None
    """A colour picture, whose histogram and saturation are taken; None: automatic."""
    hint: GlobalHint | None = None
    """Histogram and saturation themselves."""

    def __post_init__(self) -> None:
        NetworkOptions.__post_init__(self)
        within("strength", self.strength, 0.0, 1e6)

    def prepare(self, scene: Scene) -> Prior:
        """Return the prior: it does not depend on cues."""
        found, notes = self.predict(scene)
        k = np.full(found.frame.inner, self.strength)
        alone = self.hint is None and self.reference is None
        kind = "automatic" if alone else "colours of a histogram"
        reason = "; ".join([f"{self.name}: {kind}", *notes])
        return found.as_prior(scene.space, scene.luma, k, reason)

    def run(self, prepared: Prior, cues: Data) -> Prior:
        """Return the prior."""
        return prepared

    def predict(self, scene: Scene) -> tuple[Prediction, tuple[str, ...]]:
        """Return the network's answer, and notes."""
        net: Any = self.load(self.name)
        frame = Frame.of((scene.luma.shape[0], scene.luma.shape[1]), self.net_size, self.fit)
        light = lightness(scene.luma, scene.space, frame)
        hint = self.hint
        if hint is None and self.reference is not None:
            hint = GlobalHint.of(self.reference)
        own = {}
        if hint is not None:
            own = {"histogram": hint.histogram, "saturation": hint.saturation}
        ab = np.asarray(net.chroma(light, **own))
        found = Prediction(frame, frame.leave(light), frame.leave(ab), None)
        return found, tuple(getattr(net, "notes", ()))
