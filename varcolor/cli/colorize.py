"""`varcolor colorize`: a grey photo and a few colours in, the coloured photo out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from varcolor.cli.job import run_job
from varcolor.cli.options import (
    CueOptions,
    GuessParameters,
    OutputOptions,
    SolveParameters,
    options_from,
)
from varcolor.options import SolveOptions

_DEFAULT_CUES, _DEFAULT_SOLVE, _DEFAULT_OUT = CueOptions(), SolveParameters(), OutputOptions()
_DEFAULT_GUESS = GuessParameters()


def colorize(
    photo: Annotated[Path, Parameter(help="The photo; a colour photo is reduced to its luma.")],
    /,
    *,
    cues: CueOptions = _DEFAULT_CUES,
    guess: GuessParameters = _DEFAULT_GUESS,
    out: OutputOptions = _DEFAULT_OUT,
    solve: SolveParameters = _DEFAULT_SOLVE,
) -> int:
    """Colour a grey photo from a few known colours."""
    from varcolor.colorization import colorize as function

    return run_job(photo, cues, options_from(SolveOptions, guess, solve), out, function)
