"""Threads that wait for kernels in machine code.

To wake a thread, and to let it have the interpreter's lock, takes longer than many a kernel. So
between two kernels the threads of a crew look again and again whether there is work, for up to
about a millisecond, and only then fall asleep.

A *job* is a kernel, its arguments and strips of rows. Its strips are taken one by one, by the
thread that posts the job and by whoever is awake; so nobody waits for a sleeper. The number of
strips left is kept in one word with the number of the job, and who takes a strip changes that word
as a whole: what was read of the job before belongs to that strip.
"""

from __future__ import annotations

import ctypes
import threading
import time
import weakref
from collections.abc import Sequence
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from varcolor.backend.kernels.jit import Bound
from varcolor.backend.kernels.machine import target

#: Places of a job's words of 8 bytes: what threads look at lies apart from what they write.
_LEFT, _TASK, _BLOCK, _STRIPS, _RESULTS, _STRIDE, _DONE, _FAILED, _ENDED = 8, 9, 10, 11, 12, 13, 16, 17, 24
_WORDS = 32
#: How often a thread looks for work before it falls asleep, giving way each time.
_LOOKS = 2000

_TEXT = f"""
declare i32 @give_way()

define i64 @left(ptr %job) {{
  %at = getelementptr i64, ptr %job, i64 {_LEFT}
  %word = load atomic i64, ptr %at acquire, align 8
  %left = and i64 %word, 4294967295
  ret i64 %left
}}

define void @take(ptr %job) {{
start:
  %at = getelementptr i64, ptr %job, i64 {_LEFT}
  %done = getelementptr i64, ptr %job, i64 {_DONE}
  %failed = getelementptr i64, ptr %job, i64 {_FAILED}
  %task_at = getelementptr i64, ptr %job, i64 {_TASK}
  %block_at = getelementptr i64, ptr %job, i64 {_BLOCK}
  %strips_at = getelementptr i64, ptr %job, i64 {_STRIPS}
  %results_at = getelementptr i64, ptr %job, i64 {_RESULTS}
  %stride_at = getelementptr i64, ptr %job, i64 {_STRIDE}
  br label %look
look:
  %word = load atomic i64, ptr %at acquire, align 8
  %left = and i64 %word, 4294967295
  %none = icmp eq i64 %left, 0
  br i1 %none, label %end, label %read
read:
  %task = load atomic ptr, ptr %task_at monotonic, align 8
  %block = load atomic ptr, ptr %block_at monotonic, align 8
  %strips = load atomic ptr, ptr %strips_at monotonic, align 8
  %results = load atomic ptr, ptr %results_at monotonic, align 8
  %stride = load atomic i64, ptr %stride_at monotonic, align 8
  %less = sub i64 %word, 1
  %swap = cmpxchg ptr %at, i64 %word, i64 %less acq_rel acquire
  %mine = extractvalue {{ i64, i1 }} %swap, 1
  br i1 %mine, label %run, label %look
run:
  %index = sub i64 %left, 1
  %twice = mul i64 %index, 2
  %top_at = getelementptr i64, ptr %strips, i64 %twice
  %bottom_at = getelementptr i64, ptr %top_at, i64 1
  %top = load i64, ptr %top_at
  %bottom = load i64, ptr %bottom_at
  %offset = mul i64 %index, %stride
  %result = getelementptr i64, ptr %results, i64 %offset
  %status = call i32 %task(ptr %block, ptr %result, i64 %top, i64 %bottom)
  %wrong = icmp ne i32 %status, 0
  br i1 %wrong, label %fail, label %count
fail:
  store atomic i64 1, ptr %failed monotonic, align 8
  br label %count
count:
  %before = atomicrmw add ptr %done, i64 1 release
  br label %look
end:
  ret void
}}

define void @serve(ptr %job, i64 %looks) {{
start:
  %ended_at = getelementptr i64, ptr %job, i64 {_ENDED}
  br label %look
look:
  %again = phi i64 [ %looks, %start ], [ %looks, %work ], [ %fewer, %wait ]
  %ended = load atomic i64, ptr %ended_at monotonic, align 8
  %over = icmp ne i64 %ended, 0
  br i1 %over, label %end, label %ask
ask:
  %left = call i64 @left(ptr %job)
  %some = icmp ne i64 %left, 0
  br i1 %some, label %work, label %wait
work:
  call void @take(ptr %job)
  br label %look
wait:
  %way = call i32 @give_way()
  %fewer = sub i64 %again, 1
  %tired = icmp eq i64 %fewer, 0
  br i1 %tired, label %end, label %look
end:
  ret void
}}

define i32 @finish(ptr %job, i64 %strips, i64 %looks) {{
start:
  %done_at = getelementptr i64, ptr %job, i64 {_DONE}
  br label %look
look:
  %again = phi i64 [ %looks, %start ], [ %fewer, %wait ]
  %done = load atomic i64, ptr %done_at acquire, align 8
  %all = icmp eq i64 %done, %strips
  br i1 %all, label %end, label %wait
wait:
  %way = call i32 @give_way()
  %fewer = sub i64 %again, 1
  %tired = icmp eq i64 %fewer, 0
  br i1 %tired, label %end, label %look
end:
  %result = zext i1 %all to i32
  ret i32 %result
}}

define i32 @share(ptr %job, ptr %task, ptr %block, ptr %rows, ptr %results, i64 %stride,
                  i64 %strips, i64 %looks) {{
  %at = getelementptr i64, ptr %job, i64 {_LEFT}
  %done = getelementptr i64, ptr %job, i64 {_DONE}
  %failed = getelementptr i64, ptr %job, i64 {_FAILED}
  %task_at = getelementptr i64, ptr %job, i64 {_TASK}
  %block_at = getelementptr i64, ptr %job, i64 {_BLOCK}
  %strips_at = getelementptr i64, ptr %job, i64 {_STRIPS}
  %results_at = getelementptr i64, ptr %job, i64 {_RESULTS}
  %stride_at = getelementptr i64, ptr %job, i64 {_STRIDE}
  store atomic i64 0, ptr %done monotonic, align 8
  store atomic i64 0, ptr %failed monotonic, align 8
  store atomic ptr %task, ptr %task_at monotonic, align 8
  store atomic ptr %block, ptr %block_at monotonic, align 8
  store atomic ptr %rows, ptr %strips_at monotonic, align 8
  store atomic ptr %results, ptr %results_at monotonic, align 8
  store atomic i64 %stride, ptr %stride_at monotonic, align 8
  %word = load atomic i64, ptr %at monotonic, align 8
  %number = lshr i64 %word, 32
  %next = add i64 %number, 1
  %high = shl i64 %next, 32
  %full = or i64 %high, %strips
  store atomic i64 %full, ptr %at release, align 8
  call void @take(ptr %job)
  %all = call i32 @finish(ptr %job, i64 %strips, i64 %looks)
  ret i32 %all
}}
"""


