"""From the chroma that was found to the picture: rendered, with notes, and checked."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from varcolor.backend import Backend
from varcolor.energy.prior import Data, Prior
from varcolor.errors import ConvergenceError, ConvergenceWarning
from varcolor.image.render import Rendering, render
from varcolor.methods import Method
from varcolor.options.solve import SolveOptions
from varcolor.pipeline import notes
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.lightness import far_colors
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.result import Result
from varcolor.pipeline.run import Solved
from varcolor.solve.result import Status
from varcolor.typing import Array, BoolArray, FloatArray


def finish(
    inputs: Inputs,
    method: Method,
    cues: Data,
    prior: Prior | None,
    solved: Solved,
    options: SolveOptions,
    stages: Stages,
    share: FloatArray | None = None,
) -> Result:
    """Return the coloured picture and how it came about.

    Parameters
    ----------
    inputs, method, cues, prior, solved
        What was known, and what was found.
    options : SolveOptions
        What becomes of the luma, and how many threads render.
    stages : Stages
        Told about the stage ``colour``.
    share : ndarray, shape (H, W), optional
        How much of the photo's own chroma goes at every pixel, 0..1; default: all of it.
    """
    solution = solved.solution
    inputs.notes.extend(notes.of_energy(method, inputs, cues, solved))
    chroma, keep = _with_own(inputs, solution.u, solved.outside, share)
    with stages.stage("colour", 1.0):
        there = solution.on_device if share is None and options.luma == "keep" else None
        rendering = _rendered(inputs, solved.backend, there, chroma, keep, options)
    inputs.notes.extend(notes.of_moved(rendering))
    inputs.notes.extend(far_colors(inputs.cues, inputs.luma, rendering, inputs.space))
    unreached = solution.unreached & ~keep
    inputs.notes.extend(notes.of_outcome(inputs, solution.status, unreached, rendering.reduced))
    said = tuple(inputs.notes)
    invisible = False if inputs.visible is None else ~inputs.visible
    return Result(
        picture=replace(rendering.picture, meta=replace(rendering.picture.meta, notes=said)),
        chroma=chroma,
        space=inputs.space.name,
        method=method.name,
        status=solution.status,
        steps=solution.steps,
        residual=solution.residual,
        error=solution.error,
        seconds=stages.finished(),
        energies=solution.energies,
        solver=solved.solver,
        backend=solved.backend.name,
        notes=said,
        gap=solution.gap,
        untouched=keep | solution.unreached | invisible,
        choice="" if prior is None else prior.reason,
        deviation=_deviation(prior),
        points=0 if prior is None else prior.points,
    )


def _deviation(prior: Prior | None) -> Array | None:
    """Return the predicted deviation of a prior that has one."""
    if prior is None or prior.deviation is None:
        return None
    return prior.deviation.astype(np.float32)


def settle_miss(result: Result, on_miss: str, callers: int = 4) -> Result:
    """Return the result, if a missed tolerance allows it.

    Parameters
    ----------
    result : Result
        What was found.
    on_miss : {"warn", "raise", "ignore"}
        What a missed tolerance means.
    callers : int
        How many calls up the user's line is that a warning names.

    Raises
    ------
    ConvergenceError
        If the tolerance was not met or verified, and ``on_miss`` is ``"raise"``.
    """
    if result.status is Status.CONVERGED or on_miss == "ignore":
        return result
    message = f"{result.picture.meta.source}: {result.status}: {result.status.explanation}"
    if on_miss == "raise":
        raise ConvergenceError(message)
    warnings.warn(message, ConvergenceWarning, stacklevel=callers)
    return result


def _with_own(
    inputs: Inputs, chroma: Array, outside: BoolArray | None, share: FloatArray | None
) -> tuple[Array, BoolArray]:
    """Return the chroma with the photo's own where that is kept, and where it is, (H, W)."""
    photo = inputs.photo
    keep = np.zeros(photo.shape, bool) if outside is None else outside
    if share is not None:
        keep = share == 0
    keep.flat[inputs.cues.flat[inputs.cues.keep]] = True
    if not photo.is_gray:
        keep.flat[inputs.cues.protected] = True
    own = keep if share is None else share < 1
    if own.any():
        chroma = chroma.copy()
        there = inputs.space.split(photo.pixels[own] / photo.maximum)[1]
        part = 0.0 if share is None else share[own, None]
        chroma[own] = there + part * (chroma[own] - there)
    return chroma, keep


def _rendered(
    inputs: Inputs,
    backend: Backend,
    there: Any,
    chroma: Array,
    keep: BoolArray,
    options: SolveOptions,
) -> Rendering:
    """Return the coloured picture; ``there`` is the chroma on the device that found it."""
    photo, luma, space = inputs.photo, inputs.luma, inputs.space
    if not backend.on_host and there is not None:
        with suppress(MemoryError):
            return render(photo, luma, there, space, keep, backend=backend)
    fit = options.luma == "fit"
    return render(photo, luma, chroma, space, keep, options.threads, fit)
