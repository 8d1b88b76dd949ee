"""Methods that answer without solving: networks alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from varcolor.energy.prior import Data
from varcolor.methods import make_method
from varcolor.objects.fusion import fused_answer
from varcolor.objects.instance import Instance
from varcolor.options.solve import SolveOptions
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.progress import Stages
from varcolor.prior.base import Scene
from varcolor.prior.saturation import saturated
from varcolor.solve.result import Solution, Status


def answered(
    method: Any,
    inputs: Inputs,
    cues: Data,
    stages: Stages,
    options: SolveOptions | None = None,
    instances: tuple[Instance, ...] = (),
) -> Solution:
    """Return what a method with ``answer`` says: every pixel is reached, nothing was solved.

    Parameters
    ----------
    method : Method
        With ``answer(scene, cues) -> (chroma (H, W, 2), notes)``.
    inputs : Inputs
        The photo; its notes are added to if there are options.
    cues : Data
        What the method is shown; it need not hold them.
    stages : Stages
        Told about the stage ``network``.
    options : SolveOptions, optional
        How objects are fused, and how vivid the answer is; None: as a start, silently.
    instances : tuple of Instance
        The photo's objects, each of which is coloured by itself, too.
    """
    with stages.stage("network", 0.9):
        scene = Scene(inputs.luma, inputs.visible, inputs.space)
        if options is None or not instances or options.fusion == "none":
            chroma, notes = method.answer(scene, cues)
        else:
            chroma, notes = fused_answer(method, scene, cues, instances, options.fusion == "hard")
        if options is not None and options.saturation != "none":
            chroma = saturated(chroma, inputs.luma, inputs.space, options.saturation)
    inputs.notes.extend(() if options is None else notes)
    none = np.zeros(inputs.shape, bool)
    return Solution(chroma, Status.CONVERGED, 0, 0.0, 0.0, (), none)


def network_method(name: str, options: SolveOptions) -> Any:
    """Return a network alone, as the options say, at the proportions of the photo."""
    settings = {"fit": "pad", **options.network(options.threads)}
    method: Any = make_method(name, {})
    return replace(method, **settings)
