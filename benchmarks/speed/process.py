"""The suite's side of a solver's process: commands, and limits of time and memory."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from benchmarks.speed.task import Task

_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
_POLL = 0.05


class StoppedError(Exception):
    """A process that did not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a solver's process may take."""

    seconds: float = 300.0
    """For every command."""
    megabytes: float = 12_000.0
    """Resident set."""


class Process:
    """A solver's process; leaving the context ends it."""

    def __init__(self, task: Task, limits: Limits) -> None:
        self._limits, self._lines = limits, queue.Queue[str | None]()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.worker", str(task.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env=os.environ | {name: str(task.threads) for name in _THREADS},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.ask(task.text())
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def ask(self, command: str) -> dict[str, Any]:
        """Send a line and return the answer.

        Raises
        ------
        StoppedError
            If there is none within the limits, or it is a failure.
        """
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(command + "\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise StoppedError(self._last_words()) from None
        end = time.monotonic() + self._limits.seconds
        while True:
            try:
                line = self._lines.get(timeout=_POLL)
            except queue.Empty:
                self._check(end)
                continue
            if line is None:
                raise StoppedError(self._last_words())
            answer: dict[str, Any] = json.loads(line)
            if "failed" in answer:
                raise StoppedError(answer["failed"])
            return answer

    def _check(self, end: float) -> None:
        """Kill the process if it is over a limit."""
        import psutil

        why = ""
        if time.monotonic() > end:
            why = f"time limit, {self._limits.seconds:g} s"
        else:
            try:
                held = psutil.Process(self._child.pid).memory_info().rss / 1e6
            except psutil.Error:
                return  # it ended by itself: the reader will tell
            if held > self._limits.megabytes:
                why = f"memory limit, {self._limits.megabytes / 1000:g} GB"
        if why:
            self._child.kill()
            raise StoppedError(why)

    def _last_words(self) -> str:
        self._child.wait(10)
        self._stderr.seek(0)
        words = self._stderr.read().decode(errors="replace").strip().splitlines()
        return f"ended with {self._child.returncode}: {words[-1][:200] if words else 'no message'}"

    def close(self) -> None:
        """End the process."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.kill()
        self._child.wait()
        self._reader.join()
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.stdout.close()
        self._stderr.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
