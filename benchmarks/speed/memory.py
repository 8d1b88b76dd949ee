"""The peak of a process's memory during a part of its life."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident() -> float:
    """Return the bytes that the process holds in memory now."""
    import psutil

    return float(psutil.Process().memory_info().rss)


class Meter:
    """The highest resident set since `reset`; since the process began where that is not known."""

    def __init__(self) -> None:
        self.base = 0.0
        """Bytes held when the meter was reset."""
        self.exact = False
        """Whether memory of earlier work is left out of the peak."""

    def reset(self) -> None:
        """Give back what earlier work left behind, and begin to measure."""
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
        try:
            _RESET.write_text("5")
            self.exact = True
        except OSError:
            self.exact = False
        self.base = resident()

    def peak(self) -> float:
        """Return the highest number of bytes since then."""
        if self.exact:
            lines = _STATUS.read_text().splitlines()
            return 1024 * float(next(x for x in lines if x.startswith("VmHWM:")).split()[1])
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
