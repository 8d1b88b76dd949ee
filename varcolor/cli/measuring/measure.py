"""The work of `varcolor metrics`: match, check what will be written, measure side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.batch import task as batch_task
from varcolor.batch.jobs.measure import Measure
from varcolor.batch.pairs import MAP_SUFFIX, Match, folders_of, match
from varcolor.batch.plan import Plan
from varcolor.batch.task import Outcome
from varcolor.cli import output
from varcolor.cli.folders.options import RunOptions
from varcolor.cli.folders.report import outcomes
from varcolor.cli.naming import OnExists, checked, place
from varcolor.errors import FileError, InputError
from varcolor.image.formats import format_of
from varcolor.image.picture import as_picture
from varcolor.image.publish import sweep
from varcolor.image.write import content
from varcolor.metrics.metric import Metric
from varcolor.metrics.pictures import Thumbs, sheet
from varcolor.metrics.report import WRITERS, Report, Row

if TYPE_CHECKING:
    from varcolor.cli.measuring.metrics import FileOptions


@dataclass(frozen=True, slots=True)
class Task:
    """One result to measure."""

    match: Match
    reference: str
    result: str
    map: Path | None
    """Where its error map goes; None for none."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that will be done, decided before any of it is."""

    metrics: tuple[Metric, ...]
    named: frozenset[str]
    """Metrics that were asked for by name: one that is not defined counts as not done."""
    tasks: tuple[Task, ...]
    failures: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]
    reports: dict[Path, Path]
    """Folder of results -> its report file."""
    sheet: Path | None
    on_exists: OnExists


def plan(
    reference: Path,
    results: Sequence[Path],
    metrics: tuple[Metric, ...],
    named: frozenset[str],
    files: FileOptions,
) -> Job:
    """Match files and settle all outputs.

    Raises
    ------
    InputError
        If options contradict each other, or an output exists and may not be replaced.
    FileError
        If there is no reference, or an output cannot be written.
    """
    if files.jobs is not None and files.jobs < 1:
        raise InputError(f"--jobs {files.jobs}: expected 1 or more")
    if files.skip_existing and files.report is None:
        raise InputError("--skip-existing: needs --report NAME, the file that it looks for")
    if files.report is not None and (
        Path(files.report).name != files.report or Path(files.report).suffix not in WRITERS
    ):
        raise InputError(f"--report {files.report}: a file name ending in {' '.join(WRITERS)}")
    if files.sheet is not None:
        format_of(files.sheet)
    matching = match(reference, results, files.recursive)
    matches, skipped = list(matching.matches), []
    reports: dict[Path, Path] = {}
    if files.report is not None:
        for folder in folders_of(matches):
            target = folder / files.report
            if files.skip_existing and target.exists():
                skipped.append((str(folder), f"has its {files.report} already, left out"))
                matches = [m for m in matches if m.result.parent != folder]
                continue
            allowed = checked(target, files.on_exists, ())
            if allowed is not None:
                reports[folder] = allowed
    inputs = [p for m in matches for p in (m.reference, m.result)]
    sheet_target = None if files.sheet is None else checked(files.sheet, files.on_exists, inputs)
    maps = list(_map_targets(matches, files.heatmap, files.on_exists))
    root = reference if reference.is_dir() else reference.parent
    # Below one folder the sub-folder tells results apart; else the whole path is needed.
    short = len(results) == 1
    tasks = tuple(
        Task(m, str(m.reference.relative_to(root)), str(m.place if short else m.result), target)
        for m, target in zip(matches, maps, strict=True)
    )
    failures = tuple((str(path), reason) for path, reason in matching.left_over)
    return Job(
        metrics, named, tasks, failures, tuple(skipped), reports, sheet_target, files.on_exists
    )


