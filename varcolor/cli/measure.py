"""The work of `varcolor metrics`: match, check what will be written, measure side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.batch.pairs import MAP_SUFFIX, Match, folders_of, match
from varcolor.cli import output
from varcolor.cli.naming import OnExists, checked, place
from varcolor.errors import FileError, InputError, VarcolorError
from varcolor.image.formats import FORMATS, format_of
from varcolor.image.picture import as_picture
from varcolor.image.publish import sweep
from varcolor.image.read import read
from varcolor.image.write import content
from varcolor.metrics.metric import Metric
from varcolor.metrics.pair import make_pair
from varcolor.metrics.pictures import Thumbs, heatmap, sheet, thumbs
from varcolor.metrics.report import WRITERS, Report, Row, Value
from varcolor.typing import Array

if TYPE_CHECKING:
    from varcolor.cli.metrics import FileOptions

_MOST_JOBS = 4


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


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of a task."""

    row: Row
    notes: tuple[str, ...]
    undefined: frozenset[str]
    thumbs: Thumbs | None
    renamed: bool


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


def measure(job: Job, digits: int, files: FileOptions) -> tuple[Report, bool]:
    """Measure all results and write what was asked for.

    Returns the report, and whether something that was asked for is missing: a metric somewhere, a
    file, or its name.
    """
    sweep(path.parent for path in (*job.reports.values(), *(t.map for t in job.tasks if t.map)))
    failures = list(job.failures)
    for file, reason in failures:
        _complain(file, reason)
    outcomes: dict[int, Outcome] = {}
    bar = output.Bar("metrics", files.quiet)
    jobs = files.jobs or min(os.cpu_count() or 1, _MOST_JOBS)
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        futures: dict[Future[Outcome], int] = {
            pool.submit(_measure_one, task, job): i for i, task in enumerate(job.tasks)
        }
        for done, future in enumerate(as_completed(futures), 1):
            index = futures[future]
            bar("", done / len(futures))
            try:
                outcomes[index] = future.result()
            except (VarcolorError, MemoryError, OSError) as error:
                bar.clear()
                task = job.tasks[index]
                reason = output.reason_of(error)
                _complain(str(task.match.result), reason)
                failures.append((str(task.match.result), reason))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        bar.clear()
    ordered = [outcomes[i] for i in sorted(outcomes)]
    for outcome in ordered:
        output.note(outcome.notes, files.quiet)
    report = Report(job.metrics, tuple(o.row for o in ordered), tuple(failures))
    rows = [o.thumbs for o in ordered if o.thumbs is not None]
    lost = False
    for path, data in _extras(job, report, rows, digits):
        try:
            lost |= bool(told := _written(path, data, job.on_exists))
            output.note(told, files.quiet)
        except FileError as error:  # the scores are still printed
            _complain(str(path), str(error))
            lost = True
    return report, lost or any(o.undefined & job.named or o.renamed for o in ordered)


def _written(path: Path, data: bytes, on_exists: OnExists) -> tuple[str, ...]:
    """Write a file, and return notes on a name that is not the one that was asked for."""
    placed = place({path: data}, on_exists)
    return () if placed is None else placed.notes


def _complain(file: str, reason: str) -> None:
    output.complain(reason if file in reason else f"{file}: {reason}")


def _measure_one(task: Task, job: Job) -> Outcome:
    pair = make_pair(read(task.match.reference), read(task.match.result))
    values: list[Value] = []
    notes: list[str] = []
    undefined = set()
    for metric in job.metrics:
        try:
            values.append(metric.of(pair))
        except FileError:
            raise
        except InputError as error:
            values.append(None)
            undefined.add(metric.name)
            notes.append(f"{task.result}: {error}")
    renamed: tuple[str, ...] = ()
    if task.map is not None:
        renamed = _written(task.map, _png(heatmap(pair.difference)), job.on_exists)
    small = None
    if job.sheet is not None:
        label = f"{task.reference}  |  {task.result}  |  mean dE {pair.difference.mean():.2f}"
        small = thumbs(label, pair.reference, pair.result, pair.difference)
    row = Row(task.reference, task.result, tuple(values))
    return Outcome(row, (*notes, *renamed), frozenset(undefined), small, bool(renamed))


def _png(pixels: Array) -> bytes:
    return content(as_picture(pixels), FORMATS["PNG"])[0]


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
