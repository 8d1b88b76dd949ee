"""The whole path from a grey photo and a few colours to the coloured photo, on one page.

photo, cues ── inputs ── prior ── energy + cues + prior ── solver ── chroma ── render ── Result
"""

from __future__ import annotations

from varcolor.cues.cues import Cues
from varcolor.errors import CueError, InputError
from varcolor.image.picture import PictureLike
from varcolor.options import RecolorOptions, SolveOptions
from varcolor.options.keywords import ColorizeArguments, RecolorArguments, keywords
from varcolor.pipeline.expected import expected_chroma
from varcolor.pipeline.inputs import Inputs, note_colour, read_inputs
from varcolor.pipeline.kept import Kept
from varcolor.pipeline.objects.instances import find_instances
from varcolor.pipeline.outcome import finish, settle_miss
from varcolor.pipeline.palettes.recolored import recolor_palette
from varcolor.pipeline.progress import Stages
from varcolor.pipeline.recoloring.recolored_object import find_object
from varcolor.pipeline.result import Result
from varcolor.pipeline.run import solve
from varcolor.typing import FloatArray, Progress


@keywords(ColorizeArguments, SolveOptions)
def colorize(
    photo: PictureLike, cues: Cues | None, options: SolveOptions, progress: Progress | None = None
) -> Result:
    """Colour a photo from a few cues; its luma stays as it is.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Grey photo; uint8, uint16 or floats in 0..1 (see `varcolor.image.picture.as_picture`). A
        colour photo is reduced to its luma.
    cues : Cues or None
        Known colours. Exact cues (the default kind) are met exactly in chroma. None or no cue:
        the prior alone colours the photo; without a prior the result is grey, with a note.
    OPTIONS
    progress : Progress, optional
        Called as ``progress(stage, fraction, preview)``; see `varcolor.typing.Progress`.

    Returns
    -------
    Result
        ``result.rgb`` is the coloured array in the photo's dtype, ``result.picture`` the same
        with alpha and metadata, ``result.status`` tells whether the tolerance was met: by a
        rigorous bound, or, by the multigrid solver and for energies of fourth order, by an
        estimate (`varcolor.solve.multigrid.error_estimate`); of gtv, tv and tgv the energy is
        proven to be within 0.1 % of the minimum.

    Raises
    ------
    InputError
        For arguments out of range and unknown names; it is a ValueError.
    CueError
        For cues that do not fit the photo.
    BackendError
        If the photo does not fit into memory (also a MemoryError), or there is no GPU where one
        is asked for.
    ConvergenceError
        If the tolerance was missed and ``on_miss`` is ``"raise"``.
    """
    stages = Stages(progress)
    inputs = read_inputs(photo, cues, options.space)
    note_colour(inputs)
    return settle_miss(run(inputs, options, stages), options.on_miss)


@keywords(RecolorArguments, RecolorOptions)
def recolor(
    photo: PictureLike,
    cues: Cues | None,
    options: RecolorOptions,
    progress: Progress | None = None,
) -> Result:
    """Change the colour of the object under each stroke; the rest stays bit for bit.

    Or, without cues, its main colours (``palette``, ``palette_from``, ``scheme``), or its histogram
    of chroma (``transfer``); see `varcolor.pipeline.palettes.recolored`.

    The object is what hangs together with the stroke without an edge of luma or colour, and looks
    like what is under it (`varcolor.pipeline.recoloring.object_share`); light and shadow on it stay
    as they are.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Colour photo.
    cues : Cues or None
        New colours (paint), and the photo's own (keep). What is under keep strokes, and what
        looks like it, does not belong to the object; pixels under them stay bit for bit.
    OPTIONS
    progress : Progress, optional
        As in `colorize`.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If the photo is grey, both ``keep_outside`` and ``whole`` are asked for, and as in
        `colorize`.
    """
    stages = Stages(progress)
    inputs = read_inputs(photo, cues, options.space)
    return settle_miss(rerun(inputs, options, stages), options.on_miss)


def run(
    inputs: Inputs,
    options: SolveOptions,
    stages: Stages,
    kept: Kept | None = None,
    keep_outside: bool = False,
    share: FloatArray | None = None,
    colour: bool = False,
) -> Result:
    """Colour a photo: the path that every call takes.

    Parameters
    ----------
    inputs, options, stages
        Photo and cues; how; who is told.
    kept : Kept, optional
        What earlier runs on this photo have left.
    keep_outside : bool
        Whether pixels outside of painted regions keep the photo's colours.
    share : ndarray, shape (H, W), optional
        How much of the photo's own chroma goes, 0..1.
    colour : bool
        Whether the photo's own colours may help to find objects.
    """
    kept = Kept() if kept is None else kept
    method = options.make_method()
    cues = inputs.data()
    instances = find_instances(inputs, options, kept, stages, colour)
    prior = expected_chroma(inputs, cues, method, options, kept, stages, instances)
    solved = solve(inputs, method, cues, prior, options, kept, stages, instances, keep_outside)
    if kept.reused:
        kept.chroma = solved.solution.u.copy()
    return finish(inputs, method, cues, prior, solved, options, stages, share)


def rerun(
    inputs: Inputs, options: RecolorOptions, stages: Stages, kept: Kept | None = None
) -> Result:
    """Recolour a photo: find the object under the strokes, then the same path.

    Parameters are those of `run`.
    """
    if inputs.photo.is_gray:
        raise InputError(f"{inputs.photo.meta.source}: is grey; recolor changes colour photos")
    if options.by_palette:
        return recolor_palette(inputs, options, stages)
    if not (~inputs.cues.keep).any():
        raise CueError("no colour is painted: recolor needs at least one paint or neutral stroke")
    if options.keep_outside or options.whole:
        return run(inputs, options, stages, kept, options.keep_outside, colour=True)
    inputs, share = find_object(inputs, options, stages)
    return run(inputs, options, stages, kept, share=share, colour=True)