def _map_targets(
    matches: Sequence[Match], folder: Path | None, on_exists: OnExists
) -> Iterator[Path | None]:
    taken: set[Path] = set()
    for item in matches:
        if folder is None:
            yield None
            continue
        name = f"{item.place.stem}{MAP_SUFFIX}.png"
        target = folder / item.place.with_name(name)
        number = 2
        # Results of one name from several folders: numbered in the order they were named.
        while target in taken:
            target = folder / item.place.with_name(f"{item.place.stem}-{number}{MAP_SUFFIX}.png")
            number += 1
        taken.add(target)
        yield checked(target, on_exists, ())


def measure(
    job: Job, digits: int, files: FileOptions, weights: Path | None = None
) -> tuple[Report, bool]:
    """Measure all results and write what was asked for.

    Returns the report, and whether something that was asked for is missing: a metric somewhere, a
    file, or its name.
    """
    sweep(path.parent for path in (*job.reports.values(), *(t.map for t in job.tasks if t.map)))
    failures = list(job.failures)
    for file, reason in failures:
        _complain(file, reason)
    found: dict[int, Outcome] = {}
    bar = output.Bar("metrics", files.quiet)
    plan = Plan(tuple(_tasks(job, weights)))
    how = RunOptions(jobs=files.jobs)
    try:
        for done, outcome in enumerate(outcomes(plan, how, small=True), 1):
            bar("", done / len(plan))
            if outcome.status == "done":
                found[outcome.facts["index"]] = outcome
                continue
            bar.clear()
            _complain(str(outcome.input), outcome.reason)
            failures.append((str(outcome.input), outcome.reason))
    finally:
        bar.clear()
    ordered = [found[i] for i in sorted(found)]
    for outcome in ordered:
        output.note(outcome.notes, files.quiet)
    rows = tuple(_row(job.tasks[outcome.facts["index"]], outcome) for outcome in ordered)
    report = Report(job.metrics, rows, tuple(failures))
    pictures = [o.facts["thumbs"] for o in ordered if "thumbs" in o.facts]
    lost = False
    for path, data in _extras(job, report, pictures, digits):
        try:
            lost |= bool(told := _written(path, data, job.on_exists))
            output.note(told, files.quiet)
        except FileError as error:  # the scores are still printed
            _complain(str(path), str(error))
            lost = True
    unasked = (not o.facts["as_asked"] or job.named & {*o.facts["undefined"]} for o in ordered)
    return report, lost or any(unasked)


def _tasks(job: Job, weights: Path | None) -> Iterator[batch_task.Task]:
    names = tuple(metric.name for metric in job.metrics)
    for index, task in enumerate(job.tasks):
        own = Measure(
            task.match.reference,
            names,
            index,
            (task.reference, task.result),
            weights,
            task.map is not None,
            job.sheet is not None,
        )
        target = task.map or task.match.result
        yield batch_task.Task(task.match.result, target, own, on_exists=job.on_exists)


def _row(task: Task, outcome: Outcome) -> Row:
    return Row(task.reference, task.result, tuple(outcome.facts["values"]))


def _written(path: Path, data: bytes, on_exists: OnExists) -> tuple[str, ...]:
    """Write a file, and return notes on a name that is not the one that was asked for."""
    placed = place({path: data}, on_exists)
    return () if placed is None else placed.notes


def _complain(file: str, reason: str) -> None:
    output.complain(reason if file in reason else f"{file}: {reason}")


def _extras(
    job: Job, report: Report, rows: list[Thumbs], digits: int
) -> Iterator[tuple[Path, bytes]]:
    """Yield the sheet and the reports: names and contents."""
    if job.sheet is not None and rows:
        yield job.sheet, content(as_picture(sheet(rows)), format_of(job.sheet))[0]
    for folder, target in job.reports.items():
        tasks = [t for t in job.tasks if t.match.result.parent == folder]
        names = {t.result for t in tasks}
        paths = {str(t.match.result) for t in tasks}
        part = Report(
            report.metrics,
            tuple(row for row in report.rows if row.result in names),
            tuple(failure for failure in report.failures if failure[0] in paths),
        )
        text = WRITERS[target.suffix](part, digits)
        yield target, (text.rstrip("\n") + "\n").encode()
