"""What a run will do, photo by photo, before any of it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from varcolor.batch.cue_files import CueFiles, by_kind
from varcolor.batch.find import Found, Item, find
from varcolor.batch.jobs.colour import Colorize, Recolor
from varcolor.batch.journal import Journal
from varcolor.batch.manifest import SUFFIXES, Row, read_manifest
from varcolor.batch.naming import OnExists, checked, name_for, numbered
from varcolor.batch.reasons import DISK, fault_of
from varcolor.batch.task import Job, Outcome, Task
from varcolor.cues.sources import CueSources
from varcolor.errors import FileError, InputError
from varcolor.options import SolveOptions

NO_CUES = CueSources()


@dataclass(frozen=True, slots=True)
class Plan:
    """Tasks in the order in which they are begun."""

    tasks: tuple[Task, ...]
    passed_over: dict[str, int] = field(default_factory=dict)
    """How many files in folders are no inputs, by the reason."""

    def __len__(self) -> int:
        return len(self.tasks)

    def settled(
        self, journal: Journal | None = None, retry_failed: bool = False
    ) -> Iterator[Task | Outcome]:
        """Yield the tasks as they will be done, with final names, or the reason why they cannot be.

        What is finished by a journal comes as its outcome.
        """
        claimed = {str(path.absolute()) for t in self.tasks for path in t.job.targets(t)}
        for task in self.tasks:
            earlier = journal and journal.earlier(task, retry_failed)
            own = None if journal is None else partial(journal.left, task)
            yield earlier or settle(task, claimed, own)


def settle(
    task: Task,
    claimed: set[str],
    own: Callable[[Path], bool] | None = None,
    raising: bool = False,
) -> Task:
    """Return a task with its final name, or with the reason why it cannot be done.

    Parameters
    ----------
    task : Task
        As planned.
    claimed : set of str
        Absolute names that other tasks have; a number that is taken is added.
    own : callable, optional
        Whether a file that exists is one that an interrupted run has left: it is replaced.
    raising : bool
        Whether what cannot be done is an error instead.

    Raises
    ------
    FileError
        If nothing can be written to that disk, whatever the task.
    FileError, InputError
        With ``raising`` alone.
    """
    if task.reason:
        return task
    targets = task.job.targets(task)
    if own is not None and any(own(path) for path in targets):
        task = replace(task, on_exists="overwrite")
    try:
        allowed = [checked(path, task.on_exists, task.files()) for path in targets]
    except (FileError, InputError) as error:
        if raising or fault_of(error) == DISK:
            raise
        return replace(task, reason=str(error))
    if any(path is None for path in allowed):
        return replace(task, reason="the output exists already", skip=True)
    if task.on_exists == "number" and any(os.path.lexists(path) for path in targets):
        return _numbered(task, claimed)
    return task


def _numbered(task: Task, claimed: set[str]) -> Task:
    """Return the task under the first number that is free for all of its files."""
    number = 2
    while True:
        # Of the codec the output is a stem, which has no ending to keep.
        stem = None if task.output in task.job.targets(task) else task.output.name
        named = replace(task, output=numbered(task.output, number, stem))
        number += 1
        names = {str(path.absolute()) for path in named.job.targets(named)}
        if not names & claimed and not any(map(os.path.lexists, names)):
            claimed |= names
            return named


def plan_of(found: Found, job: Job, on_exists: OnExists | None, cues: CueSources = NO_CUES) -> Plan:
    """Return the plan of inputs that were found, all with the same options.

    ``on_exists``: default error for one file, skip for folders.
    """
    rule = on_exists or ("error" if found.single else "skip")
    tasks = [Task(item.path, item.stem, job, cues, rule) for item in found.items]
    return Plan((*_missing(found, job), *tasks), found.passed_over)


def _missing(found: Found, job: Job) -> Iterator[Task]:
    for path, reason in found.missing:
        yield Task(path, path, job, reason=reason)


def plan(
    inputs: str | Path | Iterable[str | Path],
    out: str | Path | None = None,
    options: SolveOptions | None = None,
    *,
    job: str = "colorize",
    cues: CueSources | None = None,
    cue_folder: str | Path | None = None,
    on_exists: OnExists = "skip",
    quality: int | None = None,
) -> Plan:
    """Return the plan to colour photos: every input with its cues, options and output.

    Parameters
    ----------
    inputs : path or iterable of paths
        Photos, folders (searched with their sub-folders, which are mirrored), and manifests (.csv,
        .jsonl; see `varcolor.batch.manifest`).
    out : path, optional
        Folder of the results; default: beside the photos.
    options : SolveOptions or RecolorOptions, optional
        Of all photos; rows of manifests may differ.
    job : {"colorize", "recolor"}
        What is done.
    cues : CueSources, optional
        Cues for all photos; those of a photo's own lie above them.
    cue_folder : path, optional
        A folder of cue files, beside those that lie with the photos; see
        `varcolor.batch.cue_files` for their names.
    on_exists : {"skip", "error", "overwrite", "number"}
        What to do where an output exists.
    quality : int, optional
        1..100, lossy; see `varcolor.write`.

    Returns
    -------
    Plan
        For `varcolor.batch`.

    Raises
    ------
    InputError
        If nothing was named, options are unknown or a manifest cannot be used.
    """
    kinds: dict[str, Any] = {"colorize": Colorize, "recolor": Recolor}
    if job not in kinds:
        raise InputError(f"job {job!r}: expected {' or '.join(kinds)}")
    paths = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    folder = None if out is None else Path(out)
    wanted: Any = _options_kind(job)
    given = wanted() if options is None else options
    if not isinstance(given, wanted):
        raise InputError(f"job {job!r} takes {wanted.__name__}, not {type(given).__name__}")
    given.make_method()
    work: Job = kinds[job](given, quality)
    whole = cues or CueSources()
    known = CueFiles(None if cue_folder is None else Path(cue_folder))
    manifests = [Path(p) for p in paths if _is_manifest(Path(p))]
    others = [Path(p) for p in paths if not _is_manifest(Path(p))]
    tasks: list[Task] = []
    passed_over: dict[str, int] = {}
    if others or not manifests:
        found = find(others, folder)
        passed_over = found.passed_over
        tasks += _missing(found, work)
        tasks += (photo_task(item, work, known, whole, on_exists) for item in found.items)
    for manifest in manifests:
        rows = read_manifest(manifest)
        tasks += (_row_task(manifest, row, work, known, whole, folder, on_exists) for row in rows)
    return Plan(tuple(_unique(tasks)), passed_over)


def _options_kind(job: str) -> type[SolveOptions]:
    from varcolor.options import RecolorOptions

    return RecolorOptions if job == "recolor" else SolveOptions


def _is_manifest(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


def photo_task(
    item: Item, job: Job, known: CueFiles, whole: CueSources, on_exists: OnExists
) -> Task:
    """Return the task of a photo that was found, with its own cues over those for all."""
    own = known.of(item.path, item.below).over(whole)
    name = name_for(item.stem.with_name(item.stem.name + item.path.suffix))
    task = Task(item.path, item.stem.with_name(name), job, own, on_exists)
    return uncued(task)


def uncued(task: Task) -> Task:
    """Return the task, skipped if there is nothing that could colour the photo."""
    options = getattr(task.job, "options", None)
    if task.cues or options is None or options.prior not in (None, "none", "gp", "agreed"):
        return task
    if getattr(options, "by_palette", False):
        return task
    stem = task.input.stem
    names = f"{stem}.strokes.json, {stem}.marked.png, …"
    return replace(task, reason=f"no cues for it ({names})", skip=True)


def _row_task(
    manifest: Path,
    row: Row,
    job: Job,
    known: CueFiles,
    whole: CueSources,
    out: Path | None,
    on_exists: OnExists,
) -> Task:
    if not isinstance(job, Colorize):
        raise InputError(f"{manifest}: manifests are for colorize and recolor")
    try:
        values = {**job.options.to_dict(), **row.options}
        own = type(job.options).from_dict(values)
        own.make_method()
        cues = known.of(row.path)
        for path in row.cues:
            cues = by_kind(path).over(cues)
    except InputError as error:
        raise InputError(f"{manifest}: line {row.line}: {error}") from None
    work = replace(job, options=own)
    name = name_for(row.path)
    output = row.output
    if output is None:
        output = (out or row.path.parent) / name
    elif row.output is not None and row.output.is_dir():
        output = row.output / name
    if not os.path.lexists(row.path):
        return Task(row.path, output, work, reason="no such file or folder")
    return uncued(Task(row.path, output, work, cues.over(whole), on_exists))


def _unique(tasks: Sequence[Task]) -> Iterator[Task]:
    """Yield the tasks; what a second one would write over the first is refused."""
    inputs: set[str] = set()
    outputs: dict[str, Path] = {}
    for task in tasks:
        if task.reason:
            yield task
            continue
        if task.key in inputs:
            continue
        inputs.add(task.key)
        name = str(task.output.absolute()).casefold()
        other = outputs.setdefault(name, task.input)
        doubled = f"{task.output}: is the output of {other}, too"
        yield task if other == task.input else replace(task, reason=doubled)
