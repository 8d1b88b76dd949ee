"""`varcolor recolor`: change colours of a colour photo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from varcolor.cli.job import run_job
from varcolor.cli.options import CueOptions, GuessOptions, OutputOptions, SolveOptions

_DEFAULT_CUES, _DEFAULT_SOLVE, _DEFAULT_OUT = CueOptions(), SolveOptions(), OutputOptions()
_DEFAULT_GUESS = GuessOptions()


def recolor(
    photo: Annotated[Path, Parameter(help="The colour photo.")],
    /,
    *,
    keep_outside: Annotated[
        bool,
        Parameter(
            negative="",
            help="Change what the strokes bound, not the object: up to keep strokes or, without "
            "any, the painted pixels and the holes inside. The rest stays bit for bit.",
        ),
    ] = False,
    whole: Annotated[
        bool,
        Parameter(
            negative="",
            help="Let the colours flow over the whole photo; only keep strokes hold them back.",
        ),
    ] = False,
    cues: CueOptions = _DEFAULT_CUES,
    guess: GuessOptions = _DEFAULT_GUESS,
    out: OutputOptions = _DEFAULT_OUT,
    solve: SolveOptions = _DEFAULT_SOLVE,
) -> int:
    """Change the colour of the object under each stroke; the rest of the photo stays as it is.

    Keep strokes mark what does not belong to it.
    """
    from varcolor.colorization import recolor as function

    return run_job(photo, cues, guess, solve, out, function, keep_outside=keep_outside, whole=whole)
