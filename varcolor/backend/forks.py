"""Fork safety: locks and thread pools in forked processes.

Such a process has only the thread that forked: locks that other threads held are never released
there, and pools have no threads.
"""

from __future__ import annotations

import logging  # noqa: F401 (before all locks below: forks take its lock last, as the compiler does)
import os
import weakref
from typing import Protocol, TypeVar


class _Lock(Protocol):
    def acquire(self) -> object: ...

    def release(self) -> object: ...


class Resettable(Protocol):
    """Something with locks or threads of its own."""

    def reset(self) -> None:
        """Replace them; called in a forked process, while it has one thread only."""
        ...


L = TypeVar("L", bound=_Lock)
R = TypeVar("R", bound=Resettable)

_resettable: weakref.WeakSet[Resettable] = weakref.WeakSet()


def held_over_forks(lock: L) -> L:
    """Let forks wait for a lock that lives as long as the process; return it.

    So no thread is in the middle of what the lock guards.
    """
    if hasattr(os, "register_at_fork"):
        own = {"before": lock.acquire, "after_in_parent": lock.release}
        os.register_at_fork(**own, after_in_child=lock.release)
    return lock


def reset_after_forks(thing: R) -> R:
    """Let a thing be reset in forked processes; return it."""
    _resettable.add(thing)
    return thing


def _reset_all() -> None:
    for thing in list(_resettable):
        thing.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
