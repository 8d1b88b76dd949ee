"""Main colours of a photo changed: the change is solved for, so that gradients and edges stay.

E(d) = sum over edges of w_rs |d_r - d_s|^2 + sum_r k_r |d_r - t_r|^2, with d the change of chroma
in Oklab, t the change that is wanted where a pixel has a main colour, k how sure that is
(`varcolor.palette.shift`), and weights that are small across edges of luma and colour. The result
is the photo plus d: what varies within a part of the photo goes on varying. Pixels of locked
colours are exact cues d = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from varcolor.energy.color_weights import color_weights
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import InputError
from varcolor.image.color import oklab
from varcolor.image.gamut import reduce_chroma
from varcolor.image.luma import rounded_gray, row_blocks
from varcolor.image.picture import Picture, as_picture
from varcolor.image.render import render
from varcolor.options.recolor import RecolorOptions
from varcolor.palette.extract import main_colors
from varcolor.palette.files import read_palette
from varcolor.palette.histogram import color_cells
from varcolor.palette.kmeans import nearest
from varcolor.palette.palette import Palette, from_oklab, to_oklab
from varcolor.palette.plan import Plan, described, is_changes, parse_changes
from varcolor.palette.schemes import scheme_of
from varcolor.palette.shift import ChromaTable, parts_of, shift_of
from varcolor.palette.transport import chroma_map
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.result import Result
from varcolor.pipeline.run import free_bytes
from varcolor.solve.result import Solution
from varcolor.solve.selection import choose, load_kernels
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import Array, BoolArray, FloatArray

#: Bytes per pixel that the change takes beside the solver.
PALETTE_BYTES = 150.0
#: What Oklab's lightness and chroma count in the weights, and the smallest weight.
_GUIDE, _FLOOR = (0.7, 2.5, 2.5), 1e-4
#: Tolerance of the change, in 1/255.
_TOLERANCE = 0.25
_Wanted = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """What is wanted of every colour."""

    wanted: _Wanted
    """From pixels (..., 3) of Oklab to changes (..., 3) and confidences (...)."""
    plan: Plan | None
    """None for a transfer of histograms."""

    def locked(self, lab: FloatArray) -> BoolArray:
        """Return which pixels (...) of Oklab (..., 3) stay bit for bit."""
        if self.plan is None or not self.plan.locked.any():
            return np.zeros(lab.shape[:-1], bool)
        return np.asarray(self.plan.locked[parts_of(lab, self.plan.source).argmax(axis=-1)])


def recolor_palette(inputs: Inputs, options: RecolorOptions, stages: Stages) -> Result:
    """Return the photo in another palette.

    Parameters
    ----------
    inputs : Inputs
        A colour photo, without cues.
    options : RecolorOptions
        Which colours become which, and what becomes of the luma.
    stages : Stages
        Told about the stages ``palette``, ``prepare``, ``solve`` and ``colour``.

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
    with stages.stage("palette", 0.2):
        change = _change_of(inputs.photo, options)
        lab = np.empty((height, width, 3))
        wanted = np.empty((height, width, 3))
        sure = np.empty((height, width))
        for rows in row_blocks(height, width):
            lab[rows] = to_oklab(inputs.photo.as_float(rows))
            wanted[rows], sure[rows] = change.wanted(lab[rows])
            still = change.locked(lab[rows])
            wanted[rows][still], sure[rows][still] = 0.0, np.inf
    moves = options.palette_luma == "move" or options.snap
    found = _solved(inputs, lab, wanted, sure, solver, moves, stages)
    keep = np.isinf(sure)
    del wanted, sure
    with stages.stage("colour", 1.0):
        picture, chroma, reduced = _rendered(inputs, lab, found.u, keep, moves, options)
        if options.snap and change.plan is not None:
            picture = _snapped(picture, change.plan, keep)
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


