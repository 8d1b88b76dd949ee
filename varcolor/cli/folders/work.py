"""What `colorize` and `recolor` of folders share with `batch`: options to a plan, the plan done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from varcolor.cli.folders.options import RunOptions
from varcolor.cli.folders.report import Telling, run_plan
from varcolor.cli.options import CueOptions, OutputOptions
from varcolor.errors import InputError
from varcolor.options import SolveOptions

if TYPE_CHECKING:
    from varcolor.batch.plan import Plan

CueFolder: TypeAlias = Annotated[
    Path | None,
    Parameter(
        name="--cues", help="Folder of cue files, found by the photos' names; sub-folders mirrored."
    ),
]


def many(photos: Sequence[Path], run: RunOptions, cue_folder: Path | None) -> bool:
    """Return whether a command is for the engine: folders, several photos, or its options."""
    return (
        len(photos) != 1
        or (photos[0].is_dir() and photos[0].suffix.lower() != ".zarr")
        or run != RunOptions()
        or cue_folder is not None
    )


def coloured(
    inputs: Sequence[Path],
    job: str,
    cues: CueOptions,
    cue_folder: Path | None,
    options: SolveOptions,
    out: OutputOptions,
    run: RunOptions,
) -> int:
    """Plan and do it; return the exit code."""
    run.check()
    plan = plan_for(inputs, job, cues, cue_folder, options, out)
    telling = Telling(lambda facts: str(facts["outputs"][0]), out.json, out.quiet)
    return run_plan(plan, run, telling, options.threads)


def plan_for(
    inputs: Sequence[Path],
    job: str,
    cues: CueOptions,
    cue_folder: Path | None,
    options: SolveOptions,
    out: OutputOptions,
) -> Plan:
    """Return the plan that the command line asks for.

    Raises
    ------
    InputError
        For options that are for one photo only.
    """
    from varcolor.batch.plan import plan

    out.check()
    for flag, value in (
        ("--save-cues", out.save_cues),
        ("--layer", out.layer),
        ("--chroma", out.chroma),
        ("--confidence-map", out.confidence_map),
    ):
        if value is not None:
            raise InputError(f"{flag}: is for one photo at a time")
    if out.out == "-":
        raise InputError("-o -: files go into a folder; name one")
    return plan(
        list(inputs),
        out.out,
        options,
        job=job,
        cues=cues.sources(),
        cue_folder=cue_folder,
        on_exists="skip" if out.on_exists == "error" else out.on_exists,
        quality=out.quality,
    )
