"""Methods that answer without solving: networks alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from varcolor.energy.prior import Data
from varcolor.methods import make_method
from varcolor.options.solve import SolveOptions
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.progress import Stages
from varcolor.prior.base import Scene
from varcolor.solve.result import Solution, Status


def answered(
    method: Any, inputs: Inputs, cues: Data, stages: Stages, silent: bool = False
) -> Solution:
    """Return what a method with ``answer`` says: every pixel is reached, nothing was solved.

    Parameters
    ----------
    method : Method
        With ``answer(scene, cues) -> (chroma (H, W, 2), notes)``.
    inputs : Inputs
        The photo; its notes are added to.
    cues : Data
        What the method is shown; it need not hold them.
    stages : Stages
        Told about the stage ``network``.
    silent : bool
        Whether its notes are left out.
    """
    with stages.stage("network", 0.9):
        chroma, notes = method.answer(Scene(inputs.luma, inputs.visible, inputs.space), cues)
    inputs.notes.extend(() if silent else notes)
    none = np.zeros(inputs.shape, bool)
    return Solution(chroma, Status.CONVERGED, 0, 0.0, 0.0, (), none)


def network_method(name: str, options: SolveOptions) -> Any:
    """Return a network alone, as the options say, at the proportions of the photo."""
    settings = {"fit": "pad", **options.network(options.threads)}
    method: Any = make_method(name, {})
    return replace(method, **settings)
