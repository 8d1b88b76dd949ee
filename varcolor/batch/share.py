"""Cores and memory shared out: how many photos at a time, and how many threads each."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from varcolor.backend import cores, memory
from varcolor.batch.task import Task
from varcolor.errors import InputError
from varcolor.image.formats import HEAD, sniff
from varcolor.image.special import open_regular
from varcolor.typing import Shape

#: Bytes that a process takes before it reads a photo.
PROCESS = 350e6
#: Photos that are looked at to share out.
_LOOKED_AT = 200
#: Bytes a pixel where a header does not tell the size, times the file's bytes.
_EXPANSION = 20


@dataclass(frozen=True, slots=True)
class Share:
    """How a run uses the machine."""

    workers: int
    threads: int
    memory: float
    """Bytes that all photos at a time may take."""


def shape_of(path: Path) -> Shape:
    """Return height and width of a picture by its header, decoding nothing; a guess if need be."""
    with contextlib.suppress(Exception), open(open_regular(path), "rb") as file:
        fmt = sniff(file.read(HEAD))
        file.seek(0)
        if fmt is not None and fmt.name == "TIFF":
            import tifffile

            from varcolor.image.decode.tiff import complaints_of_tifffile

            with complaints_of_tifffile(), tifffile.TiffFile(file, name=path.name) as tiff:
                page = tiff.pages[0]
                return int(page.imagelength), int(page.imagewidth)
        from varcolor.image.decode.pillow import size_of

        if fmt is not None:
            width, height = size_of(file, fmt)
            return height, width
    try:
        size = path.stat().st_size
    except OSError:
        return 1, 1
    side = max(1, round((_EXPANSION * size) ** 0.5))
    return side, side


def needs(task: Task) -> float:
    """Return the bytes that a task takes at most beside its process's own."""
    return task.job.memory(shape_of(task.input))


def share(
    tasks: Sequence[Task], jobs: int | None = None, threads: int | None = None, most: float = 0.0
) -> Share:
    """Share out the cores and the memory that this process may use; both obey control groups.

    Parameters
    ----------
    tasks : sequence of Task
        What will be done; the sizes of some of them are looked at.
    jobs : int, optional
        Photos at a time; default: one a core, as far as memory reaches.
    threads : int, optional
        Threads of each; default: the cores, divided.
    most : float, optional
        Bytes to plan with; default: what can be had now.
    """
    for name, value in (("jobs", jobs), ("threads", threads)):
        if value is not None and value < 1:
            raise InputError(f"{name} {value}: expected 1 or more")
    usable, free = cores.usable(), most or memory.available()
    todo = [task for task in tasks if not task.reason]
    count = jobs
    if count is None:
        sizes = _sizes(todo)
        typical = PROCESS + (statistics.median(sizes) if sizes else 0.0)
        count = int(max(1, min(usable // (threads or 1), free // typical)))
    count = max(1, min(count, len(todo) or 1))
    own = threads or max(1, usable // count)
    return Share(count, own, max(free - count * PROCESS, 0.0))


def _sizes(tasks: Sequence[Task]) -> list[float]:
    step = max(1, len(tasks) // _LOOKED_AT)
    some: Iterable[Task] = islice(tasks, 0, None, step)
    return [needs(task) for task in some]
