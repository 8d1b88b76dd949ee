"""The journal of a run: JSONL, written durably, that a later run goes on from.

A row ``{"status": "started", "input", "outputs", "time"}`` is on the disk before a photo is begun;
its final row (done, skipped or failed; with SHA-256, options, reason, seconds, outputs) before
anybody is told. So whatever moment a program is killed at, the next one knows what is finished and
which files the killed one may have left. The last row of an input counts. A line that was torn by
the end of the program is dropped. Final rows stay in the file: in memory is where each of them is.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from varcolor.batch.fingerprint import looks, same_looks, unchanged
from varcolor.batch.task import Facts, Outcome, Task
from varcolor.errors import FileError
from varcolor.image.lock import locked

NAME = "varcolor-journal.jsonl"
_FORMAT = {"format": "varcolor-journal", "version": 1}
#: Clocks of file systems may be off by so many seconds.
_SLACK = 3.0


class Journal:
    """An open journal; only one program at a time has it.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.
    look : bool
        Whether it is only looked at: not made, not taken, not written.

    Raises
    ------
    FileError
        If it is no journal, cannot be read or written, or another program has it.
    """

    def __init__(self, path: Path, look: bool = False) -> None:
        self.path = path
        self._final: dict[str, tuple[int, int]] = {}
        """Where in the file an input's final row begins, and its length."""
        self._started: dict[str, Facts] = {}
        self._file: IO[bytes] = io.BytesIO()
        if look:
            self._file = io.BytesIO(path.read_bytes() if path.exists() else b"")
            self._read()
            return
        with self._named():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, "a+b")  # noqa: SIM115
        try:
            with self._named():
                _claim(self._file, path)
                self._read()
                self._compact()
        except BaseException:
            self._file.close()
            raise

    def earlier(self, task: Task, retry_failed: bool = False) -> Outcome | None:
        """Return what became of a task in an earlier run, if that still holds.

        It does if photo, cues and options are the same, and what was written is there.
        """
        row = self._row(task.key)
        if row.get("status") not in ("done", "failed"):
            return None
        if row["status"] == "failed" and retry_failed:
            return None
        if row.get("options") != task.options() or row.get("sources") != task.cues.to_dict():
            return None
        files = row.get("files", {})
        if not unchanged(files, [str(path) for path in task.files()], row.get("sha256")):
            return None
        outputs = [Path(name) for name in row.get("outputs", ())]
        if not all(path.is_file() for path in outputs):
            return None
        known = {"status", "reason", "seconds", "notes", "options", "sources", "written"}
        reason, notes = row.get("reason", ""), tuple(row.get("notes", ()))
        facts = {k: v for k, v in row.items() if k not in known | {"input", "outputs", "files"}}
        seconds = float(row.get("seconds", 0.0))
        made = Outcome(task.input, row["status"], reason, tuple(outputs), seconds, notes, facts)
        return replace(made, earlier=True)

    def left(self, task: Task, path: Path) -> bool:
        """Return whether a file that exists is what an earlier run of this task has written."""
        if same_looks(self._row(task.key).get("written", {}).get(str(path)), path):
            return True
        begun = self._started.get(task.key)
        if begun is None or str(path) not in begun.get("outputs", ()):
            return False
        if str(path) in begun.get("existed", ()):
            return task.on_exists == "overwrite"
        with contextlib.suppress(OSError):
            return path.stat().st_mtime >= float(begun.get("time", 0)) - _SLACK
        return False

    def start(self, tasks: Iterable[Task]) -> None:
        """Write that some tasks begin; on the disk when it returns."""
        rows = []
        for task in tasks:
            outputs = task.job.targets(task)
            there = [path for path in outputs if os.path.lexists(path)]
            own = [path for path in there if self.left(task, path)]
            existed = [str(path) for path in there if path not in own]
            # What an earlier run has left is as old as that, and still this task's own.
            since = self._started.get(task.key, {}).get("time") if own else None
            row: Facts = {"input": task.key, "status": "started", "time": since or time.time()}
            row |= {"outputs": [str(path) for path in outputs]}
            rows.append({**row, "existed": existed} if existed else row)
        self._write(rows)

    def finish(self, outcomes: Iterable[tuple[Task, Outcome]]) -> None:
        """Write what became of some tasks; on the disk when it returns."""
        rows = []
        for task, outcome in outcomes:
            row: Facts = {**outcome.to_dict(), "input": task.key}
            row |= {"options": task.options(), "sources": task.cues.to_dict()}
            row |= {"files": {str(path): looks(path) for path in task.files()}}
            row["written"] = {str(path): looks(path) for path in outcome.outputs}
            if outcome.status == "failed":  # what was written before is still this task's own
                row["written"] = self._row(task.key).get("written", {})
            if outcome.worker:
                row["worker"] = outcome.worker
            rows.append(row)
        self._write(rows)

    def close(self, whole: bool = False) -> None:
        """Close it; of a ``whole`` run only the final rows are kept."""
        if self._file.closed:
            return
        if whole:
            with contextlib.suppress(OSError):  # nothing is lost: the next run does it
                self._compact()
        self._file.close()

    def _write(self, rows: list[Facts]) -> None:
        if not rows:
            return
        lines = [_line(row) for row in rows]
        with self._named():
            start = self._file.seek(0, os.SEEK_END)
            self._file.write(b"".join(lines))
            self._file.flush()
            os.fsync(self._file.fileno())
        for row, line in zip(rows, lines, strict=True):
            self._take(row, (start, len(line)))
            start += len(line)

    def _take(self, row: Facts, place: tuple[int, int]) -> None:
        key = str(row["input"])
        if row["status"] == "started":
            self._started[key] = row
        else:
            self._final[key] = place
            self._started.pop(key, None)

    def _row(self, key: str) -> Facts:
        """Return the final row of an input, empty if it has none."""
        if key not in self._final:
            return {}
        with self._named():
            return dict(json.loads(self._line_at(self._final[key]).decode(*_TEXT)))

    def _line_at(self, place: tuple[int, int]) -> bytes:
        self._file.seek(place[0])
        return self._file.read(place[1])

    def _read(self) -> None:
        self._file.seek(0)
        start = 0
        for line in self._file:
            if not start and not line.startswith(b'{"format": "varcolor-journal"'):
                raise FileError(f"{self.path}: is no journal of varcolor; name another one")
            if start:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    self._take(json.loads(line.decode(*_TEXT)), (start, len(line)))
            start += len(line)

    def _compact(self) -> None:
        """Replace the file by one with the rows that count; the lock goes with it."""
        part = self.path.with_name(f".{self.path.name}.part")
        new: IO[bytes] = open(part, "w+b")  # noqa: SIM115
        places: dict[str, tuple[int, int]] = {}
        try:
            _claim(new, part)
            new.write(_line(_FORMAT))
            for key, place in self._final.items():
                line = self._line_at(place).rstrip(b"\n") + b"\n"
                places[key] = new.tell(), len(line)
                new.write(line)
            for row in self._started.values():
                new.write(_line(row))
            new.flush()
            os.fsync(new.fileno())
            part.replace(self.path)
        except BaseException:
            new.close()
            part.unlink(missing_ok=True)
            raise
        self._file.close()
        self._file, self._final = new, places

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except FileError:
            raise
        except OSError as error:
            reason = error.strerror or error
            raise FileError(
                f"{self.path}: the journal cannot be written ({reason}); what is written by now "
                "counts: mend that and run the same command again"
            ) from error


#: Names of files may be no text.
_TEXT = ("utf-8", "surrogateescape")


def _line(row: Facts) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode(*_TEXT) + b"\n"


def _claim(file: IO[bytes], path: Path) -> None:
    """Take a file for this process alone.

    Raises
    ------
    FileError
        If another one has it.
    """
    if not locked(file, path):
        raise FileError(f"{path}: another run has this journal; wait for it, or name another one")
