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
            help="Keep everything outside of the painted regions bit for bit. Keep strokes bound "
            "the regions; without any, they are the painted pixels and the holes inside.",
        ),
    ] = False,
    cues: CueOptions = _DEFAULT_CUES,
    guess: GuessOptions = _DEFAULT_GUESS,
    out: OutputOptions = _DEFAULT_OUT,
    solve: SolveOptions = _DEFAULT_SOLVE,
) -> int:
    """Change the colours of a photo where it is painted; keep strokes keep its own pixels.

    Example: varcolor recolor photo.png --strokes strokes.json --keep-outside -o out.png
    """
    from varcolor.colorization import recolor as function

    return run_job(photo, cues, guess, solve, out, function, keep_outside=keep_outside)
