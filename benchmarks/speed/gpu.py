"""The path on a GPU, stage by stage: device time by CUDA events, and its part of the bandwidth."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.energies.settings import summary_of
from benchmarks.speed.cases import SPACE, Case, make_case
from benchmarks.speed.systems import SYSTEMS
from varcolor.backend.cuda import CudaBackend
from varcolor.backend.launch import DeviceBackend
from varcolor.energy.problem import Problem
from varcolor.errors import BackendError
from varcolor.image.picture import as_picture
from varcolor.image.render import render
from varcolor.methods import Method
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.multigrid.stencil_weights import clustered
from varcolor.solve.result import Solution
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal

COLUMNS = [
    "device", "system", "MP", "status", "steps", "error / 255", "weights and grids ms", "solve ms",
    "colour ms", "total ms", "wall ms", "GB moved", "part of the bandwidth",
]  # fmt: skip
#: Takes what is to be timed and returns the milliseconds that the device took.
Clock = Callable[[Callable[[], Any]], float]


class Counting(DeviceBackend):
    """A device that counts the bytes of the arrays that its kernels are given.

    Every array counts once a launch: what must be moved at least if caches are perfect.
    """

    def __init__(self, device: DeviceBackend) -> None:
        super().__init__()
        self._device, self.bytes, self.xp = device, 0.0, device.xp

    @property
    def label(self) -> str:
        """As the device."""
        return self._device.label

    def asarray(self, host: Any) -> Any:
        """As the device."""
        return self._device.asarray(host)

    def to_numpy(self, array: Any) -> Any:
        """As the device."""
        return self._device.to_numpy(array)

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Any:
        """As the device."""
        return self._device.zeros(shape, dtype)

    def available(self) -> float:
        """As the device."""
        return self._device.available()

    def launch(self, *arguments: Any) -> None:
        for argument in arguments:
            if hasattr(argument, "shape") and not isinstance(argument, np.generic):
                kind = np.dtype(str(argument.dtype).rpartition(".")[2])
                self.bytes += float(np.prod(argument.shape)) * kind.itemsize
        self._device.launch(*arguments)


def events(device: DeviceBackend) -> Clock:
    """Return a clock of CUDA events."""
    cuda = device.xp.cuda

    def clock(work: Callable[[], Any]) -> float:
        begin, end = cuda.Event(), cuda.Event()
        begin.record()
        work()
        end.record()
        end.synchronize()
        return float(cuda.get_elapsed_time(begin, end))

    return clock


def bandwidth(device: DeviceBackend, clock: Clock, megabytes: int = 1024) -> float:
    """Return the bytes per second that copying moves, reads and writes counted."""
    source = device.zeros((megabytes << 18,))
    seconds = [clock(lambda: 1 * source) / 1e3 for _ in range(5)]
    return 2 * (megabytes << 20) / min(seconds[1:])


def measure(
    device: DeviceBackend,
    clock: Clock,
    peak: float,
    case: Case,
    system: str,
    tolerance: float,
    repeats: int,
) -> dict[str, Any]:
    """Return the medians of the stages of one photo; a first run does not count."""
    counting, levels = Counting(device), RgbLevels(SPACE, case.luma, tolerance)
    goal = Goal(tolerance, 1000, levels, slope=levels.slope(case.chroma))
    runs = [_stages(counting, clock, case, system, goal) for _ in range(1 + repeats)]
    times = zip(*(stages for stages, _ in runs[1:]), strict=True)
    prepare, solve, colour, wall = (statistics.median(stage) for stage in times)
    solution = runs[-1][1]
    return {
        "device": device.label,
        "system": system,
        "MP": round(case.gray.size / 1e6, 2),
        "status": str(solution.status),
        "steps": solution.steps,
        "error / 255": solution.error,
        "weights and grids ms": prepare,
        "solve ms": solve,
        "colour ms": colour,
        "total ms": prepare + solve + colour,
        "wall ms": wall,
        "GB moved": counting.bytes / 1e9,
        "part of the bandwidth": counting.bytes / ((prepare + solve) / 1e3) / peak,
    }


def _stages(
    device: Counting, clock: Clock, case: Case, system: str, goal: Goal
) -> tuple[tuple[float, ...], Solution]:
    """Return the milliseconds of the stages and the wall, and the solution."""
    device.bytes, begun, solver = 0.0, time.perf_counter(), Multigrid(backend=device)
    terms, exact = SYSTEMS[system].terms(case.luma, None), np.full(len(case.cues), np.inf)
    problem = Problem(case.shape, None, terms, case.cues.flat, exact)
    found: list[Any] = []
    prepare = clock(lambda: found.append(solver.prepare(problem)))
    solve = clock(lambda: found.append(solver.run(found[0], case.chroma, None, goal)))
    own = as_picture(case.gray), case.luma, found[1].on_device, SPACE
    colour = clock(lambda: render(*own, backend=device))
    return (prepare, solve, colour, 1e3 * (time.perf_counter() - begun)), found[1]


def gpu_or_stop() -> CudaBackend:
    """Return the GPU, or stop with a message that says what is missing."""
    try:
        return CudaBackend()
    except BackendError as error:
        sys.exit(str(error))


def on_device(method: Method) -> bool:
    """Tell whether all of a method is solved on the GPU: clusters are found on the host."""
    problem = summary_of(method)
    return not Multigrid().supports(problem) and not clustered(problem.terms)


def on_gpu(
    device: DeviceBackend,
    data: Path,
    photos: Sequence[str],
    sizes: Sequence[float],
    systems: Sequence[str],
    tolerance: float,
    repeats: int,
) -> list[dict[str, Any]]:
    """Return a row per photo, size and system that has a GPU path."""
    clock = events(device)
    peak = bandwidth(device, clock)
    rows = []
    for name in photos:
        for size in sizes:
            case = make_case(data / name, size, "a")
            for system in (s for s in systems if on_device(SYSTEMS[s])):
                own = (case, system, tolerance, repeats)
                rows.append({"photo": name, **measure(device, clock, peak, *own)})
                print(rows[-1], file=sys.stderr)
    return rows
