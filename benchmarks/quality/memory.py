"""The most memory that a piece of work takes, where the system tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_of(work: Callable[[], T]) -> tuple[T, float | None]:
    """Return what work returns, and by how many megabytes the process grew at its peak.

    None where the system does not tell (it does on Linux).
    """
    try:
        _CLEAR.write_text("5")  # the peak begins anew
        before = megabytes("VmRSS")
    except (OSError, ValueError):
        return work(), None
    result = work()
    return result, max(megabytes("VmHWM") - before, 0.0)


def megabytes(key: str) -> float:
    """Return a number of this process's status, VmRSS or VmHWM, in units of 2^20 bytes."""
    line = next(row for row in _STATUS.read_text().splitlines() if row.startswith(key))
    return int(line.split()[1]) / 1024
