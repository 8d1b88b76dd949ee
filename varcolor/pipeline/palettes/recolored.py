"""Main colours of a photo changed: the change is solved for, so that gradients and edges stay.

What is wanted of every pixel (`varcolor.palette.shift`) is a soft cue of the change of its chroma
in Oklab; the result is the photo plus the solution (`solved`): what varies within a part of the
photo goes on varying. Pixels of locked colours are exact cues: no change.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.jit.precompile import load
from varcolor.energy.problem import ProblemSummary
from varcolor.errors import InputError
from varcolor.image.color import oklab
from varcolor.options.recolor import RecolorOptions
from varcolor.palette.plan import described
from varcolor.palette.wanted import oklab_planes
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.palettes.changes import change_of
from varcolor.pipeline.palettes.drawn import drawn, snapped
from varcolor.pipeline.palettes.solved import Solves, chroma_change, luma_change
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.result import Result
from varcolor.pipeline.run import free_bytes
from varcolor.solve.selection import choose, load_kernels

#: Bytes per pixel that the change takes beside the solver.
PALETTE_BYTES = 90.0


def recolor_palette(inputs: Inputs, options: RecolorOptions, stages: Stages) -> Result:
    """Return the photo in another palette.

    Parameters
    ----------
    inputs : Inputs
        A colour photo, without cues.
    options : RecolorOptions
        Which colours become which, and what becomes of the luma.
    stages : Stages
        Told about the stages ``palette``, ``solve`` and ``colour``.

    Raises
    ------
    InputError
        If there are cues, a colour is not in the photo, or a reference is grey.
    """
    if len(inputs.cues):
        raise InputError("strokes and a palette cannot be used at once: recolour the result again")
    height, width = inputs.shape
    problem = ProblemSummary(height * width, beside=PALETTE_BYTES)
    free = free_bytes(inputs, options)
    solver, _ = choose(options.solver, problem, options.threads, free=free)
    load_kernels(solver, problem, stages.announce)
    load("palette", stages.announce)
    with stages.stage("palette", 0.2):
        change = change_of(inputs.photo, options)
        backend = CpuBackend(options.threads)
        lab = oklab_planes(inputs.photo, backend)
        wanted, sure = change.wanted(lab, backend)
        keep = np.isinf(sure)
    solves, light = Solves(inputs, solver), options.palette_luma == "move" and not options.snap
    with stages.stage("solve", 0.8):
        whole = options.moves_luma and not light
        found = chroma_change(solves, lab, wanted, sure, whole)
        moved = luma_change(solves, lab, wanted[0], sure) if light else None
    del wanted, sure
    with stages.stage("colour", 1.0):
        gray, by = None, found.u
        if moved is not None:
            before = inputs.space.gray_of_luma(inputs.luma)
            gray = np.clip(before + moved, 0.0, 1.0)
            step = oklab.luma_of_gray(gray) - oklab.luma_of_gray(before)
            by = np.concatenate([by, step[..., None].astype(by.dtype)], axis=2)
        picture, chroma, reduced = drawn(inputs, lab, by, keep, gray, options.threads)
        if options.snap and change.plan is not None:
            picture = snapped(picture, change.plan, keep)
    if reduced > 0.01:
        inputs.notes.append(
            f"sRGB does not have the new colour at the luma of {reduced:.0%} of the pixels: it is "
            "paler there; palette_luma (--palette-luma move) moves the luma, too"
        )
    if change.plan is not None and not change.plan.changes:
        inputs.notes.append("the palette changes no colour")
    said = tuple(inputs.notes)
    return Result(
        picture=replace(picture, meta=replace(picture.meta, notes=said)),
        chroma=chroma,
        space=inputs.space.name,
        method="harmonic",
        status=found.status,
        steps=found.steps,
        residual=found.residual,
        error=found.error,
        seconds=stages.finished(),
        energies=found.energies,
        solver=solver.name,
        backend="cpu",
        notes=said,
        untouched=keep if inputs.visible is None else keep | ~inputs.visible,
        palette=() if change.plan is None else tuple(described(change.plan)),
    )
