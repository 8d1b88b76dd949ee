"""Errors in one line, and which of them concern more than one photo."""

from __future__ import annotations

from errno import EDQUOT, ENOMEM, ENOSPC, EROFS

from varcolor.errors import OutOfMemoryError, VarcolorError

#: Why the run cannot go on for any photo.
DISK = "disk"
#: Why a photo may be tried again alone.
MEMORY = "memory"
_DISK = (ENOSPC, EROFS, EDQUOT)


def reason_of(error: BaseException) -> str:
    """Return what an error says, and who is to blame for it, as one line."""
    text = " ".join(str(error).split())
    if isinstance(error, VarcolorError):
        return text
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == ENOMEM):
        return "out of memory"
    if isinstance(error, OSError) and error.strerror:
        reason = " ".join(str(error.strerror).split())
        return reason if error.filename is None else f"{error.filename}: {reason}"
    # The dynamic loader's errors carry no number, and name no file of the user's.
    return f"out of memory, or a library could not be loaded: {text}"


def fault_of(error: BaseException) -> str:
    """Return `DISK` if nothing can be written any more, `MEMORY` if that was short, or nothing."""
    if isinstance(error, MemoryError | OutOfMemoryError):
        return MEMORY
    cause: BaseException | None = error
    while cause is not None:  # ours are raised "from None", which keeps what they stand for
        if isinstance(cause, OSError) and cause.errno in _DISK:
            return DISK
        if isinstance(cause, OSError) and cause.errno == ENOMEM:
            return MEMORY
        cause = cause.__cause__ or cause.__context__
    return ""
