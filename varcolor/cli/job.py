"""The job that `colorize` and `recolor` share: read, solve, write, report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.cli import OK, PARTLY, output
from varcolor.cli.naming import Placed, checked, name_for, place, target_for
from varcolor.cli.options import CueOptions, GuessOptions, OutputOptions, SolveOptions
from varcolor.cli.streams import write_picture
from varcolor.errors import CueError, FileError, InputError

if TYPE_CHECKING:
    from varcolor.image.picture import Picture
    from varcolor.solve.result import Result

#: As the output's name: the picture goes to standard output.
STDOUT = "-"


def run_job(
    photo: Path,
    cues: CueOptions,
    guess: GuessOptions,
    solve: SolveOptions,
    out: OutputOptions,
    function: Callable[..., Result],
    **extra: Any,
) -> int:
    """Colour one photo with `varcolor.colorize` or `varcolor.recolor` and return the exit code."""
    told_on = sys.stderr if out.out == STDOUT else None
    with output.failures_in_json(out.json, told_on, input=str(photo)):
        return _run_job(photo, cues, guess, solve, out, function, **extra)


def _run_job(
    photo: Path,
    cues: CueOptions,
    guess: GuessOptions,
    solve: SolveOptions,
    out: OutputOptions,
    function: Callable[..., Result],
    **extra: Any,
) -> int:
    from varcolor.cues.files import cues_to_json
    from varcolor.image.formats import format_of, require_size
    from varcolor.image.publish import sweep
    from varcolor.image.read import read
    from varcolor.solve.result import Status

    method = solve.make_method()
    if out.quality is not None and not 1 <= out.quality <= 100:
        raise InputError(f"--quality {out.quality}: expected 1 to 100")
    inputs = [photo, *cues.files(), *guess.files()]
    picture = read(photo)
    piped = out.out == STDOUT
    if piped and sys.stdout.isatty():
        raise InputError("-o -: standard output is a terminal; send it on: -o - > picture.png")
    target: Path | None = Path(name_for(photo))
    if not piped:
        target = target_for(photo, out.out, out.on_exists, inputs)
    if target is None:
        return _skipped(photo, out)
    require_size(picture.shape, format_of(target), target)
    cue_target = out.save_cues and checked(out.save_cues, out.on_exists, [*inputs, target])
    if cue_target and (cue_target in target.parents or target in cue_target.parents):
        raise InputError(f"{cue_target}: cannot be a file and a folder of {target}")
    sweep(path.parent for path in (target, cue_target) if path)
    known, guessed = cues.read(picture), guess.read()
    bar = output.Bar(photo.name, shown=False) if out.quiet else output.Bar(photo.name)
    try:
        result = function(
            picture,
            known,
            method=method,
            space=solve.space,
            solver=solve.solver,
            backend=solve.backend,
            tolerance=solve.tolerance,
            max_steps=solve.max_steps,
            threads=solve.threads,
            progress=bar,
            **guessed,
            **extra,
        )
    except CueError as error:
        raise CueError(
            f"{photo}: {error}" if str(photo) not in str(error) else str(error)
        ) from None
    finally:
        bar.clear()
    stored = _encode(result.picture, target, out.quality)
    files = {cue_target: cues_to_json(known).encode()} if cue_target else {}
    if not piped:
        files[stored.path] = stored.data
    placed = place(files, "number" if stored.replaces else out.on_exists) if files else Placed(())
    if placed is None:
        return _skipped(photo, out)
    if piped:
        fault = write_picture(stored.data)
        if fault is not None:
            raise FileError(f"standard output cannot be written ({fault.strerror or fault})")
    notes = [*result.notes, *stored.notes, *placed.notes]
    output.note(notes, out.quiet)
    written = STDOUT if piped else str(placed.paths[-1])
    facts = {
        "input": str(photo),
        "output": written,
        "cues": len(known),
        "method": result.method,
        "space": result.space,
        "solver": result.solver,
        "backend": result.backend,
        "status": str(result.status),
        "steps": result.steps,
        "error": result.error if isfinite(result.error) else None,
        "gap": result.gap,
        "seconds": result.seconds,
        "notes": notes,
    }
    if out.json or not piped:
        output.result(facts, written, out.json, sys.stderr if piped else None)
    as_asked = result.status is Status.CONVERGED and not placed.notes and not stored.replaces
    return OK if as_asked else PARTLY


def _skipped(photo: Path, out: OutputOptions) -> int:
    reason = f"{photo}: the output exists already, skipped"
    output.note([reason], out.quiet)
    if out.json:
        output.result({"input": str(photo), "status": "skipped", "notes": [reason]}, "", True)
    return OK


@dataclass(frozen=True, slots=True)
class _Stored:
    """The content of the file of a coloured picture."""

    path: Path
    data: bytes
    notes: tuple[str, ...]
    replaces: bool = False
    """Whether it is a PNG because the format that was asked for failed."""


def _encode(picture: Picture, target: Path, quality: int | None) -> _Stored:
    """Encode a solved picture; one that its format refuses is not lost, but becomes a PNG."""
    from varcolor.image.formats import FORMATS, format_of
    from varcolor.image.write import content

    fmt = format_of(target)
    try:
        data, notes = content(picture, fmt, quality, str(target))
        return _Stored(target, data, tuple(notes))
    except FileError as error:
        if fmt.name == "PNG" or not FORMATS["PNG"].holds(picture.shape):
            raise
        data, notes = content(picture, FORMATS["PNG"], name=str(target))
        told = (f"{error}: saved as PNG instead", *notes)
        return _Stored(target.with_suffix(".png"), data, told, replaces=True)
