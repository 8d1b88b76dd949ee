"""Time, memory and iterations of whole calls on a small photo."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
from PIL import Image

import varcolor as vc

_METHODS = {
    "S8": vc.Harmonic(affinity="levin-sym"),
    "default": vc.Harmonic(),
    "LEV": vc.Levin(),
    "G4": vc.Harmonic(affinity="gauss4", floor=1e-6),
}
_SIDE = 256


def photo() -> tuple[Any, vc.Cues]:
    """Return a grey photo of 256 x 256 and its own colours at every sixteenth pixel."""
    path = resources.files("skimage") / "data" / "astronaut.png"
    with path.open("rb") as file:
        truth = np.asarray(Image.open(file).convert("RGB").resize((_SIDE, _SIDE)))
    rows, columns = np.mgrid[8:_SIDE:16, 8:_SIDE:16].reshape(2, -1)
    gray = vc.to_gray(truth)
    return gray, vc.Cues.from_points(gray, np.column_stack([columns, rows]), truth[rows, columns])


class Solve:
    """`varcolor.colorize` by system, with our own solver."""

    params = tuple(_METHODS)
    param_names = ("system",)
    timeout = 120

    def setup(self, system: str) -> None:
        """Load the photo."""
        self.photo, self.cues = photo()

    def run(self, system: str) -> vc.Result:
        """Colour the photo."""
        return vc.colorize(self.photo, self.cues, method=_METHODS[system], solver="multigrid")

    def time_colorize(self, system: str) -> None:
        """Seconds of a call, after asv's warm-up."""
        self.run(system)

    def peakmem_colorize(self, system: str) -> None:
        """Peak memory of the process."""
        self.run(system)

    def track_steps(self, system: str) -> int:
        """Iterations: they do not depend on the machine."""
        return self.run(system).steps
