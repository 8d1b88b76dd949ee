"""What a solver of linear systems is to the speed suite: one shape for all rivals.

A rival gets the sparse system of the unknown pixels, cues eliminated, with one right-hand side a
channel: deviations from the mean of the cues, so that starting from zero is a sensible start for
everybody. Iterative ones stop at a relative residual that the suite chooses for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from varcolor.typing import Array, BoolArray, FloatArray, Shape

Kind: TypeAlias = Literal["direct", "iterative", "model"]


class Watch(Protocol):
    """What looks at the iterates of a channel; an exception that it raises ends the solve."""

    def __call__(self, channel: int, x: Array) -> None: ...


def look_away(channel: int, x: Array) -> None:
    """Look at nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """matrix @ x = rhs for the unknown pixels of a picture."""

    matrix: Any
    """(F, F) csr_array, float64, int32 indices: a non-singular M-matrix."""
    rhs: FloatArray
    """(F, C)."""
    shape: Shape
    """Height and width of the picture."""
    free: Array
    """(F,) flat indices of the unknown pixels, ascending."""
    symmetric: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """When an iterative rival is done."""

    rtol: float = 1e-6
    """|rhs - matrix @ x| <= rtol |rhs|, Euclidean norms, in every channel."""
    most: int = 20_000
    """Limit of the iterations of a channel."""
    watch: Watch = look_away


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A rival's solution."""

    x: FloatArray
    """(F, C)."""
    iterations: int = 0
    """The most that a channel took; 0 for direct solvers."""


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """What another model gets: the photo and the known chroma as pictures."""

    gray: Array
    """(H, W) uint8."""
    mask: BoolArray
    """(H, W): the cued pixels."""
    chroma: FloatArray
    """(H, W, 2), zero where there is no cue."""


@dataclass(frozen=True, slots=True)
class Rival:
    """An entry of the table of rivals."""

    kind: Kind
    package: str
    """Distribution: its version goes into the results, its name into the hint to install it."""
    module: str
    """Top-level name of what must be importable."""
    solve: Callable[..., Any]
    """``(Linear, Stop) -> Answer``; a model: ``Guide -> chroma (H, W, 2)``."""
    symmetric_only: bool = False
    requirement: str = ""
    """What to install if that is more than the package's name."""
    note: str = ""
    """Settings, in words."""
    rtol: float | None = None
    """Relative residual that an iterative one stops at; None: whatever is just good enough."""

    def missing(self) -> str | None:
        """Return how to install what is not there, or None."""
        if find_spec(self.module) is not None:
            return None
        return f"not installed: pip install {self.requirement or self.package}"

    def version(self) -> str:
        """Return the installed version, or an empty string."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return ""


def on_grid(system: Linear) -> tuple[Any, FloatArray]:
    """Return the system of all pixels (N, N) and its right-hand side (N, C).

    Given pixels keep a row of their own with the mean diagonal and a zero on the right: solvers
    that coarsen a whole picture need it, and the solution is the same.
    """
    from scipy.sparse import csr_matrix

    count = system.shape[0] * system.shape[1]
    given = np.ones(count, bool)
    given[system.free] = False
    matrix = system.matrix
    lengths = np.ones(count, np.int64)
    lengths[system.free] = np.diff(matrix.indptr)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    data = np.full(starts[-1], float(matrix.diagonal().mean()))
    columns = np.empty(starts[-1], np.int64)
    own = np.repeat(~given, lengths)
    data[own] = matrix.data
    columns[own] = system.free[matrix.indices]
    columns[~own] = np.flatnonzero(given)
    rhs = np.zeros((count, system.rhs.shape[1]))
    rhs[system.free] = system.rhs
    return csr_matrix((data, columns, starts), shape=(count, count)), rhs
