"""Type aliases shared by all layers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Shape: TypeAlias = tuple[int, int]
PathLike: TypeAlias = str | os.PathLike[str]


class Progress(Protocol):
    """What long work calls to tell how far it is.

    ``fraction`` is the part of the whole job that is done, 0 to 1, and never falls. ``preview``,
    if present, is a function that makes a (small) Picture of the present state: whoever wants to
    show one calls it, whoever does not pays nothing. An exception raised by the callback stops
    the work and reaches the caller: this is how a job is cancelled.
    """

    def __call__(
        self, stage: str, fraction: float, preview: Callable[[], Any] | None = None
    ) -> None: ...
