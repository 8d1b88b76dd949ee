"""`varcolor colorize`: a grey photo and a few colours in, the coloured photo out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.folders.work import CueFolder, coloured, many
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
    *photos: Annotated[
        Path,
        Parameter(help="The photo; a colour photo is reduced to its luma. Several, or folders."),
    ],
    cue_folder: CueFolder = None,
    cues: CueOptions = _DEFAULT_CUES,
    guess: GuessParameters = _DEFAULT_GUESS,
    out: OutputOptions = _DEFAULT_OUT,
    solve: SolveParameters = _DEFAULT_SOLVE,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Colour a grey photo from a few known colours."""
    from varcolor.colorization import colorize as function

    options = options_from(SolveOptions, guess, solve)
    if many(photos, run, cue_folder):
        return coloured(photos, "colorize", cues, cue_folder, options, out, run)
    if _in_parts(photos[0], options, out):
        from varcolor.cli.folders.tiled import coloured_in_parts

        return coloured_in_parts(photos[0], cues, options, out)
    return run_job(photos[0], cues, options, out, function)


def _in_parts(photo: Path, options: SolveOptions, out: OutputOptions) -> bool:
    if out.out == "-" or photo.suffix.lower() not in (".tif", ".tiff", ".zarr"):
        return False
    from varcolor.tiled.colorize import in_parts

    return in_parts(photo, options)
