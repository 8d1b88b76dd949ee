"""How the kernels in CUDA C++ (``*.cu``) are found, and called from Python (`kernels`).

A ``.cu`` file lies beside the kernels of the CPU that it has the likes of.

Arrays are those of `varcolor.backend.kernels`, on the device. The same sources are compiled by
NVRTC for GPUs and, by the tests, by a C++ compiler that runs blocks and threads as loops.
"""

from __future__ import annotations

import re
from pathlib import Path

#: Where the sources are.
FOLDER = Path(__file__).parents[1] / "kernels"
_INCLUDE = re.compile(r'^#include "(\w+\.cuh)"$', re.MULTILINE)


def files() -> tuple[str, ...]:
    """Return the names of the source files, e.g. ``stencil/matvec``."""
    found = (path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.cu"))
    return tuple(sorted(path.as_posix() for path in found))


def source(file: str) -> str:
    """Return the whole source of a file, with what it includes in place.

    Caches of compiled code look at the source alone, so that headers must be part of it.
    """
    return _whole(FOLDER / f"{file}.cu")


def _whole(path: Path) -> str:
    """Return a file with its headers in place: those beside it, or of all kernels."""

    def header(line: re.Match[str]) -> str:
        beside = path.with_name(line[1])
        return _whole(beside if beside.exists() else FOLDER / line[1])

    return _INCLUDE.sub(header, path.read_text())
