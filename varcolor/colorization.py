"""The front door: a photo and a few colours in, the coloured photo out."""

from __future__ import annotations

from varcolor.backend import Backend
from varcolor.cues.cues import Cues
from varcolor.energy.prior import Loss
from varcolor.errors import CueError, InputError
from varcolor.image.color import Space
from varcolor.image.picture import PictureLike
from varcolor.job import Job
from varcolor.methods import Method
from varcolor.plan import MAX_STEPS, Guess, LumaLaw, Plan
from varcolor.prior.given import Confidence, Given
from varcolor.solve.result import Result
from varcolor.solve.solver import Solver
from varcolor.typing import Progress


def colorize(
    photo: PictureLike,
    cues: Cues | None,
    *,
    method: str | Method = "auto",
    space: str | Space = "yuv",
    solver: str | Solver = "auto",
    backend: str | Backend = "auto",
    tolerance: float | None = None,
    max_steps: int = MAX_STEPS,
    threads: int | None = None,
    memory: float | str | None = None,
    prior: Given = None,
    confidence: Confidence = None,
    loss: Loss = "square",
    start: PictureLike | None = None,
    luma: LumaLaw = "keep",
    progress: Progress | None = None,
) -> Result:
    """Colour a photo from a few cues; its luma stays as it is.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Grey photo; uint8, uint16 or floats in 0..1 (see `varcolor.image.picture.as_picture`). A
        colour photo is reduced to its luma.
    cues : Cues or None
        Known colours. Exact cues (the default kind) are met exactly in chroma. None or no cue:
        the result is grey, with a note.
    method : str or Method
        ``"auto"`` (default: harmonic with the prior ``"agreed"``; ``result.choice`` says how far it
        is trusted), ``"harmonic"``, ``"levin"`` (as published),
        ``"bilaplacian"``, ``"levin-ls"``, ``"gtv"``, ``"tv"`` or ``"tgv"``, or their options:
        ``Levin(radius=2)``, or a weighted sum: ``0.3 * Bilaplacian() + GTV()``
        or ``"bilaplacian:0.3+gtv:1"``.
    space : {"yuv", "lab", "oklab"}
        Working space: defines the luma that is kept and the chroma that is spread.
    solver : {"auto", "direct", "multigrid", "amg", "cg", "block-direct", "admm", "gmres"}
        or Solver
        How the system is solved. ``"auto"`` chooses by size and memory.
    backend : {"auto", "cpu", "gpu"} or Backend
        Where it is solved. ``"gpu"`` needs CuPy (the extra ``gpu``) and takes levin, harmonic,
        bilaplacian, gtv, tv and sums with one total variation, in 3x3 windows; what it does not
        take is solved on the CPU, with a note. ``"auto"`` takes it for larger pictures if it
        answers and has the memory.
    tolerance : float, optional
        Largest permitted difference of an RGB value from that of the exact answer, in 1/255, before
        gamut mapping and rounding. Default 0.5 for 8-bit photos, 0.02 for others. A result with
        status "converged" was verified to meet it: by a rigorous bound, or, by the multigrid
        solver, by an estimate (`varcolor.solve.multigrid.error_estimate`); bilaplacian and levin-ls
        have an estimate, too; of gtv, tv and tgv the energy is proven to be within 0.1 % of the
        minimum.
    max_steps : int
        Limit of the iterations.
    threads : int, optional
        Threads of the solver; default: one per core, at most 16.
    memory : float or str, optional
        Memory to plan with, in bytes or as ``"12GB"``; default: what can be had now. A picture that
        needs more is refused; ``"force"`` (or infinity) refuses none.
    prior : str, path, Picture, ndarray, Prior or Source, optional
        Colours that are expected everywhere, and that cues overrule: ``"gp"`` (guessed from the
        cues, see `varcolor.prior.gp`), ``"agreed"`` (the same, where look-alike cues agree),
        ``"none"``, or a colour picture of the photo's size, also as its path: the answer of a
        network, a reference, an earlier result. Default: the method's own.
    confidence : float, Picture, path or ndarray, optional
        How far the prior is trusted, in units of the weight between equal neighbours: one number
        (default 0.01 for pictures), or (H, W) numbers, or a grey picture with levels 0..1. For
        ``"gp"`` a number replaces its strength.
    loss : {"square", "huber", "l1"}
        How a prior that is far off pulls: more and more, or (huber, l1) no more than if it were
        off by about 0.02 of the chroma's range, so that wrong regions do little harm.
    start : Picture, path or ndarray, optional
        A colour picture of the photo's size that iterations begin with; it does not change the
        answer.
    luma : {"keep", "fit"}
        What becomes of the luma where sRGB does not have the chroma at it. "keep": the luma
        stays exactly, the chroma is reduced. "fit": the luma is lowered by the least amount that
        lets all of the chroma exist, so that burnt-out whites and white paper take colour; dark
        pixels, where the chroma would need a higher luma, are treated as by "keep".
    progress : Progress, optional
        Called as ``progress(stage, fraction, preview)``; see `varcolor.typing.Progress`.

    Returns
    -------
    Result
        ``result.rgb`` is the coloured array in the photo's dtype, ``result.picture`` the same
        with alpha and metadata, ``result.status`` tells whether the tolerance was met.

    Raises
    ------
    InputError
        For arguments out of range and unknown names.
    CueError
        For cues that do not fit the photo.
    BackendError
        If the photo does not fit into memory, or there is no GPU where one is asked for.
    """
    job = Job.start(photo, cues, space, progress)
    job.note_colour()
    guess = Guess(prior, confidence, loss, start)
    own = method, solver, backend, tolerance, max_steps, threads
    return job.run(Plan(*own, guess=guess, memory=memory, luma=luma))


