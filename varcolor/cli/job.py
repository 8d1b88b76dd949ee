"""The job that `colorize` and `recolor` share: read, solve, write, report."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.cli import OK, PARTLY, output
from varcolor.cli.extras import Extras
from varcolor.cli.naming import checked, target_for
from varcolor.cli.options import CueOptions, GuessOptions, OutputOptions, SolveOptions
from varcolor.errors import CueError, InputError

if TYPE_CHECKING:
    from varcolor.solve.result import Result


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
    from varcolor.cues.files import save_cues
    from varcolor.image.formats import format_of
    from varcolor.image.read import read
    from varcolor.image.write import write
    from varcolor.solve.result import Status

    method = solve.make_method()
    if out.quality is not None and not 1 <= out.quality <= 100:
        raise InputError(f"--quality {out.quality}: expected 1 to 100")
    inputs = [photo, *cues.files(), *guess.files()]
    picture = read(photo)
    target = target_for(photo, out.out, out.on_exists, inputs)
    if target is None:
        reason = f"{photo}: the output exists already, skipped"
        output.note([reason], out.quiet)
        if out.json:
            output.result({"input": str(photo), "status": "skipped", "notes": [reason]}, "", True)
        return OK
    format_of(target)
    cue_target = out.save_cues and checked(out.save_cues, out.on_exists, [*inputs, target])
    if cue_target and (cue_target in target.parents or target in cue_target.parents):
        raise InputError(f"{cue_target}: cannot be a file and a folder of {target}")
    taken = [*inputs, target, *([cue_target] if cue_target else [])]
    extras = Extras.of(out.layer, out.chroma, out.on_exists, taken)
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
            luma=solve.luma,
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
    if cue_target:
        save_cues(known, cue_target)
    try:
        notes = [*result.notes, *write(result.picture, target, quality=out.quality)]
    except BaseException:
        if cue_target:
            cue_target.unlink(missing_ok=True)
        raise
    notes += extras.write(result)
    output.note(notes, out.quiet)
    facts = {
        "input": str(photo),
        "output": str(target),
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
        **extras.facts(),
    }
    output.result(facts, str(target), out.json)
    return OK if result.status is Status.CONVERGED else PARTLY
