"""How everything here is timed: in processes of their own that stay and take turns.

A `Work` names a class with its arguments; a `Process` makes it in a process of its own and asks it
for runs. What else the machine does then disturbs all that is compared alike (`in_turns`), nobody
meets another's memory, threads or warm caches, and limits of time and memory can be kept.
``python -m benchmarks.harness`` is the other side of it: one line of JSON for every line read.

Work may come from another tree of the repository (`Work.tree`): so commits are compared.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO, TypeAlias, TypeVar

Row: TypeAlias = dict[str, Any]
T = TypeVar("T")

_ROOT = Path(__file__).parents[1]
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
    """What a process may take."""

    seconds: float = 300.0
    """For every command."""
    megabytes: float = 12_000.0
    """Resident set."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a process does: a class, whose methods are its commands."""

    kind: str
    """``"module:class"``; the class has a method ``run() -> Row`` with ``seconds`` in it."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What JSON can hold; pictures go through files (`benchmarks.speed.cases.Case.save`)."""
    threads: int = 1
    """Of its libraries; it is also kept to so many cores."""
    tree: str = ""
    """Folder that `varcolor` is taken from, where it is not this one."""


def clocked(
    work: Callable[[], T], clock: Callable[[], float] = time.perf_counter
) -> tuple[float, T]:
    """Return the seconds that a call takes, and its result."""
    begin = clock()
    result = work()
    return clock() - begin, result


def in_turns(runs: Mapping[str, Callable[[], Row]], repeats: int) -> dict[str, list[Row]]:
    """Return the rows of every run; all of them take turns, after a round that does not count."""
    found: dict[str, list[Row]] = {name: [] for name in runs}
    for _ in range(repeats + 1):
        for name, run in runs.items():
            found[name].append(run())
    return {name: rows[1:] for name, rows in found.items()}


@contextmanager
def processes(
    works: Mapping[str, Work], limits: Limits | None = None
) -> Iterator[dict[str, Process]]:
    """Make a process for every work; leaving the context ends all of them."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Process(work, limits or Limits()))
            for name, work in works.items()
        }


def compared(
    works: Mapping[str, Work], repeats: int, limits: Limits | None = None
) -> dict[str, list[Row]]:
    """Return the rows of works that run in turns, each in a process of its own."""
    with processes(works, limits) as made:
        return in_turns({name: process.run for name, process in made.items()}, repeats)


def command_timed(command: Sequence[str], env: Mapping[str, str] | None = None) -> Row:
    """Run a command; return its wall ``seconds``, peak memory ``MB``, and the ``text`` it wrote."""

    def run() -> tuple[str, Any]:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
            assert process.stdout is not None
            text = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
        return text, usage

    seconds, (text, usage) = clocked(run)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # Linux counts kilobytes, macOS bytes
    return {"seconds": seconds, "MB": usage.ru_maxrss / unit, "text": text}


class Process:
    """A process that does some work; leaving the context ends it."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self._limits, self._lines = limits, queue.Queue[str | None]()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.harness"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env=os.environ | {name: str(work.threads) for name in _THREADS},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.ask(json.dumps(asdict(work)))
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def run(self) -> Row:
        """Do one run."""
        return self.ask("run")

    def ask(self, command: str) -> Row:
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
            answer: Row = json.loads(line)
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


def made(work: Work) -> Any:
    """Make the object of a work, in this process."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-work.threads :])
    if work.tree:
        sys.path.insert(0, work.tree)  # `benchmarks` is imported already, and stays this tree's
    module, _, name = work.kind.partition(":")
    return getattr(import_module(module), name)(**work.arguments)


def serve(lines: TextIO, out: TextIO) -> None:
    """Make the work of the first line, and do every command until there are no more."""
    worker: Any = None
    answer: Row
    for line in lines:
        try:
            if worker is None:
                worker, answer = made(Work(**json.loads(line))), {"ready": True}
            else:
                command, *words = line.split(maxsplit=1)
                answer = getattr(worker, command)(*(word.strip() for word in words))
        except Exception as error:  # a rival's failure is a result
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=out, flush=True)


def main() -> None:
    """Serve; what libraries print on stdout, also from C, goes to stderr."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, out)


if __name__ == "__main__":
    main()
