"""The job that `colorize` and `recolor` share: read, solve, write, report."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.batch.jobs.colour import facts_of
from varcolor.cli import OK, PARTLY, output
from varcolor.cli.extras import Extras
from varcolor.cli.naming import checked, name_for, target_for
from varcolor.cli.options import CueOptions, OutputOptions
from varcolor.cli.saving import STDOUT, require_pipe, save
from varcolor.errors import CueError, InputError

if TYPE_CHECKING:
    from varcolor.image.picture import Picture
    from varcolor.options import SolveOptions
    from varcolor.pipeline.result import Result
    from varcolor.project import Project


def run_job(
    photo: Path,
    cues: CueOptions,
    options: SolveOptions,
    out: OutputOptions,
    function: Callable[..., Result],
    project: Project | None = None,
) -> int:
    """Colour one photo with `varcolor.colorize` or `varcolor.recolor` and return the exit code.

    With a project, ``photo`` is its file.
    """
    told_on = sys.stderr if out.out == STDOUT else None
    with output.failures_in_json(out.json, told_on, input=str(photo)):
        return _run_job(photo, cues, options, out, function, project)


def _run_job(
    photo: Path,
    cues: CueOptions,
    options: SolveOptions,
    out: OutputOptions,
    function: Callable[..., Result],
    project: Project | None = None,
) -> int:
    from varcolor.cues.files import cues_to_json
    from varcolor.image.formats import format_of, require_size
    from varcolor.image.publish import sweep
    from varcolor.image.read import read
    from varcolor.solve.result import Status

    options.make_method()
    out.check()
    sources = cues.sources()
    inputs = [photo, *sources.files(), *options.files()]
    picture = read(photo) if project is None else project.picture(photo.parent)
    piped = out.out == STDOUT
    target: Path | None
    if piped:
        require_pipe()
        target = Path(name_for(photo))
    else:
        target = target_for(photo, out.out, out.on_exists, inputs)
    if target is None:
        return _skipped(photo, out)
    require_size(picture.shape, format_of(target), target)
    cue_target = out.save_cues and checked(out.save_cues, out.on_exists, [*inputs, target])
    if cue_target and (cue_target in target.parents or target in cue_target.parents):
        raise InputError(f"{cue_target}: cannot be a file and a folder of {target}")
    sweep(path.parent for path in (target, cue_target) if path)
    taken = [*inputs, target, *([cue_target] if cue_target else [])]
    extras = Extras.of(out, options.prior, picture.shape, taken)
    with warnings.catch_warnings(record=True) as doubts:
        known = sources.read(picture)
        known = known if project is None else project.cues() | known
    for doubt in doubts:
        warnings.warn_explicit(doubt.message, doubt.category, doubt.filename, doubt.lineno)
    on_miss = options.on_miss
    options = replace(options.read(), on_miss="raise" if on_miss == "raise" else "ignore")
    bar = output.Bar(photo.name, out.quiet)
    try:
        result = function(picture, known, options=options, progress=bar)
    except CueError as error:
        raise _blamed(error, photo) from None
    finally:
        bar.clear()
    content, left_out = extras.contents(result)
    others = ({cue_target: cues_to_json(known).encode()} if cue_target else {}) | content
    saved = save(result.picture, target, out.quality, others, out.on_exists, piped)
    if saved is None:
        return _skipped(photo, out)
    notes = [*filter(None, [result.choice]), *result.notes, *left_out, *saved.notes]
    output.note([note for note in notes if note not in map(_text, doubts)], out.quiet)
    facts = _facts(photo, saved.name, len(known), result, notes) | extras.facts()
    if out.json or not piped:
        facts |= _colors(picture, result) if out.json else {}
        output.result(facts, saved.name, out.json, sys.stderr if piped else None)
    met = result.status is Status.CONVERGED or on_miss == "ignore"
    return OK if met and saved.as_asked else PARTLY


def _blamed(error: CueError, photo: Path) -> CueError:
    """Return the error, with the name of the photo if it has none."""
    return error if str(photo) in str(error) else CueError(f"{photo}: {error}")


def _facts(photo: Path, output: str, cues: int, result: Result, notes: list[str]) -> dict[str, Any]:
    """Return what --json says of a result."""
    facts = facts_of(cues, result)
    status = facts.pop("solved")
    named = {"input": str(photo), "output": output, "status": status}
    return {**named, **facts, "seconds": result.seconds, "notes": notes}


def _text(doubt: warnings.WarningMessage) -> str:
    return str(doubt.message)


def _colors(photo: Picture, result: Result) -> dict[str, Any]:
    """Return which colours a result uses beside those of a colour photo."""
    from varcolor.pipeline.palettes.analysis import color_analysis

    return {} if photo.is_gray else {"colors": color_analysis(photo, result.picture)}


def _skipped(photo: Path, out: OutputOptions) -> int:
    reason = f"{photo}: the output exists already, skipped"
    output.note([reason], out.quiet)
    if out.json:
        output.result({"input": str(photo), "status": "skipped", "notes": [reason]}, "", True)
    return OK
