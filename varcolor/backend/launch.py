"""Kernels in CUDA C++ (``*.cu``): how they are found, and called like those of the CPU.

A ``.cu`` file lies beside the kernels of the CPU that it has the likes of; which is which, and how
threads are laid out, is in `varcolor.backend.kernels.launch_table`. The same sources are compiled
by NVRTC for GPUs and, by the tests, by a C++ compiler that runs blocks and threads as loops.

What a CUDA kernel is given follows from the names and types of its parameters. They are those of
the CPU's kernel, without the rows to work on, and beside them

height, width
    Of the grid.
n, plane
    Elements of a bordered plane.
parts
    Where threads write what is then summed up: (sums, threads) float64.
has_NAME, len_NAME, NAME_height, NAME_width
    Whether an argument is given or a stand-in (..., 1, 1), how many entries it has, and the size of
    its grid.
NAME0, NAME1
    The entries of a vector.
directed
    Whether the weights ``w`` have eight planes.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.base import Backend, grid_of, parameters, row_of
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.jit.kernel import Kernel
from varcolor.backend.kernels.launch_table import GPU_KERNELS, Launch, Row
from varcolor.typing import Array, Shape

#: Where the sources are.
FOLDER = Path(__file__).with_name("kernels")
_INCLUDE = re.compile(r'^#include "(\w+\.cuh)"$', re.MULTILINE)
_KERNEL = re.compile(r"^KERNEL (\w+)\(([^)]*)\) \{$", re.MULTILINE)
_TYPES: dict[str, Any] = {
    "float": np.float32,
    "double": np.float64,
    "int": np.int32,
    "index_t": np.int64,
}
#: Threads of a block (x, y): along rows for pictures, a line for elements, a row and channel each
#: for a tile, whose side is the third.
_PICTURE, _LINE, _TILE, TILE = (32, 8), (256, 1), (32, 2), 32
#: Blocks of a sum, at most: enough to fill a large GPU, few enough that their parts are little; and
#: the same where there are many sums at once.
_BLOCKS, _FEW = 512, 64


class DeviceBackend(Backend):
    """A backend with a memory of its own, and CUDA kernels."""

    name = "gpu"
    on_host = False

    @abstractmethod
    def launch(
        self,
        file: str,
        kernel: str,
        blocks: tuple[int, int],
        threads: tuple[int, int],
        *arguments: Any,
    ) -> None:
        """Start a kernel of a source file on blocks (x, y) of threads (x, y).

        Arguments are device arrays and NumPy scalars of the very types of the kernel's parameters.

        Raises
        ------
        MemoryError
            From here or later, if the device's memory does not suffice.
        """

    def run(self, kernel: Callable[..., Any], *arguments: Any) -> Array:
        """Run the CUDA kernels that do what a kernel of the CPU does."""
        row = row_of(kernel)
        if row.launches:
            return self._run(row, dict(zip(parameters(kernel), arguments, strict=False)), kernel)
        if isinstance(kernel, Kernel):
            return self._run_on_host(kernel, arguments)
        found = kernel(*arguments, 1, grid_of(kernel, arguments)[0] + 1)  # generic code
        return np.asarray(0.0 if found is None else found)

    def map_rows(self, work: Callable[..., Any], *arrays: Any) -> list[Any]:
        """Call ``work`` for all rows at once."""
        return [work(*(a[..., 1:-1, :] for a in arrays))]

    def start(self, kernel: str, *arguments: Any) -> Array:
        """Run one of `GPU_KERNELS`; its arguments are in the order of its own parameters."""
        row = GPU_KERNELS[kernel]
        file, _, name = row.launches[0].kernel.partition(":")
        own = [word for _, word in declarations(file)[name] if not _implicit(word)]
        vectors = dict.fromkeys(re.sub(r"[01]$", "", word) for word in own)
        return self._run(row, dict(zip(vectors, arguments, strict=True)), None)

    def _run(self, row: Row, given: dict[str, Any], kernel: Callable[..., Any] | None) -> Array:
        """Do the launches of a row with arguments by name; return the sums of the last."""
        if kernel is not None:
            grid = grid_of(kernel, tuple(given.values()))
            over = given[row.over] if row.over else _first(given)
        else:
            over = given[row.over] if row.over else _first(given)
            grid = _grid(over)
        size = grid if not row.size else _grid(given[row.size])
        given, found = dict(given), np.asarray(0.0)
        for one in row.launches:
            if one.makes is not None:
                name, like, dtype = one.makes
                shape = (
                    given[like].shape if not one.when or _is_given(given[one.when]) else (2, 1, 1)
                )
                given[name] = self.zeros(shape, np.dtype(dtype).type)
            if not one.when or _is_given(given[one.when]):
                found = self._launch(one, given, grid, size, over, row.largest)
        return found

    def _launch(
        self, one: Launch, given: dict[str, Any], grid: Shape, size: Shape, over: Any, largest: str
    ) -> Array:
        """Do a launch; return its sums, or maxima."""
        file, _, name = one.kernel.partition(":")
        count = int(over.shape[-2] * over.shape[-1])
        blocks, threads = _layout(one, grid, count, given)
        facts: dict[str, Any] = {"height": size[0], "width": size[1], "n": count, "plane": count}
        rows, parts = 0, None
        if one.parts:
            rows = one.parts if isinstance(one.parts, int) else _length(given[one.parts])
            rows = one.per * rows + one.extra
            parts = self.zeros((rows, blocks[0] * threads[0]), np.float64)
            facts["parts"] = parts
        own = []
        for kind, word in declarations(file)[name]:
            value = one.names.get(word, word)
            if isinstance(value, str):
                # An argument may have the name of a fact, and is then meant by another parameter.
                value = facts[word] if word in facts else _value(value, given)
            own.append(self._converted(kind, value))
        self.launch(file, name, blocks, threads, *own)
        if parts is None:
            return np.asarray(0.0)
        xp = self.xp
        if largest == "last":
            both = self.to_numpy(xp.stack((xp.sum(parts, axis=1), xp.max(parts, axis=1))))
            return np.append(both[0, :-1], both[1, -1])
        sums = self.to_numpy(xp.max(parts, axis=1) if largest else xp.sum(parts, axis=1))
        return sums if one.per == 1 else sums.reshape(-1, one.per)

    def _converted(self, kind: str, value: Any) -> Any:
        """Return an argument as a parameter of a type wants to have it."""
        if not kind.endswith("*"):
            return _TYPES[kind](value)
        if isinstance(value, np.ndarray) and self.xp is not np:
            dtype = _TYPES.get(kind.removeprefix("const ").rstrip("*"))
            return self.asarray(np.asarray(value, dtype))
        return value

    def _run_on_host(self, kernel: Callable[..., Any], arguments: tuple[Any, ...]) -> Array:
        """Run a kernel of the CPU that has no like: arrays go to the host and back."""
        host = [self.to_numpy(a) if self._is_own(a) else a for a in arguments]
        found = CpuBackend().run(kernel, *host)
        for own, changed in zip(arguments, host, strict=True):
            if self._is_own(own):
                own[...] = self.asarray(changed)
        return found

    def _is_own(self, value: Any) -> bool:
        return hasattr(value, "shape") and not isinstance(value, np.ndarray | np.generic)


def files() -> tuple[str, ...]:
    """Return the names of the source files, e.g. ``stencil/matvec``."""
    found = (path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.cu"))
    return tuple(sorted(path.as_posix() for path in found))


def source(file: str) -> str:
    """Return the whole source of a file, with what it includes in place.

    Caches of compiled code look at the source alone, so that headers must be part of it.
    """
    return _whole(FOLDER / f"{file}.cu")


@cache
def declarations(file: str) -> dict[str, list[tuple[str, str]]]:
    """Return the types and names of the parameters of a file's kernels."""
    found = {}
    for name, inside in _KERNEL.findall(source(file)):
        words = [re.fullmatch(r"(.*[ *])(\w+)", p.strip()) for p in inside.split(",")]
        found[name] = [(word[1].strip(), word[2]) for word in words if word]
    return found


