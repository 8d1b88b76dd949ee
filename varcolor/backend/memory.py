"""Available memory, and the refusal of what does not fit."""

from __future__ import annotations

import math
import re
from pathlib import Path

from varcolor.errors import InputError, OutOfMemoryError

#: Part of the available memory that one job may plan with; the rest is for the estimate's error.
USABLE = 0.9
#: What asks for as much as it takes.
FORCE = "force"


def _cgroup_free() -> float:
    """Return what a container's limit (cgroup v2) leaves, infinite outside of one."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text().strip()
        return float("inf") if limit == "max" else float(limit) - float(used)
    except (OSError, ValueError):
        return float("inf")


def _address_free() -> float:
    """Return what a limit of the process's addresses (``ulimit -v``) leaves, infinite without."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return math.inf
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        return float(max(limit - used, 0))
    except (ImportError, OSError, ValueError):
        return math.inf


def available() -> float:
    """Return the bytes that a job may plan with now."""
    import psutil

    free = float(psutil.virtual_memory().available)
    return USABLE * min(free, _cgroup_free(), _address_free())


def human(size: float) -> str:
    """Return a size in bytes as people read it, e.g. ``3.2 GB``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


#: Fewer bytes than this, without a unit, are a unit forgotten.
_FEWEST = 1e3


def budget(asked: float | str | None) -> float:
    """Return the bytes that a job may plan with.

    Parameters
    ----------
    asked : float or str, optional
        Bytes, or a size like ``"12GB"`` or ``"800 MB"``; ``"force"`` or infinity: as many as it
        takes, whatever there is. None: what can be had now.

    Raises
    ------
    InputError
        If it is no size above 0.
    """
    if asked is None:
        return available()
    if isinstance(asked, str):
        text = asked.strip().lower()
        if text == FORCE:
            return math.inf
        found = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*(bytes|[kmgt]?i?b|[kmgt])?", text)
        size = float(found[1]) * _unit(found[2] or "") if found else 0.0
        if found and not found[2] and size < _FEWEST:
            raise InputError(
                f"memory {asked!r}: {text} bytes are next to nothing; name a unit: {text}GB"
            )
    else:
        size = float(asked)
    if not size > 0:
        raise InputError(f"memory {asked!r}: expected a size like 12GB, or {FORCE}")
    return size


def _unit(name: str) -> float:
    """Return how many bytes a unit stands for."""
    power = 1 + "kmgt".find(name[:1]) if name else 0
    return float((1024 if "i" in name else 1000) ** power)


def require(size: float, purpose: str, advice: str = "", free: float | None = None) -> None:
    """Check that ``size`` bytes can be had, of those that are ``free`` [all that can be had].

    Raises
    ------
    OutOfMemoryError
        If they cannot; the message names the purpose and both sizes.
    """
    free = available() if free is None else free
    if size > free:
        raise OutOfMemoryError(
            f"{purpose} needs about {human(size)} of memory, {human(free)} can be had"
            + (f"; {advice}" if advice else "")
        )
