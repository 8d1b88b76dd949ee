"""`varcolor batch`: a plan of many photos, coloured with the cues that belong to each by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.folders.work import CueFolder, coloured
from varcolor.cli.options import (
    CueOptions,
    GuessParameters,
    ObjectParameters,
    OutputOptions,
    RecolorParameters,
    SolveParameters,
    options_from,
)
from varcolor.errors import InputError
from varcolor.options import RecolorOptions, SolveOptions

_CUES, _GUESS, _OUT = CueOptions(), GuessParameters(), OutputOptions()
_SOLVE, _CHANGE = SolveParameters(), RecolorParameters()
_OBJECTS = ObjectParameters()


def batch(
    *inputs: Annotated[
        Path, Parameter(help="Photos, folders, and manifests (.csv, .jsonl) with a photo a row.")
    ],
    job: Annotated[
        Literal["colorize", "recolor"], Parameter(help="What is done with every photo.")
    ] = "colorize",
    cue_folder: CueFolder = None,
    cues: CueOptions = _CUES,
    guess: GuessParameters = _GUESS,
    objects: ObjectParameters = _OBJECTS,
    out: OutputOptions = _OUT,
    solve: SolveParameters = _SOLVE,
    change: RecolorParameters = _CHANGE,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Colour photos by the thousand, each with its cues; go on where an earlier run ended.

    Beside PHOTO.EXT, PHOTO.strokes.json, PHOTO.marked.png, PHOTO.overlay.png, PHOTO.points.csv and
    PHOTO.varcolor are its cues. Sub-folders are mirrored, one bad file never stops the rest, and
    the journal says what became of each.
    """
    parameters = (guess, objects, solve, change) if job == "recolor" else (guess, objects, solve)
    options = options_from(RecolorOptions if job == "recolor" else SolveOptions, *parameters)
    if job == "colorize" and change != _CHANGE:
        raise InputError("--keep-outside, --whole and palettes: are for --job recolor")
    if run.journal is None:
        run = replace(run, journal=_journal(inputs, out))
    return coloured(inputs, job, cues, cue_folder, options, out, run)


def _journal(inputs: tuple[Path, ...], out: OutputOptions) -> Path:
    from varcolor.batch.journal import NAME

    if out.out is not None:
        return Path(out.out) / NAME
    folders = [path for path in inputs if path.is_dir()]
    place = folders[0] if folders else (inputs[0].parent if inputs else Path())
    return place / NAME
