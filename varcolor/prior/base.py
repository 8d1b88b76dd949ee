"""What makes a prior, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from varcolor.energy.prior import Data, Prior
from varcolor.image.color import Space
from varcolor.registry import Registry
from varcolor.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A photo, before anything is known of its colours."""

    luma: FloatArray
    """(H, W), 0..1, in the working space."""
    visible: BoolArray | None
    """(H, W); None = everything."""
    space: Space
    """Working space."""


class Source(Protocol):
    """A way to guess the chroma of a photo; its options are the fields of a frozen dataclass.

    Sources that are equal prepare the same.
    """

    name: ClassVar[str]
    needs_cues: ClassVar[bool]
    """False: it colours a photo without any cue."""

    @property
    def strength(self) -> float:
        """What the confidences are proportional to."""
        ...

    def prepare(self, scene: Scene) -> Any:
        """Do what depends on the photo alone; once a photo."""
        ...

    def run(self, prepared: Any, cues: Data) -> Prior:
        """Return the guess for these cues: at least one, if it needs any."""
        ...


PRIORS: Registry[type[Source]] = Registry(
    "prior",
    {
        "gp": "varcolor.prior.gp:GP",
        "agreed": "varcolor.prior.agreed:Agreed",
        "learned": "varcolor.prior.learned.prior:Learned",
        "trained": "varcolor.neural.trained:Trained",
        "reference": "varcolor.prior.reference:Reference",
        "siggraph17": "varcolor.neural.prior:Siggraph17",
        "eccv16": "varcolor.neural.prior:Eccv16",
        "global-hints": "varcolor.neural.global_prior:GlobalHints",
    },
)