class Crew:
    """Threads beside the caller's own.

    Parameters
    ----------
    size : int
        How many.
    """

    def __init__(self, size: int) -> None:
        self._job = (ctypes.c_int64 * _WORDS)()
        self._calls = _calls()
        self._asleep = [threading.Semaphore(0) for _ in range(size)]
        self._sleeps = [False] * size
        self._busy = threading.Lock()
        self._posted: Any = None
        """What the last job needs, as long as a thread may be at it."""
        self._strips = 0
        for index in range(size):
            own = self._job, self._calls, self._asleep[index], self._sleeps, index
            threading.Thread(target=_serve, args=own, daemon=True).start()
        self._end = weakref.finalize(self, _end, self._job, self._asleep)

    def run(self, work: Bound, strips: Sequence[tuple[int, int]]) -> list[Any]:
        """Return ``work(top, bottom)`` of every strip, in order."""
        with self._busy:
            self._finish()  # what an interrupt has left
            rows = (ctypes.c_int64 * (2 * len(strips)))(*(row for strip in strips for row in strip))
            block, stride = work.block(), work.words
            results = (ctypes.c_int64 * (len(strips) * stride))()
            for index, sleeps in enumerate(self._sleeps):
                if sleeps:
                    self._sleeps[index] = False
                    self._asleep[index].release()
            self._posted, self._strips = (work, block, rows, results), len(strips)
            own = work.task, block, rows, results, stride, len(strips)
            if not self._calls.share(self._job, *own, _LOOKS):
                self._finish()
            self._posted = None
            failed = self._job[_FAILED]
        return work.results(results, len(strips), bool(failed))

    def _finish(self) -> None:
        """Wait for the last job."""
        while self._posted and not self._calls.finish(self._job, self._strips, _LOOKS):
            time.sleep(0)
        self._posted = None


def _serve(
    job: Any, calls: Any, asleep: threading.Semaphore, sleeps: list[bool], index: int
) -> None:
    """Do what a thread of a crew does."""
    while not job[_ENDED]:
        calls.serve(job, _LOOKS)
        sleeps[index] = True
        if not job[_ENDED]:
            asleep.acquire()


def _end(job: Any, asleep: list[threading.Semaphore]) -> None:
    job[_ENDED] = 1
    for each in asleep:
        each.release()


class _Calls:
    """The functions of `_TEXT`."""

    def __init__(self, give_way: Any) -> None:
        address = ctypes.cast(give_way, ctypes.c_void_p).value
        assert address
        llvm.add_symbol("give_way", address)
        module = llvm.parse_assembly(_TEXT)
        self._engine = llvm.create_mcjit_compiler(module, target())
        self._engine.finalize_object()
        pointer, whole = ctypes.c_void_p, ctypes.c_int64
        self.serve = self._function("serve", None, pointer, whole)
        self.finish = self._function("finish", ctypes.c_int32, pointer, whole, whole)
        takes = pointer, pointer, pointer, pointer, pointer, whole, whole, whole
        self.share = self._function("share", ctypes.c_int32, *takes)

    def _function(self, name: str, *types: Any) -> Any:
        return ctypes.CFUNCTYPE(*types)(self._engine.get_function_address(name))


@cache
def _calls() -> _Calls:
    return _Calls(ctypes.CDLL(None).sched_yield)
