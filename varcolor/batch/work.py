"""One task done, whatever happens: an outcome, never an exception; in the workers."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from varcolor.batch.fingerprint import sha256
from varcolor.batch.reasons import MEMORY, fault_of, reason_of
from varcolor.batch.task import Facts, Outcome, Task
from varcolor.errors import VarcolorError
from varcolor.typing import Progress


def work(task: Task, progress: Progress | None = None) -> Outcome:
    """Do a task and return what became of it.

    Errors that varcolor raises on purpose, and those of the system, are the photo's reason; others
    are bugs, which cost their photo only and are named as such.
    """
    began = time.perf_counter()
    if task.reason:
        return Outcome(task.input, "skipped" if task.skip else "failed", task.reason)
    who = f"{socket.gethostname()}:{os.getpid()}"
    fault = ""
    try:
        facts: Facts | None = task.job.run(task, progress)
    except (VarcolorError, MemoryError, OSError) as error:
        reason, fault = reason_of(error), fault_of(error)
    except Exception as error:
        reason = f"a fault of varcolor: {type(error).__name__}: {' '.join(str(error).split())}"
        fault = fault_of(error)
    else:
        seconds = time.perf_counter() - began
        if facts is None:
            reason = "the output exists already"
            return Outcome(task.input, "skipped", reason, seconds=seconds, worker=who)
        outputs = tuple(Path(name) for name in facts.pop("outputs", ()))
        notes = tuple(facts.pop("notes", ()))
        facts["sha256"] = sha256(task.input)
        return Outcome(task.input, "done", "", outputs, seconds, notes, facts, who)
    seconds = time.perf_counter() - began
    if fault != MEMORY and str(task.input) not in reason:
        reason = f"{task.input}: {reason}"
    told: Facts = {"sha256": sha256(task.input)}
    return Outcome(task.input, "failed", reason, (), seconds, (), told, who, fault)


def died(task: Task, who: str, times: int) -> Outcome:
    """Return the outcome of a task whose worker was killed."""
    often = "" if times == 1 else f" {times} times"
    reason = (
        f"{task.input}: its worker process was killed{often} (out of memory, or a crash in a "
        "library); the last one alone"
    )
    return Outcome(task.input, "failed", reason, fault=MEMORY, worker=who)
