"""Whether files are what they were: by size and time of change, in doubt by SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from varcolor.image.special import open_regular


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal; ``""`` if it cannot be read."""
    try:
        with open(open_regular(path), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def looks(path: Path) -> list[int]:
    """Return size and time of change in ns; empty if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def same_looks(known: Any, path: Path) -> bool:
    """Return whether a file has this size and time."""
    return bool(known) and looks(path) == known


def unchanged(known: Mapping[str, Any], names: Iterable[str], digest: str | None) -> bool:
    """Return whether files are those that were known.

    Parameters
    ----------
    known : mapping
        Name -> what `looks` has said.
    names : iterable of str
        The files now, the photo first.
    digest : str, optional
        SHA-256 of the photo: where it is touched only, that decides.
    """
    now = list(names)
    if set(now) != set(known):
        return False
    for number, name in enumerate(now):
        path = Path(name)
        if looks(path) == known[name]:
            continue
        if number or not digest or sha256(path) != digest:
            return False
    return True
