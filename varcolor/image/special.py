"""Names that lead to no regular file: folders, pipes, sockets and devices."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from varcolor.errors import FileError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind_of(mode: int) -> str | None:
    """Return what a file mode stands for, in words; None for a regular file."""
    return None if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no regular file")


def open_regular(path: Path) -> int:
    """Open a file for reading and return its descriptor; never wait for a pipe or touch a device.

    Raises
    ------
    FileError
        If the name leads to something else than a regular file.
    OSError
        If it cannot be opened.
    """
    _require_regular(path, path.stat().st_mode)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        _require_regular(path, os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _require_regular(path: Path, mode: int) -> None:
    kind = kind_of(mode)
    if kind == "a folder":
        raise FileError(f"{path}: is a folder; name a picture file")
    if kind is not None:
        raise FileError(f"{path}: is {kind}, not a file; save what it holds to a file first")
