"""How many processor cores this process may use: its own mask, and a container's quota."""

from __future__ import annotations

import math
import os
from pathlib import Path, PurePosixPath

_CGROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def usable() -> int:
    """Return the number of cores that this process may keep busy, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(cores, math.ceil(min(quota(), cores))))


def quota(root: Path = _CGROUPS, own: Path = _OWN) -> float:
    """Return the cores' time that control groups grant, in cores; infinite without a limit.

    The smallest of the limits of the process's own group and of those that it lies in counts; in a
    container the groups are seen from its own one, ``root``.

    Parameters
    ----------
    root : Path
        Where the groups are mounted: version 2, or version 1 with a folder ``cpu``.
    own : Path
        Which group the process is in, as the kernel says it.
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return math.inf
    limits = [math.inf]
    for parts in lines:
        if len(parts) != 3:
            continue
        _, controllers, group = parts
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = root if not controllers else root / "cpu"
        read = _second if not controllers else _first
        path = PurePosixPath(group.lstrip("/"))
        places = [base / path, *(base / parent for parent in path.parents), base]
        limits += [read(place) for place in places if ".." not in place.parts]
    return min(limits)


def _second(group: Path) -> float:
    """Return the limit of a group of version 2: ``cpu.max`` holds quota and period."""
    try:
        most, period = (group / "cpu.max").read_text().split()
        return math.inf if most == "max" else _cores(int(most), int(period))
    except (OSError, ValueError):
        return math.inf


def _first(group: Path) -> float:
    """Return the limit of a group of version 1; a quota below 0 is none."""
    try:
        most = int((group / "cpu.cfs_quota_us").read_text())
        return _cores(most, int((group / "cpu.cfs_period_us").read_text()))
    except (OSError, ValueError):
        return math.inf


def _cores(most: int, period: int) -> float:
    return most / period if most > 0 and period > 0 else math.inf
