"""Threads for kernels that release the interpreter lock: one pool per process."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from varcolor.backend.cores import usable
from varcolor.backend.forks import reset_after_forks
from varcolor.backend.jit.kernel import Bound, Kernel
from varcolor.checks import whole

T = TypeVar("T")

#: Rows from one to before another.
Strips = list[tuple[int, int]]
#: Grids below the size that threads pay for are one strip.
ONE_STRIP_BELOW = 12000

#: Most rows of a picture that a thread treats at a time.
_BAND = 128
_SHARED_FROM = 32


def bands(rows: int, most: int = _BAND) -> list[tuple[int, int]]:
    """Divide rows 1 to ``rows`` (a border counted) into an even number of equal strips.

    Of ``most`` rows each, if there are enough to share.
    """
    count = 2 * math.ceil(rows / (2 * most)) if rows >= _SHARED_FROM else 1
    edges = [1 + rows * i // count for i in range(count + 1)]
    return list(itertools.pairwise(edges))


def strips_of(rows: int, pixels: int, most: int = 128) -> Strips:
    """Divide rows 1 to ``rows`` (border counted) into strips, of ``most`` rows each."""
    return bands(rows, most) if pixels >= ONE_STRIP_BELOW else [(1, rows + 1)]


def check_threads(threads: int | None) -> None:
    """Refuse what is no number of threads.

    Raises
    ------
    InputError
        If it is neither None nor a whole number above 0.
    """
    if threads is not None:
        whole("threads", threads, 1)


class ThreadPool:
    """The threads of this process, beside those that ask for work; all teams share them.

    A budget, by default one thread less than there are cores for this process, says how many are at
    work at a time. Who asks for more than what is left of it does its work alone: then there are
    callers enough to keep the cores busy. Nobody waits for anybody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._executors: dict[int, ThreadPoolExecutor] = {}
        self._at_work: set[int] = set()
        """The sizes of the executors that are."""
        self._budget = 0  # not known yet: it takes reading files
        reset_after_forks(self)

    def reset(self) -> None:
        """Start with new threads, in a forked process that has none of the old ones."""
        self._lock = threading.Lock()
        self._executors, self._at_work, self._budget = {}, set(), 0

    @contextmanager
    def helpers(self, count: int) -> Iterator[bool]:
        """Take so many threads out of the budget; False if they are not to be had now."""
        with self._lock:
            self._budget = self._budget or usable()
            left = max(self._budget - 1, count) - sum(self._at_work)
            granted = count not in self._at_work and count <= left
            if granted:
                self._at_work.add(count)
        at_work = self._at_work
        try:
            yield granted
        finally:
            if granted:
                at_work.discard(count)  # of before a fork, if there was one meanwhile

    def executor(self, count: int) -> ThreadPoolExecutor | None:
        """Return so many threads, taken out of the budget before; None if they cannot be had."""
        if count not in self._executors:
            executor, ready = ThreadPoolExecutor(count), threading.Barrier(count + 1)
            try:
                for _ in range(count):
                    executor.submit(ready.wait)
            except (RuntimeError, MemoryError):
                ready.abort()
                executor.shutdown(wait=False, cancel_futures=True)
                return None
            ready.wait()
            self._executors[count] = executor
        return self._executors[count]


#: That of this process.
_POOL = ThreadPool()


class Team:
    """How many threads share the strips of a picture; they are those of the process's pool.

    Parameters
    ----------
    threads : int, optional
        How many at most, the caller's included; by default as many as there are cores for this
        process, at most 16.

    Raises
    ------
    InputError
        If that is no whole number above 0.
    """

    __slots__ = ("size",)

    def __init__(self, threads: int | None = None) -> None:
        check_threads(threads)
        self.size = min(16, usable()) if threads is None else threads

    def run(self, work: Callable[..., T], strips: Sequence[tuple[int, int]], *args: Any) -> list[T]:
        """Return ``work(*args, top, bottom)`` of every strip, in order; one runs here."""
        fixed = work.bind(*args) if isinstance(work, Kernel | Bound) else partial(work, *args)
        if self.size == 1 or len(strips) == 1:
            return _each(fixed, strips)
        with _POOL.helpers(self.size - 1) as granted:
            if not granted:
                return _each(fixed, strips)
            executor = _POOL.executor(self.size - 1)
            if executor is None:
                return _each(fixed, strips)
            return _shared(fixed, strips, executor, min(self.size, len(strips)) - 1)


def _each(bound: Callable[..., T], strips: Sequence[tuple[int, int]]) -> list[T]:
    return [bound(*strip) for strip in strips]


def _shared(
    bound: Callable[..., T],
    strips: Sequence[tuple[int, int]],
    executor: ThreadPoolExecutor,
    more: int,
) -> list[T]:
    """Return the same by this thread and ``more`` others, which take the strips one by one.

    Nobody waits for a thread that has not begun when all strips are taken.
    """
    results: list[Any] = [None] * len(strips)
    left = enumerate(strips)  # who takes the next one holds the interpreter's lock

    def work() -> None:
        for index, strip in left:
            results[index] = bound(*strip)

    others = [executor.submit(work) for _ in range(more)]
    try:
        work()
    finally:
        errors = [future.exception() for future in others if not future.cancel()]
    for error in errors:
        if error is not None:
            raise error
    return results