def recolor(
    photo: PictureLike,
    cues: Cues,
    *,
    keep_outside: bool = False,
    whole: bool = False,
    method: str | Method = "auto",
    space: str | Space = "yuv",
    solver: str | Solver = "auto",
    backend: str | Backend = "auto",
    tolerance: float | None = None,
    max_steps: int = MAX_STEPS,
    threads: int | None = None,
    memory: float | str | None = None,
    prior: Given = None,
    confidence: Confidence = None,
    loss: Loss = "square",
    start: PictureLike | None = None,
    luma: LumaLaw = "keep",
    progress: Progress | None = None,
) -> Result:
    """Change the colour of the object under each stroke; the rest stays bit for bit.

    The object is what hangs together with the stroke without an edge of luma or colour, and looks
    like what is under it (`varcolor.pipeline.object_share`); light and shadow on it stay as they
    are.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Colour photo.
    cues : Cues
        New colours (paint), and the photo's own (keep). What is under keep strokes, and what
        looks like it, does not belong to the object; pixels under them stay bit for bit.
    keep_outside : bool
        Bound what changes by the strokes, not by the object. With keep strokes, a pixel changes
        if the method gives paint more say there than keep; without them, the painted pixels and
        the holes that they enclose change. The rest stays bit for bit.
    whole : bool
        Let the colours of paint and keep strokes flow over the whole photo, as `colorize` does;
        only pixels under keep strokes stay bit for bit.
    method, space, solver, backend, tolerance, max_steps, threads, memory
        As in `colorize`.
    prior, confidence, loss, start, luma, progress
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
    if keep_outside and whole:
        raise InputError("keep_outside and whole contradict each other: ask for one of them")
    job = Job.start(photo, cues, space, progress)
    if job.photo.is_gray:
        raise InputError(f"{job.photo.meta.source}: is grey; recolor changes colour photos")
    if not (~job.cues.keep).any():
        raise CueError("no colour is painted: recolor needs at least one paint or neutral stroke")
    plan = Plan(
        method,
        solver,
        backend,
        tolerance,
        max_steps,
        threads,
        guess=Guess(prior, confidence, loss, start),
        memory=memory,
        luma=luma,
    )
    share = None if keep_outside or whole else job.find_object(plan)
    return job.run(plan, keep_outside, share)