def _change_of(photo: Picture, options: RecolorOptions) -> _Change:
    """Return what is wanted of the photo's colours."""
    if options.transfer is not None:
        other = _in_colour(as_picture(options.transfer, "the picture to transfer from"))
        table = ChromaTable.of(*chroma_map(color_cells(photo), color_cells(other)))
        return _Change(table, None)
    plan = Plan.keeping(main_colors(photo, options.palette_colors))
    text = options.palette
    other_palette: Palette | None = None
    if options.palette_from is not None:
        reference = _in_colour(as_picture(options.palette_from, "the reference"))
        other_palette = main_colors(reference, options.palette_colors)
    elif options.scheme is not None:
        other_palette = scheme_of(options.scheme)
        other_palette.require_size(options.scheme)
    elif text is not None and not is_changes(text):
        other_palette = read_palette(text)
        other_palette.require_size(text)
    if other_palette is not None:
        plan = plan.matched(other_palette)
    if text is not None and is_changes(text):
        plan = plan.changed(parse_changes(text))
    moves = options.palette_luma == "move" or options.snap
    drawn = plan if moves else plan.at_own_lightness()
    return _Change(lambda lab: shift_of(lab, drawn), plan)


def _in_colour(picture: Picture) -> Picture:
    if picture.is_gray:
        raise InputError(f"{picture.meta.source}: is grey; its colours are needed")
    return picture


def _solved(
    inputs: Inputs,
    lab: FloatArray,
    wanted: FloatArray,
    sure: FloatArray,
    solver: Solver,
    moves: bool,
    stages: Stages,
) -> Solution:
    """Return the change (H, W, 2) of chroma or, with lightness last, (H, W, 3)."""
    visible = inputs.visible
    with stages.stage("prepare", 0.4):
        known = np.arange(sure.size) if visible is None else np.flatnonzero(visible)
        term = Harmonic(color_weights(lab * _GUIDE, visible, _FLOOR))
        weight = sure.ravel()[known]
        state = solver.prepare(Problem(inputs.shape, visible, (term,), known, weight))
    with stages.stage("solve", 0.8):
        values = wanted.reshape(-1, 3)[known]
        goal = Goal(tolerance=_TOLERANCE)
        found = solver.run(state, np.ascontiguousarray(values[:, 1:]), None, goal)
        if moves:
            light = solver.run(state, np.ascontiguousarray(values[:, :1]), None, goal)
            found = replace(found, u=np.concatenate([found.u, light.u], axis=2))
    return found


def _rendered(
    inputs: Inputs,
    lab: FloatArray,
    change: FloatArray,
    keep: BoolArray,
    moves: bool,
    options: RecolorOptions,
) -> tuple[Picture, Array, float]:
    """Return the picture, its chroma (H, W, 2), and the share of pixels whose chroma is reduced."""
    photo, space = inputs.photo, inputs.space
    chroma = np.empty((*photo.shape, 2), np.float32)
    luma = inputs.luma.copy() if moves else inputs.luma
    less = np.zeros(photo.shape, bool)
    for rows in row_blocks(*photo.shape):
        light = lab[rows, :, 0]
        if moves:
            light = np.clip(light + change[rows, :, 2], 0.0, 1.0)
        rgb, less[rows] = reduce_chroma(oklab, light, lab[rows, :, 1:] + change[rows, :, :2])
        moved, chroma[rows] = space.split(rgb)
        if moves:
            luma[rows] = moved
    basis = photo
    if moves:
        # The law: the grey levels of the result are those of the moved luma.
        gray, white = space.gray_of_luma(luma), photo.maximum
        levels = gray if white == 1 else rounded_gray(gray * white)
        basis = replace(photo, pixels=np.clip(levels, 0, white).astype(photo.pixels.dtype))
    drawn = render(basis, luma, chroma, space, None if moves else keep, options.threads)
    if moves:
        drawn.picture.pixels[keep] = photo.pixels[keep]
    return drawn.picture, chroma, float(((drawn.reduced | less) & ~keep).mean())


def _snapped(picture: Picture, plan: Plan, keep: BoolArray) -> Picture:
    """Return the picture with the nearest colour of the palette, at all pixels but locked ones."""
    white = picture.maximum
    colors = from_oklab(plan.target)
    own = colors if white == 1 else np.rint(colors * white)
    levels, pixels = own.astype(picture.pixels.dtype), picture.pixels.copy()
    for rows in row_blocks(*picture.shape):
        lab = to_oklab(picture.as_float(rows)).reshape(-1, 3)
        drawn = levels[nearest(lab, plan.target)].reshape(pixels[rows].shape)
        pixels[rows] = np.where(keep[rows, :, None], pixels[rows], drawn)
    return replace(picture, pixels=pixels)
