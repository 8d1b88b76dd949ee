"""Photos by the thousand: a plan, done by processes or a cluster, with a journal to go on from.

plan ── settle (names, what exists) ── engine (who does it) ── journal ── outcomes
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from varcolor.batch.engines.base import Engine
    from varcolor.batch.plan import Plan
    from varcolor.batch.task import Outcome


def batch(
    plan: Plan,
    *,
    journal: str | Path | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    memory: float | str | None = None,
    retry_failed: bool = False,
    fail_fast: bool = False,
    engine: Engine | None = None,
) -> Iterator[Outcome]:
    """Do a plan; yield what became of each photo as soon as that is known.

    Call it under ``if __name__ == "__main__":``, as all that starts processes.

    Parameters
    ----------
    plan : Plan
        From `varcolor.plan`.
    journal : path, optional
        JSONL file that is written durably; a later call with the same one goes on from there,
        whatever ended this one.
    jobs : int, optional
        Photos at a time; default: one a core, as far as memory reaches.
    threads : int, optional
        Threads of the solver for each; default: the cores, divided.
    memory : float or str, optional
        Bytes to plan with, or like ``"12GB"``; default: what can be had now.
    retry_failed : bool
        Whether photos that failed before, by the journal, are tried again.
    fail_fast : bool
        Whether nothing new is begun once a photo has failed.
    engine : Engine, optional
        Who does the work; default: processes of this machine.

    Yields
    ------
    Outcome
        Done, skipped or failed, with the reason; a photo never raises.

    Raises
    ------
    FileError
        If the journal cannot be written or nothing can be written any more.
    InputError
        For numbers out of range.
    """
    from varcolor.backend.memory import budget
    from varcolor.batch.engines.processes import Processes
    from varcolor.batch.journal import Journal
    from varcolor.batch.run import Run
    from varcolor.batch.share import share

    own = share(plan.tasks, jobs, threads, 0.0 if memory is None else budget(memory))
    book = None if journal is None else Journal(Path(journal))
    who = engine or Processes(own.workers, own.threads)
    yield from Run(plan.tasks, who, own, book, retry_failed, fail_fast).outcomes()


class _Callable(ModuleType):
    """A module that is called like its function, whatever was imported before."""

    def __call__(self, *args: Any, **options: Any) -> Iterator[Outcome]:
        return batch(*args, **options)


sys.modules[__name__].__class__ = _Callable
