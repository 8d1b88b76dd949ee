"""`varcolor colorize` of a picture beyond memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.cli import OK, PARTLY, output
from varcolor.cli.folders.options import RunOptions
from varcolor.cli.options import CueOptions, OutputOptions
from varcolor.errors import InputError
from varcolor.options import SolveOptions
from varcolor.solve.result import Status

if TYPE_CHECKING:
    from varcolor.tiled.schwarz import Crew
    from varcolor.tiled.steps import Scene


def coloured_in_parts(
    photo: Path, cues: CueOptions, options: SolveOptions, out: OutputOptions, run: RunOptions
) -> int:
    """Colour it from disk to disk, by a cluster if asked for; return the exit code."""
    run.check()
    with output.failures_in_json(out.json, input=str(photo)):
        return _coloured(photo, cues, options, out, run)


def _coloured(
    photo: Path, cues: CueOptions, options: SolveOptions, out: OutputOptions, run: RunOptions
) -> int:
    from varcolor.batch.naming import checked, first_free, taken
    from varcolor.tiled.colorize import colorize_tiled
    from varcolor.tiled.target import SUFFIXES

    out.check()
    for flag, value in (
        ("--save-cues", out.save_cues),
        ("--layer", out.layer),
        ("--chroma", out.chroma),
        ("--confidence-map", out.confidence_map),
        ("--quality", out.quality),
    ):
        if value is not None:
            raise InputError(f"{flag}: not for a picture that is coloured in parts")
    name = f"{photo.stem}.colour{photo.suffix}"
    target = photo.with_name(name) if out.out is None else Path(out.out)
    if target.is_dir() and target.suffix.lower() not in SUFFIXES:
        target /= name
    if target.suffix.lower() == ".zarr":
        allowed: Path | None = target
        if target.exists() and out.on_exists in ("error", "skip"):
            if out.on_exists == "error":
                raise taken(target)
            allowed = None
    else:
        allowed = checked(target, out.on_exists, [photo, *cues.sources().files()])
    if allowed is None:
        output.note([f"{photo}: the output exists already, skipped"], out.quiet)
        return OK
    target = first_free(allowed) if out.on_exists == "number" else allowed
    bar = output.Bar(photo.name, out.quiet)
    with contextlib.ExitStack() as ended:
        ended.callback(bar.clear)
        crew: Callable[[Scene], Crew] | None = None
        if run.scheduler is not None or run.local is not None:
            from varcolor.batch.engines.cluster import Cluster
            from varcolor.batch.engines.tiles import ClusterCrew

            cluster = Cluster.of(run.scheduler, run.local, run.map_)
            ended.callback(cluster.close)

            def of(scene: Scene) -> Crew:
                found = ClusterCrew(cluster, scene, run.map_)
                ended.callback(found.close)
                return found

            crew = of

        replace = out.on_exists == "overwrite"
        own: dict[str, Any] = {"replace": replace, "crew": crew, "progress": bar}
        result = colorize_tiled(photo, cues.sources(), target, options, **own)
    output.note(result.notes, out.quiet)
    facts: dict[str, Any] = {
        "input": str(photo),
        "output": str(result.path),
        "method": result.method,
        "status": str(result.status),
        "error": result.error,
        "tiles": result.tiles,
        "sweeps": result.sweeps,
        "seconds": result.seconds,
        "notes": list(result.notes),
    }
    output.result(facts, str(result.path), out.json)
    met = result.status is Status.CONVERGED or options.on_miss == "ignore"
    return OK if met else PARTLY
