"""The object that a recolouring changes, found with the solver of the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varcolor.image.color import oklab
from varcolor.image.luma import row_blocks
from varcolor.methods.quadratic import Harmonic
from varcolor.options.solve import SolveOptions
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.object_share import share_of_object
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.run import chosen_solver
from varcolor.typing import FloatArray


def find_object(inputs: Inputs, options: SolveOptions, stages: Stages) -> tuple[Inputs, FloatArray]:
    """Return the inputs without the cues to keep, and the share (H, W) of the painted object.

    Parameters
    ----------
    inputs : Inputs
        Photo and cues.
    options : SolveOptions
        Threads, memory and backend of the search.
    stages : Stages
        Told about the stage ``object``.
    """
    height, width = inputs.shape
    own = replace(options, solver="auto")
    solver = chosen_solver(inputs, Harmonic(), own, height * width, stages)
    with stages.stage("object", 0.3):
        lab = np.empty((height, width, 3))
        for rows in row_blocks(height, width):
            lab[rows, :, 0], lab[rows, :, 1:] = oklab.split(inputs.photo.as_float(rows))
        flat, keep = inputs.cues.flat, inputs.cues.keep
        share = share_of_object(lab, inputs.visible, flat[~keep], flat[keep], solver)
    part = (share > 0.5).mean()
    amount = f"{part:.0%}" if part >= 0.01 else f"{part:.2%}"
    inputs.notes.append(
        f"one thing was recoloured: {amount} of the photo; whole (--whole) colours everything"
    )
    return replace(inputs, cues=inputs.cues.select(~keep)), share
