"""Processes of this machine, each a `concurrent.futures.ProcessPoolExecutor` of its own.

A pool of one process tells which task it was at when it was killed, and takes no other process with
it: the next task gets a new pool. Each process has a second task waiting, so that it need not wait
for the journal. Processes end when their parent does, however that ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from varcolor.batch.engines.base import DEPTH, WorkerDied
from varcolor.batch.task import Outcome, Task
from varcolor.batch.work import work
from varcolor.errors import BackendError

#: Libraries that share out small products over all cores by themselves read these when they load.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def prepare(threads: int) -> None:
    """Make a new process ready: as many threads as are its share, an end with its parent's."""
    for name in _THREADS:
        os.environ.setdefault(name, str(threads))
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the parent decides
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    import varcolor.colorization  # noqa: F401  (once a process, not once a photo)


def _end_with(sentinel: Any) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def _ready() -> int:
    return os.getpid()


@dataclass(slots=True, eq=False)
class _Slot:
    """One process and what it is given."""

    threads: int
    pool: ProcessPoolExecutor
    given: deque[Future[Outcome]] = field(default_factory=deque)
    fresh: bool = True
    """Whether no task of this process has ended."""


class Processes:
    """A number of processes.

    Parameters
    ----------
    count : int
        How many.
    threads : int
        Threads of each.
    """

    def __init__(self, count: int, threads: int = 1) -> None:
        self.threads = threads
        self._lock = threading.RLock()
        self._deaths = 0
        self._slots = [_Slot(threads, self._pool()) for _ in range(count)]

    def _pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, context, initializer=prepare, initargs=(self.threads,))

    def width(self) -> int:
        """Return the number of processes."""
        return len(self._slots)

    def room(self) -> int:
        """Return how many more tasks may be handed over now."""
        with self._lock:
            return sum(DEPTH - len(slot.given) for slot in self._slots)

    def processes(self) -> list[int]:
        """Return the numbers of the processes that live."""
        pools = [slot.pool for slot in self._slots]
        return [
            number for pool in pools for number in list(getattr(pool, "_processes", None) or ())
        ]

    def submit(self, task: Task) -> Future[Outcome]:
        """Hand a task to the process that has least to do."""
        outer: Future[Outcome] = Future()
        outer.set_running_or_notify_cancel()
        with self._lock:
            slot = min(self._slots, key=lambda slot: len(slot.given))
            try:
                inner = slot.pool.submit(work, task)
            except (BrokenProcessPool, RuntimeError):
                self._renew(slot)
                inner = slot.pool.submit(work, task)
            slot.given.append(outer)
        inner.add_done_callback(lambda done: self._ended(slot, outer, done))
        return outer

    def _ended(self, slot: _Slot, outer: Future[Outcome], inner: Future[Outcome]) -> None:
        error = None if inner.cancelled() else inner.exception()
        with self._lock:
            first = bool(slot.given) and slot.given[0] is outer
            with contextlib.suppress(ValueError):
                slot.given.remove(outer)
            if error is None and not inner.cancelled():
                slot.fresh = False
        if inner.cancelled():
            outer.set_exception(WorkerDied("cancelled", guilty=False))
        elif error is None:
            outer.set_result(inner.result())
        else:
            # All futures of a broken pool fail, in the order in which they were handed over.
            guilty = first and not getattr(slot.pool, "_varcolor_blamed", False)
            slot.pool._varcolor_blamed = True  # type: ignore[attr-defined]
            outer.set_exception(WorkerDied("a process of this machine", guilty))

    def _renew(self, slot: _Slot) -> None:
        if slot.fresh:
            self._deaths += 1
        if self._deaths > 2 * len(self._slots):
            raise BackendError(
                "worker processes end before they have done anything: there is no memory for them, "
                "or the calling script is not guarded by if __name__ == '__main__':"
            )
        slot.pool.shutdown(wait=False)
        slot.pool, slot.fresh = self._pool(), True

    def close(self, now: bool = False) -> None:
        """End all processes."""
        for slot in self._slots:
            if now:
                for process in list((getattr(slot.pool, "_processes", None) or {}).values()):
                    process.kill()
        for slot in self._slots:
            slot.pool.shutdown(wait=True, cancel_futures=True)
