"""`varcolor encode`: colour photos to grey pictures with a few bytes of colour."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec.options import CodecOptions, FolderOptions
from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.folders.report import Telling, run_plan
from varcolor.errors import InputError

_DEFAULT_CODEC, _DEFAULT_FILES = CodecOptions(), FolderOptions()


def encode(
    *paths: Annotated[Path, Parameter(help="Colour photos, or folders of them.")],
    sidecar: Annotated[
        bool,
        Parameter(negative="", help="Write NAME.gray.png and NAME.vcc instead of NAME.vcir."),
    ] = False,
    legacy: Annotated[
        bool,
        Parameter(negative="", help="Write NAME.gray.png with .mask or .glob_dist files."),
    ] = False,
    codec: CodecOptions = _DEFAULT_CODEC,
    files: FolderOptions = _DEFAULT_FILES,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Store colour photos as grey pictures and a few hundred bytes of colour.

    Folders are searched with their sub-folders, which are mirrored in the output folder.
    """
    from varcolor.batch.find import find
    from varcolor.batch.jobs.codec import Encode, is_photo
    from varcolor.batch.plan import plan_of

    if sidecar and legacy:
        raise InputError("--sidecar and --legacy: choose one")
    job = Encode(codec.make(), codec.gray_quality, sidecar, legacy, files.plot)
    plan = plan_of(find(paths, files.out, is_photo), job, files.on_exists)
    return run_plan(plan, run, Telling(_line, files.json, files.quiet), small=True)


def _line(facts: Mapping[str, Any]) -> str:
    return f"{', '.join(facts['outputs'])}: {facts['color_bytes']} bytes of colour"
