"""Folders whose files may be trusted: nobody but the user could have written them.

What is read from them runs as machine code. So a folder counts only if it belongs to the user whose
rights this process has and nobody else may write to it, and so does each file. Both are asked of
what has been opened, not of a name, which might mean something else a moment later; links are not
followed. Where the system knows no such owners (Windows) folders of a user are private as they are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_OWNED = hasattr(os, "geteuid") and os.open in os.supports_dir_fd
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
#: What must not wait for whoever is at the other end.
_READ = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK


@dataclass(frozen=True, slots=True)
class Private:
    """A folder that is open."""

    path: Path
    descriptor: int | None
    """None where there are no owners."""

    def read(self, name: str) -> bytes | None:
        """Return what is in a file; None if there is none, or none of the user's own."""
        with suppress(OSError):
            descriptor = os.open(self._at(name), _READ, dir_fd=self.descriptor)
            with os.fdopen(descriptor, "rb") as file:
                if _own(os.fstat(descriptor), stat.S_ISREG):
                    return file.read()
        return None

    def holds(self, name: str) -> bool:
        """Tell whether there is a file of the user's own."""
        with suppress(OSError):
            facts = os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)
            return _own(facts, stat.S_ISREG)
        return False

    def write(self, name: str, content: bytes) -> None:
        """Make or replace a file, as a whole.

        Raises
        ------
        OSError
            If that cannot be done.
        """
        partial, there = f"{name}.{os.urandom(4).hex()}.part", self.descriptor
        try:
            descriptor = os.open(self._at(partial), _WRITE, 0o600, dir_fd=there)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(self._at(partial), self._at(name), src_dir_fd=there, dst_dir_fd=there)
        except BaseException:
            self.remove(partial)
            raise

    def touch(self, name: str, older: float) -> None:
        """Note that a file was used now, if the last note is from before a point of time."""
        with suppress(OSError):
            there = self.descriptor
            if os.stat(self._at(name), dir_fd=there, follow_symlinks=False).st_mtime < older:
                os.utime(self._at(name), dir_fd=there)

    def remove(self, name: str) -> None:
        """Remove a file if that can be done."""
        with suppress(OSError):
            os.unlink(self._at(name), dir_fd=self.descriptor)

    def files(self) -> list[tuple[float, int, str]]:
        """Return time of the last use, size and name of all files."""
        found = []
        with suppress(OSError), os.scandir(self._all()) as entries:
            for entry in entries:
                with suppress(OSError):
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(facts.st_mode):
                        found.append((facts.st_mtime, facts.st_size, entry.name))
        return found

    def _at(self, name: str) -> str:
        return str(self.path / name) if self.descriptor is None else name

    def _all(self) -> int | str:
        return str(self.path) if self.descriptor is None else self.descriptor


@contextmanager
def private(path: Path, make: bool = False) -> Iterator[Private | None]:
    """Open a folder, and make it first if asked to; None if there is none that may be trusted."""
    if make:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700)
    if not _OWNED:
        yield Private(path, None) if path.is_dir() else None
        return
    try:
        descriptor = os.open(path, _READ | os.O_DIRECTORY)
    except OSError:
        yield None
        return
    try:
        trusted = _own(os.fstat(descriptor), stat.S_ISDIR)
        yield Private(path, descriptor) if trusted else None
    finally:
        os.close(descriptor)


def user() -> str:
    """Return what tells users of a machine apart."""
    return str(os.geteuid()) if hasattr(os, "geteuid") else os.environ.get("USERNAME", "user")


def owned(path: Path) -> bool:
    """Tell whether something belongs to the user, whoever else may write to it."""
    try:
        return not _OWNED or path.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _own(facts: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Tell whether something of a kind can be written by the user alone."""
    if not kind(facts.st_mode):
        return False
    others = facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not _OWNED or (facts.st_uid == os.geteuid() and not others)
