"""A plan done: tasks handed out as memory allows, killed workers survived, all journalled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import partial
from pathlib import Path

from varcolor.batch.engines.base import Engine, WorkerDied
from varcolor.batch.journal import Journal
from varcolor.batch.plan import settle
from varcolor.batch.reasons import DISK, MEMORY
from varcolor.batch.share import Share, needs
from varcolor.batch.task import Outcome, Status, Task
from varcolor.batch.work import died
from varcolor.errors import BackendError, FileError
from varcolor.image.publish import sweep

#: Outcomes that need no work are told in parts of so many.
_AT_ONCE = 100


class Run:
    """One run of a plan.

    Parameters
    ----------
    tasks : iterable of Task
        In order.
    engine : Engine
        Who does them.
    share : Share
        Memory and threads.
    journal : Journal, optional
        What is known of earlier runs, and where this one is written down.
    retry_failed : bool
        Whether photos that failed in an earlier run are tried again.
    fail_fast : bool
        Whether nothing new is begun once a photo has failed.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        engine: Engine,
        share: Share,
        journal: Journal | None = None,
        retry_failed: bool = False,
        fail_fast: bool = False,
    ) -> None:
        self.engine, self.share, self.journal = engine, share, journal
        self.retry_failed, self.fail_fast = retry_failed, fail_fast
        self._todo = deque(tasks)
        self._claimed = {str(p.absolute()) for t in self._todo for p in t.job.targets(t)}
        self._alone: deque[Task] = deque()
        """Those that are tried once more, with nothing beside them."""
        self._running: dict[Future[Outcome], tuple[Task, float]] = {}
        self._deaths: dict[str, int] = {}
        self._stopped = False

    def outcomes(self) -> Generator[Outcome, None, None]:
        """Yield what becomes of the tasks, as they end.

        Raises
        ------
        FileError
            If nothing can be written any more (a full disk, a journal that cannot be written).
        BackendError
            If those who do the work are gone for good. In both cases what had been finished is
            written down, and a later run goes on from there.
        """
        folders = {task.output.parent for task in self._todo}
        sweep(folders)
        whole = False
        try:
            while self._todo or self._alone or self._running:
                known = self._hand_out()
                yield from known
                if known and not self._stopped:
                    continue  # there may be room for more
                if self._running:
                    yield from self._collect()
                elif self._stopped:
                    break
            whole = not self._stopped
        finally:
            self.engine.close(now=not whole)
            # Processes that were killed now, or with an earlier run, may have been writing.
            sweep(folders)
            if self.journal is not None:
                self.journal.close(whole)

    def stop(self) -> None:
        """Begin nothing new; what runs is finished."""
        self._todo.clear()
        self._alone.clear()

    def _hand_out(self) -> list[Outcome]:
        """Begin what there is room for; return what needs no work."""
        known: list[Outcome] = []
        begun: list[Task] = []
        ended: list[tuple[Task, Outcome]] = []
        sizes: list[float] = []
        while not self._stopped and self._todo and self._room() > len(begun):
            if len(known) + len(ended) >= _AT_ONCE:
                break
            task = self._todo[0]
            earlier = self.journal and self.journal.earlier(task, self.retry_failed)
            if earlier:
                self._todo.popleft()
                known.append(earlier)
                continue
            settled = self._settled(task)
            if settled.reason:
                self._todo.popleft()
                kind: Status = "skipped" if settled.skip else "failed"
                ended.append((settled, Outcome(task.input, kind, settled.reason)))
                continue
            size = needs(settled)
            used = sum(size for _, size in self._running.values()) + sum(sizes)
            if used + size > self.share.memory and (self._running or begun):
                break  # it waits until there is memory; alone it may take all there is
            self._todo.popleft()
            begun.append(settled)
            sizes.append(size)
        if self._alone and not (self._running or begun or self._todo or self._stopped):
            task = self._alone.popleft()
            begun.append(self._settled(task))
            sizes.append(self.share.memory)
        if self.journal is not None:
            self.journal.start(begun)
        for task, size in zip(begun, sizes, strict=True):
            sent = replace(task, job=task.job.on_threads(self.share.threads))
            self._running[self.engine.submit(sent)] = task, size
        return [*known, *self._written(ended)]

    def _settled(self, task: Task) -> Task:
        """Return a task with its final name; end the run if nothing can be written any more."""
        try:
            return settle(task, self._claimed, self._own(task))
        except FileError as error:
            raise self._no_more(str(error)) from error

    def _no_more(self, reason: str) -> FileError:
        """Stop; return the error that says so."""
        self._stopped = True
        return FileError(
            f"{reason}; nothing more is begun: make room, or make the disk writable, and run the "
            "same command again to go on"
        )

    def _room(self) -> int:
        try:
            return self.engine.room()
        except BackendError:
            if self._running:
                return 0  # what has ended is written down before it is told
            raise

    def _own(self, task: Task) -> Callable[[Path], bool] | None:
        return None if self.journal is None else partial(self.journal.left, task)

    def _collect(self) -> Iterable[Outcome]:
        """Wait for tasks that end; return what became of them."""
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        ended: list[tuple[Task, Outcome]] = []
        full: Outcome | None = None
        gone: BaseException | None = None
        for future in done:
            task, _ = self._running.pop(future)
            error = future.exception()
            if isinstance(error, WorkerDied):
                outcome = self._after_death(task, error)
            elif error is not None:
                gone = error
                continue  # no row: the next run does it
            else:
                outcome = future.result()
                crowded = self.engine.width() > 1 and task.key not in self._deaths
                if outcome.fault == MEMORY and crowded:
                    self._deaths[task.key] = 1
                    self._alone.append(task)
                    outcome = None
            if outcome is None:
                continue
            if outcome.fault == DISK:
                full = outcome
                continue  # no row: the next run does it
            ended.append((task, outcome))
        result = self._written(ended)
        if gone is not None:
            self._stopped = True
            raise gone
        if full is not None:
            raise self._no_more(full.reason)
        return result

    def _after_death(self, task: Task, error: WorkerDied) -> Outcome | None:
        """Put a task back; return its outcome if it has had its second try."""
        if not error.guilty:
            self._todo.appendleft(task)
            return None
        times = self._deaths[task.key] = self._deaths.get(task.key, 0) + 1
        if times > 1:
            return died(task, error.who, times)
        self._alone.append(task)
        return None

    def _written(self, ended: list[tuple[Task, Outcome]]) -> list[Outcome]:
        if self.journal is not None:
            self.journal.finish(ended)
        if self.fail_fast and any(outcome.status == "failed" for _, outcome in ended):
            self._stopped = True
        return [outcome for _, outcome in ended]
