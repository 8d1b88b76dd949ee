"""How much memory there is, and a clear refusal instead of a killed process."""

from __future__ import annotations

from pathlib import Path

from varcolor.errors import BackendError

#: Part of the available memory that one job may plan with; the rest is for the estimate's error.
USABLE = 0.9


def _cgroup_free() -> float:
    """Return what a container's limit (cgroup v2) leaves, infinite outside of one."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text().strip()
        return float("inf") if limit == "max" else float(limit) - float(used)
    except (OSError, ValueError):
        return float("inf")


def available() -> float:
    """Return the bytes that a job may plan with now."""
    import psutil

    return USABLE * min(float(psutil.virtual_memory().available), _cgroup_free())


def human(size: float) -> str:
    """Return a size in bytes as people read it, e.g. ``3.2 GB``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def require(size: float, purpose: str, advice: str = "") -> None:
    """Check that ``size`` bytes can be had.

    Raises
    ------
    BackendError
        If they cannot; the message names the purpose and both sizes.
    """
    free = available()
    if size > free:
        raise BackendError(
            f"{purpose} needs about {human(size)} of memory, {human(free)} can be had"
            + (f"; {advice}" if advice else "")
        )
