"""The kernels in CUDA C++ (``*.cu``) and how they are called from Python (`kernels`).

Arrays are those of `varcolor.backend.kernels`, on the device. The same sources are compiled by
NVRTC for GPUs and, by the tests, by a C++ compiler that runs blocks and threads as loops.
"""

from __future__ import annotations

import re
from pathlib import Path

#: Where the sources are.
FOLDER = Path(__file__).parent
_INCLUDE = re.compile(r'^#include "(\w+\.cuh)"$', re.MULTILINE)


def files() -> tuple[str, ...]:
    """Return the names of the source files, without folder and suffix."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.cu")))


def source(file: str) -> str:
    """Return the whole source of a file, with what it includes in place.

    Caches of compiled code look at the source alone, so that headers must be part of it.
    """
    return _whole(f"{file}.cu")


def _whole(name: str) -> str:
    """Return a file with its headers in place."""
    return _INCLUDE.sub(lambda line: _whole(line[1]), (FOLDER / name).read_text())
