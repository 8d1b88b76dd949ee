"""Calls of one object from many threads: taken in turn, and cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from varcolor.backend.forks import reset_after_forks
from varcolor.errors import Cancelled, InputError


class Place(Protocol):
    """What only one call at a time may use."""

    def forget(self) -> None:
        """Drop what a call that never ends has left behind; after a fork."""
        ...


@dataclass(slots=True, eq=False)
class Call:
    """A call that has not ended."""

    place: Place
    stopped: bool = False
    thread: int = field(default_factory=threading.get_ident)

    def check(self) -> None:
        """Go on or not.

        Raises
        ------
        Cancelled
            If it was told to stop.
        """
        if self.stopped:
            raise Cancelled("the work was cancelled")


class Calls:
    """The calls that have not ended, in the order in which they came.

    A call runs when no earlier one of the same place is left. `cancel` stops all that have come so
    far; if there are none, it stops the next one, which may be on its way in another thread.
    """

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._changed = threading.Condition()
        self._stops_next = False
        reset_after_forks(self)

    @contextmanager
    def turn(self, place: Place, latest: bool = False) -> Iterator[Call]:
        """Wait for the turn of a new call, and let it run.

        Parameters
        ----------
        place : Place
            What it works on.
        latest : bool
            Whether it makes all earlier calls of this place pointless: they are stopped.

        Raises
        ------
        Cancelled
            If it was told to stop before its turn came.
        InputError
            If this thread is inside of another call: it would wait for itself.
        """
        call = Call(place)
        with self._changed:
            if any(other.thread == call.thread for other in self._calls):
                raise InputError(
                    "a session cannot be asked for more while it calls back: return from progress "
                    "first, or ask from another thread"
                )
        try:
            with self._changed:
                call.stopped, self._stops_next = self._stops_next, False
                if latest:
                    self._stop(place)
                self._calls.append(call)
                while not (call.stopped or self._first(place) is call):
                    self._changed.wait()
            call.check()
            yield call
        finally:
            with self._changed:
                if call in self._calls:  # not in a process that was forked from another thread
                    self._calls.remove(call)
                self._changed.notify_all()

    def cancel(self) -> None:
        """Stop all calls that have come so far, else the next one."""
        with self._changed:
            self._stop(None)
            self._stops_next = not self._calls

    def reset(self) -> None:
        """Forget the calls of threads that a forked process has not."""
        running = {id(call.place): call for call in reversed(self._calls)}.values()
        here = threading.get_ident()
        for call in running:
            if call.thread != here:
                call.place.forget()
        self._calls = [call for call in self._calls if call.thread == here]
        self._changed = threading.Condition()

    def _stop(self, place: Place | None) -> None:
        for call in self._calls:
            call.stopped |= place is None or call.place is place
        self._changed.notify_all()

    def _first(self, place: Place) -> Call:
        return next(call for call in self._calls if call.place is place)
