"""Networks alone, as the originals run them: to compare with.

The photo is squashed to a square, the network sees it with the cues as hints, and its a* and b* are
enlarged bilinearly. Nothing is solved: colours of cues may drift, and colours cross edges that the
small picture does not show. Rounding of the small answer to 8 bits, which the originals do before
they enlarge it, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from varcolor.energy.prior import Data
from varcolor.energy.problem import Term
from varcolor.neural.framing import Frame
from varcolor.neural.predict import Prediction, hints_in_lab, lightness
from varcolor.neural.using import NetworkOptions, taken_by
from varcolor.prior.base import Scene
from varcolor.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone(NetworkOptions):
    """What both methods share."""

    prior: ClassVar[str] = "none"
    name: ClassVar[str] = ""

    fit: str = "squash"
    """squash: a square, as the originals do; pad: proportions are kept, with a reflected border."""

    def terms(self, guide: FloatArray, visible: BoolArray | None) -> tuple[Term, ...]:
        """Return none: there is no energy."""
        return ()

    def answer(self, scene: Scene, cues: Data) -> tuple[FloatArray, tuple[str, ...]]:
        """Return the chroma (H, W, 2) in the units of the scene's space, and notes."""
        net = self.load(self.name)
        frame = Frame.of((scene.luma.shape[0], scene.luma.shape[1]), self.net_size, self.fit)
        light = lightness(scene.luma, scene.space, frame)
        ab, used = self._network(net, frame, light, scene, cues)
        found = Prediction(frame, frame.leave(light), frame.leave(ab), None)
        chroma = found.chroma(scene.space, scene.luma, along_luma=False)
        notes = [*getattr(net, "notes", ())]
        if len(cues.at):
            notes.append(
                f"the network {self.name} alone: "
                + ("colours of cues may drift" if used else "it takes no cues, they are ignored")
                + f"; --prior {self.name} keeps them"
            )
        return chroma, tuple(notes)

    def _network(
        self, net: Any, frame: Frame, light: FloatArray, scene: Scene, cues: Data
    ) -> tuple[FloatArray, bool]:
        """Return a*, b* (H, W, 2), and whether cues had a say."""
        if not len(cues.at):
            return net.chroma(light), True
        own = (frame, cues.at, cues.weight, cues.values)
        return net.chroma(light, *hints_in_lab(*own, scene.luma, scene.space)), True


@dataclass(frozen=True, slots=True, kw_only=True)
class Siggraph17Alone(Alone):
    """The network SIGGRAPH17 alone, cues as its hints; they may drift. To compare with."""

    name: ClassVar[str] = "siggraph17"


@dataclass(frozen=True, slots=True, kw_only=True)
class Eccv16Alone(Alone):
    """The network ECCV16 alone; cues are ignored. To compare with."""

    name: ClassVar[str] = "eccv16"

    temperature: float = 0.38
    """T of the annealed mean; 1: the network's own output."""

    def _network(
        self, net: Any, frame: Frame, light: FloatArray, scene: Scene, cues: Data
    ) -> tuple[FloatArray, bool]:
        own = taken_by(net, {"temperature": self.temperature})
        return net.chroma(light, **own), False
