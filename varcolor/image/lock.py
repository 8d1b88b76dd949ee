"""Files that one process has for itself, as long as it lives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def locked(file: IO[bytes], path: Path) -> bool:
    """Take an open file for this process alone; return whether that can be so.

    It cannot if another process has it, or has replaced or removed it meanwhile. Where there are no
    locks (Windows, some network drives) nothing is taken, and everybody may go on.

    Parameters
    ----------
    file : file
        Open; the lock goes when it is closed, or with the process.
    path : Path
        Where it is.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
