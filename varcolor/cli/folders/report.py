"""A plan printed or done, its outcomes told as they come, and the exit code."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from varcolor.batch.engines.inline import Inline
from varcolor.cli import FILES, OK, PARTLY, output

if TYPE_CHECKING:
    from varcolor.batch.engines.base import Engine
    from varcolor.batch.plan import Plan
    from varcolor.batch.share import Share
    from varcolor.batch.task import Outcome, Task
    from varcolor.cli.folders.options import RunOptions
    from varcolor.typing import Progress

#: Pixels that are done sooner in this process than others start.
SMALL = 2e6


@dataclass(frozen=True, slots=True)
class Telling:
    """How results are told."""

    line: Callable[[Mapping[str, Any]], str]
    """One for people, from the facts of a file."""
    json: bool = False
    quiet: bool = False


def run_plan(
    plan: Plan, how: RunOptions, telling: Telling, threads: int | None = None, small: bool = False
) -> int:
    """Do a plan as the command line asks for; return the exit code.

    With ``small``, a few small files are done in this process. Exit codes: 0 all well, 1 some files
    failed or got other names, 3 all failed.
    """
    how.check()
    if how.dry_run:
        return _printed(plan, how)
    if len(plan.tasks) == 1 and not plan.tasks[0].reason and how.journal is None:
        return _single(plan.tasks[0], telling)
    tally = Tally(len(plan.tasks), telling.quiet)
    try:
        for outcome in outcomes(plan, how, threads, small):
            tally.clear()
            tally.count(outcome)
            tell(outcome, telling, several=True)
            tally.show()
    finally:
        tally.clear()
    return tally.end(plan.passed_over, telling.quiet)


def outcomes(
    plan: Plan, how: RunOptions, threads: int | None = None, small: bool = False
) -> Iterator[Outcome]:
    """Yield what becomes of the files of a plan."""
    from varcolor.batch.journal import Journal
    from varcolor.batch.run import Run
    from varcolor.batch.share import share

    own = share(plan.tasks, how.jobs, threads)
    journal = None if how.journal is None else Journal(how.journal)
    try:
        engine = engine_of(plan, how, own, small)
    except BaseException:
        if journal is not None:
            journal.close()
        raise
    yield from Run(plan.tasks, engine, own, journal, how.retry_failed, how.fail_fast).outcomes()


def engine_of(plan: Plan, how: RunOptions, own: Share, small: bool) -> Engine:
    """Return who does the work."""
    if how.scheduler is not None or how.local is not None:
        from varcolor.batch.engines.cluster import Cluster

        return Cluster.of(how.scheduler, how.local, how.map_)
    if small and _pixels(plan) < SMALL:
        return Inline()
    from varcolor.batch.engines.processes import Processes

    return Processes(own.workers, own.threads)


def _pixels(plan: Plan) -> float:
    from varcolor.batch.share import shape_of

    total = 0.0
    for task in plan.tasks:
        height, width = (0, 0) if task.reason else shape_of(task.input)
        total += height * width
        if total >= SMALL:
            break
    return total


def _printed(plan: Plan, how: RunOptions) -> int:
    from varcolor.batch.journal import Journal
    from varcolor.batch.task import Outcome

    journal = None if how.journal is None else Journal(how.journal, look=True)
    for entry in plan.settled(journal, how.retry_failed):
        facts = entry.to_dict()
        output.result(facts | ({"earlier": True} if isinstance(entry, Outcome) else {}), "", True)
    return OK


def _single(task: Task, telling: Telling) -> int:
    """Do one task in this process; its errors are those of the command."""
    from varcolor.batch.plan import settle
    from varcolor.batch.task import Outcome
    from varcolor.image.publish import sweep

    bar: Progress = output.Bar(task.input.name, telling.quiet)
    began = time.perf_counter()
    with output.failures_in_json(telling.json, input=str(task.input)):
        try:
            sweep([task.output.parent])
            allowed = settle(task, set(), raising=True)
            facts = None if allowed.reason else allowed.job.run(allowed, bar)
        finally:
            bar.clear()  # type: ignore[attr-defined]
    seconds = time.perf_counter() - began
    if facts is None:
        outcome = Outcome(task.input, "skipped", "the output exists already", seconds=seconds)
    else:
        outputs, notes = facts.pop("outputs", ()), facts.pop("notes", ())
        own: Any = {"outputs": tuple(outputs), "notes": tuple(notes), "facts": facts}
        outcome = Outcome(task.input, "done", seconds=seconds, **own)
    tell(outcome, telling, several=False)
    return OK if outcome.facts.get("as_asked", True) else PARTLY


def tell(outcome: Outcome, telling: Telling, several: bool) -> None:
    """Say what became of a file."""
    name, facts = str(outcome.input), outcome.to_dict()
    if outcome.earlier:
        facts["earlier"] = True
    if outcome.status == "failed":
        reason = outcome.reason if name in outcome.reason else f"{name}: {outcome.reason}"
        output.complain(f"{reason} (earlier)" if outcome.earlier else reason)
        facts["error"] = outcome.reason
    elif outcome.status == "skipped":
        output.note([f"{name}: {outcome.reason}, skipped"], telling.quiet)
    elif not outcome.earlier:
        notes = outcome.notes
        output.note([f"{name}: {n}" if several else n for n in notes], telling.quiet)
    if telling.json:
        output.result(facts, "", True)
    elif outcome.status == "done" and not outcome.earlier:
        output.result(facts, telling.line(facts), False)


@dataclass(slots=True, eq=False)
class Tally:
    """What is counted on the way, and the line of progress."""

    total: int
    quiet: bool
    counts: Counter[str] = field(default_factory=Counter)
    amiss: int = 0
    """Files that got another name than was asked for, or whose solve missed its tolerance."""
    began: float = field(default_factory=time.monotonic)
    _bar: output.Bar = field(init=False)

    def __post_init__(self) -> None:
        self._bar = output.Bar("", self.quiet)

    def count(self, outcome: Outcome) -> None:
        """Take an outcome."""
        self.counts["earlier" if outcome.earlier else "now"] += 1
        self.counts[outcome.status] += 1
        self.amiss += not outcome.facts.get("as_asked", True)

    def show(self) -> None:
        """Draw the progress: files, failures, rate and time left."""
        ended = self.counts["now"] + self.counts["earlier"]
        rate = self.counts["now"] / max(time.monotonic() - self.began, 1e-9)
        left = (self.total - ended) / rate if rate else 0.0
        failed = f", {self.counts['failed']} failed" if self.counts["failed"] else ""
        words = f"{ended} of {self.total}{failed}, {rate:.3g}/s, {clock(left)} left"
        self._bar(words, ended / self.total if self.total else 1.0)

    def clear(self) -> None:
        """Take the progress off a terminal; elsewhere its lines go on until the end."""
        if self._bar.on_terminal:
            self._bar.clear()

    def end(self, passed_over: Mapping[str, int], quiet: bool) -> int:
        """Say what it came to; return the exit code."""
        self._bar.clear()
        for reason, count in passed_over.items():
            one = count == 1
            what = "file that is no input was" if one else "files that are no inputs were"
            why = "" if reason == "no input" else f" ({reason})"
            output.note([f"{count} {what} passed over{why}"], quiet)
        failed, done, skipped = (self.counts[k] for k in ("failed", "done", "skipped"))
        if not self.total:
            output.note(["nothing to do"], quiet)
        if self.counts["earlier"]:
            output.note([f"{self.counts['earlier']} of them by the journal, earlier"], quiet)
        if failed or (self.total > 1 and sys.stderr.isatty()):
            output.note([f"{done} done, {skipped} skipped, {failed} failed"], quiet)
        if failed:
            return PARTLY if done or skipped else FILES
        return PARTLY if self.amiss else OK


def clock(seconds: float) -> str:
    """Return a time as people read it: ``0:48``, ``3:05:00``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
