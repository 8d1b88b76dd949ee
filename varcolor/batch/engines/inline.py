"""The calling process, one task after the other: for a few small files."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from varcolor.batch.task import Outcome, Task
from varcolor.batch.work import work
from varcolor.typing import Progress


@dataclass(slots=True)
class Inline:
    """Does a task while it is handed over."""

    progress: Callable[[Task], Progress | None] = lambda task: None

    def room(self) -> int:
        """One at a time."""
        return 1

    def width(self) -> int:
        """One at a time."""
        return 1

    def submit(self, task: Task) -> Future[Outcome]:
        """Do it."""
        future: Future[Outcome] = Future()
        future.set_result(work(task, self.progress(task)))
        return future

    def close(self, now: bool = False) -> None:
        """Nothing is left to end."""
