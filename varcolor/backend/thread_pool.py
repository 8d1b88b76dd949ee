"""Threads for kernels that release the interpreter lock."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from varcolor.backend.cores import usable
from varcolor.backend.forks import renewed_after_forks
from varcolor.backend.jit.kernel import Bound, Kernel
from varcolor.backend.spin_pool import Crew, able
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


class Team:
    """A few threads that share the strips of a picture.

    Parameters
    ----------
    threads : int, optional
        How many; by default as many as there are cores for this process, at most 16.

    Raises
    ------
    InputError
        If that is no whole number above 0.
    """

    def __init__(self, threads: int | None = None) -> None:
        check_threads(threads)
        self.size = min(16, usable()) if threads is None else threads
        self._crew: Crew | None = None
        self._pool: ThreadPoolExecutor | None = None
        renewed_after_forks(self)

    def renew(self) -> None:
        """Start with new threads, in a forked process that has none of the old ones."""
        if self._crew is not None:
            self._crew.abandon()
        self._crew = self._pool = None

    def run(self, work: Callable[..., T], strips: Sequence[tuple[int, int]], *args: Any) -> list[T]:
        """Return ``work(*args, top, bottom)`` of every strip, in order; one runs here."""
        fixed = work.bind(*args) if isinstance(work, Kernel | Bound) else partial(work, *args)
        if self.size == 1 or len(strips) == 1:
            return _each(fixed, strips)
        if isinstance(fixed, Bound) and fixed.task and able():
            self._crew = self._crew or Crew(self.size - 1)
            return self._crew.run(fixed, strips)
        self._pool = self._pool or self._start()
        if self._pool is None:
            return _each(fixed, strips)
        shares = _shares(strips, self.size)
        futures = [self._pool.submit(_each, fixed, strips[share]) for share in shares[1:]]
        results = _each(fixed, strips[shares[0]])
        for future in futures:
            results += future.result()
        return results

    def _start(self) -> ThreadPoolExecutor | None:
        """Return a pool whose threads run; None, and no more of them, if they cannot be had."""
        pool, ready = ThreadPoolExecutor(self.size - 1), threading.Barrier(self.size)
        try:
            for _ in range(self.size - 1):
                pool.submit(ready.wait)
        except (RuntimeError, MemoryError):
            ready.abort()
            pool.shutdown(wait=False, cancel_futures=True)
            self.size = 1
            return None
        ready.wait()
        return pool


def _each(bound: Callable[..., T], strips: Sequence[tuple[int, int]]) -> list[T]:
    return [bound(*strip) for strip in strips]


def _shares(strips: Sequence[tuple[int, int]], size: int) -> list[slice]:
    """Divide the strips into up to ``size`` runs of neighbours."""
    size = min(size, len(strips))
    edges = [len(strips) * i // size for i in range(size + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]
