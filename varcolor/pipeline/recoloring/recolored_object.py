"""The object that a recolouring changes, found with the solver of the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varcolor.energy.problem import ProblemSummary
from varcolor.image.color import oklab
from varcolor.image.luma import row_blocks
from varcolor.options.solve import SolveOptions
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.recoloring.object_share import share_of_object
from varcolor.pipeline.run import free_bytes
from varcolor.solve.selection import choose, load_kernels
from varcolor.typing import FloatArray

#: Bytes per pixel that the search takes beside the solver.
OBJECT_BYTES = 150.0


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
    problem = ProblemSummary(height * width, beside=OBJECT_BYTES)
    solver, _ = choose("auto", problem, options.threads, free=free_bytes(inputs, options))
    load_kernels(solver, problem, stages.announce)
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
