"""Folders that are watched: photos are taken when they are whole, each once.

Events (watchfiles: inotify, FSEvents, ReadDirectoryChanges) only wake the loop; what is there is
found by looking at the whole tree, which also runs every ``sweep`` seconds, so that missed events
(network drives send none) cost time and never a photo. A photo is taken when its size and times of
change are equal in two looks and it decodes; so are its cue files. Deletions are no commands.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from varcolor.batch.cue_files import CueFiles
from varcolor.batch.engines.base import Engine
from varcolor.batch.find import find
from varcolor.batch.jobs.colour import Colorize
from varcolor.batch.journal import Journal
from varcolor.batch.plan import photo_task
from varcolor.batch.run import Run
from varcolor.batch.share import Share
from varcolor.batch.task import Outcome, Task
from varcolor.cues.sources import CueSources
from varcolor.errors import FileError, MissingExtra

#: Seconds between two looks at a file that has changed.
SETTLE = 1.0
#: A file that does not decode may still be on its way: so many seconds from its last change.
PATIENCE = 60.0
#: Seconds between two looks where no events come.
POLL = 2.0

Looks = tuple[int, int, int]


@dataclass(slots=True, eq=False)
class Watch:
    """A watched folder.

    Parameters are fields.
    """

    folder: Path
    out: Path
    job: Colorize
    journal: Journal
    engine: Callable[[], Engine]
    """Makes who does the work; asked again for every burst of photos."""
    share: Share
    cues: CueSources = field(default_factory=CueSources)
    cue_folder: Path | None = None
    polling: bool = False
    """Whether no events are asked for: network drives send none."""
    sweep: float = 60.0
    """Seconds between looks at the whole tree, whatever the events say."""
    settle: float = SETTLE
    patience: float = PATIENCE
    stop: threading.Event = field(default_factory=threading.Event)
    """Ends it, after the photos that are being done."""
    _seen: dict[Path, Looks] = field(default_factory=dict)
    _doubts: dict[Path, tuple[Looks, float]] = field(default_factory=dict)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what becomes of the photos, until `stop` is set.

        Raises
        ------
        FileError
            If the folder is not there, or nothing can be written any more.
        """
        if not self.folder.is_dir():
            raise FileError(f"{self.folder}: no such folder to watch")
        wait = self._waiting()
        try:
            while not self.stop.is_set():
                ready, restless = self._look()
                if ready:
                    yield from self._done(ready)
                    continue
                wait(self.settle if restless else self.sweep)
        finally:
            self.journal.close(whole=True)

    def _look(self) -> tuple[list[Task], bool]:
        """Return the photos that are whole and not done, and whether others may soon be."""
        known = CueFiles(self.cue_folder)
        found = find([self.folder], self.out)
        ready: list[Task] = []
        restless = False
        before, self._seen = self._seen, {}
        for item in found.items:
            task = photo_task(item, self.job, known, self.cues, "skip")
            if task.reason or self.journal.earlier(task):
                continue  # no cues yet, or done
            still = True
            for path in task.files():
                now = _looks(path)
                still &= now is not None and before.get(path) == now
                if now is not None:
                    self._seen[path] = now
            if not still or self._waits(task):
                restless = True
            else:
                ready.append(task)
        return ready, restless

    def _waits(self, task: Task) -> bool:
        """Return whether a photo that did not decode may still be on its way."""
        looks, since = self._doubts.get(task.input, (None, 0.0))
        if looks is None or looks != self._seen.get(task.input):
            if _decodes(task.input):
                self._doubts.pop(task.input, None)
                return False
            self._doubts[task.input] = self._seen[task.input], time.monotonic()
            return True
        return time.monotonic() - since < self.patience

    def _done(self, tasks: list[Task]) -> Iterator[Outcome]:
        kept = _Kept(self.journal)
        run = Run(tasks, self.engine(), self.share, kept)  # type: ignore[arg-type]
        for outcome in run.outcomes():
            yield outcome
            if self.stop.is_set():
                run.stop()

    def _waiting(self) -> Callable[[float], None]:
        """Return what waits so many seconds, or shorter: until something changes, or `stop`."""
        if self.polling:
            return lambda seconds: _sleep(self.stop, min(seconds, max(self.settle, POLL)))
        try:
            from watchfiles import watch
        except ImportError:
            raise MissingExtra(
                "watching by events needs watchfiles: pip install 'varcolor[watch]', or use "
                "--polling"
            ) from None
        folders: list[Any] = [self.folder, *([self.cue_folder] if self.cue_folder else [])]
        changed = threading.Event()

        def listen() -> None:
            own: Any = {"stop_event": self.stop, "recursive": True, "raise_interrupt": False}
            for _ in watch(*folders, debounce=400, step=100, **own):
                changed.set()
            changed.set()

        threading.Thread(target=listen, daemon=True).start()

        def wait(seconds: float) -> None:
            changed.wait(seconds)
            changed.clear()
            if seconds > self.settle:  # let a burst pass
                self.stop.wait(self.settle)

        return wait


class _Kept:
    """A journal that outlives a run."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.earlier, self.left = journal.earlier, journal.left
        self.start, self.finish = journal.start, journal.finish

    def close(self, whole: bool = False) -> None:
        """Leave it open: the next burst goes on with it."""


def _sleep(stop: threading.Event, seconds: float) -> None:
    stop.wait(seconds)


def _looks(path: Path) -> Looks | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _decodes(path: Path) -> bool:
    from varcolor.image.read import read

    try:
        read(path)
    except Exception:
        return False
    return True
