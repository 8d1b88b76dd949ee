"""`varcolor colorize`: a grey photo and a few colours in, the coloured photo out."""

from __future__ import annotations

from dataclasses import replace
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
    SolveParameters,
    options_from,
)
from varcolor.options import SolveOptions
from varcolor.options.field import Option, options_of

_DEFAULT_CUES, _DEFAULT_SOLVE, _DEFAULT_OUT = CueOptions(), SolveParameters(), OutputOptions()
_DEFAULT_GUESS, _DEFAULT_NETWORK = GuessParameters(), NetworkParameters()
_DEFAULT_OBJECTS = ObjectParameters()


def colorize(
    *photos: Annotated[
        Path,
        Parameter(
            help="The photo; a colour photo is reduced to its luma. Several, or folders. Or a "
            "project (.varcolor) of varcolor paint, with its strokes and options; options given "
            "here win over those."
        ),
    ],
    cue_folder: CueFolder = None,
    cues: CueOptions = _DEFAULT_CUES,
    guess: GuessParameters = _DEFAULT_GUESS,
    objects: ObjectParameters = _DEFAULT_OBJECTS,
    network: NetworkParameters = _DEFAULT_NETWORK,
    out: OutputOptions = _DEFAULT_OUT,
    solve: SolveParameters = _DEFAULT_SOLVE,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Colour a grey photo from a few known colours."""
    from varcolor.colorization import colorize as function

    options = options_from(SolveOptions, guess, objects, network, solve)
    alone = replace(run, scheduler=None, local=None, map_=())
    if not many(photos, alone, cue_folder) and _in_parts(photos[0], options, out):
        from varcolor.cli.folders.tiled import coloured_in_parts

        return coloured_in_parts(photos[0], cues, options, out, run)
    if many(photos, run, cue_folder):
        return coloured(photos, "colorize", cues, cue_folder, options, out, run)
    photo = photos[0]
    if photo.suffix.lower() != ".varcolor":
        return run_job(photo, cues, options, out, function)
    from varcolor.colorization import recolor
    from varcolor.project import read_project

    project = read_project(photo)
    own = project.settings.options()
    changed = {
        o.name: getattr(options, o.name) for o in options_of(options) if _is_given(o, options)
    }
    how = replace(own, **{"on_miss": options.on_miss, **changed})
    function = function if project.settings.mode == "colorize" else recolor
    return run_job(photo, cues, how, out, function, project)


def _is_given(option: Option, options: SolveOptions) -> bool:
    """Return whether an option is not its default."""
    value = getattr(options, option.name)
    return value is not option.default and value != option.default


def _in_parts(photo: Path, options: SolveOptions, out: OutputOptions) -> bool:
    if out.out == "-" or photo.suffix.lower() not in (".tif", ".tiff", ".zarr"):
        return False
    from varcolor.tiled.colorize import in_parts

    return in_parts(photo, options)
