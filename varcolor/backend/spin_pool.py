"""Worker threads that spin for a millisecond or two before they sleep (busy waiting).

To wake a thread, and to let it have the interpreter's lock, takes longer than many a kernel. So
between two kernels the threads of a crew poll for work before they block, and yield the processor
after each poll.

A *job* is a kernel, its arguments and strips of rows. Its strips are taken one by one, by the
thread that posts it and by the others that are awake: none waits for one that sleeps. The number of
strips left is kept in one word with the number of the job, and who takes a strip changes that word
as a whole, so that what was read of the job just before belongs to that strip.

The machine code comes from ``spin_pool.ll``.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from varcolor.backend.jit.kernel import LOADING, Bound
from varcolor.backend.jit.object_code import target

#: How often in a row a thread looks for work.
_LOOKS = 2000


class _Job(ctypes.Structure):
    """What threads share; what they only read, and what they write, lies apart."""

    _fields_ = (
        ("word", ctypes.c_uint64),  # the number of the job, and in the lower half of strips left
        ("task", ctypes.c_void_p),
        ("block", ctypes.c_void_p),
        ("strips", ctypes.c_void_p),
        ("results", ctypes.c_void_p),
        ("size", ctypes.c_int64),  # of a result, in words of 8 bytes
        ("count", ctypes.c_int64),  # of strips
        ("_gap", ctypes.c_int64),
        ("done", ctypes.c_int64),  # strips
        ("failed", ctypes.c_int64),
        ("_more", ctypes.c_int64 * 6),
        ("ended", ctypes.c_int64),
        ("_rest", ctypes.c_int64 * 7),
    )


class Crew:
    """Threads beside those that call `run`.

    Parameters
    ----------
    size : int
        How many, if the system can start so many; whoever posts a job does what is left.
    """

    def __init__(self, size: int) -> None:
        self._job, self._code = _Job(), _code()
        self._asleep = [False] * size
        self._wake = [threading.Semaphore(0) for _ in range(size)]
        self._lock = threading.Lock()
        self._needed: list[Any] = []
        """What the last job needs; the threads keep it, too."""
        self.size = 0
        """Threads that could be started."""
        for index in range(size):
            own = self._job, self._needed, self._asleep, self._wake[index], index
            try:
                threading.Thread(target=_serve, args=own, daemon=True).start()
            except (RuntimeError, MemoryError):  # no more threads can be had: fewer do the work
                break
            self.size += 1
        self._end = weakref.finalize(self, _end, self._job, self._wake)

    def run(self, work: Bound, strips: Sequence[tuple[int, int]]) -> list[Any]:
        """Return ``work(top, bottom)`` of every strip, in order."""
        count, size = len(strips), work.words
        rows = (ctypes.c_int64 * (2 * count))(*[row for strip in strips for row in strip])
        results, block = (ctypes.c_int64 * (count * size))(), work.block()
        with self._lock:
            self._finish()  # what an interrupt has left behind
            self._needed[:] = work, block, rows, results
            for index, asleep in enumerate(self._asleep):
                if asleep:
                    self._asleep[index] = False
                    self._wake[index].release()
            own = work.task, block, rows, results, size, count
            if not self._code.share(ctypes.byref(self._job), *own, _LOOKS):
                self._finish()
            self._needed.clear()
            failed = bool(self._job.failed)
        return work.results(results, count, failed)

    def abandon(self) -> None:
        """Give it up in a forked process, which has none of the threads."""
        self._end.detach()

    def _finish(self) -> None:
        """Wait for the last job."""
        while not self._code.finish(ctypes.byref(self._job), _LOOKS):
            time.sleep(0)


def able() -> bool:
    """Tell whether threads can give way here."""
    return _give_way() is not None


def _serve(
    job: _Job, needed: list[Any], asleep: list[bool], wake: threading.Semaphore, index: int
) -> None:
    """Do what a thread of a crew does; ``needed`` lives as long as that may take."""
    code = _code()
    while not job.ended:
        code.serve(ctypes.byref(job), _LOOKS)
        asleep[index] = True
        if not job.ended:
            wake.acquire()


def _end(job: _Job, wake: list[threading.Semaphore]) -> None:
    job.ended = 1
    for each in wake:
        each.release()


class _Code:
    """The functions of ``spin_pool.ll``."""

    def __init__(self) -> None:
        llvm.add_symbol("give_way", ctypes.cast(_give_way(), ctypes.c_void_p).value)
        module = llvm.parse_assembly(Path(__file__).with_suffix(".ll").read_text())
        self._engine = llvm.create_mcjit_compiler(module, target())
        self._engine.finalize_object()
        pointer, whole = ctypes.c_void_p, ctypes.c_int64
        self.serve = self._function("serve", None, pointer, whole)
        self.finish = self._function("finish", ctypes.c_int32, pointer, whole)
        takes = [pointer] * 5 + [whole] * 3
        self.share = self._function("share", ctypes.c_int32, *takes)

    def _function(self, name: str, *types: Any) -> Any:
        return ctypes.CFUNCTYPE(*types)(self._engine.get_function_address(name))


@cache
def _code() -> _Code:
    with LOADING:
        return _Code()


@cache
def _give_way() -> Any:
    """Return the system's function that lets other threads run, None if there is none."""
    try:
        if sys.platform == "win32":
            return ctypes.WinDLL("kernel32").SwitchToThread
        return ctypes.CDLL(None).sched_yield
    except (AttributeError, OSError):
        return None
