"""Make files appear: complete or not at all, and over no other one unless that is asked for.

Each file is written under a private name in its own folder and then given its name in one step, so
that of several programs that write one name at once exactly one gets it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from varcolor.errors import FileError
from varcolor.image.special import kind_of

_PART = re.compile(r"\.varcolor-(?P<process>\d+)-(?P<machine>[0-9a-f]{8})-[0-9a-f]+\.part")
#: Private files of a machine that cannot be asked are left alone for so long.
_DAY = 24 * 3600.0


class Taken(FileError):  # noqa: N818
    """The name of a file is in use, and what has it may not be replaced."""


def write_files(files: Mapping[Path, bytes], *, replace: bool = True) -> None:
    """Write files so that all of them appear, complete, or none.

    Parameters
    ----------
    files : mapping of Path to bytes
        Names and contents; missing folders are made.
    replace : bool
        Whether existing files are replaced. Only regular ones ever are: a link is followed, mode
        and, where possible, owner are kept.

    Raises
    ------
    Taken
        If a name is in use and may not be replaced.
    FileError
        If a folder or file cannot be made. What was there before is unchanged then.
    """
    parts: list[_Part] = []
    try:
        for path, data in files.items():
            parts.append(part := _Part(path, replace))
            with _named(part.path):
                part.fill(data)
        if replace and len(parts) > 1:
            for part in parts:
                with _named(part.path):
                    part.keep_old()
        try:
            for part in parts:
                with _named(part.path):
                    part.publish()
        except BaseException:
            for part in reversed(parts):
                part.undo()
            raise
    finally:
        for part in parts:
            part.clean()


def replaceable(path: Path) -> Path:
    """Return the file that a name leads to, links followed, if it is free or may be replaced.

    Raises
    ------
    Taken
        If it is no regular file, write-protected, or a link that leads nowhere.
    OSError
        If that cannot be found out.
    """
    final = Path(os.path.realpath(path))
    if not final.exists():
        if path.is_symlink():
            raise Taken(f"{path}: is a link that leads nowhere; name another output")
        return final
    kind = kind_of(final.stat().st_mode)
    if kind is not None:
        raise Taken(f"{path}: is {kind}; only files are replaced")
    try:
        os.close(os.open(final, os.O_WRONLY))  # tells a protected file from a read-only disk
    except PermissionError:
        raise Taken(f"{path}: is write-protected") from None
    return final


def sweep(folders: Iterable[Path]) -> None:
    """Remove the private files that killed processes left in some folders; never a living one's."""
    for folder in set(folders):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in [e for e in entries if e.name.startswith(".varcolor-")]:
                found = _PART.fullmatch(entry.name)
                with contextlib.suppress(OSError):
                    if found and _is_dead(found, entry.stat(follow_symlinks=False)):
                        Path(entry.path).unlink()


def _is_dead(found: re.Match[str], status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if found["machine"] != _machine():
        return time.time() - status.st_mtime > _DAY
    import psutil

    return not psutil.pid_exists(int(found["process"]))


@functools.cache
def _machine() -> str:
    """Return a word for what process numbers belong to: the machine, its start, its container."""
    facts = [platform.node()]
    for place in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        with contextlib.suppress(OSError):
            link = Path(place).is_symlink()
            facts.append(str(Path(place).readlink()) if link else Path(place).read_text().strip())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


def _private(folder: Path) -> Path:
    return folder / f".varcolor-{os.getpid()}-{_machine()}-{secrets.token_hex(6)}.part"


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn the system's errors into ours, which name the file."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error})") from None


class _Part:
    """A file on its way: private, then published, then perhaps undone."""

    def __init__(self, path: Path, replace: bool) -> None:
        self.path, self.replace = path, replace
        with _named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not replace and os.path.lexists(path):
                raise Taken(f"{path}: exists already")
            self.final = replaceable(path) if replace else path
        self.private, self.old = _private(self.final.parent), _private(self.final.parent)
        self.identity: tuple[int, int] | None = None

    def fill(self, data: bytes) -> None:
        """Write the content, with the mode and owner of what is replaced."""
        before = self.final.stat() if self.replace and self.final.exists() else None
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.private, flags, 0o666 if before is None else 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if before is not None and hasattr(os, "fchown"):
                with contextlib.suppress(OSError):
                    os.fchown(descriptor, before.st_uid, before.st_gid)
                with contextlib.suppress(OSError):
                    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
            os.fsync(descriptor)
            status = os.fstat(descriptor)
            self.identity = (status.st_dev, status.st_ino)

    def keep_old(self) -> None:
        """Give what will be replaced a second name, by which `undo` brings it back."""
        if not self.final.exists():
            return
        try:
            os.link(self.final, self.old)
        except OSError:  # a file system without links
            shutil.copy2(self.final, self.old)

    def publish(self) -> None:
        """Give the file its name in one step."""
        if self.replace:
            self.private.replace(self.final)
            return
        try:
            os.link(self.private, self.final)
        except FileExistsError:
            raise Taken(f"{self.path}: exists already") from None
        except OSError:
            self._claim()

    def _claim(self) -> None:
        """Publish where files have one name only: claim it by an empty file, then fill that."""
        try:
            os.close(os.open(self.final, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            raise Taken(f"{self.path}: exists already") from None
        try:
            self.private.replace(self.final)
        except BaseException:
            self.final.unlink()
            raise

    def undo(self) -> None:
        """Take a published file away and bring the one before it back."""
        with contextlib.suppress(OSError):
            status = self.final.lstat()
            if (status.st_dev, status.st_ino) != self.identity:
                return
            if self.old.exists():
                self.old.replace(self.final)
            else:
                self.final.unlink()

    def clean(self) -> None:
        """Remove the private names."""
        for path in (self.private, self.old):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
