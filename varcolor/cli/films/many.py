"""`varcolor film` of a folder of videos: a plan, done like one of photos, with its journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.cli.folders.options import RunOptions
from varcolor.cli.folders.report import Telling, run_plan
from varcolor.errors import InputError
from varcolor.options import FilmOptions

if TYPE_CHECKING:
    from varcolor.batch.task import Task
    from varcolor.cli.films.film import FilmOutput


def coloured_films(
    path: Path,
    films: list[Path],
    keys: Path,
    options: FilmOptions,
    out: FilmOutput,
    run: RunOptions,
) -> int:
    """Colour every video of a folder that has a folder of keys; return the exit code."""
    from varcolor.batch.journal import NAME
    from varcolor.batch.plan import Plan

    to = path.with_name(f"{path.name}.colour") if out.out is None else out.out
    if to.suffix and not to.is_dir():
        raise InputError(f"{to}: films of a folder go into a folder; name one")
    tasks = tuple(_task(film, keys, to, options, out) for film in films)
    telling = Telling(lambda facts: str(facts["outputs"][0]), out.json, out.quiet)
    run = replace(run, jobs=run.jobs or 1, journal=run.journal or to / NAME)
    return run_plan(Plan(tasks), run, telling, options.threads)


def _task(film: Path, keys: Path, to: Path, options: FilmOptions, out: FilmOutput) -> Task:
    from varcolor.batch.jobs.film import Film
    from varcolor.batch.task import Task

    own = next((p for p in (keys / film.name, keys / film.stem) if p.is_dir()), None)
    suffix = {"prores": ".mov", "h264": ".mp4"}.get(out.codec, ".mkv")
    job: Any = Film(options, own or keys, out.codec, 4 if out.preview else 1)
    how: Any = "skip" if out.on_exists == "error" else out.on_exists
    reason = "" if own else f"{film}: {keys} holds no folder of keys {film.stem}"
    return Task(film, to / f"{film.stem}.colour{suffix}", job, on_exists=how, reason=reason)
