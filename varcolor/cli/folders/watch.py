"""`varcolor watch`: photos are coloured as they come into a folder."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from varcolor.cli import OK, PARTLY, output
from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.folders.report import Telling, engine_of, tell
from varcolor.cli.folders.work import CueFolder
from varcolor.cli.naming import WRITES
from varcolor.cli.options import (
    CueOptions,
    GuessParameters,
    ObjectParameters,
    SolveParameters,
    options_from,
)
from varcolor.errors import InputError
from varcolor.options import SolveOptions

_CUES, _GUESS, _SOLVE = CueOptions(), GuessParameters(), SolveParameters()
_OBJECTS = ObjectParameters()


def watch(
    folder: Annotated[Path, Parameter(help="The folder that is watched, with its sub-folders.")],
    out: Annotated[
        Path, WRITES, Parameter(help="Folder of the results; sub-folders are mirrored.")
    ],
    /,
    *,
    polling: Annotated[
        bool,
        Parameter(negative="", help="Look every two seconds; network drives send no events."),
    ] = False,
    sweep: Annotated[
        float, Parameter(help="Seconds between looks at the whole folder, events or not.")
    ] = 60.0,
    json: Annotated[bool, Parameter(negative="", help="Print one line of JSON a file.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes.")] = False,
    cue_folder: CueFolder = None,
    cues: CueOptions = _CUES,
    guess: GuessParameters = _GUESS,
    objects: ObjectParameters = _OBJECTS,
    solve: SolveParameters = _SOLVE,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Colour photos as they come, each once it is whole and its cues are there.

    Files may be copied slowly, moved or renamed into the folder, in bursts; cues may come before or
    after their photo. A changed photo or cue file is done again; deletions are no commands. SIGTERM
    and Ctrl-C end it after the photos in work; the journal in the output folder lets the next start
    go on from there.
    """
    from varcolor.batch.jobs.colour import Colorize
    from varcolor.batch.journal import NAME, Journal
    from varcolor.batch.plan import Plan
    from varcolor.batch.share import share
    from varcolor.batch.watch import Watch

    run.check()
    if run.dry_run or run.fail_fast or run.retry_failed:
        raise InputError("watch: has no --dry-run, --fail-fast or --retry-failed")
    if sweep <= 0:
        raise InputError(f"--sweep {sweep}: must be above 0")
    options = options_from(SolveOptions, guess, objects, solve)
    options.make_method()
    own = share((), run.jobs or 1, options.threads)
    watched = Watch(
        folder,
        out,
        Colorize(options),
        Journal(run.journal or out / NAME),
        lambda: engine_of(Plan(()), run, own, small=False),
        own,
        cues.sources(),
        cue_folder,
        polling,
        sweep,
    )
    failed = 0
    telling = Telling(lambda facts: str(facts["outputs"][0]), json, quiet)
    output.note([f"watching {folder}"], quiet)
    with _ended_by_signals(watched.stop):
        for outcome in watched.outcomes():
            failed += outcome.status == "failed"
            tell(outcome, telling, several=True)
    return PARTLY if failed else OK


@contextmanager
def _ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set an event; one more, later, ends the program at once."""
    told: list[float] = []

    def end(number: int, _: object) -> None:
        told.append(time.monotonic())
        if told[-1] - told[0] > 1:  # some senders tell the process and its group
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
