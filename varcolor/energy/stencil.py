"""Weights between neighbouring pixels, and the sparse matrix that they make."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from varcolor.typing import BoolArray, FloatArray, Shape

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from varcolor.backend.base import Backend

Offset: TypeAlias = tuple[int, int]
Window: TypeAlias = tuple[slice, slice]


def window(radius: int) -> tuple[Offset, ...]:
    """Return the offsets of a (2 radius + 1)^2 window in raster order, without the centre."""
    steps = range(-radius, radius + 1)
    return tuple((dr, dc) for dr in steps for dc in steps if (dr, dc) != (0, 0))


#: Of the eight nearest neighbours those that come later in raster order: each edge once.
FORWARD = window(1)[4:]
#: The four nearest neighbours, in raster order.
FOUR: tuple[Offset, ...] = ((-1, 0), (0, -1), (0, 1), (1, 0))


def neighbours(
    shape: tuple[int, ...], offsets: tuple[Offset, ...]
) -> Iterator[tuple[int, Window, Window]]:
    """Yield, per offset k that fits into the picture, the pixels with such a neighbour, and those.

    For arrays a of that shape, ``a[here]`` and ``a[there]`` are the two ends of all pairs.
    """

    def axis(step: int) -> tuple[slice, slice]:
        here = slice(max(0, -step), -step if step > 0 else None)
        return here, slice(max(0, step), step if step < 0 else None)

    for k, offset in enumerate(offsets):
        if abs(offset[0]) < shape[0] and abs(offset[1]) < shape[1]:
            (row, row_there), (column, column_there) = axis(offset[0]), axis(offset[1])
            yield k, (row, column), (row_there, column_there)


@dataclass(slots=True, eq=False)
class Clock:
    """How long something took, all its runs together."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add the time of a block."""
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin


@dataclass(frozen=True, eq=False)
class Stencil:
    """Directed weights w_rs >= 0 from every pixel r to its neighbours s = r + offset.

    Neighbours outside of the picture, and all edges of invisible pixels, have weight zero.
    """

    offsets: tuple[Offset, ...]
    """(row, column) steps to the K neighbours, in raster order, symmetric about the centre."""
    source: FloatArray | Callable[[], FloatArray]
    """The weights (K, H, W), or what makes them when they are needed."""
    symmetric: bool
    """Whether w_rs == w_sr."""
    shape: Shape = (0, 0)
    """Height and width; needed where ``source`` is a function."""
    fused: Callable[[Backend], Any] | None = None
    """A fast way to `planes`, by compiled loops, for 3x3 windows."""
    least: float = 0.0
    """Smallest weight between neighbours; 0 = not known."""
    kept: Callable[[], Any] | None = None
    """What part of the weights borders of objects have left, as float32 `planes` on the host; None
    if there are none."""
    clock: Clock = field(default_factory=Clock, init=False, repr=False)
    """What making the weights took; they are made when they are needed."""

    def __post_init__(self) -> None:
        if isinstance(self.source, np.ndarray):
            object.__setattr__(self, "shape", self.source.shape[1:])

    @property
    def weights(self) -> FloatArray:
        """(K, H, W) float64."""
        found = self.source
        if callable(found):
            with self.clock.running():
                found = found()
            object.__setattr__(self, "source", found)
        return found

    def planes(self, backend: Backend) -> Any:
        """Return the weights as the kernels take them (`varcolor.backend.kernels`), float32.

        (4, H + 2, W + 2) if symmetric, else (8, H + 2, W + 2), of the backend; for stencils in a
        3x3 window.
        """
        if self.fused is not None:
            with self.clock.running():
                return self.fused(backend)
        order = window(1)
        result = np.zeros((8, self.shape[0] + 2, self.shape[1] + 2), np.float32)
        for k, offset in enumerate(self.offsets):
            result[order.index(offset), 1:-1, 1:-1] = self.weights[k]
        return backend.asarray(result[4:] if self.symmetric else result)

    def edges(self) -> Iterator[tuple[int, Window, Window]]:
        """Yield `neighbours` of this stencil."""
        return neighbours(self.shape, self.offsets)

    def laplacian(self) -> csr_array:
        """Return the (N, N) matrix with (A u)_r = sum_s w_rs (u_r - u_s), in float64."""
        from scipy.sparse import csr_array

        height, width = self.shape
        count, half = height * width, len(self.offsets) // 2
        # Raster order of the offsets makes every row's columns ascend, the diagonal in the middle.
        values = np.empty((count, len(self.offsets) + 1))
        columns = np.empty(values.shape, np.int64 if count > 1 << 27 else np.int32)
        index = np.arange(count, dtype=columns.dtype)
        values[:, half] = self.weights.sum(axis=0).ravel()
        columns[:, half] = index
        for k, (dr, dc) in enumerate(self.offsets):
            slot = k if k < half else k + 1
            values[:, slot] = -self.weights[k].ravel()
            columns[:, slot] = index + (dr * width + dc)
        present = values != 0
        present[:, half] = True
        starts = np.zeros(count + 1, columns.dtype)
        np.cumsum(present.sum(axis=1), out=starts[1:])
        return csr_array((values[present], columns[present], starts), shape=(count, count))


def differences(guide: FloatArray, offsets: tuple[Offset, ...]) -> FloatArray:
    """Return guide(r) - guide(s) for every offset, (K, H, W); zero where there is no s."""
    result = np.zeros((len(offsets), *guide.shape))
    for k, here, there in neighbours(guide.shape, offsets):
        result[k][here] = guide[here] - guide[there]
    return result


def presence(
    shape: tuple[int, ...], offsets: tuple[Offset, ...], visible: BoolArray | None
) -> BoolArray:
    """Return (K, H, W): where both ends of the pair exist and are visible."""
    result = np.zeros((len(offsets), *shape), bool)
    for k, here, there in neighbours(shape, offsets):
        result[k][here] = True if visible is None else visible[here] & visible[there]
    return result
