"""What the run asks of those who do the work."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from varcolor.batch.task import Outcome, Task

#: Tasks that a worker is given at a time: one runs; one waits, so that it need not wait for the
#: journal, and a cluster that grows on demand sees that there is more to do.
DEPTH = 2


class WorkerDied(Exception):  # noqa: N818
    """The process that did a task has ended; ``guilty`` if it was at this very task."""

    def __init__(self, who: str, guilty: bool = True) -> None:
        super().__init__(who)
        self.who, self.guilty = who, guilty


class Engine(Protocol):
    """Runs tasks; none of them can take another one down."""

    def room(self) -> int:
        """Return how many more tasks may be handed over now.

        Raises
        ------
        BackendError
            If all who do the work are gone for good.
        """
        ...

    def width(self) -> int:
        """Return how many tasks run at a time."""
        ...

    def submit(self, task: Task) -> Future[Outcome]:
        """Hand a task over. Its future may raise `WorkerDied`, or as `room`; nothing else."""
        ...

    def close(self, now: bool = False) -> None:
        """End all workers, ``now``: in the middle of their work."""
        ...
