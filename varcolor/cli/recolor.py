"""`varcolor recolor`: change colours of a colour photo."""

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
    NetworkParameters,
    ObjectParameters,
    OutputOptions,
    RecolorParameters,
    SolveParameters,
    options_from,
)
from varcolor.options import RecolorOptions

_DEFAULT_CUES, _DEFAULT_SOLVE, _DEFAULT_OUT = CueOptions(), SolveParameters(), OutputOptions()
_DEFAULT_GUESS, _DEFAULT_CHANGE = GuessParameters(), RecolorParameters()
_DEFAULT_NETWORK, _DEFAULT_OBJECTS = NetworkParameters(), ObjectParameters()


def recolor(
    *photos: Annotated[Path, Parameter(help="The colour photo. Several, or folders.")],
    cue_folder: CueFolder = None,
    change: RecolorParameters = _DEFAULT_CHANGE,
    cues: CueOptions = _DEFAULT_CUES,
    guess: GuessParameters = _DEFAULT_GUESS,
    objects: ObjectParameters = _DEFAULT_OBJECTS,
    network: NetworkParameters = _DEFAULT_NETWORK,
    out: OutputOptions = _DEFAULT_OUT,
    solve: SolveParameters = _DEFAULT_SOLVE,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Change the colour of the object under each stroke; the rest of the photo stays as it is.

    Keep strokes mark what does not belong to it. Or change the main colours of the photo by a
    palette, a reference picture or the scheme of an era; then no strokes are needed.
    """
    from varcolor.colorization import recolor as function

    options = options_from(RecolorOptions, guess, objects, network, solve, change)
    if many(photos, run, cue_folder):
        return coloured(photos, "recolor", cues, cue_folder, options, out, run)
    return run_job(photos[0], cues, options, out, function)
