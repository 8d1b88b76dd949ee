"""The path on a GPU, stage by stage: device time by CUDA events, and its part of the bandwidth."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.cases import SPACE, Case, make_case
from benchmarks.speed.systems import SYSTEMS
from varcolor.backend.device import Device
from varcolor.backend.gpu import Gpu
from varcolor.energy.problem import Problem
from varcolor.errors import BackendError
from varcolor.image.device_render import device_render
from varcolor.image.picture import as_picture
from varcolor.solve.multigrid.device_solver import DeviceMultigrid
from varcolor.solve.result import Solution
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal

COLUMNS = [
    "device", "system", "MP", "status", "steps", "error / 255", "weights and grids ms", "solve ms",
    "colour ms", "total ms", "wall ms", "GB moved", "part of the bandwidth",
]  # fmt: skip
#: Takes what is to be timed and returns the milliseconds that the device took.
Clock = Callable[[Callable[[], Any]], float]


class Counting:
    """A device that counts the bytes of the arrays that its kernels are given.

    Every array counts once a launch: what must be moved at least if caches are perfect.
    """

    def __init__(self, device: Device) -> None:
        self._device, self.bytes = device, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)

    def launch(self, *arguments: Any) -> None:
        for argument in arguments:
            if hasattr(argument, "shape") and not isinstance(argument, np.generic):
                kind = np.dtype(str(argument.dtype).rpartition(".")[2])
                self.bytes += float(np.prod(argument.shape)) * kind.itemsize
        self._device.launch(*arguments)


def events(device: Device) -> Clock:
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


def bandwidth(device: Device, clock: Clock, megabytes: int = 1024) -> float:
    """Return the bytes per second that copying moves, reads and writes counted."""
    source = device.zeros((megabytes << 18,))
    seconds = [clock(lambda: 1 * source) / 1e3 for _ in range(5)]
    return 2 * (megabytes << 20) / min(seconds[1:])


def measure(
    device: Device,
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
        "device": device.name,
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
    device.bytes, begun, solver = 0.0, time.perf_counter(), DeviceMultigrid(device)
    terms, exact = SYSTEMS[system].terms(case.luma, None), np.full(len(case.cues), np.inf)
    problem = Problem(case.shape, None, terms, case.cues.flat, exact)
    found: list[Any] = []
    prepare = clock(lambda: found.append(solver.prepare(problem)))
    solve = clock(lambda: found.append(solver.run(found[0], case.chroma, None, goal)))
    own = as_picture(case.gray), case.luma, found[1].on_device, SPACE
    colour = clock(lambda: device_render(device, *own))
    return (prepare, solve, colour, 1e3 * (time.perf_counter() - begun)), found[1]


def gpu_or_stop() -> Gpu:
    """Return the GPU, or stop with a message that says what is missing."""
    try:
        return Gpu()
    except BackendError as error:
        sys.exit(str(error))


def on_gpu(
    device: Device,
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
            for system in (s for s in systems if SYSTEMS[s].compact and not SYSTEMS[s].clustered):
                own = (case, system, tolerance, repeats)
                rows.append({"photo": name, **measure(device, clock, peak, *own)})
                print(rows[-1], file=sys.stderr)
    return rows
