"""What a user should know of an outcome, in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from varcolor.energy.prior import Data
from varcolor.image.render import Rendering
from varcolor.methods import Method
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.isolated_cues import drowned
from varcolor.pipeline.run import Solved
from varcolor.solve.result import Status
from varcolor.typing import BoolArray


def of_energy(method: Method, inputs: Inputs, cues: Data, solved: Solved) -> Iterator[str]:
    """Yield where an energy with norms leaves slopes open or gives cues up."""
    solution = solved.solution
    if solution.loose is not None:
        yield (
            f"{solution.loose.sum()} pixels ({solution.loose.mean():.1%}) lie in parts whose "
            "cues are on one line: the slope of colour is free across it, and none was taken; "
            "add a cue beside the line"
        )
    if solved.problem.quadratic or not len(cues.at):
        return
    at = np.stack(np.divmod(cues.at, inputs.shape[1]), axis=1)
    if lost := drowned(at, cues.values, solution.u):
        row, column = lost[0]
        yield (
            f"{len(lost)} cues colour nothing but themselves (the first at column {column}, "
            f"row {row}): {method.name} gives isolated points up; draw strokes, or use the "
            "method auto"
        )


def of_moved(rendering: Rendering) -> Iterator[str]:
    """Yield how many pixels have another luma than the photo."""
    if rendering.moved is not None and rendering.moved.any():
        count = int(rendering.moved.sum())
        yield (
            f"{count} pixels ({count / rendering.moved.size:.1%}): luma lowered, so that their "
            "colour can be shown (luma: fit)"
        )


def of_outcome(
    inputs: Inputs, status: Status, unreached: BoolArray, reduced: BoolArray
) -> Iterator[str]:
    """Yield how many pixels are grey or paler than asked for, and whether the solver converged."""
    visible = np.ones(inputs.shape, bool) if inputs.visible is None else inputs.visible
    count = int(unreached.sum())
    if not len(inputs.cues) and np.array_equal(unreached, visible):
        yield "no cues: the picture stays grey; give it some colours"
    elif count:
        yield (
            f"{count} pixels ({count / unreached.size:.1%}) are reached by no cue: left grey; "
            "put a colour there"
        )
    count = int(reduced.sum())
    if count:
        cued = int(reduced[inputs.cues.at[:, 0], inputs.cues.at[:, 1]].sum())
        yield (
            f"{count} pixels ({count / reduced.size:.1%}), {cued} of them cues: colour "
            "made paler, for sRGB has none so strong at their lightness"
        )
    if status is not Status.CONVERGED:
        yield f"{status}: {status.explanation}"
