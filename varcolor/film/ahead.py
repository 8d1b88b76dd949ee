"""What the next step needs is made by a thread while this one is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

P = TypeVar("P")
T = TypeVar("T")


@contextmanager
def ahead(make: Callable[[P], T], places: Iterable[P], threads: int) -> Iterator[Iterator[T]]:
    """Give an iterator of ``make(place)`` for all places, in order.

    Parameters
    ----------
    make : callable
        Called for one place after the other, never twice at a time.
    places : iterable
        What it is called with.
    threads : int
        1: it is called when its result is asked for; else by a thread of its own, one place ahead.
    """
    if threads == 1:
        yield map(make, places)
        return
    with ThreadPoolExecutor(1) as executor:  # it is waited for, however this ends
        yield _results(executor, make, places)


def _results(
    executor: ThreadPoolExecutor, make: Callable[[P], T], places: Iterable[P]
) -> Iterator[T]:
    waiting: Future[T] | None = None
    for place in places:
        following = executor.submit(make, place)
        if waiting is not None:
            yield waiting.result()
        waiting = following
    if waiting is not None:
        yield waiting.result()