def _whole(path: Path) -> str:
    """Return a file with its headers in place: those beside it, or of all kernels."""

    def header(line: re.Match[str]) -> str:
        beside = path.with_name(line[1])
        return _whole(beside if beside.exists() else FOLDER / line[1])

    return _INCLUDE.sub(header, path.read_text())


def _layout(
    one: Launch, grid: Shape, count: int, given: dict[str, Any]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return on how many blocks (x, y) of how many threads (x, y) a kernel runs."""
    if one.layout == "list":
        return (max(1, -(-len_of(given) // _LINE[0])), 1), _LINE
    if one.layout in ("pixels", "tiles"):
        side, threads = ((TILE, TILE), _TILE) if one.layout == "tiles" else (_PICTURE, _PICTURE)
        return (-(-grid[1] // side[0]), -(-grid[0] // side[1])), threads
    number = grid[0] * grid[1] if one.layout == "shared pixels" else count
    return (min(_FEW if one.few else _BLOCKS, max(1, -(-number // _LINE[0]))), 1), _LINE


def len_of(given: dict[str, Any]) -> int:
    """Return how many entries the first argument has, a list."""
    return int(next(iter(given.values())).shape[0])


def _implicit(word: str) -> bool:
    """Tell whether a parameter follows from others."""
    return bool(re.fullmatch(r"height|width|n|plane|parts|(has|len)_\w+|\w+_(height|width)", word))


def _value(word: str, given: dict[str, Any]) -> Any:
    """Return what a parameter of this name is given."""
    if word in given:
        return given[word]
    if word == "directed":
        return given["w"].shape[0] == 8
    kind, _, name = word.partition("_")
    if kind == "has":
        return _is_given(given[name])
    if kind == "len":
        return _length(given[name])
    if word.endswith(("_height", "_width")):
        name, _, side = word.rpartition("_")
        return _grid(given[name])[side == "width"]
    return given[word[:-1]][int(word[-1])]


def _first(given: dict[str, Any]) -> Any:
    """Return the first array that is not a stand-in."""
    arrays = (a for a in given.values() if len(getattr(a, "shape", ())) > 1)
    return next(a for a in arrays if a.shape[-1] > 1)


def _grid(array: Any) -> Shape:
    return array.shape[-2] - 2, array.shape[-1] - 2


def _is_given(value: Any) -> bool:
    return bool(value.shape[-1] > 1 if hasattr(value, "shape") else value)


def _length(value: Any) -> int:
    return int(value.shape[0]) if hasattr(value, "shape") and len(value.shape) else int(value)
